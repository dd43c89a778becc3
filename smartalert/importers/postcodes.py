"""Imports postcodes from Code-Point Open.

Contains OS data © Crown copyright and database right. Contains Royal Mail data © Royal Mail copyright and database
right.
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
#: PC, PQ, EA, NO, CY, RH, LH, CC, DC, WC; some publish a first line that names them.
COLUMNS = 10
HEADER = re.compile("pc|postcode", re.IGNORECASE)
#: Positional quality of a postcode that has no place.
NOWHERE = "90"
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)\s*([0-9][A-Z]{2})")


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
            lines = csv.reader(file, strict=True)
            for fields in lines:
                is_header = lines.line_num == 1 and HEADER.fullmatch(fields[0].strip() if fields else "")
                if any(field.strip() for field in fields) and not is_header:
                    yield parse(fields, path, lines.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read as a CSV file, so nothing was changed: {error}.") from None


def parse(fields: list[str], path: Path, line: int) -> Row | None:
    """One line; raises ImportRefused if it is none of Code-Point Open's."""
    found = POSTCODE.fullmatch(cleaning.typewritten(fields[0]).upper()) if len(fields) == COLUMNS else None
    if not found or not (fields[2].isdecimal() and fields[3].isdecimal()):
        raise ImportRefused.at_line(path.name, line, "it is not a line of Code-Point Open (PC, PQ, EA, NO, …)")
    easting, northing = int(fields[2]), int(fields[3])
    if fields[1] == NOWHERE or easting == northing == 0:
        return None
    if easting > GRID_LIMITS[2] or northing > GRID_LIMITS[3]:
        raise ImportRefused.at_line(path.name, line, "it lies outside Great Britain")
    return Row(f"{found[1]} {found[2]}", easting, northing)


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
