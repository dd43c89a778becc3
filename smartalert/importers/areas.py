"""Imports where the force may send, and the areas of its neighbourhood teams, from GeoJSON, GeoPackage or KML."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas
import shapely

from smartalert.database import connection
from smartalert.errors import ImportRefused
from smartalert.importers import map_file
from smartalert.importers.map_file import wkb

#: How publishers call the columns that hold an area's code and name (ONS puts the year inside: WD13CD, WD24NM).
CODE = re.compile(r"code|id|(wd|lad|pfa)\d\dcd", re.IGNORECASE)
NAME = re.compile(r"name|(wd|lad|pfa)\d\dnm", re.IGNORECASE)


class Area(NamedTuple):
    """One area, metres in EPSG:27700."""

    code: str
    name: str
    geom: shapely.MultiPolygon


def import_force_area(owner_url: str, path: Path | str, name: str | None = None) -> float:
    """Make all areas of a file together the force area, and return its size in km².

    `name` is what it is called, else what the file says. Raises ImportRefused, and then nothing is changed.
    """
    path = Path(path)
    areas = read(path)
    whole = polygons(shapely.union_all([area.geom for area in areas]))
    engine = connection.make_engine(owner_url)
    try:
        with connection.transaction(engine) as conn:
            set_force_area(conn, name or areas[0].name or path.stem, whole)
    finally:
        engine.dispose()
    return float(whole.area / 1e6)


def set_force_area(conn: connection.Connection, name: str, area: shapely.MultiPolygon) -> None:
    """Let the force send there and nowhere else."""
    conn.execute(
        """insert into force_area (name, geom) values (%s, %s)
           on conflict (only_row) do update set name = excluded.name, geom = excluded.geom""",
        [name, wkb(area)],
    )


def import_neighbourhoods(owner_url: str, paths: Sequence[Path | str], say: Callable[[str], None]) -> int:
    """Make the areas of these files the neighbourhoods, in place of those before, and return how many there are.

    Each needs a code, or else a name, of its own. Raises ImportRefused, and then nothing is changed.
    """
    areas = [area for path in paths for area in read(Path(path))]
    codes = [area.code or area.name for area in areas]
    if "" in codes or len(set(codes)) < len(codes):
        raise ImportRefused("Two of these areas have the same code, or one has none. Nothing was changed.")
    engine = connection.make_engine(owner_url)
    try:
        with connection.transaction(engine) as conn, conn.cursor() as cursor:
            cursor.execute("delete from neighbourhoods where code <> all(%s)", [codes])
            cursor.executemany(
                """insert into neighbourhoods (code, name, geom) values (%s, %s, %s)
                   on conflict (code) do update set name = excluded.name, geom = excluded.geom""",
                [(code, area.name or code, wkb(area.geom)) for code, area in zip(codes, areas, strict=True)],
            )
    finally:
        engine.dispose()
    say(f"{len(areas):,} neighbourhoods.")
    return len(areas)


def read(path: Path) -> list[Area]:
    """Every area of a file."""
    layer = map_file.layers(path)[0]
    rows = map_file.to_grid(map_file.read(path, layer), path)
    rows = rows[rows.geom_type.isin(["Polygon", "MultiPolygon"])]
    if rows.empty:
        raise ImportRefused(f"{path.name} holds no area. Nothing was changed.")
    shapes = [polygons(shapely.make_valid(geom)) for geom in rows.geometry]
    return [Area(*pair) for pair in zip(column(rows, CODE), column(rows, NAME), shapes, strict=True)]


def column(rows: geopandas.GeoDataFrame, pattern: re.Pattern[str]) -> list[str]:
    """What the first column of such a name holds, as text; nothing where there is none."""
    for name in rows.columns:
        if pattern.fullmatch(str(name)):
            return rows[name].fillna("").astype(str).str.strip().tolist()  # type: ignore[no-any-return]
    return [""] * len(rows)


def polygons(geom: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of any geometry: mending a self-crossing border may leave stray lines."""
    return shapely.MultiPolygon(
        [part for part in shapely.get_parts(shapely.get_parts(geom)) if part.geom_type == "Polygon"]
    )
