"""Imports where the force may send, and the areas of its neighbourhood teams, from GeoJSON, GeoPackage or KML."""

import re
from collections import Counter
from collections.abc import Sequence
from math import ceil, log
from pathlib import Path
from typing import NamedTuple

import geopandas
import shapely

from smartalert import cleaning
from smartalert.database import connection
from smartalert.database.progress import Progress, Say, progress, silent
from smartalert.errors import ImportRefused
from smartalert.importers import ground, map_file
from smartalert.importers.ground import Agree, nobody
from smartalert.importers.map_file import wkb

#: How publishers call the columns that hold an area's code and name (ONS puts the year inside: WD13CD, WD24NM).
CODE = re.compile(r"((ward|area|team|neighbourhood)_?)?(code|cd|id)|(wd|lad|pfa)\d\dcd", re.IGNORECASE)
NAME = re.compile(r"((ward|area|team|neighbourhood)_?)?(name|nm)|(wd|lad|pfa)\d\dnm", re.IGNORECASE)
#: Longer is no name.
LONGEST_NAME = 200


#: Geometries that hold no others.
SIMPLE = ("Point", "LineString", "LinearRing", "Polygon")
#: Features without an area that are named; the others are counted.
MOST_NAMED = 10
#: No force's area is smaller, square metres: a mistake in the units is.
SMALLEST_M2 = 100_000.0
#: Areas joined in one go, so that a large file shows how far it has come.
JOINED_AT_ONCE = 8
#: What reading a layer takes of reading it and mending its borders.
READING = 0.8
#: No team's or ward's is: what is smaller is a crumb of drawing.
SMALLEST_TEAM_M2 = 1_000.0
#: These coasts lie within any box round Great Britain; EPSG:27700, kilometres.
ABROAD = {
    "France": [(566, -11), (615, 15), (644, 39), (647, 100), (648, 117), (666, 135), (721, 155), (732, -12),
               (566, -31)],
    "Ireland": [(184, 461), (186, 545), (150, 596), (142, 612), (72, 635), (-161, 659), (-221, 182), (-54, 165),
                (129, 241), (150, 385)],
}  # fmt: skip


class Area(NamedTuple):
    """One area, metres in EPSG:27700."""

    code: str
    name: str
    geom: shapely.MultiPolygon


def import_force_area(
    owner_url: str, path: Path | str, name: str | None = None, say: Say = silent, agree: Agree = nobody
) -> float:
    """Make all areas of a file together the force area, and return its size in km².

    `name` is what it is called, else what the file says. Raises ImportRefused, and then nothing is changed.
    """
    path = Path(path)
    areas = read(path, say)
    whole = polygons(joined([area.geom for area in areas], say))
    if whole.area < SMALLEST_M2:
        raise ImportRefused(
            f"{path.name} holds {whole.area:,.0f} m²: no force’s area is so small. Nothing was changed."
        )
    with ground.change(owner_url, "area", [path], say, agree) as conn:
        set_force_area(conn, cleaning.one_line(name or "", LONGEST_NAME) or areas[0].name or path.stem, whole)
    return float(whole.area / 1e6)


def set_force_area(conn: connection.Connection, name: str, area: shapely.MultiPolygon) -> None:
    """Let the force send there and nowhere else."""
    conn.execute(
        """insert into force_area (name, geom) values (%s, %s)
           on conflict (only_row) do update set name = excluded.name, geom = excluded.geom""",
        [name, wkb(area)],
    )


def import_neighbourhoods(owner_url: str, paths: Sequence[Path | str], say: Say, agree: Agree = nobody) -> int:
    """Make the areas of these files the neighbourhoods, in place of those before, and return how many there are.

    Each needs a code, or else a name, of its own. Raises ImportRefused, and then nothing is changed.
    """
    areas = [area for path in paths for area in read(Path(path), say)]
    codes = [area.code or area.name for area in areas]
    if twice := next((code for code in codes if code and codes.count(code) > 1), ""):
        raise ImportRefused(
            f"Two of these areas have the same code, “{twice}”. Each needs its own. Nothing was changed."
        )
    if "" in codes:
        raise ImportRefused(
            f"Area {codes.index('') + 1} of {len(codes)} has neither a code nor a name. Name the column of the code "
            "code, id or like WD24CD, that of the name name or like WD24NM. Nothing was changed."
        )
    if crumb := next((code for code, area in zip(codes, areas, strict=True) if area.geom.area < SMALLEST_TEAM_M2), ""):
        raise ImportRefused(f"“{crumb}” is smaller than {SMALLEST_TEAM_M2:,.0f} m²: no area is. Nothing was changed.")
    with ground.change(owner_url, "neighbourhoods", list(map(Path, paths)), say, agree) as conn:
        set_neighbourhoods(conn, codes, areas)
    return len(areas)


def set_neighbourhoods(conn: connection.Connection, codes: list[str], areas: list[Area]) -> None:
    """Make these, by their codes, the neighbourhoods: in one statement, as each has all figures counted again."""
    conn.execute("delete from neighbourhoods where code <> all(%s)", [codes])
    conn.execute(
        """insert into neighbourhoods (code, name, geom)
           select code, name, geom::geometry from unnest(%s::text[], %s::text[], %s::text[]) each (code, name, geom)
           on conflict (code) do update set name = excluded.name, geom = excluded.geom""",
        (
            codes,
            [area.name or code for code, area in zip(codes, areas, strict=True)],
            [wkb(area.geom) for area in areas],
        ),
    )


