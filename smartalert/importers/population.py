"""Imports how many people live in each neighbourhood, for coverage per 1,000 residents.

Takes a table of the neighbourhoods themselves (code, residents, and their district if wanted), or the ONS's two:
residents by LSOA, and the lookup from LSOA to ward and district. Contains National Statistics data © Crown copyright
and database right.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from smartalert import cleaning
from smartalert.database import connection
from smartalert.database.progress import Progress, Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import ground
from smartalert.importers.ground import Agree, nobody

#: How publishers call the columns.
CODE = re.compile(r"code|ward(\d\d)?_?(code|cd)|wd\d\dcd", re.IGNORECASE)
LSOA = re.compile(r"lsoa\d\d_?(code|cd)", re.IGNORECASE)
RESIDENTS = re.compile(r"residents|population|total_?population|all ages", re.IGNORECASE)
DISTRICT = re.compile(r"district|(lt?la|lad)(\d\d)?_?(name|nm)", re.IGNORECASE)
NUMBER = re.compile(r"(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
MOST_RESIDENTS = 10_000_000.0


class Row(NamedTuple):
    """What is of use in one line; nothing where its file has no such column."""

    line: int
    code: str
    lsoa: str
    residents: str
    district: str


def import_population(owner_url: str, paths: Sequence[Path | str], say: Say, agree: Agree = nobody) -> int:
    """Give neighbourhoods their residents and districts, by code; how many were given any.

    Raises ImportRefused, naming file and line, and then nothing is changed.
    """
    residents: dict[str, float] = {}
    districts: dict[str, str] = {}
    by_lsoa: dict[str, float] = {}
    ward_of: dict[str, str] = {}
    files = [Path(path) for path in paths]
    with progress("Reading residents", sum(path.stat().st_size for path in files), say) as step:
        for path, row in ((file, row) for file in files for row in read(file, step)):
            if row.lsoa and row.code:
                ward_of[row.lsoa] = row.code
            elif row.lsoa:
                by_lsoa[row.lsoa] = number(row.residents, path, row.line)
            elif row.code in residents:
                raise ImportRefused.at_line(path.name, row.line, f"it is the second of “{row.code}”")
            elif row.code:
                residents[row.code] = number(row.residents, path, row.line)
            else:
                raise ImportRefused(f"{path.name} has no column of ward or LSOA codes. Nothing was changed.")
            if row.code and row.district:
                districts[row.code] = row.district
    for lsoa, people in by_lsoa.items():
        if lsoa in ward_of:
            residents[ward_of[lsoa]] = residents.get(ward_of[lsoa], 0) + people
    lost = [people for lsoa, people in by_lsoa.items() if lsoa not in ward_of]
    with ground.change(owner_url, "population", files, say, agree) as conn:
        given, unknown, without = store(conn, residents, districts)
        told = [f"Residents of {given:,} neighbourhoods."]
        if unknown:
            people = sum(residents[code] for code in unknown)
            told.append(
                f"{len(unknown):,} codes with {people:,.0f} residents are no neighbourhood’s: left out. "
                "Are the neighbourhoods of another year?"
            )
        if lost:
            told.append(f"{len(lost):,} LSOAs with {sum(lost):,.0f} residents are not in the lookup: left out.")
        if without:
            told.append(f"{without:,} of {given + without:,} neighbourhoods have no figure.")
        say(" ".join(told))
    return given


def read(path: Path, step: Progress) -> Iterator[Row]:
    """Every line below the header, which is line 1."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        try:
            lines = csv.reader(counted(file, step))
            header = next(lines, [])
            places = [place(header, pattern) for pattern in (CODE, LSOA, RESIDENTS, DISTRICT)]
            for fields in lines:
                if not any(map(str.strip, fields)):
                    continue
                if len(fields) != len(header):
                    raise ImportRefused.at_line(path.name, lines.line_num, "not as many columns as the header has")
                yield Row(lines.line_num, *("" if at is None else cleaning.one_line(fields[at]) for at in places))
        except (UnicodeDecodeError, csv.Error) as error:
            raise ImportRefused(f"{path.name} is no CSV in UTF-8: {error}") from None


def counted(file: Iterable[str], step: Progress) -> Iterator[str]:
    """The lines of a file, while the step goes on by what has been read of it."""
    for line in file:
        step.advance(len(line))
        yield line


def place(header: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    """Which column has such a name, the first where several have."""
    return next((at for at, name in enumerate(header) if pattern.fullmatch(name.strip())), None)


def number(text: str, path: Path, line: int) -> float:
    """Residents, as publishers write them: "1396.0", "1,396"."""
    count = float(text.replace(",", "").replace(" ", "")) if NUMBER.fullmatch(text) else MOST_RESIDENTS
    if count >= MOST_RESIDENTS:
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no number of residents")
    return count


def store(
    conn: connection.Connection, residents: dict[str, float], districts: dict[str, str]
) -> tuple[int, set[str], int]:
    """Write them to the neighbourhoods of these codes; how many there were, the codes that are nobody's, and how many
    neighbourhoods have no residents now.

    Raises ImportRefused where there is none of them.
    """
    found = conn.execute(
        """update neighbourhoods n set residents = nullif(round(g.residents), 0),
             district = coalesce(nullif(g.district, ''), n.district)
           from unnest(%s::text[], %s::float8[], %s::text[]) g (code, residents, district)
           where n.code = g.code returning n.code""",
        (list(residents), list(residents.values()), [districts.get(code, "") for code in residents]),
    )
    given = {row.code for row in found}
    if not given:
        raise ImportRefused(
            "None of these codes is a neighbourhood's. Import the wards first, with `import neighbourhoods`."
        )
    (without,) = conn.execute("select count(*) from neighbourhoods where residents is null").fetchone() or (0,)
    return len(given), set(residents) - given, without
