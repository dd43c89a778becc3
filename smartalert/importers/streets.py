"""Imports streets: one row a street as people know it, told apart by the place it is in."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import shapely

from smartalert.database import connection
from smartalert.database.progress import Progress, Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import base_map, gazetteer, ground, map_file, open_roads, osm, sent_files
from smartalert.importers.ground import Agree, nobody
from smartalert.importers.links import NEAR_M, join_in_place, multi
from smartalert.importers.localities import PLACE_M, localities, relocate
from smartalert.importers.map_file import wkb

#: Metres: streets this far outside the force area are kept, so that an alert at the border finds its street.
BORDER_M = 2_000
#: Kinds that lie in one place; a numbered road, a canal, river or railway runs through many.
STREETS = ["main", "local", "path"]


class Found(NamedTuple):
    """What one file holds; lines and points in EPSG:27700."""

    source: str
    streets: geopandas.GeoDataFrame
    #: What was no street, counted in words.
    left_out: str = ""
    places: geopandas.GeoDataFrame | None = None
    landmarks: geopandas.GeoDataFrame | None = None


def import_streets(owner_url: str, path: Path | str, say: Say, agree: Agree = nobody, *, and_map: bool = False) -> int:
    """Import named streets and numbered roads of OpenStreetMap (.osm.pbf), with its places and landmarks, or of OS
    Open Roads, and return how many there are.

    The file is the whole of its source: streets of an earlier import of the same source are updated in place or
    removed; what another source has already is not doubled. With a force area, only streets within 2 km of it.
    `and_map`: the map is drawn from the file too, and both are undone as one. Raises ImportRefused, and then nothing
    is changed.
    """
    path = Path(path)
    with sent_files.map_files(path) as files, ground.change(owner_url, "streets", [path], say, agree) as conn:
        with progress(f"Importing {path.name}", 1, say) as step:
            area = force_area(conn)
            found = read(files, path, area, step)
            streets = near(found.streets[found.streets["name"] != ""], area, path)
            if found.places is not None and found.landmarks is not None:
                gazetteer.keep_places(conn, found.source, gazetteer.within(found.places, area, PLACE_M))
                gazetteer.keep_landmarks(conn, found.source, gazetteer.within(found.landmarks, area, BORDER_M))
            streets = joined_in_place(conn, streets)
            step.advance(0.1)
            doubled = replace(conn, found.source, streets)
            relocate(conn)
        known = f"; {doubled:,} are there by another source" if doubled else ""
        left_out = f"; left out: {found.left_out}" if found.left_out else ""
        flows = sum(~streets["kind"].isin([*STREETS, "numbered"]))
        of_them = f", {flows:,} of them canals, rivers and railways," if flows else ""
        say(f"{len(streets) - doubled:,} streets{of_them} from {path.name}{known}{left_out}.")
        if and_map:
            base_map.draw(conn, files, path.name, say)
    return len(streets) - doubled


def force_area(conn: connection.Connection) -> shapely.Geometry | None:
    """The force area with its border strip, if one is set."""
    row = conn.execute("select st_asbinary(st_buffer(geom, %s)) as geom from force_area", [BORDER_M]).fetchone()
    return shapely.from_wkb(bytes(row.geom)) if row else None


def read(files: Sequence[Path], path: Path, area: shapely.Geometry | None, step: Progress) -> Found:
    """Everything of use in the files of either publisher: four fifths of an import."""
    if {"lines", "points", "multipolygons"} <= set(map_file.layers(files[0])):
        # A force need not hold a whole country in memory.
        box = map_file.bounds_in(path, "lines", area.buffer(PLACE_M).bounds) if area else None
        areas = osm.read_areas(path, box)
        step.advance(0.2)
        streets = osm.read_streets(path, areas, box)
        step.advance(0.4)
        points = osm.read_points(path, box)
        places, landmarks = osm.read_places(points, areas, path), osm.read_landmarks(points, areas, path)
        step.advance(0.2)
        return Found("osm", streets, "", places, landmarks)
    found = Found("os_open_roads", *open_roads.read_streets(files, area.bounds if area else None))
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
    return streets.copy() if area is None else cut_numbered(streets, area)


def cut_numbered(streets: geopandas.GeoDataFrame, area: shapely.Geometry) -> geopandas.GeoDataFrame:
    """The streets, numbered roads and waterways only as far as the area goes: the M6 is 370 km long."""
    streets = streets.copy()
    long = ~streets["kind"].isin(STREETS)
    inside = streets[long].intersection(area)
    streets.loc[long, "geometry"] = [
        multi([part for part in shapely.get_parts(line) if part.geom_type == "LineString"]) for line in inside
    ]
    return streets[~streets.is_empty]


def joined_in_place(conn: connection.Connection, streets: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The streets with their localities, those of one name and place that are near each other as one."""
    before = len(streets) + 1
    while len(streets) < before:  # what was joined may lie in another place than its parts
        before = len(streets)
        lines = np.array(streets.geometry)
        at = shapely.get_point(shapely.shortest_line(lines, shapely.centroid(lines)), 0)
        named = localities(conn, at)
        is_street = streets["kind"].isin(STREETS).tolist()
        streets["locality"] = [name if in_one else "" for in_one, name in zip(is_street, named, strict=True)]
        streets = join_in_place(streets)
    return streets


def replace(conn: connection.Connection, source: str, streets: geopandas.GeoDataFrame) -> int:
    """Make these the streets of this source, but those that another has; returns how many those are.

    The source that came first keeps its streets, and with them the areas that officers drew by them.
    """
    conn.execute(
        """create temporary table incoming (name text, locality text, kind text, source_id text, geom geometry)
           on commit drop"""
    )
    with conn.cursor().copy("copy incoming from stdin") as copy:
        for street in streets.itertuples(index=False):
            copy.write_row((street.name, street.locality, street.kind, street.source_id, wkb(street.geometry)))
    doubled = conn.execute(
        """delete from incoming i using streets s
           where s.source not in (%s, 'training') and s.searched = as_searched(i.name)
             and st_dwithin(s.geom, i.geom, %s)""",
        [source, NEAR_M],
    )
    conn.execute(
        "delete from streets where source = %s and source_id not in (select source_id from incoming)", [source]
    )
    conn.execute(
        """insert into streets (name, locality, kind, source, source_id, geom)
           select name, locality, kind, %s, source_id, geom from incoming
           on conflict (source, source_id) do update
           set name = excluded.name, locality = excluded.locality, kind = excluded.kind, geom = excluded.geom
           where row(streets.name, streets.locality, streets.kind, streets.geom)
             is distinct from row(excluded.name, excluded.locality, excluded.kind, excluded.geom)""",
        [source],
    )
    conn.execute("analyze streets")
    return doubled.rowcount
