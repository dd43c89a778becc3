"""Reads Google Play Console's install statistics: installs_<package>_<yyyymm>_<dimension>.csv.

UTF-16 with a byte order mark, one row a day and value; files grow through the month, and columns come and go, so they
are found by name. Layout: Play Console Help, "Download and export monthly reports", section "Statistics: installs".
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from smartalert.errors import ImportRefused
from smartalert.importers.store_report import Day, Report, number, rows

#: Column that a report is split by → what we call that.
DIMENSIONS = {
    "country": "country",
    "device": "device",
    "app version code": "app_version",
    "android os version": "os_version",
}
#: Our figure → its column. A person who installs on two phones counts once.
FIGURES = {
    "installs": "daily user installs",
    "uninstalls": "daily user uninstalls",
    "updates": "daily device upgrades",
    "active": "active device installs",
}
#: The figures that we leave; any other column may be one that a report is split by.
OTHER_FIGURES = {
    "daily device installs", "daily device uninstalls", "total user installs", "install events", "update events",
    "uninstall events", "current device installs", "current user installs",
}  # fmt: skip
NUMBER = re.compile(r"[\d.,%\s-]*")
NEEDED = ("date", "package name", FIGURES["installs"])


def looks_like(content: bytes) -> bool:
    """Whether it begins as a UTF-16 text does: no other report of a store's does."""
    return content[:2] in (b"\xff\xfe", b"\xfe\xff")


def read(path: Path, content: bytes) -> Report:
    """One report. Raises ImportRefused, naming the line."""
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-16"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise ImportRefused.at_line(path.name, 1, f"the column “{missing[0].capitalize()}” is missing")
        splits = [name for name in header if name in DIMENSIONS]
        table = list(rows(path, lines, header))
        _refuse_split(path, header, splits, [row for _, row in table])
        days = tuple(_days(path, table, splits[0] if splits else ""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read, so nothing was changed: {error}.") from None
    return Report("google_play", DIMENSIONS[splits[0]] if splits else "overview", days)


def _refuse_split(path: Path, header: list[str], splits: list[str], table: list[dict[str, str]]) -> None:
    """A part of a day must not be taken for the whole. A column that we don't know splits a report where it stands
    before the figures, or, in one that is not split by what we know, holds anything but numbers."""
    figures = {*FIGURES.values(), *OTHER_FIGURES}
    first = min(place for place, name in enumerate(header) if name in figures)
    for place, name in enumerate(header):
        if name in figures or name in NEEDED or name in splits[:1]:
            continue
        if place < first or not (splits or all(NUMBER.fullmatch(row[name]) for row in table)):
            raise ImportRefused(
                f"{path.name} is split by “{name.capitalize()}”, which no chart shows. Leave it out, and import the "
                "overview. Nothing was changed."
            )


def _days(path: Path, table: list[tuple[int, dict[str, str]]], split: str) -> Iterator[Day]:
    seen: set[tuple[str, date, str]] = set()
    for line, row in table:
        app, day, value = row["package name"], _date(path, line, row["date"]), row.get(split, "").strip()
        if (app, day, value) in seen:
            told = f"a second line for “{day} {value}".strip() + "”: the report is split by more than we know"
            raise ImportRefused.at_line(path.name, line, told)
        seen.add((app, day, value))
        figures = {figure: number(path, line, name, row.get(name, "")) for figure, name in FIGURES.items()}
        yield Day(app, day, value, **figures)


def _date(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no date (2026-03-31)") from None
