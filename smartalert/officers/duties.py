"""Who is on duty, and may be called when an alert waits for approval: as they say, or as an administrator does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import NotAllowed

#: Nobody is on duty for longer without saying so again.
LONGEST = timedelta(hours=16)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may approve, and whether and how they can be called."""

    id: str
    name: str
    post: str
    #: On duty until then; None: off duty.
    until: datetime | None
    has_phone: bool
    has_mail: bool


def set_until(conn: Connection, officer: str, until: datetime | None, by: str, now: datetime) -> None:
    """Put an approver on duty until then, or off duty. Raises NotAllowed for whoever is none, or for another time."""
    if until is None:
        if queries("officers/duties").end(conn, officer=officer):
            entries.record(conn, by, Action.OFF_DUTY, of=officer)
        return
    if not now < until <= now + LONGEST:
        raise NotAllowed("Choose a time in the next 16 hours.")
    if officer not in {one.id for one in roster(conn, now)}:
        raise NotAllowed("Only approvers are called when an alert needs approval.")
    queries("officers/duties").set_until(conn, officer=officer, now=now, until=until, by=by)
    entries.record(conn, by, Action.ON_DUTY, of=officer, until=until.isoformat())


def roster(conn: Connection, now: datetime) -> list[Approver]:
    """Everybody who may approve: those on duty in the order in which they are called, then the others by name."""
    return rows_as(Approver, queries("officers/duties").roster(conn, now=now))


def link_phone(conn: Connection, officer: str, typed: str) -> None:
    """Let calls reach an officer on the phone that shows this code. Raises NotAllowed where none does any more."""
    code = "".join(filter(str.isalnum, cleaning.one_line(typed, 40))).upper()
    if not queries("officers/duties").link_phone(conn, officer=officer, code=code):
        raise NotAllowed("No phone shows this code. A code works for ten minutes: ask the app for a new one.")
    entries.record(conn, officer, Action.PHONE_LINKED)


def unlink_phone(conn: Connection, officer: str) -> None:
    """Call an officer by e-mail only."""
    if queries("officers/duties").unlink_phone(conn, officer=officer):
        entries.record(conn, officer, Action.PHONE_UNLINKED)
