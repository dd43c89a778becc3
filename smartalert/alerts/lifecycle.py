"""An alert once issued: withdrawn, released, stopped, tried again, read. Its words are never rewritten."""

from datetime import datetime
from typing import Any

from smartalert.alerts import threads
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.channel import Channel
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused
from smartalert.wording import Wording


def withdraw(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """Undo within the ten seconds: nobody is told. Raises AlertRefused once they are over."""
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None:
        return
    if alert.release_at <= now:
        raise AlertRefused("Too late to undo: it is already on its way. You can stop what has not left yet.")
    queries("alerts/lifecycle").withdraw(conn, id=alert_id, now=now)
    queries("dispatch/deliveries").cancel_pending(conn, alert_id=alert_id)
    entries.record(conn, officer, Action.WITHDRAWN, alert_id=alert_id, before="held", after="withdrawn")
    threads.give_back(conn, alert, officer, now)


def release_now(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """Skip what is left of the ten seconds."""
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None or alert.release_at <= now:
        return
    queries("dispatch/deliveries").due_now(conn, alert_id=alert_id, now=now)
    queries("alerts/lifecycle").release(conn, id=alert_id, now=now)
    deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent)
    at = {"before": alert.release_at.isoformat(), "after": now.isoformat()}
    entries.record(conn, officer, Action.RELEASED_AT_ONCE, alert_id=alert_id, **at)


def stop(conn: Connection, alert_id: int, officer: str, now: datetime) -> int:
    """Leave unsent whatever has not been claimed; how many deliveries that spared."""
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None or alert.stopped_at is not None:
        return 0
    if alert.release_at > now:
        raise AlertRefused("It has not left yet: undo it instead.")
    queries("alerts/lifecycle").stop(conn, id=alert_id, now=now)
    spared = queries("dispatch/deliveries").cancel_pending(conn, alert_id=alert_id)
    entries.record(conn, officer, Action.STOPPED, alert_id=alert_id, spared=spared, before="going out", after="stopped")
    return int(spared)


def try_again(conn: Connection, alert_id: int, channel: Channel, officer: str, now: datetime) -> int:
    """Try failed deliveries of one channel once more; how many."""
    alert = lock(conn, alert_id)
    if alert.expires_at <= now or alert.stopped_at or alert.withdrawn_at or alert.is_replaced:
        raise AlertRefused("This alert is over; nothing more is handed over.")
    again = int(queries("dispatch/deliveries").retry_failed(conn, alert_id=alert_id, channel=channel, now=now))
    if again:
        deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent)
        entries.record(conn, officer, Action.TRIED_AGAIN, alert_id=alert_id, channel=channel, deliveries=again)
    return again


def lock(conn: Connection, alert_id: int) -> Any:
    """One alert's row, held until the transaction ends. Raises AlertRefused if there is none."""
    row = queries("alerts/lifecycle").lock(conn, id=alert_id)
    if row is None:
        raise AlertRefused("There is no such alert.")
    return row


def load(conn: Connection, alert_id: int) -> Any:
    """One alert with everything the live page shows; None if there is none."""
    return queries("alerts/lifecycle").load(conn, id=alert_id)


def recent(conn: Connection, search: str = "", limit: int = 50) -> list[Any]:
    """Alerts, running first, then newest; narrowed to those whose words or number contain search."""
    escaped = search.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return list(queries("alerts/lifecycle").recent(conn, search=escaped, limit=limit))


def in_force(conn: Connection, now: datetime) -> list[Any]:
    """Alerts that still count, with their outlines (GeoJSON, EPSG:4326), newest first."""
    return list(queries("alerts/lifecycle").in_force(conn, now=now))


def words(conn: Connection, alert_id: int) -> dict[Channel, Wording]:
    """Channel → the exact words that were frozen when the alert was issued."""
    rows = queries("alerts/lifecycle").messages(conn, alert_id=alert_id)
    return {Channel(row.channel): Wording(row.title, row.body, row.html) for row in rows}
