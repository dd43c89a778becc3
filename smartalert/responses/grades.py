"""How far a person knows what they tell, as the police grade intelligence (3x5x2)."""

from datetime import datetime

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries
from smartalert.errors import ResponseRefused
from smartalert.responses import handling

GRADES = {
    "A": "Known directly",
    "B": "Known indirectly, but corroborated",
    "C": "Known indirectly",
    "D": "Not known",
    "E": "Suspected to be false",
}


def grade(
    conn: Connection, response_id: int, grade: str | None, officer: str, now: datetime, *, seen: str | None = None
) -> None:
    """How far its writer knows it; None takes back the grade that was seen, and no other. It closes nothing."""
    if grade is not None and grade not in GRADES:
        raise ResponseRefused
    row = handling.lock(conn, response_id)
    if row.grade == grade or (grade is None and row.grade != seen):
        return
    queries("responses/grades").set_grade(conn, id=response_id, grade=grade, officer=officer, now=now)
    entries.record(
        conn,
        officer,
        Action.RESPONSE_GRADED,
        alert_id=row.alert_id,
        response=row.reference,
        before=row.grade,
        after=grade,
    )
