"""Alerts that went at once and are looked at afterwards, by an approver who did not send them."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import AlertRefused, NotAllowed


@dataclass(frozen=True, slots=True)
class DueAlert:
    """An alert that went at once and waits for an approver's look."""

    id: int
    headline: str
    urgent: bool
    incident_kind: str
    incident_number: str
    area_desc: str
    people: int
    issued_by: str
    issued_at: datetime
    #: Why it went without the approval that it needed; None where it needed none.
    override_reason: str | None
    follow_up: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """What an approver thought of one; no concern: it was right."""

    alert_id: int
    headline: str
    issued_by: str
    reviewed_by: str
    reviewed_at: datetime
    concern: str | None


def due(conn: Connection, now: datetime) -> list[DueAlert]:
    """Alerts nobody has looked at afterwards, the oldest first; those undone in time need no look."""
    return rows_as(DueAlert, queries("alerts/reviews").due(conn, now=now))


def recent(conn: Connection, limit: int = 20) -> list[Review]:
    """What approvers thought of the last alerts, newest first."""
    return rows_as(Review, queries("alerts/reviews").recent(conn, limit=limit))


def seen_and_right(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """It was right to send this alert, as it was."""
    review(conn, alert_id, officer, now)


def raise_concern(conn: Connection, alert_id: int, officer: str, now: datetime, *, words: str) -> None:
    """Something about it was not right: said in words, for the sender and whoever audits."""
    if not (words := cleaning.lines(words)):
        raise AlertRefused("Say what your concern is.")
    review(conn, alert_id, officer, now, concern=words)


def review(conn: Connection, alert_id: int, officer: str, now: datetime, *, concern: str | None = None) -> None:
    """Keep what an approver thought of an alert, once. Whoever sent it is refused, here and by the database."""
    issued_by = queries("alerts/reviews").issued_by(conn, alert_id=alert_id)
    if issued_by is None:
        raise AlertRefused("There is no such alert.")
    if issued_by == officer:
        raise NotAllowed("You sent this alert. Another approver needs to review it.")
    try:
        with conn.transaction():
            queries("alerts/reviews").keep(
                conn, alert_id=alert_id, issued_by=issued_by, officer=officer, now=now, concern=concern
            )
    except psycopg.errors.UniqueViolation:
        raise AlertRefused("Another approver has just reviewed it.") from None
    if concern:
        entries.record(conn, officer, Action.CONCERN_RAISED, alert_id=alert_id, concern=concern)
    else:
        entries.record(conn, officer, Action.SEEN_AND_RIGHT, alert_id=alert_id)
