"""Imports what Google Play and the App Store say of installs, day by day. A day nobody reports stays a gap."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from smartalert.database import connection
from smartalert.database.progress import Say, shown
from smartalert.errors import ImportRefused
from smartalert.importers import app_store, play_console
from smartalert.importers.store_report import Day, Report

STORES = {"google_play": "Google Play", "app_store": "App Store"}


class File(NamedTuple):
    """One file and what it says."""

    path: Path
    sha256: bytes
    reports: tuple[Report, ...]


def import_downloads(owner_url: str, paths: Sequence[Path], say: Say, app: str = "") -> int:
    """Take these reports in and return how many days they gave; a later report of a day replaces the earlier one.

    Only `app`'s days count (package name, or Apple's identifier), where it is given. Raises ImportRefused, naming file
    and line, and then nothing is changed; also where the files tell of several apps and none is named.
    """
    files = [read(path) for path in shown("Reading reports", paths, say)]
    refuse_mixed(files, app)
    given = 0
    with connection.only_transaction(owner_url) as conn:
        for file in files:
            given += take_in(conn, file, app, say)
    return given


def read(path: Path) -> File:
    """One file of either store."""
    content = path.read_bytes()
    if play_console.looks_like(content):
        reports: tuple[Report, ...] = (play_console.read(path, content),)
    elif app_store.looks_like(content):
        reports = app_store.read(path, content)
    else:
        raise ImportRefused(
            f"{path.name} is neither Google Play's install statistics (CSV in UTF-16) nor the App Store's daily "
            "summary (tab-separated, gzipped). Import the files as the stores give them. Nothing was changed."
        )
    return File(path, hashlib.sha256(content).digest(), reports)


def refuse_mixed(files: Sequence[File], app: str) -> None:
    """Two apps of one store must not be added up."""
    for store, name in STORES.items():
        apps = {day.app for file in files for report in file.reports if report.store == store for day in report.days}
        if not app and len(apps) > 1:
            named = ", ".join(sorted(apps))
            raise ImportRefused(f"{name} reports on several apps: {named}. Say which with --app. Nothing was changed.")


def take_in(conn: connection.Connection, file: File, app: str, say: Say) -> int:
    """One file, unless it was taken in before; how many days of the whole it gave."""
    chosen = [
        Report(one.store, one.dimension, tuple(day for day in one.days if app in ("", day.app))) for one in file.reports
    ]
    if not any(report.days for report in chosen):
        raise ImportRefused(f"{file.path.name} holds no day{f' of {app}' if app else ''}. Nothing was changed.")
    if conn.execute("select from download_files where sha256 = %s", [file.sha256]).fetchone() is not None:
        say(f"{file.path.name} was imported before.")
        return 0
    for report in chosen:
        replace(conn, report)
    days = sorted({day.day for day in chosen[0].days})
    conn.execute(
        "insert into download_files (sha256, name, store, dimension, first_day, last_day)"
        " values (%s, %s, %s, %s, %s, %s)",
        [file.sha256, file.path.name, chosen[0].store, chosen[0].dimension, days[0], days[-1]],
    )
    store = STORES[chosen[0].store]
    say(f"{file.path.name}: {store}, {days[0]:%-d %B %Y} to {days[-1]:%-d %B %Y}, {len(days)} days.")
    return len(days)


def replace(conn: connection.Connection, report: Report) -> None:
    """Make these the figures of their days; the last row of a value counts."""
    conn.execute(
        "delete from download_days where store = %s and dimension = %s and (app, day) in"
        " (select * from unnest(%s::text[], %s::date[]))",
        [report.store, report.dimension, [day.app for day in report.days], [day.day for day in report.days]],
    )
    rows: dict[tuple[object, ...], Day] = {}
    for day in report.days:
        rows[day.app, day.day, "" if report.dimension == "overview" else day.value or "unknown"] = day
    with conn.cursor().copy(
        "copy download_days (store, dimension, app, day, value, installs, uninstalls, updates, active) from stdin"
    ) as copy:
        for key, day in rows.items():
            copy.write_row(
                (report.store, report.dimension, *key, day.installs, day.uninstalls, day.updates, day.active)
            )
