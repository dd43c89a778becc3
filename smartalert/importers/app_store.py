"""Reads App Store Connect's daily sales summaries: tab-separated, gzipped or not, versions 1_0 to 1_3. Quotation marks
are part of a field: Apple quotes nothing, and apps may be called anything.

Layout: App Store Connect Help, "Summary Sales Report". Product types beginning with 1 are first downloads, 3 downloads
again, 7 updates; Apple reports no uninstalls here.
"""

import csv
import gzip
import io
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from smartalert.errors import ImportRefused
from smartalert.importers.store_report import Day, Report, number, rows

NEEDED = ("product type identifier", "units", "begin date", "end date", "apple identifier", "country code")
#: What a product type identifier begins with → our figure. A download again is no new person.
FIGURE_OF = {"1": "installs", "7": "updates"}
#: A day's summary is a few hundred rows; a bomb is not.
LARGEST = 50_000_000


def looks_like(content: bytes) -> bool:
    """Whether it is gzipped, or names Apple's columns."""
    return content[:2] == b"\x1f\x8b" or content.removeprefix(BOM_UTF8).lower().startswith(b"provider\t")


def read(path: Path, content: bytes) -> tuple[Report, Report]:
    """The day as a whole, and by country. Raises ImportRefused, naming the line."""
    try:
        lines = csv.reader(io.StringIO(_text(path, content), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
        header = [name.strip().lower() for name in next(lines, [])]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise ImportRefused.at_line(path.name, 1, f"the column “{missing[0].title()}” is missing")
        units = _units(path, lines, header)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ImportRefused(f"{path.name} cannot be read, so nothing was changed: {error}.") from None
    return Report("app_store", "overview", tuple(_whole(units))), Report("app_store", "country", tuple(_split(units)))


def _text(path: Path, content: bytes) -> str:
    if content[:2] != b"\x1f\x8b":
        return content.decode("utf-8-sig")
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportRefused(f"{path.name} cannot be unpacked, so nothing was changed: {error}.") from None
    if len(found) > LARGEST:
        raise ImportRefused(f"{path.name} is no day's report: it is far too large. Nothing was changed.")
    return found.decode("utf-8-sig")


#: (app, day, country, figure) → units.
Units = Counter[tuple[str, date, str, str]]


def _units(path: Path, lines: Iterator[list[str]], header: list[str]) -> Units:
    found: Units = Counter()
    for line, row in rows(path, lines, header):
        day = _date(path, line, row["begin date"])
        if day != _date(path, line, row["end date"]):
            raise ImportRefused.at_line(path.name, line, "it counts more than one day; download the daily summary")
        if row["units"].strip().startswith("-"):
            continue  # a refund, of some other app of the account: ours costs nothing
        app, country = row["apple identifier"].strip(), row["country code"].strip()
        units = number(path, line, "units", row["units"])
        for figure in ("installs", "updates"):  # a day of updates only is a day without installs, not a gap
            found[app, day, country, figure] += 0
        if figure_of := FIGURE_OF.get(row["product type identifier"].strip()[:1]):
            found[app, day, country, figure_of] += units or 0
    return found


def _date(path: Path, line: int, text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no date (03/31/2026)") from None


def _split(units: Units) -> Iterator[Day]:
    for app, day, country in dict.fromkeys(key[:3] for key in units):
        yield Day(app, day, country, units[app, day, country, "installs"], updates=units[app, day, country, "updates"])


def _whole(units: Units) -> Iterator[Day]:
    whole: Counter[tuple[str, date, str]] = Counter()
    for (app, day, _, figure), count in units.items():
        whole[app, day, figure] += count
    for app, day in dict.fromkeys(key[:2] for key in units):
        yield Day(app, day, "", whole[app, day, "installs"], updates=whole[app, day, "updates"])
