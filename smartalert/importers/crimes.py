"""Imports crime as data.police.uk publishes it: street-level CSV, as files, or as a folder or zip of months.

Contains public sector information licensed under the Open Government Licence v3.0 (data.police.uk).
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple, TextIO

import geopandas
import shapely

from smartalert import cleaning
from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.database.progress import Say, progress, shown
from smartalert.errors import ImportRefused
from smartalert.importers import ground
from smartalert.importers.ground import Agree, nobody
from smartalert.importers.map_file import GREAT_BRITAIN, GRID
from smartalert.importers.streets import BORDER_M, force_area
from smartalert.wording import count

#: What is read of a line; other columns may come and go.
COLUMNS = ("Month", "Reported by", "Longitude", "Latitude", "Crime type")
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
#: Files of a month that hold crimes; beside them lie outcomes, and stops and searches.
STREET = "-street.csv"
#: Bytes of one month of the largest force are a twentieth of this.
LARGEST = 500_000_000


class Spot(NamedTuple):
    """Where and what: crimes that share all of it are one row with a number."""

    force: str
    month: date
    category: str
    lon: float
    lat: float


def import_crimes(owner_url: str, paths: Sequence[Path | str], say: Say, agree: Agree = nobody) -> int:
    """Import the crimes of these files, folders and zips in and near the force area; returns how many.

    Each month of each force takes the place of what was known of it; other months stay. Raises ImportRefused, naming
    file and line, and then nothing is changed.
    """
    found, without, known = gather(list(map(Path, paths)), say)
    with ground.change(owner_url, "crimes", list(map(Path, paths)), say, agree) as conn:
        with progress("Writing crimes", 1, say):
            kept = near(found, force_area(conn))
            replace(conn, known, kept)
        crimes = int(kept["offences"].sum())
        away = found.total() - crimes
        months = count(len({month for _, month in known}), "month", "months")
        say(
            f"{crimes:,} crimes of {months}; left out: {without:,} without a place, {away:,} more than "
            f"{BORDER_M // 1000} km outside the force area."
        )
    return crimes


def gather(paths: Sequence[Path], say: Say) -> tuple[Counter[Spot], int, list[tuple[str, date]]]:
    """How often each crime is there, how many have no place, and the months of each force that these files hold.

    Raises ImportRefused where a month is in two of them: its crimes would count twice.
    """
    found: Counter[Spot] = Counter()
    without = 0
    known: dict[tuple[str, date], str] = {}
    for path in shown("Reading crimes", paths, say):
        for name, file in tables(path):
            here: set[tuple[str, date]] = set()
            for line, spot in read(name, file):
                if spot is None:
                    without += 1
                    continue
                if (month := (spot.force, spot.month)) in known:
                    why = f"{spot.month:%B %Y} of {spot.force} is in {known[month]} already"
                    raise ImportRefused.at_line(name, line, why)
                here.add(month)
                found[spot] += 1
            known |= dict.fromkeys(here, name)
    if not found:
        raise ImportRefused("These files hold no crime that has a place. Nothing was changed.")
    return found, without, list(known)


def read(name: str, file: TextIO) -> Iterator[tuple[int, Spot | None]]:
    """Every line of a month with its number, and what it holds; None without a place."""
    try:
        lines = csv.reader(file, strict=True)
        header = next(lines, [])
        if missing := [column for column in COLUMNS if column not in header]:
            raise ImportRefused(f"{name} has no column {', '.join(missing)}: it is no street-level crime file.")
        places = [header.index(column) for column in COLUMNS]
        for fields in lines:
            if len(fields) != len(header):
                raise ImportRefused.at_line(name, lines.line_num, "not as many columns as the header has")
            yield lines.line_num, spot_of([fields[at] for at in places], name, lines.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{name} is no CSV in UTF-8, so nothing was changed: {error}.") from None


def tables(path: Path) -> Iterator[tuple[str, TextIO]]:
    """The street-level tables of a folder or zip, by month; any other file as it is."""
    if path.is_dir():
        months = sorted(path.rglob(f"*{STREET}"))
        if not months:
            raise holds_none(path)
        for month in months:
            yield from tables(month)
    elif path.suffix.lower() == ".zip":
        yield from zipped(path)
    else:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield path.name, file


def holds_none(path: Path) -> ImportRefused:
    """The refusal of a folder or zip without a street-level table."""
    return ImportRefused(f"{path.name} holds no file that ends in {STREET}. Nothing was changed.")


def zipped(path: Path) -> Iterator[tuple[str, TextIO]]:
    """The same of a zip as it was downloaded."""
    try:
        with zipfile.ZipFile(path) as whole:
            months = sorted(
                (one for one in whole.infolist() if one.filename.endswith(STREET)), key=lambda m: m.filename
            )
            if not months:
                raise holds_none(path)
            for month in months:
                if month.file_size > LARGEST:
                    raise ImportRefused(f"{month.filename} in {path.name} is too large to be one month.")
                with whole.open(month) as packed:
                    yield Path(month.filename).name, io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"{path.name} is no zip that can be read, so nothing was changed: {error}.") from None


def spot_of(fields: Sequence[str], name: str, line: int) -> Spot | None:
    """What one line holds; None where it has no place."""
    month, force, lon, lat, category = map(cleaning.one_line, fields)
    written = MONTH.fullmatch(month)
    if not written or (day := date(int(written[1]), int(written[2]), 1)) > utc_now().date():
        raise ImportRefused.at_line(name, line, f"“{month}” is no month that is over")
    if not force or not category or max(len(force), len(category)) > 100:
        raise ImportRefused.at_line(name, line, "it does not say what crime it was, or who recorded it")
    if not lon and not lat:
        return None
    try:
        at = float(lon), float(lat)
    except ValueError:
        raise ImportRefused.at_line(name, line, f"“{lon}, {lat}” is no longitude and latitude") from None
    west, south, east, north = GREAT_BRITAIN
    if not (west <= at[0] <= east and south <= at[1] <= north):
        raise ImportRefused.at_line(name, line, "it lies outside Great Britain")
    return Spot(force, day, category, *at)


def near(found: Counter[Spot], area: shapely.Geometry | None) -> geopandas.GeoDataFrame:
    """A row for each, in EPSG:27700, in the force area and its border strip, where one is set. Refuses to keep none."""
    rows = geopandas.GeoDataFrame(list(found), columns=Spot._fields)
    points = geopandas.points_from_xy(rows.pop("lon"), rows.pop("lat"), crs=4326)
    rows = rows.assign(offences=list(found.values())).set_geometry(points).to_crs(GRID)
    # two places of degrees may be one to a tenth of a metre
    rows = rows.set_geometry(shapely.set_precision(rows.geometry.values, 0.1))
    kept = rows if area is None else rows[rows.intersects(area)]
    if kept.empty:
        raise ImportRefused(f"No crime of these files lies within {BORDER_M // 1000} km of the force area.")
    return kept


def replace(conn: connection.Connection, months: Sequence[tuple[str, date]], rows: geopandas.GeoDataFrame) -> None:
    """Make these the crimes of their forces and months."""
    conn.execute(
        "create temporary table incoming (force text, month date, category text, offences integer, point geometry)"
        " on commit drop"
    )
    with conn.cursor().copy("copy incoming from stdin") as copy:
        for row in rows.itertuples(index=False):
            point = f"SRID={GRID};POINT({row.geometry.x} {row.geometry.y})"
            copy.write_row((row.force, row.month, row.category, row.offences, point))
    conn.execute(
        """delete from recorded_crimes c using unnest(%s::text[], %s::date[]) m (force, month)
           where c.force = m.force and c.month = m.month and not exists (
             select from incoming i
             where (i.force, i.month, i.category, i.point) = (c.force, c.month, c.category, c.point))""",
        [[force for force, _ in months], [month for _, month in months]],
    )
    conn.execute(
        """insert into recorded_crimes as old (force, month, category, offences, point)
           select force, month, category, sum(offences), point from incoming group by force, month, category, point
           on conflict (force, month, category, point) do update set offences = excluded.offences
           where old.offences <> excluded.offences"""
    )
    conn.execute("analyze recorded_crimes")
