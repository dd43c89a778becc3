"""Settles made-up residents along streets that were imported, so that a real place can be practised on."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import shapely

from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.database.progress import Say
from smartalert.errors import SetupError
from smartalert.importers.areas import set_force_area
from smartalert.importers.map_file import wkb
from smartalert.training import people
from smartalert.training.county import make_up_teams, prepare
from smartalert.training.frontage import Frontage, near_landmarks, pieces
from smartalert.training.landmarks import Landmark
from smartalert.training.neighbourhoods import around


class Line(NamedTuple):
    """An imported street, EPSG:27700."""

    locality: str
    kind: str
    geom: shapely.MultiLineString


#: How closely people live along each kind of street, beside the others.
DENSITY = {"local": 1.0, "main": 0.4, "path": 0.05}
#: Metres kept inside the force area, and around the streets where none is set.
MARGIN_M, AROUND_M = 40, 500


def settle(
    owner_url: str,
    residents: int,
    seed: int,
    source: str = "osm",
    *,
    say: Say = print,
    now: datetime | None = None,
) -> int:
    """Settle so many more residents along the imported streets of one source, and return along how many.

    Where no force area is set, the ground around these streets becomes it. Raises ModeRefused unless the database
    is training, SetupError if there is no such street in the force area.
    """
    with connection.only_transaction(owner_url) as conn:
        prepare(conn)
        make_up_teams(conn)
        lines = streets(conn, source)
        if not lines:
            raise SetupError("There is no imported street to live along. Import streets first.")
        frontage = of_streets(lines, ground(conn, lines), near=landmarks(conn))
        words = f"Settling {residents:,} residents along {len(lines):,} streets"
        people.settle(conn, frontage, residents, seed, now or utc_now(), words, say)
    say(f"{residents:,} made-up residents along {len(lines):,} imported streets.")
    return len(lines)


def streets(conn: connection.Connection, source: str) -> list[Line]:
    """The streets of that source."""
    rows = conn.execute(
        "select locality, kind, st_asbinary(geom) as geom from streets where source = %s"
        " and kind in ('main', 'local', 'path')"
        " order by source_id",
        [source],
    )
    return [Line(row.locality, row.kind, shapely.from_wkb(bytes(row.geom))) for row in rows]


def landmarks(conn: connection.Connection) -> list[Landmark]:
    """What lies near enough to suggest a topic."""
    rows = conn.execute(
        "select kind, name, st_asbinary(geom) as geom from landmarks"
        " union all select kind, name, st_asbinary(geom) from streets where kind = 'canal'"
    )
    return [Landmark(row.kind, row.name, shapely.from_wkb(bytes(row.geom))) for row in rows]


def ground(conn: connection.Connection, lines: list[Line]) -> shapely.Geometry:
    """The force area; where none is set, the ground around the streets becomes it, shared out among its places."""
    row = conn.execute("select st_asbinary(geom) as geom from force_area").fetchone()
    if row is not None:
        return shapely.from_wkb(bytes(row.geom))
    area = shapely.convex_hull(shapely.GeometryCollection([line.geom for line in lines])).buffer(AROUND_M)
    set_force_area(conn, "Around the imported streets (training)", shapely.MultiPolygon([area]))
    towns = conn.execute("select name, st_asbinary(point) as point from towns order by id").fetchall()
    centres = [(town.name, shapely.from_wkb(bytes(town.point))) for town in towns]
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into neighbourhoods (code, name, geom) values (%s, %s, %s) on conflict do nothing",
            [(code, name, wkb(geom)) for code, name, geom in around([c for c in centres if area.contains(c[1])], area)],
        )
    return area


def of_streets(lines: list[Line], area: shapely.Geometry, near: list[Landmark]) -> Frontage:
    """Pieces of these streets well inside the area; those of one locality count as one place."""
    parts = [(number, part) for number, line in enumerate(lines) for part in line.geom.geoms]
    start, along, part = pieces([shapely.get_coordinates(part) for _, part in parts])
    street = np.array([number for number, _ in parts])[part]
    inner = area.buffer(-MARGIN_M)
    shapely.prepare(inner)
    ends = np.concatenate((start, start + along))
    inside = shapely.contains_xy(inner, ends[:, 0], ends[:, 1]).reshape(2, -1).all(axis=0)
    if not inside.any():
        raise SetupError("None of the imported streets lies in the force area.")
    start, along, street = start[inside], along[inside], street[inside]
    share = np.hypot(*along.T) * np.array([DENSITY[line.kind] for line in lines])[street]
    _, place = np.unique([line.locality for line in lines], return_inverse=True)
    return Frontage(start, along, share / share.sum(), place[street], near_landmarks(start + along / 2, near))
