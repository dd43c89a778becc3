"""An alert once issued: withdrawn, released, stopped, tried again, read. Its words are never rewritten."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from smartalert.alerts import threads, undone
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.dispatch import deliveries, outages, progress
from smartalert.errors import AlertRefused
from smartalert.geography.areas import Ground
from smartalert.wording import Channel, Wording

#: Metres between an area and an alert that is near it.
NEAR_M = 500
TOO_LATE = "Too late to undo: it is already on its way. You can still stop the rest."


@dataclass(frozen=True, slots=True)
class LockedAlert:
    """What decides whether an alert may be changed, held until the transaction ends."""

    id: int
    urgent: bool
    msg_type: str
    follows: int | None
    issued_at: datetime
    release_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    stopped_at: datetime | None
    is_replaced: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert with everything the live page shows; area and outline are GeoJSON, EPSG:4326."""

    id: int
    identifier: UUID
    status: str
    msg_type: str
    urgent: bool
    incident_kind: str
    incident_number: str
    headline: str
    #: Its details are for those who ask for them by name: `forgetting.look`.
    is_forgotten: bool
    within_m: float
    street_id: int | None
    area_desc: str
    topics: int
    sectors: int
    #: As bits, see Channel.bit.
    channels: int
    people: int
    issued_by: str
    issued_at: datetime
    release_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    stopped_at: datetime | None
    draft_id: UUID
    #: Why it left without the approval that it needed; None where it needed none, or had it.
    override_reason: str | None
    follows: int | None
    follow_up: str | None
    thread: UUID
    #: The follow-up that took its place, and when that one leaves, or left.
    replaced_how: str | None
    replaced_at: datetime | None
    area: str
    outline: str
    #: Whether deliveries still have to leave singly.
    is_open: bool


@dataclass(frozen=True, slots=True)
class AlertInForce:
    """One alert that still counts; its outline is GeoJSON, EPSG:4326."""

    id: int
    headline: str
    expires_at: datetime
    outline: str


@dataclass(frozen=True, slots=True)
class AlertNear:
    """One alert that still counts, in or near an area."""

    id: int
    headline: str
    expires_at: datetime
    #: Whether the two areas share ground.
    overlaps: bool


def withdraw(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """Undo within the ten seconds: nobody is told, and it is a draft of its author's again.

    Raises AlertRefused once they are over.
    """
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None:
        return
    if alert.release_at <= now:
        raise AlertRefused(TOO_LATE)
    try:
        queries("alerts/lifecycle").withdraw(conn, id=alert_id, now=now)
    except psycopg.errors.CheckViolation:  # a worker whose clock is a moment ahead
        raise AlertRefused(TOO_LATE) from None
    queries("dispatch/deliveries").cancel_pending(conn, alert_id=alert_id)
    entries.record(conn, officer, Action.WITHDRAWN, alert_id=alert_id, before="held", after="withdrawn")
    undone.as_draft(conn, alert_id)
    if alert.follows is not None and alert.msg_type == "Cancel":
        threads.give_back(conn, alert.follows, alert.issued_at, officer, now)


def release_now(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """Skip what is left of the ten seconds."""
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None or alert.release_at <= now:
        return
    queries("dispatch/deliveries").due_now(conn, alert_id=alert_id, now=now)
    queries("alerts/lifecycle").release(conn, id=alert_id, at=now)
    deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent)
    before, after = alert.release_at.isoformat(), now.isoformat()
    entries.record(conn, officer, Action.RELEASED_AT_ONCE, alert_id=alert_id, before=before, after=after)


def stop(conn: Connection, alert_id: int, officer: str, now: datetime) -> int:
    """Leave unsent whatever has not been claimed; how many deliveries that spared."""
    alert = lock(conn, alert_id)
    if alert.withdrawn_at is not None or alert.stopped_at is not None:
        return 0
    if alert.release_at > now:
        raise AlertRefused("It has not gone out yet. Undo it instead.")
    queries("alerts/lifecycle").stop(conn, id=alert_id, now=now)
    spared = queries("dispatch/deliveries").cancel_at_once(conn, alert_id=alert_id)
    entries.record(conn, officer, Action.STOPPED, alert_id=alert_id, spared=spared, before="going out", after="stopped")
    return int(spared)


def try_again(conn: Connection, alert_id: int, channel: Channel, officer: str, now: datetime) -> int:
    """Try failed deliveries of one channel once more; how many."""
    alert = lock(conn, alert_id)
    if alert.expires_at <= now or alert.stopped_at or alert.withdrawn_at or alert.is_replaced:
        raise AlertRefused("This alert has ended. Nothing more can be sent.")
    again = int(queries("dispatch/deliveries").retry_failed(conn, alert_id=alert_id, channel=channel, now=now))
    if again:
        deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent)
        entries.record(conn, officer, Action.TRIED_AGAIN, alert_id=alert_id, channel=channel, deliveries=again)
    return again


