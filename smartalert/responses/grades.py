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


def grade(conn: Connection, response_id: int, grade: str | None, officer: str, now: datetime) -> None:
    """How far its writer knows it; None takes the grade back. It closes nothing."""
    if grade is not None and grade not in GRADES:
        raise ResponseRefused
    row = handling.lock(conn, response_id)
    if row.grade == grade:
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
