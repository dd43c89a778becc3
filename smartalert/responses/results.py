"""What an alert led to, as an officer recorded it: the figures the commissioner's office is asked for."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import ResponseRefused

#: Result → as people read it.
RESULTS = {
    "found": "Somebody was found",
    "arrested": "An arrest was made",
    "recovered": "Property was recovered",
    "prevented": "A crime was prevented",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What an alert led to; a key of RESULTS."""

    result: str
    recorded_at: datetime
    recorded_by: str


def record(conn: Connection, alert_id: int, result: str, officer: str, now: datetime) -> None:
    """This alert led to it. Recorded twice, it is recorded once. Raises ResponseRefused for anything else."""
    if result not in RESULTS:
        raise ResponseRefused("Choose what the alert led to.")
    if queries("responses/results").record(conn, alert_id=alert_id, result=result, officer=officer, now=now):
        entries.record(conn, officer, Action.RESULT_RECORDED, alert_id=alert_id, result=result)


def take_back(conn: Connection, alert_id: int, result: str, officer: str, now: datetime) -> None:
    """It was a mistake; the record of who and when stays."""
    if queries("responses/results").take_back(conn, alert_id=alert_id, result=result, officer=officer, now=now):
        entries.record(conn, officer, Action.RESULT_TAKEN_BACK, alert_id=alert_id, result=result)


def of_alert(conn: Connection, alert_id: int) -> list[Result]:
    """What one alert led to, oldest first."""
    return rows_as(Result, queries("responses/results").of_alert(conn, alert_id=alert_id))
