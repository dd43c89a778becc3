"""The figures: whatever happened, in whatever order, they are what the rows themselves say."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import ceil, log
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartalert.dispatch import receipts
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt
from smartalert.engagement import periods, rollups
from smartalert.responses import reports, results
from smartalert.responses.reports import Report
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS
from tests.factories import EAST, NORTH, OFFICER, make_draft, make_force_area, make_neighbourhoods
from tests.factories import make_subscriber as join

LONDON = ZoneInfo("Europe/London")
#: Nights around the change to winter time, the month and the year.
START = datetime(2025, 10, 24, 22, 0, tzinfo=UTC)
FACTS = ("handed_over_at", "delivered_at", "opened_at")
EVENTS = (
    "join", "confirm", "leave", "erase", "move", "alert", "ration", "hand over", "receipt", "respond", "judge",
    "result",
)  # fmt: skip


def london(at: datetime | None) -> date | None:
    return at and at.astimezone(LONDON).date()


class World:
    """People and alerts to whom anything may happen; every choice is drawn from one seed."""

    def __init__(self, conn: psycopg.Connection, seed: int) -> None:
        self.conn, self.random = conn, Random(seed)
        self.people: dict[int, dict[str, Any]] = {}
        self.forgotten: list[dict[str, Any]] = []
        self.alerts: list[int] = []
        self.at = START

    def happen(self, event: str) -> None:
        self.at += timedelta(minutes=self.random.choice((1, 61, 700, 9_000)))
        getattr(self, event.replace(" ", "_"))()

    def pick(self, fits: Callable[[dict[str, Any]], bool]) -> int | None:
        able = [person for person, facts in self.people.items() if fits(facts)]
        return self.random.choice(able) if able else None

    def join(self) -> None:
        facts = {"heard_of": self.random.choice([None, *HEARD_OF]), "topics": self.random.randrange(16)}
        east = self.random.choice((-300, 300, 90_000))
        person = join(self.conn, at=(east, 0), confirmed_at=None, signed_up_at=self.at, **facts)
        home = {-300: "W", 300: "E"}.get(east)
        self.people[person] = facts | {
            "started": self.at, "confirmed": None, "left": None, "home": home, "reason": None,
        }  # fmt: skip

    def confirm(self) -> None:
        if (person := self.pick(lambda facts: not facts["confirmed"])) is not None:
            self.conn.execute("select begin_alerts(%s, %s)", (person, self.at))
            self.people[person]["confirmed"] = self.at

    def leave(self) -> None:
        if (person := self.pick(lambda facts: facts["confirmed"] and not facts["left"])) is not None:
            reason = self.random.choice([None, *LEFT_REASONS])
            self.conn.execute("select depart(%s, %s, %s)", (person, reason, self.at))
            self.people[person] |= {"left": self.at, "reason": reason, "topics": 0}

    def erase(self) -> None:
        if (person := self.pick(lambda facts: True)) is not None:
            self.conn.execute("delete from audience_places where subscriber_id = %s", (person,))
            self.conn.execute("delete from subscribers where id = %s", (person,))
            self.forgotten.append(self.people.pop(person))

    def move(self) -> None:
        if (person := self.pick(lambda facts: not facts["left"])) is not None:
            east = self.random.choice((-300, 300))
            self.conn.execute(
                "update places set point = st_setsrid(st_makepoint(%s, %s), 27700) where subscriber_id = %s",
                (EAST + east, NORTH, person),
            )
            self.people[person]["home"] = "W" if east < 0 else "E"

    def alert(self) -> None:
        draft_id, _ = make_draft(self.conn)
        (alert_id,) = self.conn.execute(
            """insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline,
                 description, instruction, contact, area, within_m, area_desc, topics, sectors, channels, people,
                 issued_by, issued_at, release_at, expires_at)
               select %s, 'Exercise', 'Alert', true, 'canal', '1', 'H', 'D', 'Check doorbells', 'C',
                 st_setsrid(st_makepoint(%s, %s), 27700), 500, 'A', 0, 0, 3, 1, %s, at, at, at + interval '60 days'
               from (select %s::timestamptz as at) now returning id""",
            (draft_id, EAST - 10, NORTH, OFFICER, self.at),
        ).fetchone()
        self.conn.execute(
            "insert into deliveries (alert_id, subscriber_id, channel, due_at)"
            " select %s, subscriber_id, channel, %s from contacts",
            (alert_id, self.at),
        )
        self.alerts.append(alert_id)

    def ration(self) -> None:
        """Some wait for the digest, and leave with it much later."""
        self.conn.execute("update deliveries set digest_on = due_at::date where state = 'pending' and random() < 0.3")

    def hand_over(self) -> None:
        sql = "update deliveries set state = 'sending', claimed_by = 1 where state = 'pending' and random() < 0.7"
        self.conn.execute(sql)
        sql = """update deliveries set handed_over_at = %s + random() * interval '100 s', state = 'handed_over'
                 where state = 'sending' and random() < 0.7"""
        self.conn.execute(sql, (self.at,))

    def receipt(self) -> None:
        sql = "select alert_id, subscriber_id, channel::text from deliveries order by 1, 2, 3"
        rows = self.conn.execute(sql).fetchall()
        told = [
            Receipt(Reference(*row), self.random.choice(("delivered", "opened", "failed", "address_gone")), self.at)
            for row in self.random.sample(rows, len(rows) // 2)
        ]
        receipts.record(self.conn, told)

    def respond(self) -> None:
        if self.alerts:
            reports.receive(
                self.conn, self.random.choice(self.alerts), None, Report(saw="A van."), str(self.random.random())
            )

    def judge(self) -> None:
        rows = [row.id for row in self.conn.execute("select id from responses order by id")]
        if rows:
            one = self.random.choice(rows)
            self.conn.execute(
                """update responses set first_look_at = received_at + interval '90 s', verdict = v,
                     verdict_at = case when v is not null then now() end,
                     team = has.id, passed_at = has.at, passed_by = has.officer
                   from (select %s::text as v) said
                   left join (select id, now() as at, 'ada' as officer from teams) has on v = 'passed_on'
                   where responses.id = %s""",
                (self.random.choice(("useful", "not_useful", "passed_on", None)), one),
            )

    def result(self) -> None:
        if self.alerts:
            act = self.random.choice((results.record, results.take_back))
            act(self.conn, self.random.choice(self.alerts), self.random.choice(list(results.RESULTS)), OFFICER, self.at)


@pytest.fixture(scope="module")
def ground(module_database: Any) -> Any:
    with module_database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute("insert into teams (name) values ('CID')")
    return module_database


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(EVENTS), min_size=5, max_size=40),
    st.integers(0, 10_000),
    st.sets(st.integers(0, 40), max_size=4),
)
def test_figures_after_any_order_of_events_are_what_the_rows_say(
    ground: Any, events: list[str], seed: int, counted_after: set[int]
) -> None:
    with ground.connect() as conn:
        world = World(conn, seed)
        for number, event in enumerate(["join", "join", "confirm", "alert", *events]):
            world.happen(event)
            if number in counted_after:
                rollups.count_due(conn, world.at, patience=timedelta(0))
        settle(conn, world.at)
        assert sign_ups(conn) == expected_sign_ups(world)
        assert alert_figures(conn) == expected_alerts(conn, world)
        assert months(conn) == expected_months(conn, world)
        kept = snapshot(conn)
        rollups.count_everything(conn, world.at)
        settle(conn, world.at)
        assert snapshot(conn) == kept
        conn.rollback()


def settle(conn: psycopg.Connection, at: datetime) -> None:
    while rollups.count_due(conn, at, patience=timedelta(0)):
        pass


def snapshot(conn: psycopg.Connection) -> dict[str, list[Any]]:
    tables = ("sign_up_days", "stays", "message_months", "alert_figures", "alert_channels")
    return {
        table: conn.execute(f"select to_jsonb(t) - 'counted_at' as kept from {table} t order by 1").fetchall()
        for table in tables
    }


def sign_ups(conn: psycopg.Connection) -> Counter[Any]:
    """(dimension, day, value, fact) → people, as kept."""
    kept: Counter[Any] = Counter()
    for row in conn.execute("select * from sign_up_days"):
        value = row.value
        if row.dimension == "neighbourhood" and value:
            (value,) = conn.execute("select code from neighbourhoods where id = %s", (value,)).fetchone()
        for fact in ("started", "confirmed", "leavers"):
            kept[row.dimension, row.day, value, fact] += getattr(row, fact)
    return +kept


def expected_sign_ups(world: World) -> Counter[Any]:
    """The same by what the test itself did."""
    expected: Counter[Any] = Counter()
    for facts in [*world.people.values(), *world.forgotten]:
        for fact, name in (("started", "started"), ("confirmed", "confirmed"), ("left", "leavers")):
            day = london(facts[fact])
            if day is None:
                continue
            expected["all", day, "", name] += 1
            if facts in world.forgotten:
                continue
            expected["neighbourhood", day, facts["home"] or "", name] += 1
            expected["channel", day, "3", name] += 1
            expected["heard_of", day, facts["heard_of"] or "", name] += 1
            if fact == "left":
                expected["reason", day, facts["reason"] or "", name] += 1
            if not facts["left"]:
                expected["sector", day, "0", name] += 1
                for bit in range(4):
                    if facts["topics"] >> bit & 1:
                        expected["topic", day, str(bit), name] += 1
    return expected


def months(conn: psycopg.Connection) -> dict[Any, tuple[int, int]]:
    """(month, band of alerts got) → people and leavers in tens, as kept."""
    return {(row.month, row.alerts): (row.people, row.leavers) for row in conn.execute("select * from message_months")}


def expected_months(conn: psycopg.Connection, world: World) -> dict[Any, tuple[int, int]]:
    """The same, person by person, for the months that are kept."""
    expected: dict[Any, tuple[int, int]] = {}
    released = {row.id: london(row.release_at) for row in conn.execute("select id, release_at from alerts")}
    got = conn.execute(
        "select distinct alert_id, subscriber_id from deliveries where handed_over_at is not null"
    ).fetchall()
    for (start,) in conn.execute("select distinct month from message_months").fetchall():
        end, later = periods.month(start, 1), periods.month(start, 2)
        told = Counter(row.subscriber_id for row in got if start <= released[row.alert_id] < end)
        people, leavers = Counter[int](), Counter[int]()
        for person, alerts in told.items():
            band = max(first for first in (1, 2, 3, 5, 10) if first <= alerts)
            left = london(world.people.get(person, {}).get("left"))
            people[band] += 1
            leavers[band] += bool(left and start <= left < later)
        for band, number in people.items():
            by = phase(conn, f"messages|{start}|{band}")
            expected[start, band] = in_tens(number, by), in_tens(leavers[band], by)
    return expected


def phase(conn: psycopg.Connection, series: str, number: int | None = None) -> int:
    """What decides how counts of this series are put to tens; only the owner may ask."""
    given = (series,) if number is None else (series, number)
    (by,) = conn.execute(f"select phase({', '.join(['%s'] * len(given))})", given).fetchone()
    return int(by)


def in_tens(number: int, by: int) -> int:
    return (number + by) // 10 * 10


def each_in_tens(seconds: list[float], by: int) -> list[int]:
    """Counts by slice, added up from the first, without the noughts at the end."""
    places = [ceil(43 * log(max(one, 1.0)) / log(60) - 1e-9) for one in seconds]
    upto = [in_tens(sum(place <= last for place in places), by) for last in range(max(places, default=-1) + 1)]
    counts = [now - before for before, now in zip([0, *upto], upto, strict=False)]
    while counts and not counts[-1]:
        counts.pop()
    return counts


def alert_figures(conn: psycopg.Connection) -> dict[int, Any]:
    """As kept: people, lists by slice, results, and each channel."""
    found = {
        row.id: [
            row.neighbourhood, row.people, row.handed_over, row.delivered, row.opened, row.responses, row.useful,
            row.looks, row.results, {},
        ]
        for row in conn.execute("select * from counted_alerts")
    }  # fmt: skip
    for row in conn.execute("select * from alert_channels"):
        found[row.alert_id][-1][row.channel] = (
            row.delivered, row.failed, row.in_digest, row.hand_overs, row.arrivals,
        )  # fmt: skip
    return found


def expected_alerts(conn: psycopg.Connection, world: World) -> dict[int, Any]:
    """Counted one by one in Python from the raw rows."""
    found = {}
    for alert_id in world.alerts:
        rows = conn.execute("select * from deliveries where alert_id = %s", (alert_id,)).fetchall()
        (release,) = conn.execute("select release_at from alerts where id = %s", (alert_id,)).fetchone()
        told = conn.execute("select * from responses where alert_id = %s", (alert_id,)).fetchall()
        led = conn.execute("select * from results where alert_id = %s", (alert_id,)).fetchall()
        people, answers = (phase(conn, f"{what} of alert", alert_id) for what in ("people", "responses"))
        looks = [(row.first_look_at - row.received_at).total_seconds() for row in told if row.first_look_at]
        found[alert_id] = [
            "Westside", in_tens(1, people),
            *(in_tens(len({r.subscriber_id for r in rows if getattr(r, fact)}), people) for fact in FACTS),
            each_in_tens([(row.received_at - release).total_seconds() for row in told], answers),
            in_tens(sum(r.verdict in ("useful", "passed_on") for r in told), answers),
            each_in_tens(looks, answers), sorted(r.result for r in led if r.taken_back_at is None),
            {channel: expected_channel(conn, alert_id, channel, release) for channel in {row.channel for row in rows}},
        ]  # fmt: skip
    return found


def expected_channel(conn: psycopg.Connection, alert_id: int, channel: str, release: datetime) -> Any:
    """Delivered, failed, handed over in a digest, and the others by slice: hand-overs, and arrivals."""
    rows = conn.execute(
        "select * from deliveries where alert_id = %s and channel = %s", (alert_id, channel)
    ).fetchall()  # fmt: skip
    by, by_failed = (phase(conn, f"{channel}{what} of alert", alert_id) for what in ("", " failed"))
    handed = [row for row in rows if row.handed_over_at]
    singly = [row for row in rows if row.digest_on is None]
    took, arrived = (
        [(at - release).total_seconds() for row in singly if (at := getattr(row, fact))]
        for fact in ("handed_over_at", "delivered_at")
    )
    return (
        in_tens(sum(row.delivered_at is not None for row in rows), by),
        in_tens(sum(row.state == "failed" for row in rows), by_failed),
        in_tens(len(handed), by) - in_tens(len(took), by),
        each_in_tens(took, by),
        each_in_tens(arrived, by),
    )
