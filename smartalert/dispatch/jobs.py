"""How work reaches the workers: procrastinate jobs, deferred inside our own transactions.

A job says only "help hand over this alert on this channel"; the deliveries table says what there is to do.
"""

from datetime import datetime

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.types import JSONDict

from smartalert.database.connection import Connection

#: Knows no database: every job goes in through the connection of the transaction that asks for it.
defer_app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
#: One job for so many deliveries, and at most so many jobs for one alert and channel: they share what is due.
DELIVERIES_A_JOB = 1_000
MOST_JOBS = 8
#: Urgent alerts overtake routine updates.
PRIORITY = {True: 10, False: 0}


def lane(channel: str, *, urgent: bool) -> str:
    """The queue of an alert's jobs: each channel has its own, and urgent alerts too, so that none waits for another."""
    return f"urgent-{channel}" if urgent else channel


def queue_dispatch(
    conn: Connection, alert_id: int, channel: str, *, deliveries: int, urgent: bool, at: datetime | None = None
) -> None:
    """Defer as many dispatch jobs as this many deliveries deserve, to start at `at` or at once."""
    jobs = min(MOST_JOBS, -(-deliveries // DELIVERIES_A_JOB))
    job = defer_app.configure_task(
        "dispatch", connection=conn, schedule_at=at, priority=PRIORITY[urgent], queue=lane(channel, urgent=urgent)
    )
    task: JSONDict = {"alert_id": alert_id, "channel": channel}
    job.batch_defer(*[task] * jobs)


def queue_retry(conn: Connection, alert_id: int, channel: str, *, urgent: bool, at: datetime) -> None:
    """Defer one job for deliveries that wait for another try; does nothing where one is already waiting."""
    try:
        with conn.transaction():
            defer_app.configure_task(
                "dispatch",
                connection=conn,
                schedule_at=at,
                priority=PRIORITY[urgent],
                queue=lane(channel, urgent=urgent),
                queueing_lock=f"again:{alert_id}:{channel}",
            ).defer(alert_id=alert_id, channel=channel)
    except (AlreadyEnqueued, psycopg.errors.UniqueViolation):
        pass


def queue_service_mail(conn: Connection, mail_id: int, *, at: datetime) -> None:
    """Defer one more try for a service mail; its first job is deferred by the database, which wrote it."""
    defer_app.configure_task(
        "send_service_mail", connection=conn, schedule_at=at, priority=20, queue="service_mails"
    ).defer(mail_id=mail_id)


def queue_call(conn: Connection, call_id: int, *, at: datetime) -> None:
    """Defer one more try for a call of an approver; its first job is deferred by the database, which wrote it."""
    defer_app.configure_task("call_approver", connection=conn, schedule_at=at, priority=20, queue="calls").defer(
        call_id=call_id
    )


def queue_link_tests(conn: Connection) -> None:
    """Have each channel tested now."""
    defer_app.configure_task("test_links", connection=conn, priority=20, queue="periodic").defer()


def queue_ground(conn: Connection, request: int) -> None:
    """Have the importer carry out a request, or what is left of it."""
    defer_app.configure_task("carry_out", connection=conn, queue="ground").defer(request=request)
