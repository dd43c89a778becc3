"""What tests put into the database: valid by default. Distances are metres from a crossroads in Stafford."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from smartalert.alerts import drafts, lifecycle
from smartalert.alerts.drafts import Draft
from smartalert.audience.interests import Topic
from smartalert.audience.preview import Preview, count_audience
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries
from smartalert.geography import areas, geo
from smartalert.wording import Channel

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
#: The crossroads, EPSG:27700.
EAST, NORTH = 392_000.0, 323_000.0
LON, LAT = geo.from_grid(EAST, NORTH)
OFFICER = "inspector.carr"


def make_force_area(conn: Connection, half_m: float = 20_000) -> None:
    """A square force area around the crossroads."""
    conn.execute(
        "insert into force_area (name, geom) values ('Test force', st_multi(st_makeenvelope(%s, %s, %s, %s, 27700)))"
        " on conflict (only_row) do update set geom = excluded.geom",
        (EAST - half_m, NORTH - half_m, EAST + half_m, NORTH + half_m),
    )


def make_neighbourhoods(conn: Connection) -> None:
    """Two that meet at the crossroads' easting: Westside and Eastside."""
    conn.cursor().executemany(
        "insert into neighbourhoods (code, name, geom)"
        " values (%s, %s, st_multi(st_makeenvelope(%s, %s, %s, %s, 27700)))",
        [
            ("W", "Westside", EAST - 20_000, NORTH - 20_000, EAST, NORTH + 20_000),
            ("E", "Eastside", EAST, NORTH - 20_000, EAST + 20_000, NORTH + 20_000),
        ],
    )


def make_street(conn: Connection, *, name: str = "Tannery Row", line: list[tuple[float, float]] | None = None) -> int:
    """A street along these points, metres from the crossroads; its id."""
    points = ", ".join(f"{EAST + x} {NORTH + y}" for x, y in line or [(-200, 0), (200, 0)])
    row = conn.execute(
        "insert into streets (name, locality, source, source_id, geom)"
        " values (%s, 'Stafford', 'training', gen_random_uuid()::text, st_geomfromtext(%s, 27700)) returning id",
        (name, f"MULTILINESTRING(({points}))"),
    ).fetchone()
    return int(row[0])


def make_town(conn: Connection) -> None:
    """A town by the crossroads, for the words of a place."""
    conn.execute(
        "insert into towns (name, population, point) values ('Stafford', 1, 'SRID=27700;POINT(392000 323000)')"
    )


def make_subscriber(
    conn: Connection,
    *,
    at: list[tuple[float, float]] | tuple[float, float] = (0, 0),
    channels: tuple[Channel, ...] = (Channel.PUSH, Channel.EMAIL),
    topics: int = 0,
    sector: int = 0,
    **columns: Any,
) -> int:
    """A confirmed person with one or more places, metres from the crossroads; their id."""
    facts = {"confirmed_at": NOW, "topics": int(topics), "sector": sector, **columns}
    names = ", ".join(facts)
    holders = ", ".join(f"%({name})s" for name in facts)
    (person,) = conn.execute(f"insert into subscribers ({names}) values ({holders}) returning id", facts).fetchone()
    for channel in channels:
        address = f"token-{person}" if channel is Channel.PUSH else f"person{person}@training.example"
        conn.execute(
            "insert into contacts (subscriber_id, channel, address) values (%s, %s, %s)",
            (person, str(channel), address),
        )
    for number, (x, y) in enumerate(at if isinstance(at, list) else [at]):
        conn.execute(
            "insert into places (subscriber_id, place_no, point)"
            " values (%s, %s, st_setsrid(st_makepoint(%s, %s), 27700))",
            (person, number, EAST + x, NORTH + y),
        )
    conn.execute("select refresh_audience(%s)", ([person],))
    return int(person)


def complete_draft(**changes: Any) -> Draft:
    """A draft that may be issued: an urgent alert 500 m around the crossroads."""
    facts: dict[str, Any] = {
        "area": {"lat": LAT, "lon": LON, "radius_m": 500},
        "incident_kind": "burglary",
        "incident_number": "482 of 22 November",
        "headline": "Burglary in Tannery Row just now",
        "description": "A burglary happened in Tannery Row at about 13:50. Two people ran to the canal.",
        "instruction": "Lock doors and windows. Check doorbell footage from 13:30 to 14:00.",
        "contact": "Call 999 and quote incident 482 of 22 November.",
    }
    return Draft.model_validate(facts | changes)


def make_draft(conn: Connection, content: Draft | None = None, officer: str = OFFICER) -> tuple[UUID, int]:
    """A saved draft; its id and version."""
    draft_id = drafts.begin(conn, officer).id
    return draft_id, drafts.save(conn, draft_id, officer, content or complete_draft())


def preview_of(conn: Connection, content: Draft | None = None, now: datetime = NOW) -> Preview:
    """What an officer is shown of a draft before it is issued."""
    content = content or complete_draft()
    return count_audience(conn, areas.survey(conn, geo.area_from(content.area)), content.choice, now)


def employ(session: Connection, number: int) -> None:
    """Let a session be a worker that lives: it holds the lock, and was just heard of."""
    session.execute("select pg_advisory_lock(%s, %s)", (deliveries.LOCK_SPACE, number))
    session.execute("insert into workers (number) values (%s)", (number,))


def stale_matches(conn: Connection) -> int:
    """Rows of the matching table that are not what they are derived from, and rows it lacks."""
    row = conn.execute("""
        with held as (select to_jsonb(m) - 'x' - 'y' as place from audience_places m),
             due as (select to_jsonb(d) as place from audience_places_derived d)
        select (select count(*) from (table held except table due) a)
             + (select count(*) from (table due except table held) b)
    """).fetchone()
    return int(row[0])


__all__ = [
    "EAST", "LAT", "LON", "NORTH", "NOW", "OFFICER", "Topic", "complete_draft", "employ", "make_draft",
    "make_force_area", "make_neighbourhoods", "make_street", "make_subscriber", "preview_of", "stale_matches",
]  # fmt: skip


def an_alert(**changes: Any) -> lifecycle.Alert:
    """A burglary round the crossroads as a screen reads it, told to 4,000 people half a minute ago."""
    words = complete_draft()
    facts = {
        "id": 1, "identifier": UUID(int=1), "status": "Exercise", "msg_type": "Alert", "urgent": words.urgent,
        "incident_kind": words.incident_kind, "incident_number": words.incident_number, "headline": words.headline,
        "is_forgotten": False, "within_m": 800.0,
        "street_id": None, "area_desc": "800 m around Tannery Row, Stafford", "topics": words.topics,
        "sectors": words.sectors, "channels": words.choice.channels, "people": 4_000, "issued_by": OFFICER,
        "issued_at": NOW - timedelta(seconds=40), "release_at": NOW - timedelta(seconds=30),
        "expires_at": NOW + timedelta(hours=6), "withdrawn_at": None, "stopped_at": None, "draft_id": UUID(int=2),
        "override_reason": None,
        "follows": None, "follow_up": None, "thread": UUID(int=1), "replaced_how": None, "replaced_at": None,
        "area": "{}", "outline": "{}", "is_open": True,
    }  # fmt: skip
    return lifecycle.Alert(**facts | changes)
