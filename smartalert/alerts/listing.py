"""The list of alerts, one row a thread, and what officers find in it: words, place, number, kind and who sent it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.geography import text_search
from smartalert.geography.text_search import NOTHING, Wanted
from smartalert.officers import register

#: No more messages are found: whoever reads so many types another word.
MOST_FOUND = 1_000


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """One alert in the list of the live page."""

    id: int
    headline: str
    urgent: bool
    incident_kind: str
    incident_number: str
    area_desc: str
    people: int
    issued_by: str
    issued_at: datetime
    release_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    stopped_at: datetime | None
    is_open: bool
    follow_up: str | None
    thread: UUID
    #: Of the whole thread, without those that were undone.
    messages: int
    replaced_how: str | None
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of the list, newest first, how many there are beyond them, and how many the search leaves out."""

    rows: list[ListedAlert]
    listed: int
    everything: int
    #: Thread → what its messages that were found say, the newest first.
    said: dict[UUID, list[str]]


def searched(conn: Connection, draft: Draft, area: str, officer: str) -> str:
    """By what an alert is found."""
    words = (draft.title, draft.description, draft.instruction)
    return _kept(conn, *words, area, draft.incident_number, kind=draft.incident_kind, officer=officer)


def recent(conn: Connection, looked_for: Wanted = NOTHING, limit: int = 50) -> Listed:
    """One row a thread, running first, then newest; of those with a message that has all that is looked for.

    What was forgotten is found by what officers may still read of it.
    """
    named, ids = queries("alerts/listing"), found(conn, looked_for)
    counts = named.counts(conn, ids=ids)
    said: dict[UUID, list[str]] = {}
    for row in named.said(conn, ids=ids) if ids else ():
        said.setdefault(row.thread, []).extend((row.description, row.instruction, row.headline, row.area_desc))
    return Listed(
        rows_as(ListedAlert, named.threads(conn, ids=ids, limit=limit)), counts.listed, counts.everything, said
    )


def found(conn: Connection, looked_for: Wanted) -> list[int] | None:
    """The newest messages that have it all, by their numbers; None when nothing is looked for."""
    if not looked_for:
        return None
    words, codes = text_search.patterns(looked_for)
    longest = next(iter(words), "%")
    rows = queries("alerts/listing").found(conn, longest=longest, words=words, codes=codes, limit=MOST_FOUND)
    return [row.id for row in rows if not row.is_forgotten or text_search.holds(_still_read(conn, row), looked_for)]


def _still_read(conn: Connection, row: Any) -> str:
    words = (row.headline, row.description, row.instruction)
    return _kept(conn, *words, row.area_desc, row.incident_number, kind=row.incident_kind, officer=row.issued_by)


def _kept(conn: Connection, *texts: str, kind: str, officer: str) -> str:
    happened = KINDS[kind].label if kind in KINDS else kind
    return text_search.searched(*texts, happened, register.name_of(conn, officer), officer)
