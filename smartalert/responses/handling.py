"""What officers make of what members of the public tell us about an alert.

Their words never change. What officers do is facts with times, and each is an entry of the audit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as
from smartalert.errors import ResponseRefused
from smartalert.responses import teams

#: Verdict → what the audit calls it; None opens a response again.
MARKED = {
    "useful": Action.RESPONSE_USEFUL,
    "not_useful": Action.RESPONSE_NOT_USEFUL,
    "passed_on": Action.RESPONSE_PASSED_ON,
    "resolved": Action.RESPONSE_RESOLVED,
    None: Action.RESPONSE_OPENED_AGAIN,
}


@dataclass(frozen=True, slots=True)
class LockedResponse:
    """What decides who may do what with a response, held until the transaction ends."""

    id: int
    reference: str
    alert_id: int
    claimed_by: str | None
    verdict: str | None
    grade: str | None


def look(conn: Connection, response_id: int, officer: str, now: datetime) -> bool:
    """Somebody has it before their eyes; True the first time, which is when a person was first listened to."""
    row = row_as(LockedResponse, queries("responses/handling").look(conn, id=response_id, officer=officer, now=now))
    if row is not None:
        record(conn, officer, Action.RESPONSE_LOOKED_AT, row)
    return row is not None


def claim(conn: Connection, response_id: int, officer: str, now: datetime, *, take_over: bool = False) -> None:
    """It is this officer's to deal with. Raises ResponseRefused when another has it and it is not taken over."""
    row = lock(conn, response_id)
    if row.claimed_by == officer:
        return
    if row.claimed_by is not None and not take_over:
        raise ResponseRefused("Another officer has just claimed this. You can take it over.")
    queries("responses/handling").set_claim(conn, id=response_id, officer=officer, now=now)
    record(conn, officer, Action.RESPONSE_TAKEN_OVER if row.claimed_by else Action.RESPONSE_CLAIMED, row)


def release(conn: Connection, response_id: int, officer: str) -> None:
    """Give it back to the queue; only by whoever has it."""
    row = lock(conn, response_id)
    if row.claimed_by != officer:
        raise ResponseRefused("You cannot give back a response that you have not claimed.")
    queries("responses/handling").set_claim(conn, id=response_id, officer=None, now=None)
    record(conn, officer, Action.RESPONSE_GIVEN_BACK, row)


def note(conn: Connection, response_id: int, officer: str, words: str, now: datetime) -> None:
    """Write something under it, for officers only."""
    if not (words := cleaning.lines(words, 2_000)):
        raise ResponseRefused("Write the note first.")
    row = lock(conn, response_id)
    queries("responses/handling").add_note(conn, id=response_id, officer=officer, words=words, now=now)
    record(conn, officer, Action.RESPONSE_NOTE, row)


def judge(
    conn: Connection,
    response_id: int,
    verdict: str | None,
    officer: str,
    *,
    now: datetime,
    outcome: str = "",
    team: int | None = None,
) -> None:
    """What it is worth, and what came of it; None opens it again. Whoever judges what nobody claimed has claimed it.

    What is passed on is passed on to a team, which keeps it until it is opened again.
    """
    if verdict not in MARKED or (verdict == "passed_on") != (team is not None):
        raise ResponseRefused
    row = lock(conn, response_id)
    if row.claimed_by is None and verdict is not None:
        queries("responses/handling").set_claim(conn, id=response_id, officer=officer, now=now)
    came = cleaning.lines(outcome, 2_000)
    passed = {} if team is None else {"team": teams.pass_to(conn, team, row.reference, response_id)}
    queries("responses/handling").judge(
        conn, id=response_id, verdict=verdict, officer=officer, now=now, outcome=came, team=team
    )
    about: dict[str, Any] = {"alert_id": row.alert_id, "response": row.reference, **passed}
    entries.record(conn, officer, MARKED[verdict], **about, before=row.verdict, after=verdict)


def lock(conn: Connection, response_id: int) -> LockedResponse:
    """One response's row, held until the transaction ends. Raises ResponseRefused if there is none."""
    row = row_as(LockedResponse, queries("responses/handling").lock(conn, id=response_id))
    if row is None:
        raise ResponseRefused("There is no such response.")
    return row


def record(conn: Connection, officer: str, action: Action, row: LockedResponse) -> None:
    """The audit's entry: which response, never what it says."""
    entries.record(conn, officer, action, alert_id=row.alert_id, response=row.reference)
