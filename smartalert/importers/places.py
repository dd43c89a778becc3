"""Imports places and landmarks from OS Open Names (its CSV tiles) or GeoNames.

Contains OS data © Crown copyright and database right. GeoNames data is CC BY 4.0.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import geopandas
import pandas as pd
import shapely

from smartalert import cleaning
from smartalert.database.progress import Say, progress, shown
from smartalert.errors import ImportRefused
from smartalert.importers import gazetteer, ground
from smartalert.importers.ground import Agree, nobody
from smartalert.importers.localities import PLACE_M, relocate
from smartalert.importers.map_file import GRID, GRID_LIMITS
from smartalert.importers.osm import SETTLEMENTS
from smartalert.importers.streets import BORDER_M, force_area

#: Columns of OS Open Names, whose tiles have no line that names them; the header comes as a file of its own.
OPEN_NAMES = [
    "ID", "NAMES_URI", "NAME1", "NAME1_LANG", "NAME2", "NAME2_LANG", "TYPE", "LOCAL_TYPE", "GEOMETRY_X", "GEOMETRY_Y",
    "MOST_DETAIL_VIEW_RES", "LEAST_DETAIL_VIEW_RES", "MBR_XMIN", "MBR_YMIN", "MBR_XMAX", "MBR_YMAX",
]  # fmt: skip
OPEN_NAMES_WIDTH = 34
#: Their settlements, and what we call them.
PLACES = {
    "City": "city", "Town": "town", "Suburban Area": "suburb", "Village": "village", "Hamlet": "hamlet",
    "Other Settlement": "hamlet",
}  # fmt: skip
#: Their other types, and the kind of landmark. Farms and police stations they have none of.
LANDMARKS = {
    "Railway Station": "station", "Hospital": "hospital", "Hospice": "hospital", "Urban Greenspace": "park",
    "Botanical Garden": "park", "Inland Water": "water",
}  # fmt: skip
EDUCATION = "Education"
#: GeoNames' own table (GB.txt) has no line of names either: name, latitude, longitude, class and population stand here.
GEONAMES_WIDTH, GEONAMES = 19, {"name": 1, "latitude": 4, "longitude": 5, "class": 6, "population": 14}
#: How many people make a city, a town, a village.
KINDS = {"city": 100_000, "town": 5_000, "village": 400, "hamlet": 0}


class Row(NamedTuple):
    """One place or landmark; EPSG:27700 or 4326."""

    name: str
    kind: str
    population: int
    point: shapely.Point
    extent: shapely.Polygon | None
    is_place: bool


def import_places(owner_url: str, paths: Sequence[Path | str], say: Say, agree: Agree = nobody) -> tuple[int, int]:
    """Import places and landmarks of OS Open Names or GeoNames; returns how many of each there are by that source.

    The files are the whole of their source. What another has already is not doubled; streets are told apart anew. With
    a force area, only what is near it. Raises ImportRefused, naming file and line, and then nothing is changed.
    """
    found = [(source, row) for path in shown("Reading places", paths, say) for source, row in read(Path(path))]
    sources = {source for source, _ in found}
    if len(sources) != 1:
        raise ImportRefused(
            f"These files hold {'places of two sources: import one after the other' if sources else 'no place'}. "
            "Nothing was changed."
        )
    source = sources.pop()
    rows = framed([row for _, row in found], GRID if source == "os_open_names" else 4326)
    with ground.change(owner_url, "places", list(map(Path, paths)), say, agree) as conn:
        with progress("Writing places", 1, say):
            area = force_area(conn)
            places = gazetteer.within(rows[rows["is_place"]], area, PLACE_M)
            landmarks = gazetteer.within(rows[~rows["is_place"]], area, BORDER_M)
            if places.empty and landmarks.empty:
                raise ImportRefused("No place of these files lies near the force area. Nothing was changed.")
            gazetteer.keep_places(conn, source, places)
            gazetteer.keep_landmarks(conn, source, landmarks)
            relocate(conn)
        [kept] = conn.execute(
            """select (select count(*) from towns where source = %(of)s) as places,
                 (select count(*) from landmarks where source = %(of)s) as landmarks""",
            {"of": source},
        )
        known = len(places) + len(landmarks) - sum(kept)
        say(f"{kept.places:,} places and {kept.landmarks:,} landmarks; {known:,} are there already.")
    return kept.places, kept.landmarks


def framed(rows: list[Row], crs: int) -> geopandas.GeoDataFrame:
    """As the gazetteer takes them, EPSG:27700."""
    frame = pd.DataFrame(rows)
    shapes = geopandas.GeoSeries(frame.pop("point"), crs=crs)
    return geopandas.GeoDataFrame(frame, geometry=shapes).to_crs(GRID)


def read(path: Path) -> Iterator[tuple[str, Row]]:
    """Every place and landmark of a file, with its source. Raises ImportRefused."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            tabbed = "\t" in file.readline()
            file.seek(0)
            # GeoNames quotes nothing: a name may begin with a quotation mark
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if tabbed else csv.reader(file)
            header: list[str] = []
            for fields in lines:
                if lines.line_num == 1 and {"NAME1", "LOCAL_TYPE"} <= set(fields):
                    continue
                if lines.line_num == 1 and {"name", "latitude", "longitude", "population"} <= set(fields):
                    header = fields
                elif any(fields):
                    yield from parse(fields, header, path, lines.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read as a table, so nothing was changed: {error}.") from None


def parse(fields: list[str], header: list[str], path: Path, line: int) -> Iterator[tuple[str, Row]]:
    """What one line holds, if it is a place or landmark. Raises ImportRefused for a line of another table."""
    try:
        if header:
            row = of_geonames(dict(zip(header, fields, strict=True)))
        elif len(fields) == GEONAMES_WIDTH:
            row = of_geonames({name: fields[place] for name, place in GEONAMES.items()})
        elif len(fields) == OPEN_NAMES_WIDTH:
            row = of_open_names(dict(zip(OPEN_NAMES, fields, strict=False)))
        else:
            raise ValueError
    except ValueError:
        raise ImportRefused.at_line(path.name, line, "it is not a line of OS Open Names or GeoNames") from None
    if row is not None and row.name:
        yield ("os_open_names" if len(fields) == OPEN_NAMES_WIDTH and not header else "geonames"), row


def of_open_names(facts: dict[str, str]) -> Row | None:
    """A settlement with its box, or a landmark; roads and postcodes come from other files."""
    local = facts["LOCAL_TYPE"]
    kind = PLACES.get(local) or LANDMARKS.get(local) or ("school" if local.endswith(EDUCATION) else "")
    if not kind:
        return None
    name, point = cleaning.one_line(facts["NAME1"], 200), shapely.Point(*on_grid(facts, "GEOMETRY_X", "GEOMETRY_Y"))
    if local not in PLACES:
        return Row(name, kind, 0, point, None, is_place=False)
    box = None
    if facts["MBR_XMIN"]:
        box = shapely.box(*on_grid(facts, "MBR_XMIN", "MBR_YMIN"), *on_grid(facts, "MBR_XMAX", "MBR_YMAX"))
    return Row(name, kind, SETTLEMENTS[kind], point, box if box and box.area else None, is_place=True)


def on_grid(facts: dict[str, str], x: str, y: str) -> tuple[float, float]:
    """Easting and northing; raises ValueError outside Great Britain."""
    easting, northing = float(facts[x]), float(facts[y])
    if not (0 <= easting <= GRID_LIMITS[2] and 0 <= northing <= GRID_LIMITS[3]):
        raise ValueError
    return easting, northing


def of_geonames(facts: dict[str, str]) -> Row | None:
    """A place where people live, by how many."""
    lat, lon, people = float(facts["latitude"]), float(facts["longitude"]), int(facts["population"] or 0)
    if facts.get("class", "P") != "P" or not (49 < lat < 62 and -9 < lon < 3):
        return None
    kind = next(kind for kind, least in KINDS.items() if people >= least)
    name = cleaning.one_line(facts["name"], 200)
    return Row(name, kind, people or SETTLEMENTS["hamlet"], shapely.Point(lon, lat), None, is_place=True)
