"""Scenarios that trainers wrote themselves: copied, imported, changed, deleted and brought back."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.drills import editing, files
from smartalert.errors import ScenarioRefused

#: A list that somebody still reads.
MOST = 200


@dataclass(frozen=True, slots=True)
class Own:
    """One scenario of the trainers' own; its text may have problems that are still to be mended."""

    id: int
    version: int
    text: str
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    deleted_at: datetime | None


def everything(conn: Connection) -> list[Own]:
    """All that are there, the one that was changed last first."""
    return rows_as(Own, queries("drills/own").all(conn))


def find(conn: Connection, number: int) -> Own | None:
    """One of them; None where there is none, or it was deleted."""
    found = row_as(Own, queries("drills/own").find(conn, id=number))
    return found if found and found.deleted_at is None else None


def copy(conn: Connection, text: str, officer: str, now: datetime) -> int:
    """Another one that begins as this text does; its number. Raises ScenarioRefused."""
    return add(conn, editing.copied(text), officer, now)


def add(conn: Connection, text: str, officer: str, now: datetime) -> int:
    """Keep a new one, which must be whole; its number. Raises ScenarioRefused, with every problem and its line."""
    text = editing.cleaned(text)
    scenario = files.read(text)
    if queries("drills/own").count_all(conn) >= MOST:
        raise ScenarioRefused([f"There are {MOST} scenarios of your own. Delete one first."])
    number = int(queries("drills/own").make(conn, text=text, officer=officer, now=now))
    entries.record(conn, officer, Action.SCENARIO_ADDED, name=scenario.name)
    return number


def change(conn: Connection, own: Own, text: str, officer: str, now: datetime) -> None:
    """Keep its new text, with whatever is still to be mended in it. Raises ScenarioRefused if somebody was quicker."""
    if not queries("drills/own").change(conn, id=own.id, version=own.version, text=text, officer=officer, now=now):
        raise ScenarioRefused(["Somebody else has just changed or deleted this scenario. Look at it, then try again."])


def delete(conn: Connection, number: int, officer: str, now: datetime) -> None:
    """Take it away; nothing where it is gone."""
    own = find(conn, number)
    if own and queries("drills/own").delete(conn, id=number, now=now):
        entries.record(conn, officer, Action.SCENARIO_DELETED, name=editing.name_of(own.text))


def restore(conn: Connection, number: int, officer: str) -> None:
    """Bring a deleted one back; nothing where it is there."""
    if queries("drills/own").restore(conn, id=number):
        own = find(conn, number)
        entries.record(conn, officer, Action.SCENARIO_RESTORED, name=editing.name_of(own.text) if own else "")
