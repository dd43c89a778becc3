"""Made-up reports of the app stores, as files in the stores' own layouts, taken in by the importer of real ones.

Google Play: a month's overview and its countries, CSV in UTF-16. App Store: a day's sales summary, tab-separated and
gzipped. Both name their columns as the stores' own help pages do (see smartalert.importers); three days of Apple's are
missing, as happens, and the last two days have not been reported yet.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from smartalert.database.connection import Connection
from smartalert.importers.downloads import import_downloads

PACKAGE, APPLE_ID, VENDOR = "uk.police.example.smartalert", "6400000000", "80000000"
PLAY = (
    "Date", "Package Name", "Daily Device Installs", "Daily Device Uninstalls", "Daily Device Upgrades",
    "Total User Installs", "Daily User Installs", "Daily User Uninstalls", "Active Device Installs", "Install events",
    "Update events", "Uninstall events",
)  # fmt: skip
APPLE = (
    "Provider", "Provider Country", "SKU", "Developer", "Title", "Version", "Product Type Identifier", "Units",
    "Developer Proceeds", "Begin Date", "End Date", "Customer Currency", "Country Code", "Currency of Proceeds",
    "Apple Identifier", "Customer Price", "Promo Code", "Parent Identifier", "Subscription", "Period", "Category",
    "CMB", "Device", "Supported Platforms", "Proceeds Reason", "Preserved Pricing", "Client", "Order Type",
)  # fmt: skip
#: For each phone that registers, so many installs: some never get as far.
INSTALLS = 1.3
#: So many days before today nobody has reported yet; and so long ago Apple left out three days.
LATE, LEFT_OUT = 2, range(40, 43)
#: Countries of the stores' accounts; few are not British.
COUNTRIES = ("GB", "IE", "PL")
#: Phones that registered by day, and people with a phone who left by day.
CAME = """
select london_day(added_at) as day, count(*) filter (where platform = 'android') as android,
       count(*) filter (where platform = 'ios') as ios
from contacts where channel = 'push' group by 1"""
WENT = "select london_day(left_at) as day, count(*) as people from subscribers where left_channels & 1 > 0 group by 1"
#: Day → installs of Google Play, of the App Store; uninstalls that Google Play counts.
Counts = dict[date, tuple[int, int, int]]


def make(
    conn: Connection, owner_url: str, folder: Path, say: Callable[[str], None], *, seed: int, today: date, days: int
) -> None:
    """Write what the stores would have reported of these days, as conn sees them, into the folder, and import it."""
    came, went = conn.execute(CAME).fetchall(), conn.execute(WENT).fetchall()
    random, first = Random(seed), today - timedelta(days=days)
    counts = installs(came, went, [first + timedelta(days=n) for n in range(days - LATE)], random)
    folder.mkdir(parents=True, exist_ok=True)
    files = [*google_play(folder, counts, random), *app_store(folder, counts, today, random)]
    given = import_downloads(owner_url, files, lambda _: None)
    say(f"Imported what the app stores reported of {given:,} days; the files are in {folder}.")


def installs(came: Sequence[Any], went: Sequence[Any], days: Sequence[date], random: Random) -> Counts:
    """What the stores saw: some who install never register, and some who leave keep the app."""
    phones = {row.day: (row.android, row.ios) for row in came}
    left = {row.day: row.people for row in went}
    counts = {}
    for day in days:
        android, ios = (round(n * INSTALLS + random.uniform(0, 1.5)) for n in phones.get(day, (0, 0)))
        counts[day] = android, ios, round(0.6 * left.get(day, 0) + 0.2 * android * random.random())
    return counts


def google_play(folder: Path, counts: Counts, random: Random) -> Iterator[Path]:
    """Each month's overview, and the same by country."""
    total = 0
    for month in sorted({day.replace(day=1) for day in counts}):
        whole, split = [], []
        for day, (android, _, gone) in counts.items():
            if day.replace(day=1) != month:
                continue
            total += android
            whole.append(play_row(day, (), android, gone, total))
            split += [play_row(day, (c,), n, 0, total) for c, n in abroad(android, random) if n or c == COUNTRIES[0]]
        yield play_file(folder, month, "overview", PLAY, whole)
        yield play_file(folder, month, "country", (*PLAY[:2], "Country", *PLAY[2:]), split)


def play_row(day: date, split: tuple[str, ...], android: int, gone: int, total: int) -> tuple[object, ...]:
    return (day, PACKAGE, *split, android, gone, 3 * android, total, android, gone, total, android, 3 * android, gone)


def play_file(folder: Path, month: date, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    path = folder / f"installs_{PACKAGE}_{month:%Y%m}_{name}.csv"
    path.write_bytes(written(header, rows, ",").encode("utf-16"))
    return path


def app_store(folder: Path, counts: Counts, today: date, random: Random) -> Iterator[Path]:
    """A summary for each day: first downloads by country, and updates."""
    for day, (_, ios, _) in counts.items():
        if (today - day).days in LEFT_OUT:
            continue
        rows = [apple_row(day, country, "1F", n) for country, n in abroad(ios, random) if n or country == COUNTRIES[0]]
        rows.append(apple_row(day, COUNTRIES[0], "7F", 20 + ios))
        path = folder / f"S_D_{VENDOR}_{day:%Y%m%d}.txt.gz"
        path.write_bytes(gzip.compress(written(APPLE, rows, "\t").encode(), mtime=0))
        yield path


def apple_row(day: date, country: str, product: str, units: int) -> tuple[object, ...]:
    at = f"{day:%m/%d/%Y}"
    return (
        "APPLE", "US", "SMARTALERT", "Made-up Police", "Smart Alert", "1.2", product, units, 0, at, at, "GBP", country,
        "GBP", APPLE_ID, 0, *[" "] * 4, "Utilities", "", "iPhone", "iOS", *[" "] * 4,
    )  # fmt: skip


def abroad(total: int, random: Random) -> list[tuple[str, int]]:
    """A few of them have an account elsewhere."""
    few = [sum(random.random() < 0.012 for _ in range(total)) for _ in COUNTRIES[1:]]
    return list(zip(COUNTRIES, (total - sum(few), *few), strict=True))


def written(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
