"""Fills an empty training database with the made-up county and its people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.database.progress import Say, progress
from smartalert.errors import ModeRefused
from smartalert.importers import base_map
from smartalert.officers import made_up
from smartalert.responses import teams
from smartalert.training import frontage, landmarks, neighbourhoods, outline, people, postcodes
from smartalert.training.drawing import Drawing, draw
from smartalert.training.landmarks import Landmark
from smartalert.training.plan import lines_of

#: Two that fill at once take turns on this advisory lock; the second finds it done.
LOCK = 7_001
#: How a street's form is stored.
KIND_OF = {"high": "main", "main": "main", "ring": "main", "path": "path"}
#: A town's residents live in the neighbourhoods named after it, as its streets do; a hamlet's in the one around it.
SHARE_OUT_RESIDENTS = """
with streets_in as (
  select n.id, n.name, n.geom, count(s.id)::numeric as streets
  from neighbourhoods n left join streets s on s.kind <> 'canal' and st_intersects(n.geom, st_pointonsurface(s.geom))
  group by n.id
), named as (
  select n.id, t.name as district, t.population * n.streets / sum(n.streets) over (partition by t.id) as residents
  from towns t join streets_in n on n.name = t.name or starts_with(n.name, t.name || ' ')
), hamlets as (
  select n.id, null as district, t.population::numeric as residents
  from towns t join streets_in n on st_covers(n.geom, t.point)
  where t.name not in (select district from named)
), everyone as (
  select id, max(district) as district, round(sum(residents)) as residents
  from (table named union all table hamlets) both_kinds group by id
)
update neighbourhoods n set district = coalesce(e.district, n.district), residents = nullif(e.residents, 0)
from everyone e where e.id = n.id"""


def fill(owner_url: str, residents: int, seed: int, say: Say, *, now: datetime | None = None) -> None:
    """Draw the county and settle so many residents, all in one transaction; nothing where there is a county already.

    Raises ModeRefused unless the database is training.
    """
    with connection.only_transaction(owner_url) as conn:
        prepare(conn)
        if is_settled(conn):
            return
        words = f"Drawing the training county (seed {seed})"
        say(words)
        with progress(words, 1, say) as step:
            drawing = draw(seed, lambda share: step.advance(0.46 * share))
            marks = landmarks.find_landmarks(drawing, Random(seed + 1))
            step.advance(0.1)
            store_ground(conn, drawing, marks, seed)
            base_map.draw_known(conn)
            make_up_teams(conn)
        words = f"Settling {residents:,} residents along {len(drawing.plan.streets):,} streets"
        say(words)
        along = frontage.of_county(drawing, marks)
        people.settle(conn, along, residents, seed, now or utc_now(), words, say)


def prepare(conn: connection.Connection) -> None:
    """Take the lock, refuse anything but training, and make room for a large load."""
    conn.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    row = conn.execute("select mode from deployment").fetchone()
    if row is None or row.mode != Mode.TRAINING:
        raise ModeRefused("Made-up people belong in a training database only; this one is live.")
    conn.execute("set local synchronous_commit = off")
    conn.execute("set local maintenance_work_mem = '256MB'")
    conn.execute("set local work_mem = '128MB'")


def make_up_teams(conn: connection.Connection) -> list[int]:
    """The made-up officers' teams, where there is none yet; the numbers of all that are there."""
    if not teams.in_force(conn):
        for name, members in made_up.TEAMS.items():
            row = conn.execute("insert into teams (name) values (%s) returning id", [name]).fetchone()
            conn.execute("insert into team_members select %s, unnest(%s::text[])", [row.id, list(members)])  # type: ignore[union-attr]
    return [team.id for team in teams.in_force(conn)]


def is_settled(conn: connection.Connection) -> bool:
    """Whether a county or people are here already."""
    row = conn.execute(
        """select exists (select from subscribers) or exists (select from streets)
                  or exists (select from force_area) as yes"""
    ).fetchone()
    return row is not None and bool(row.yes)


def store_ground(conn: connection.Connection, drawing: Drawing, marks: Sequence[Landmark], seed: int) -> None:
    """Write everything but the people."""
    area = shapely.MultiPolygon([drawing.area])
    copy(conn, "force_area (name, geom)", [(outline.NAME, wkb(area))])
    beats = neighbourhoods.share_out(drawing, Random(seed + 2))
    copy(conn, "neighbourhoods (code, name, geom)", [(beat.code, beat.name, wkb(beat.geom)) for beat in beats])
    copy(conn, "streets (name, locality, kind, source, source_id, geom)", street_rows(drawing))
    copy(
        conn,
        "towns (name, kind, population, point)",
        [(place.name, place.kind, place.population, wkb(shapely.Point(place.x, place.y))) for place in drawing.places],
    )
    shapes = [(mark.kind, mark.name, wkb(mark.geom)) for mark in marks if mark.kind != "canal"]
    copy(conn, "landmarks (kind, name, geom)", shapes)
    codes = list(postcodes.rows(drawing))
    points = wkbs(shapely.points([(x, y) for _, x, y in codes]))
    copy(conn, "postcodes (postcode, point)", zip((code for code, *_ in codes), points, strict=True))
    for table in ("force_area", "neighbourhoods", "streets", "towns", "landmarks", "postcodes"):
        conn.execute(f"analyze {table}")
    conn.execute(SHARE_OUT_RESIDENTS)


def street_rows(drawing: Drawing) -> Iterable[tuple[str, ...]]:
    """One row a street or canal."""
    for name, points in drawing.canals.items():
        line = shapely.LineString(points).simplify(1)
        yield name, "", "canal", "training", f"C {name}", wkb(shapely.MultiLineString([line]))
    streets = drawing.plan.streets
    lines = shapely.simplify(lines_of(streets), 0.4)
    geoms = wkbs(shapely.multilinestrings(lines, indices=np.arange(len(lines))))
    for number, (street, geom) in enumerate(zip(streets, geoms, strict=True), start=1):
        locality = drawing.places[street.settlement].name
        yield street.name, locality, KIND_OF.get(street.form, "local"), "training", f"T{number}", geom


def wkb(geom: shapely.Geometry) -> str:
    """EWKB in hex, EPSG:27700, to the centimetre."""
    return wkbs([geom])[0]


def wkbs(geoms: Sequence[shapely.Geometry] | NDArray[Any]) -> list[str]:
    """The same of many at once, which takes a tenth of one after the other."""
    exact = shapely.set_srid(shapely.set_precision(geoms, 0.01), 27700)
    return [str(one) for one in shapely.to_wkb(exact, hex=True, include_srid=True)]


def copy(conn: connection.Connection, target: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY a few thousand rows."""
    with conn.cursor().copy(f"copy {target} from stdin") as writer:
        for row in rows:
            writer.write_row(row)
