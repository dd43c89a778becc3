"""What becomes of an ended alert's details: off every public page, still in the database, each look at them audited.

The view `alert_endings` decides: an appeal for a person in the moment it ends, any other alert a set time later. What
phones, mailboxes and other people's screens have of it cannot be called back.
"""

from dataclasses import dataclass

from smartalert.alerts.follow_ups import titled
from smartalert.alerts.incidents import CALL_101, KINDS, put_in
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries

DELETE = "If you shared this alert, please delete what you shared."
#: How an appeal for a person ended → how its headline ends, and what is said of it. Only an all clear says "found".
APPEAL = {
    "all_clear": ("found", "This person has been found. Thank you."),
    "false_alarm": ("alert cancelled", "We cancelled this alert. Thank you for looking out."),
    "outcome": ("appeal ended", "This appeal has ended. Thank you for looking out."),
    "stopped": ("appeal ended", "We ended this appeal. Thank you for looking out."),
    "expired": ("appeal ended", "This appeal has ended. We no longer show who it was about."),
}
OTHER = "This alert has ended. We no longer show its details."


@dataclass(frozen=True, slots=True)
class Words:
    """What anybody may read in the place of what an alert said."""

    headline: str
    description: str
    instruction: str
    contact: str


def public_words(kind: str, ended_how: str, follow_up: str | None, incident_number: str) -> Words:
    """The words of an alert that is forgotten, made of its kind and of how it ended."""
    known = KINDS.get(kind)
    label = known.label if known else "Alert"
    contact = put_in(CALL_101, {"incident": incident_number})
    if known and known.about_person:
        ended, said = APPEAL[ended_how]
        return Words(f"{label}: {ended}", said, DELETE, contact)
    return Words(titled(label, follow_up), OTHER, DELETE, contact)


def forget(conn: Connection, after_days: int) -> int:
    """Take the details of alerts that ended so many days ago off the public pages, for good; how many."""
    return int(queries("alerts/forgetting").forget(conn, after_days=after_days))


def is_forgotten(conn: Connection, alert_id: int) -> bool:
    """Whether the public may no longer read what an alert said."""
    return bool(list(queries("alerts/forgetting").forgotten(conn, alert_ids=[alert_id])))


def note_look(conn: Connection, alert_id: int, officer: str, *, at: str = "its page") -> None:
    """Write down who is about to read of an alert what the public no longer can, if that is so."""
    if is_forgotten(conn, alert_id):
        entries.record(conn, officer, Action.LOOKED_AT_FORGOTTEN, alert_id=alert_id, at=at)


def note_look_at_incident(
    conn: Connection, incident_number: str, officer: str, *, at: str, alert_id: int | None = None
) -> None:
    """The same of every alert of one incident; without a number, of the thread of this alert."""
    for row in queries("alerts/forgetting").of_incident(conn, incident_number=incident_number, alert_id=alert_id):
        note_look(conn, row.id, officer, at=at)
