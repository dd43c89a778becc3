"""Imports how many people live in each neighbourhood, for coverage per 1,000 residents.

Takes a table of the neighbourhoods themselves (code, residents, and their district if wanted), or the ONS's two:
residents by LSOA, and the lookup from LSOA to ward and district. Contains National Statistics data © Crown copyright
and database right.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from smartalert import cleaning
from smartalert.database import connection
from smartalert.errors import ImportRefused

#: How publishers call the columns.
CODE = re.compile(r"code|ward(\d\d)?_?(code|cd)|wd\d\dcd", re.IGNORECASE)
LSOA = re.compile(r"lsoa\d\d_?(code|cd)", re.IGNORECASE)
RESIDENTS = re.compile(r"residents|population|total_?population|all ages", re.IGNORECASE)
DISTRICT = re.compile(r"district|(lt?la|lad)(\d\d)?_?(name|nm)", re.IGNORECASE)

Row = tuple[int, dict[str, str]]


def import_population(owner_url: str, paths: Sequence[Path | str], say: Callable[[str], None]) -> int:
    """Give neighbourhoods their residents and districts, by code; how many were given any.

    Raises ImportRefused, naming file and line, and then nothing is changed.
    """
    residents: dict[str, float] = {}
    districts: dict[str, str] = {}
    by_lsoa: dict[str, float] = {}
    ward_of: dict[str, str] = {}
    for path in map(Path, paths):
        for line, row in read(path):
            code, lsoa, count = field(row, CODE), field(row, LSOA), field(row, RESIDENTS)
            if lsoa and code:
                ward_of[lsoa] = code
            elif lsoa:
                by_lsoa[lsoa] = number(count, path, line)
            elif code:
                residents[code] = number(count, path, line)
            else:
                raise ImportRefused(f"{path.name} has no column of ward or LSOA codes. Nothing was changed.")
            if code and (district := field(row, DISTRICT)):
                districts[code] = district
    for lsoa, people in by_lsoa.items():
        if lsoa in ward_of:
            residents[ward_of[lsoa]] = residents.get(ward_of[lsoa], 0) + people
    given = store(owner_url, residents, districts)
    lost = [people for lsoa, people in by_lsoa.items() if lsoa not in ward_of]
    say(
        f"Residents of {given:,} neighbourhoods."
        + (f" {len(lost):,} LSOAs with {sum(lost):,.0f} residents are not in the lookup: left out." if lost else "")
    )
    return given


def read(path: Path) -> Iterator[Row]:
    """Line number and row; the header is line 1."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        try:
            for line, row in enumerate(csv.DictReader(file), start=2):
                if None in row or None in row.values():
                    raise ImportRefused.at_line(path.name, line, "not as many columns as the header has")
                yield line, row
        except (UnicodeDecodeError, csv.Error) as error:
            raise ImportRefused(f"{path.name} is no CSV in UTF-8: {error}") from None


def field(row: dict[str, str], pattern: re.Pattern[str]) -> str:
    """What the first column of such a name holds; nothing where there is none."""
    return next((cleaning.one_line(value) for name, value in row.items() if pattern.fullmatch(name.strip())), "")


def number(text: str, path: Path, line: int) -> float:
    """Residents, as publishers write them: "1396.0", "1,396"."""
    try:
        count = float(text.replace(",", ""))
    except ValueError:
        count = -1
    if not 0 <= count < 10_000_000:
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no number of residents")
    return count


def store(owner_url: str, residents: dict[str, float], districts: dict[str, str]) -> int:
    """Write them to the neighbourhoods of these codes; raises ImportRefused where there is none of them."""
    engine = connection.make_engine(owner_url)
    try:
        with connection.transaction(engine) as conn:
            given = conn.execute(
                """update neighbourhoods n set residents = nullif(round(g.residents), 0),
                     district = coalesce(nullif(g.district, ''), n.district)
                   from unnest(%s::text[], %s::float8[], %s::text[]) g (code, residents, district)
                   where n.code = g.code""",
                (list(residents), list(residents.values()), [districts.get(code, "") for code in residents]),
            ).rowcount
            if not given:
                raise ImportRefused(
                    "None of these codes is a neighbourhood's. Import the wards first, with `import neighbourhoods`."
                )
    finally:
        engine.dispose()
    return given
