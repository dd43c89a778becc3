"""Imports streets: one row a street as people know it, told apart by the place it is in."""

from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from smartalert.database import connection
from smartalert.database.progress import Progress, Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import map_file, open_roads, osm
from smartalert.importers.map_file import wkb

#: Metres: streets this far outside the force area are kept, so that an alert at the border finds its street.
BORDER_M = 2_000
#: Metres: a place, and failing that a postcode, farther than this says nothing about a street.
PLACE_M, POSTCODE_M = 5_000, 1_000
#: Two places of one name are two, unless they lie so near each other that somebody moved the point.
SAME_PLACE_M = 3_000


class Found(NamedTuple):
    """What one file holds; lines and points in EPSG:27700."""

    source: str
    streets: geopandas.GeoDataFrame
    #: What was no street, counted in words.
    left_out: str = ""
    places: geopandas.GeoDataFrame | None = None
    canals: geopandas.GeoDataFrame | None = None


def import_streets(owner_url: str, path: Path | str, say: Say) -> int:
    """Import the named streets of OpenStreetMap (.osm.pbf) or OS Open Roads, and return how many there are.

    The file is the whole of its source: streets of an earlier import of the same source are updated in place or
    removed. With a force area, only streets within 2 km of it. Raises ImportRefused, and then nothing is changed.
    """
    path = Path(path)
    engine = connection.make_engine(owner_url)
    try:
        with connection.transaction(engine) as conn, progress(f"Importing {path.name}", 1, say) as step:
            area = force_area(conn)
            found = read(path, area, step)
            streets = near(found.streets[found.streets["name"] != ""], area, path)
            if found.places is not None:
                add_places(conn, found.places if area is None else found.places[found.places.distance(area) <= PLACE_M])
            add_canals(conn, found.canals)
            streets["locality"] = localities(conn, streets)
            step.advance(0.1)
            removed = replace(conn, found.source, streets)
    finally:
        engine.dispose()
    gone = f"; {removed:,} of an earlier import are gone" if removed else ""
    left_out = f"; left out: {found.left_out}" if found.left_out else ""
    say(f"{len(streets):,} streets from {path.name}{gone}{left_out}.")
    return len(streets)


def force_area(conn: connection.Connection) -> shapely.Geometry | None:
    """The force area with its border strip, if one is set."""
    row = conn.execute("select st_asbinary(st_buffer(geom, %s)) as geom from force_area", [BORDER_M]).fetchone()
    return shapely.from_wkb(bytes(row.geom)) if row else None


def read(path: Path, area: shapely.Geometry | None, step: Progress) -> Found:
    """Everything of use in a file of either publisher: four fifths of an import."""
    layers = map_file.layers(path)
    if {"lines", "points", "multipolygons"} <= set(layers):
        parts = []
        for part, share in ((osm.read_streets, 0.5), (osm.read_places, 0.1), (osm.read_canals, 0.2)):
            parts.append(part(path))
            step.advance(share)
        return Found("osm", parts[0], "", *parts[1:])
    layer = open_roads.LAYER if open_roads.LAYER in layers else layers[0]
    found = Found("os_open_roads", *open_roads.read_streets(path, layer, area.bounds if area else None))
    step.advance(0.8)
    return found


def near(streets: geopandas.GeoDataFrame, area: shapely.Geometry | None, path: Path) -> geopandas.GeoDataFrame:
    """The streets that this force needs; refuses a file without any."""
    if streets.empty and area is None:
        raise ImportRefused(f"{path.name} holds no named street.")
    if area is not None:
        streets = streets[streets.intersects(area)]
    if streets.empty:
        raise ImportRefused(f"{path.name} holds no named street within {BORDER_M // 1000} km of the force area.")
    return streets.copy()


def add_places(conn: connection.Connection, places: geopandas.GeoDataFrame) -> None:
    """Towns and villages that are not known yet."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into towns (name, population, point) select %(name)s, %(population)s, %(point)s where not exists"
            " (select from towns where name = %(name)s and st_dwithin(point, %(point)s, %(same_m)s))",
            [
                {
                    "name": place.name,
                    "population": place.population,
                    "point": wkb(place.geometry),
                    "same_m": SAME_PLACE_M,
                }
                for place in places.itertuples(index=False)
            ],
        )


def add_canals(conn: connection.Connection, canals: geopandas.GeoDataFrame | None) -> None:
    """Canals as landmarks, in place of those of the same name."""
    for canal in () if canals is None else canals.itertuples(index=False):
        conn.execute("delete from landmarks where kind = 'canal' and name = %s", [canal.name])
        conn.execute(
            "insert into landmarks (kind, name, geom) values ('canal', %s, %s)", [canal.name, wkb(canal.geometry)]
        )


def localities(conn: connection.Connection, streets: geopandas.GeoDataFrame) -> list[str]:
    """The nearest town or village of each street; failing that its postcode district; failing that nothing."""
    middles = shapely.line_interpolate_point(
        [max(g.geoms, key=lambda part: part.length) for g in streets.geometry], 0.5, normalized=True
    )
    towns = nearest(conn, "select name, st_asbinary(point) as point from towns order by id", middles, PLACE_M)
    codes = "select split_part(postcode, ' ', 1) as name, st_asbinary(point) as point from postcodes order by postcode"
    districts = nearest(conn, codes, middles, POSTCODE_M)
    return [town or district for town, district in zip(towns, districts, strict=True)]


def nearest(conn: connection.Connection, query: str, points: NDArray[np.object_], within_m: float) -> list[str]:
    """The name of the nearest of what a query finds, for each point; empty where none is near enough."""
    names = [""] * len(points)
    rows = conn.execute(query).fetchall()
    if rows:
        tree = shapely.STRtree(shapely.from_wkb([bytes(row.point) for row in rows]))
        for number, found in zip(*tree.query_nearest(points, max_distance=within_m, all_matches=False), strict=True):
            names[number] = rows[found].name
    return names


def replace(conn: connection.Connection, source: str, streets: geopandas.GeoDataFrame) -> int:
    """Make these the streets of this source; returns how many others were removed."""
    conn.execute(
        """create temporary table incoming (name text, locality text, kind text, source_id text, geom geometry)
           on commit drop"""
    )
    with conn.cursor().copy("copy incoming from stdin") as copy:
        for street in streets.itertuples(index=False):
            copy.write_row((street.name, street.locality, street.kind, street.source_id, wkb(street.geometry)))
    gone = conn.execute(
        "delete from streets where source = %s and source_id not in (select source_id from incoming)", [source]
    )
    conn.execute(
        """insert into streets (name, locality, kind, source, source_id, geom)
           select name, locality, kind, %s, source_id, geom from incoming
           on conflict (source, source_id) do update
           set name = excluded.name, locality = excluded.locality, kind = excluded.kind, geom = excluded.geom""",
        [source],
    )
    conn.execute("analyze streets")
    return gone.rowcount
