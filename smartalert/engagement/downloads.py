"""What the app stores report: installs and uninstalls, with gaps where nobody reported; and the office's campaigns."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.engagement.periods import Period, Step

PLATFORMS = {"android": "Android", "ios": "iPhone", "web": "Browser", "": "Not said"}
STORES = {"google_play": "Google Play", "app_store": "App Store"}


@dataclass(frozen=True, slots=True)
class Point:
    """One store's figures in one step. None: it reported nothing, or never reports that."""

    store: str
    start: date
    #: Every day of it lies in the period and was reported.
    whole: bool
    installs: int | None
    uninstalls: int | None


def over_time(conn: Connection, period: Period, step: Step) -> list[Point]:
    """Each store that ever reported, in each step; a step of which it reported no day is a gap."""
    rows = queries("engagement/downloads").over_time(conn, step=str(step), start=period.start, before=period.before)
    found = {(row.store, row.start): row for row in rows}
    points = []
    for store in (row.store for row in reported(conn)):
        for start in period.steps(step):
            row = found.get((store, start))
            days = (step.next(start) - start).days
            points.append(
                Point(
                    store, start, row is not None and row.days == days,
                    row.installs if row else None, row.uninstalls if row else None,
                )
            )  # fmt: skip
    return points


def split(conn: Connection, period: Period, dimension: str) -> list[tuple[str, int]]:
    """Installs by country, device, app_version or os_version, the most first."""
    rows = queries("engagement/downloads").split(conn, dimension=dimension, start=period.start, before=period.before)
    return [(row.value, row.installs) for row in rows]


def note_phones(conn: Connection, at: datetime) -> None:
    """Note how many phones can be reached then, for the curve of registered phones."""
    queries("engagement/downloads").note_phones(conn, at=at)


def registered(conn: Connection, period: Period, step: Step) -> dict[date, dict[str, int]]:
    """Step → platform → phones that could be reached at its end, in tens; a step nobody noted is missing."""
    found: dict[date, dict[str, int]] = {}
    for row in queries("engagement/downloads").registered(
        conn, step=str(step), start=period.start, before=period.before
    ):
        found.setdefault(row.start, {})[PLATFORMS.get(row.platform, row.platform)] = row.phones
    return found


def reported(conn: Connection) -> list[Any]:
    """Rows of store, first, last, missing: what is on record, and how many days of it are missing."""
    return list(queries("engagement/downloads").reported(conn))