def joined(geoms: Sequence[shapely.Geometry], say: Say) -> shapely.Geometry:
    """All of them together: a few neighbours in the file first, then a few of what that made, until one is left."""
    with progress("Joining areas", ceil(log(len(geoms) + 1, JOINED_AT_ONCE)), say) as step:
        while len(geoms) > 1:
            few = [geoms[start : start + JOINED_AT_ONCE] for start in range(0, len(geoms), JOINED_AT_ONCE)]
            geoms = []
            for neighbours in few:
                geoms.append(shapely.union_all(neighbours))
                step.advance(1 / len(few))
    return geoms[0]


def read(path: Path, say: Say) -> list[Area]:
    """Every area of a file, of all its layers (a KML's folders). What is none is named. Raises ImportRefused."""
    with progress(f"Reading {path.name}", 1, say) as step:
        layers = map_file.layers(path)
        found = [
            (layer, area)
            for number, layer in enumerate(layers)
            for area in read_layer(path, number, step, 1 / len(layers))
        ]
    areas = [area for _, area in found if not area.geom.is_empty]
    if not areas:
        raise ImportRefused(f"{path.name} holds no area. Nothing was changed.")
    require_in_great_britain(path, areas)
    if len(layers) > 1:
        per_layer = Counter(layer for layer, area in found if not area.geom.is_empty)
        say(f"{path.name}: areas of {', '.join(f'{layer} ({count:,})' for layer, count in per_layer.items())}.")
    if without := [area for _, area in found if area.geom.is_empty]:
        named = ", ".join(area.name or area.code or "one without a name" for area in without[:MOST_NAMED])
        more = f" and {len(without) - MOST_NAMED:,} more" if len(without) > MOST_NAMED else ""
        say(f"{path.name}: left out what has no area: {named}{more}.")
    return areas


def require_in_great_britain(path: Path, areas: list[Area]) -> None:
    """Refuse a file that reaches into another country."""
    for country, corners in ABROAD.items():
        there = shapely.Polygon([(x * 1_000, y * 1_000) for x, y in corners])
        if named := next((area.name or area.code or "an area" for area in areas if area.geom.intersects(there)), ""):
            raise ImportRefused(f"{path.name} reaches into {country}: {named}. Nothing was changed.")


def read_layer(path: Path, layer: int, step: Progress, share: float) -> list[Area]:
    """Every row of a layer, which is that share of the step; those without an area have an empty one.

    Raises ImportRefused.
    """
    if not map_file.has_shapes(path, layer):
        step.advance(share)
        return []  # a table of styles or of other facts, as map programs write beside their maps
    rows = map_file.read(path, layer)
    shapes = map_file.to_grid(rows, path).geometry
    step.advance(READING * share)
    areas = []
    for row in rows.index:
        areas.append(land(shapes[row]) if row in shapes.index else shapely.MultiPolygon())
        step.advance((1 - READING) * share / len(rows))
    return [Area(*facts) for facts in zip(column(rows, CODE), column(rows, NAME), areas, strict=True)]


def land(geom: shapely.Geometry) -> shapely.MultiPolygon:
    """All land inside a geometry's borders, once: where parts overlap, or a border runs twice round, is land too.

    What a border leaves out, as a hole or by a cut to it, stays out; a hole that lies outside it is land of its own.
    """
    parts = [one for part in polygons(geom).geoms for one in (part, *beside(part))]
    mended = [shapely.make_valid(part, method="structure", keep_collapsed=False) for part in parts]
    return polygons(shapely.union_all(mended))


def beside(part: shapely.Polygon) -> list[shapely.Polygon]:
    """What a polygon calls holes, and lies outside it."""
    shell = shapely.make_valid(shapely.Polygon(part.exterior))
    rings = [shapely.make_valid(shapely.Polygon(ring)) for ring in part.interiors]
    return [piece for ring in rings if ring.intersection(shell).area == 0 for piece in polygons(ring).geoms]


def column(rows: geopandas.GeoDataFrame, pattern: re.Pattern[str]) -> list[str]:
    """What the column of such a name holds, as text: the first that is nowhere empty, else the first; nothing where
    there is none."""
    named = [name for name in rows.columns if pattern.fullmatch(str(name))]
    texts = [
        [as_text(value) if is_there else "" for value, is_there in zip(rows[name], rows[name].notna(), strict=True)]
        for name in named
    ]
    return next((text for text in texts if all(text)), texts[0] if texts else [""] * len(rows))


def as_text(value: object) -> str:
    """A code or name as its file has it: a column of whole numbers with gaps comes as fractions."""
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
    return cleaning.one_line(text, LONGEST_NAME)


def polygons(geom: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of any geometry, however deep in collections."""
    parts = shapely.get_parts(geom)
    while any(part.geom_type not in SIMPLE for part in parts):
        parts = shapely.get_parts(parts)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
