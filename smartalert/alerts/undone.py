"""An alert that was undone in its ten seconds is a draft again, with everything that it had."""

from dataclasses import dataclass
from uuid import UUID

from smartalert.alerts import drafts, photos
from smartalert.alerts.drafts import Draft
from smartalert.database.connection import Connection, queries, row_as
from smartalert.errors import AlertRefused


@dataclass(frozen=True, slots=True)
class Undone:
    """The draft that an undone alert was: whose, and with what in it."""

    officer: str
    content: dict[str, object]


def as_draft(conn: Connection, alert_id: int, officer: str = "") -> UUID:
    """The draft in which an undone alert is sent again: the one not finished yet, else a new one with all that it had.

    It is this officer's; without one, that of whoever wrote the alert. Raises AlertRefused if it was not undone.
    """
    named = queries("alerts/undone")
    undone = row_as(Undone, named.undone(conn, id=alert_id))
    if undone is None:
        raise AlertRefused("This alert was not undone.")
    officer = officer or undone.officer
    unfinished: UUID | None = named.unfinished(conn, officer=officer, alert_id=str(alert_id))
    if unfinished:
        return unfinished
    draft_id, content = drafts.begin(conn, officer).id, Draft.model_validate(undone.content)
    photo = photos.give_back(conn, alert_id, draft_id) if content.photo else ""
    drafts.save(conn, draft_id, officer, content.model_copy(update={"photo": photo, "again": alert_id}))
    return draft_id
