"""Imports that administrators ask for at a screen: asked, looked at, agreed to, done. The importer carries them out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import psycopg

from smartalert.database.connection import Connection, queries, row_as
from smartalert.errors import ImportRefused
from smartalert.importers.ground import Counts

#: Bytes of a piece in the database, as its check has it.
PIECE = 1 << 20


class State(StrEnum):
    """Where a request is."""

    WAITING = "waiting"  # for the importer
    LOOKING = "looking"
    LOOKED = "looked"  # somebody has to agree
    IMPORTING = "importing"
    STOPPING = "stopping"  # it was cancelled, and the importer has yet to hear it
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing comes of it any more."""
        return self in (State.DONE, State.REFUSED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the database has it."""

    id: int
    source: str
    undoes: int | None
    files: list[str]
    is_sent: bool
    asked_by: str
    asked_at: datetime
    begun_at: datetime | None
    step: str
    share: float
    left_s: float | None
    said: list[str]
    looked_at: datetime | None
    counts: list[dict[str, int | str]]
    agreed_at: datetime | None
    agreed_by: str | None
    imported: int | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    ended_at: datetime | None
    outcome: str | None
    why: str

    @property
    def state(self) -> State:
        """Where it is."""
        if self.outcome:
            return State(self.outcome)
        if self.cancelled_at:
            return State.STOPPING
        if self.looked_at and not self.agreed_at:
            return State.LOOKED
        if not self.begun_at:
            return State.WAITING
        return State.IMPORTING if self.agreed_at else State.LOOKING

    @property
    def changes(self) -> list[Counts]:
        """What would change, table by table."""
        return [Counts(**rows) for rows in self.counts]  # type: ignore[arg-type]

    @property
    def takes_much(self) -> list[Counts]:
        """The tables of which so much would go that somebody has to say that it is meant."""
        return [rows for rows in self.changes if rows.takes_much]

    @property
    def may_be_cancelled(self) -> bool:
        """Whether nothing of it is there yet."""
        return not (self.state.is_over or self.cancelled_at or self.imported or (self.undoes and self.begun_at))


@dataclass(frozen=True, slots=True)
class Importer:
    """Whether it is there, and which files lie in its folder, by name, with their bytes; None: no folder is set."""

    is_there: bool
    folder: dict[str, int] | None


def newest(conn: Connection) -> Request | None:
    """The request that is open, or else the last one."""
    return row_as(Request, queries("importers/requests").newest(conn))


def one(conn: Connection, number: int) -> Request | None:
    """A request by its number."""
    return row_as(Request, queries("importers/requests").one(conn, id=number))


def importer(conn: Connection) -> Importer:
    """The importer as it was last heard of."""
    return row_as(Importer, queries("importers/requests").importer(conn)) or Importer(False, None)


def ask(conn: Connection, source: str, files: Sequence[str], by: str, *, is_sent: bool) -> int:
    """Have files looked at; the request's number. Raises ImportRefused where another one is open."""
    with _alone(conn):
        return int(
            queries("importers/requests").ask(conn, source=source, files=list(files), is_sent=is_sent, asked_by=by)
        )


def ask_undo(conn: Connection, number: int, by: str, now: datetime) -> int:
    """Have an import undone; the request's number. Raises ImportRefused where another one is open."""
    with _alone(conn):
        return int(queries("importers/requests").ask_undo(conn, number=number, asked_by=by, now=now))


@contextmanager
def _alone(conn: Connection) -> Iterator[None]:
    try:
        with conn.transaction():
            yield
    except psycopg.errors.UniqueViolation:
        raise ImportRefused("Another import is under way. Wait until it is done, or cancel it.") from None


def send(conn: Connection, request: int, file: int, pieces: Iterable[bytes]) -> None:
    """Keep the bytes of one file of a request, counted from 1."""
    with conn.cursor().copy("copy ground_uploads (request, file, number, body) from stdin (format binary)") as copy:
        copy.set_types(["int8", "int4", "int4", "bytea"])
        for number, body in enumerate(pieces):
            copy.write_row((request, file, number, body))


def agree(conn: Connection, request: Request, by: str, now: datetime, *, removal_is_meant: bool) -> None:
    """Let what was looked at be imported. Raises ImportRefused."""
    if request.takes_much and not removal_is_meant:
        raise ImportRefused("Tick that the removal is meant, or cancel.")
    _act("agree", conn, request.id, by, now)


def cancel(conn: Connection, number: int, by: str, now: datetime) -> None:
    """Have a request stopped, and nothing changed. Raises ImportRefused where it is too late."""
    _act("cancel", conn, number, by, now)


def _act(name: str, conn: Connection, number: int, by: str, now: datetime) -> None:
    try:
        with conn.transaction():
            done = getattr(queries("importers/requests"), name)(conn, id=number, by=by, now=now)
    except psycopg.errors.CheckViolation:
        done = 0
    if not done:
        raise ImportRefused("Somebody else was faster, or it is over. Look at what the screen says now.")
