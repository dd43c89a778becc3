"""Reads Google Play Console's install statistics: installs_<package>_<yyyymm>_<dimension>.csv.

UTF-16 with a byte order mark, one row a day and value; files grow through the month, and columns come and go, so they
are found by name. Layout: Play Console Help, "Download and export monthly reports", section "Statistics: installs".
"""

import csv
import io
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
        days = tuple(_days(path, lines, header, splits[0] if splits else ""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read, so nothing was changed: {error}.") from None
    return Report("google_play", DIMENSIONS[splits[0]] if splits else "overview", days)


def _days(path: Path, lines: Iterator[list[str]], header: list[str], split: str) -> Iterator[Day]:
    for line, row in rows(path, lines, header):
        figures = {figure: number(path, line, name, row.get(name, "")) for figure, name in FIGURES.items()}
        yield Day(row["package name"], _date(path, line, row["date"]), row.get(split, "").strip(), **figures)


def _date(path: Path, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no date (2026-03-31)") from None
