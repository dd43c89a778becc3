"""Imports postcodes from Code-Point Open or the ONS Postcode Directory (ONSPD).

Contains OS data © Crown copyright and database right. Contains Royal Mail data © Royal Mail copyright and database
right. Contains National Statistics data © Crown copyright and database right.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely

from smartalert import cleaning
from smartalert.database import connection
from smartalert.database.progress import Progress, Say, progress, shown
from smartalert.errors import ImportRefused
from smartalert.importers import ground
from smartalert.importers.ground import Agree, nobody
from smartalert.importers.localities import relocate
from smartalert.importers.map_file import GRID_LIMITS

#: Metres: people near the border name postcodes outside it, so a strip around the force area is kept.
BORDER_M = 10_000
#: A first line of names begins so.
HEADER = re.compile(r"pc|pcd\d?|pcds|postcode", re.IGNORECASE)
#: Positional quality of a postcode that has no place: Code-Point Open's, ONSPD's.
NOWHERE = {"90", "9"}
#: Northern Ireland's are on a grid of their own.
ELSEWHERE = "BT"
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)\s*([0-9][A-Z]{2})")


class Layout(NamedTuple):
    """Where in a line what stands: Code-Point Open's, which needs no first line (PC, PQ, EA, NO, CY, RH, LH, CC …)."""

    width: int = 10
    postcode: int = 0
    quality: int = 1
    easting: int = 2
    northing: int = 3
    #: When the postcode went out of use; None: only those in use are listed.
    ended: int | None = None


#: What publishers call these, the best first; ONSPD's names change with its editions.
NAMES = {
    "postcode": ("pcds", "pcd8", "pcd2", "pcd7", "pcd", "postcode", "pc"),
    "quality": ("osgrdind", "gridind", "positional_quality_indicator", "pq"),
    "easting": ("oseast1m", "east1m", "eastings", "easting", "ea"),
    "northing": ("osnrth1m", "north1m", "northings", "northing", "no"),
    "ended": ("doterm",),
}


class Row(NamedTuple):
    """One postcode as people write it; metres in EPSG:27700."""

    postcode: str
    easting: int
    northing: int


def import_postcodes(owner_url: str, paths: Sequence[Path | str], say: Say, agree: Agree = nobody) -> int:
    """Import the postcodes of these files and return how many were kept.

    They take the place of all postcodes of the same areas (ST, WS, …). With a force area, only those within 10 km of
    it are kept. Raises ImportRefused, naming file and line, and then nothing is changed.
    """
    rows = [row for path in shown("Reading postcodes", paths, say) for row in read(Path(path))]
    placed = {row.postcode: row for row in rows if row is not None}
    with ground.change(owner_url, "postcodes", list(map(Path, paths)), say, agree) as conn:
        kept = near_force(conn, list(placed.values()))
        say(
            f"{len(kept):,} postcodes; left out: {rows.count(None):,} without a place, "
            f"{len(placed) - len(kept):,} more than {BORDER_M // 1000} km outside the force area."
        )
        with progress("Writing postcodes", len(kept), say) as step:
            replace(conn, {area(postcode) for postcode in placed}, kept, step)
        relocate(conn)
    return len(kept)


def read(path: Path) -> Iterator[Row | None]:
    """Every line of a file, None for a postcode without a place."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines, layout = csv.reader(file, strict=True), Layout()
            for fields in lines:
                if lines.line_num == 1 and fields and HEADER.fullmatch(fields[0].strip()):
                    layout = laid_out(fields)
                elif any(field.strip() for field in fields) and not is_ended(fields, layout):
                    yield parse(fields, layout, path, lines.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read as a CSV file, so nothing was changed: {error}.") from None


def laid_out(header: list[str]) -> Layout:
    """Where the columns stand that a first line names; where it names too few, where Code-Point Open has them."""
    said = [name.strip().lower() for name in header]
    places = {what: next((said.index(name) for name in names if name in said), None) for what, names in NAMES.items()}
    postcode, easting, northing = places["postcode"], places["easting"], places["northing"]
    if postcode is None or easting is None or northing is None:
        return Layout()
    quality = easting if places["quality"] is None else places["quality"]  # no easting is a quality
    return Layout(len(header), postcode, quality, easting, northing, places["ended"])


def is_ended(fields: list[str], layout: Layout) -> bool:
    """Whether a line's postcode is no longer in use: nobody is found by it, and it may come back elsewhere."""
    return layout.ended is not None and len(fields) == layout.width and bool(fields[layout.ended].strip())


def parse(fields: list[str], layout: Layout, path: Path, line: int) -> Row | None:
    """One line, None for a postcode without a place; raises ImportRefused if it is none of its file's."""
    is_whole = len(fields) == layout.width
    found = POSTCODE.fullmatch(cleaning.typewritten(fields[layout.postcode]).upper()) if is_whole else None
    if not found:
        raise not_a_line(path, line)
    east, north = fields[layout.easting].strip(), fields[layout.northing].strip()
    if fields[layout.quality].strip() in NOWHERE or area(found[1]) == ELSEWHERE or not (east or north):
        return None
    if not (east.isdecimal() and north.isdecimal()):
        raise not_a_line(path, line)
    easting, northing = int(east), int(north)
    if easting == northing == 0:
        return None
    if easting > GRID_LIMITS[2] or northing > GRID_LIMITS[3]:
        raise ImportRefused.at_line(path.name, line, "it lies outside Great Britain")
    return Row(f"{found[1]} {found[2]}", easting, northing)


def not_a_line(path: Path, line: int) -> ImportRefused:
    """The refusal of a line of some other table."""
    return ImportRefused.at_line(
        path.name, line, "it is not a line of Code-Point Open (PC, PQ, EA, NO, …), nor as the first line names them"
    )


def area(postcode: str) -> str:
    """The letters that a postcode begins with."""
    return postcode[:2] if postcode[1].isalpha() else postcode[0]


def near_force(conn: connection.Connection, rows: list[Row]) -> list[Row]:
    """Those inside the force area or within 10 km of it; all where no area is set. Refuses to keep none."""
    if not rows:
        raise ImportRefused("These files hold no postcode that has a place. Nothing was changed.")
    found = conn.execute("select st_asbinary(st_buffer(geom, %s)) as geom from force_area", [BORDER_M]).fetchone()
    if found is None:
        return rows
    xy = np.array([(row.easting, row.northing) for row in rows], dtype=float)
    near = shapely.contains_xy(shapely.from_wkb(bytes(found.geom)), xy[:, 0], xy[:, 1])
    if not near.any():
        raise ImportRefused("No postcode of these files lies within 10 km of the force area. Nothing was changed.")
    return [row for row, keep in zip(rows, near.tolist(), strict=True) if keep]


def replace(conn: connection.Connection, areas: set[str], rows: list[Row], step: Progress) -> None:
    """Make these the postcodes of their areas."""
    conn.execute("create temporary table incoming (postcode text, point geometry) on commit drop")
    with conn.cursor().copy("copy incoming from stdin") as copy:
        for row in rows:
            copy.write_row((row.postcode, f"SRID=27700;POINT({row.easting} {row.northing})"))
            step.advance()
    conn.execute(
        """delete from postcodes where substring(postcode from '^[A-Z]+') = any(%s)
             and postcode not in (select postcode from incoming)""",
        [sorted(areas)],
    )
    conn.execute(
        """insert into postcodes as old select postcode, point from incoming
           on conflict (postcode) do update set point = excluded.point
           where old.point is distinct from excluded.point"""
    )
    conn.execute("analyze postcodes")