def send_in_doubt(conn: Connection, alert_id: int, officer: str, now: datetime) -> int:
    """Send mails again of which nobody knows whether they left; how many. Who got one already gets it twice."""
    alert = lock(conn, alert_id)
    if alert.expires_at <= now or alert.stopped_at or alert.withdrawn_at or alert.is_replaced:
        raise AlertRefused("This alert has ended. Nothing more can be sent.")
    restored = progress.in_doubt(conn, alert_id).is_restored
    again = int(queries("dispatch/deliveries").send_in_doubt(conn, alert_id=alert_id, now=now))
    if again:
        deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent)
        entries.record(conn, officer, Action.SENT_IN_DOUBT, alert_id=alert_id, deliveries=again, restored=restored)
    return again


def send_by_relay(conn: Connection, alert_id: int, officer: str, now: datetime) -> bool:
    """Have all mails go by the force's own relay as long as SendGrid is out; whether that is new.

    What SendGrid may have taken stays in doubt: nothing is offered to both.
    """
    lock(conn, alert_id)
    is_new = outages.use_relay(conn, now)
    if is_new:
        entries.record(conn, officer, Action.SENT_BY_RELAY, alert_id=alert_id)
    return is_new


def leave_in_doubt(conn: Connection, alert_id: int, officer: str, now: datetime) -> int:
    """Write down that mails are left of which nobody knows whether they left; how many.

    The ledger does not change: what is reported of them still counts, and what follows the alert goes to them as well.
    """
    lock(conn, alert_id)
    left = progress.in_doubt(conn, alert_id)
    if left.deliveries:
        entries.record(
            conn,
            officer,
            Action.LEFT_IN_DOUBT,
            alert_id=alert_id,
            deliveries=left.deliveries,
            restored=left.is_restored,
        )
    return left.deliveries


def lock(conn: Connection, alert_id: int) -> LockedAlert:
    """One alert's row, held until the transaction ends. Raises AlertRefused if there is none."""
    alert = row_as(LockedAlert, queries("alerts/lifecycle").lock(conn, id=alert_id))
    if alert is None:
        raise AlertRefused("There is no such alert.")
    return alert


def find(conn: Connection, alert_id: int) -> Alert | None:
    """One alert; None if there is none."""
    return row_as(Alert, queries("alerts/lifecycle").load(conn, id=alert_id))


def load(conn: Connection, alert_id: int) -> Alert:
    """One alert. Raises AlertRefused if there is none."""
    if (alert := find(conn, alert_id)) is None:
        raise AlertRefused("There is no such alert.")
    return alert


def in_force(conn: Connection, now: datetime) -> list[AlertInForce]:
    """Alerts that still count, newest first."""
    return rows_as(AlertInForce, queries("alerts/lifecycle").in_force(conn, now=now))


def in_force_near(conn: Connection, ground: Ground, now: datetime) -> list[AlertNear]:
    """Alerts that still count in or near an area, the nearest first."""
    asked = {"geom": ground.geom, "within_m": ground.within_m, "near_m": NEAR_M, "now": now}
    return rows_as(AlertNear, queries("alerts/lifecycle").in_force_near(conn, **asked))


def words(conn: Connection, alert_id: int) -> dict[Channel, Wording]:
    """Channel → the exact words that were frozen when the alert was issued."""
    rows = queries("alerts/lifecycle").messages(conn, alert_id=alert_id)
    return {Channel(row.channel): Wording(row.title, row.body, row.html) for row in rows}
