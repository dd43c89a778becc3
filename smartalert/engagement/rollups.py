"""Keeps the figures: what was marked by whoever changed a row is counted again from the rows themselves.

The page shows as_of(): what happened later is not in its figures yet.
"""

from datetime import datetime, timedelta

from smartalert.clock import LONDON
from smartalert.database.connection import Connection, queries
from smartalert.database.progress import Say, progress, shown, silent
from smartalert.engagement import analyst_tables, downloads

#: Alerts counted in one go: a large one takes a tenth of a second.
MOST_ALERTS = 200
#: A month of messages reads every delivery of it, so it is counted at most this often.
PATIENCE = timedelta(hours=1)
#: Alerts between two words on how far a count of everything has come.
AT_ONCE = 10
#: A day is published when it has been over for so long: what began before midnight is committed and counted by then.
SETTLED = timedelta(hours=1)


def count_due(conn: Connection, now: datetime, *, most: int = MOST_ALERTS, patience: timedelta = PATIENCE) -> int:
    """Count again what is marked; how many days, months and alerts that were."""
    return int(queries("engagement/rollups").count_due(conn, now=now, most=most, patience=patience))


def keep(conn: Connection, now: datetime) -> None:
    """Count what is marked, publish what is over, and once an hour note the phones and write the analyst's tables."""
    count_due(conn, now)
    publish_people(conn, now)
    if analyst_tables.publish_if_due(conn, now):
        downloads.note_phones(conn, now)


def publish_people(conn: Connection, now: datetime) -> None:
    """Publish people of the days, and months, that are over: once, and never again."""
    queries("engagement/rollups").publish_people(conn, today=(now - SETTLED).astimezone(LONDON).date())


def publish_again(conn: Connection) -> None:
    """Forget what is published of people, all of it: only for a past that was made up afterwards."""
    queries("engagement/rollups").forget_published(conn)
    queries("engagement/rollups").publish_from_the_beginning(conn)


def count_everything(conn: Connection, now: datetime) -> None:
    """Count every day, month and alert anew: minutes for a large force, and never needed unless rows were mended.

    What is published of people stays as it is.
    """
    queries("engagement/rollups").mark_everything(conn)
    count_all_due(conn, now)


def count_all_due(conn: Connection, now: datetime, say: Say = silent) -> None:
    """Count all that is marked, each once, however long it takes, and publish what is over; for the owner."""
    months = [row.days for row in queries("engagement/rollups").months_due(conn)]
    for days in shown("Counting sign-ups", months, say):
        queries("engagement/rollups").count_days(conn, days=days)
    alerts = int(queries("engagement/rollups").alerts_due(conn))
    with progress("Counting what alerts reached", alerts, say) as step:
        while count_due(conn, now, most=AT_ONCE):
            step.advance(AT_ONCE)
        count_due(conn, now, patience=timedelta(0))
    publish_people(conn, now)


def as_of(conn: Connection) -> datetime | None:
    """Until when everything has been counted; None before the first count."""
    at: datetime | None = queries("engagement/rollups").as_of(conn)
    return at
