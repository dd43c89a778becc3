"""Keeps the figures: what was marked by whoever changed a row is counted again from the rows themselves.

The page shows as_of(): what happened later is not in its figures yet.
"""

from datetime import datetime, timedelta

from smartalert.database.connection import Connection, queries
from smartalert.engagement import analyst_tables, downloads
from smartalert.progress import Say, progress, shown, silent

#: Alerts counted in one go: a large one takes a tenth of a second.
MOST_ALERTS = 200
#: A month of messages reads every delivery of it, so it is counted at most this often.
PATIENCE = timedelta(hours=1)
#: Alerts between two words on how far a count of everything has come.
AT_ONCE = 10


def count_due(conn: Connection, now: datetime, *, most: int = MOST_ALERTS, patience: timedelta = PATIENCE) -> int:
    """Count again what is marked; how many days, months and alerts that were."""
    return int(queries("engagement/rollups").count_due(conn, now=now, most=most, patience=patience))


def keep(conn: Connection, now: datetime) -> None:
    """Count what is marked, and once an hour note the phones and write what the analyst's role may read."""
    count_due(conn, now)
    if analyst_tables.publish_if_due(conn, now):
        downloads.note_phones(conn, now)


def count_everything(conn: Connection, now: datetime) -> None:
    """Count every day, month and alert anew: minutes for a large force, and never needed unless rows were mended."""
    queries("engagement/rollups").mark_everything(conn)
    count_all_due(conn, now)


def count_all_due(conn: Connection, now: datetime, say: Say = silent) -> None:
    """Count all that is marked, each once, however long it takes; for the owner of the database."""
    months = [row.days for row in queries("engagement/rollups").months_due(conn)]
    for days in shown("Counting sign-ups", months, say):
        queries("engagement/rollups").count_days(conn, days=days)
    alerts = int(queries("engagement/rollups").alerts_due(conn))
    with progress("Counting what alerts reached", alerts, say) as step:
        while count_due(conn, now, most=AT_ONCE):
            step.advance(AT_ONCE)
        count_due(conn, now, patience=timedelta(0))


def as_of(conn: Connection) -> datetime | None:
    """Until when everything has been counted; None before the first count."""
    at: datetime | None = queries("engagement/rollups").as_of(conn)
    return at
