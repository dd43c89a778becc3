"""Which place a street or landmark is told apart by: of those that contain it the one whose middle is nearest for its
size, else the nearest by it, else its postcode district. Worked out anew after every import, in whatever order."""

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from smartalert.database import connection

#: Metres: a place, and failing that a postcode, farther than this says nothing about a street.
PLACE_M, POSTCODE_M = 5_000, 1_000
#: How far a place reaches round its point, metres, where its publisher draws no extent.
REACH_M = {"city": 4_000, "town": 1_500, "suburb": 700, "village": 500, "hamlet": 200}


def relocate(conn: connection.Connection) -> int:
    """Tell all imported streets and landmarks apart by the places there are now; returns how many changed."""
    changed = 0
    for table, at, those in (
        ("streets", "at", "source <> 'training' and kind in ('main', 'local', 'path')"),
        ("landmarks", "st_pointonsurface(geom)", "source <> 'training'"),
    ):
        rows = conn.execute(f"select id, locality, st_asbinary({at}) as at from {table} where {those}").fetchall()  # noqa: S608
        named = localities(conn, shapely.from_wkb([bytes(row.at) for row in rows]))
        new = [(row.id, name) for row, name in zip(rows, named, strict=True) if row.locality != name]
        conn.execute(
            f"update {table} set locality = new.name from unnest(%s::bigint[], %s::text[]) new (id, name)"  # noqa: S608
            f" where {table}.id = new.id",
            [[id_ for id_, _ in new], [name for _, name in new]],
        )
        changed += len(new)
    return changed


def localities(conn: connection.Connection, points: NDArray[np.object_]) -> list[str]:
    """The place of each point (EPSG:27700), or its postcode district, or nothing."""
    codes = "select split_part(postcode, ' ', 1) as name, st_asbinary(point) as shape from postcodes order by postcode"
    found = places(conn, points)
    left = np.flatnonzero(found == "")
    found[left] = nearest(conn, codes, points[left], POSTCODE_M)
    return [str(name) for name in found]


def places(conn: connection.Connection, points: NDArray[np.object_]) -> NDArray[np.object_]:
    """The name of the place that each point lies in, else of the nearest within 5 km.

    Where several hold it, as a town and its suburb, it lies in the one whose middle is nearest, measured in the radius
    of each: a town's own High Street is not of the suburb that begins behind it.
    """
    names = np.full(len(points), "", dtype=object)
    rows = conn.execute(
        "select name, kind, st_asbinary(point) as point, st_asbinary(extent) as extent from towns order by id"
    ).fetchall()
    if not rows or not len(points):
        return names
    middles = shapely.from_wkb([bytes(row.point) for row in rows])
    extents = np.array(
        [
            shapely.from_wkb(bytes(row.extent)) if row.extent else middle.buffer(REACH_M[row.kind])
            for row, middle in zip(rows, middles, strict=True)
        ]
    )
    tree = shapely.STRtree(extents)
    point, place = tree.query(points, predicate="within")
    inside = pd.DataFrame({"point": point, "place": place})
    inside["away"] = shapely.distance(points[point], middles[place]) / np.sqrt(shapely.area(extents)[place])
    best = inside.sort_values(["away", "place"]).drop_duplicates("point")
    called = np.array([row.name for row in rows], dtype=object)
    names[best["point"]] = called[best["place"]]
    left = np.flatnonzero(names == "")
    by, near = tree.query_nearest(points[left], max_distance=PLACE_M, all_matches=False)
    names[left[by]] = called[near]
    return names


def nearest(conn: connection.Connection, query: str, points: NDArray[np.object_], within_m: float) -> list[str]:
    """The name of the nearest of what a query finds, for each point; empty where none is near enough."""
    names = [""] * len(points)
    rows = conn.execute(query).fetchall() if len(points) else []
    if rows:
        tree = shapely.STRtree(shapely.from_wkb([bytes(row.shape) for row in rows]))
        for number, found in zip(*tree.query_nearest(points, max_distance=within_m, all_matches=False), strict=True):
            names[number] = rows[found].name
    return names
