"""Responses as the database has them now: read once for all browsers that look."""

from dataclasses import asdict, dataclass

import streamlit as st

from smartalert.alerts import lifecycle
from smartalert.alerts.lifecycle import Alert
from smartalert.control.live.snapshot import FRESH_S
from smartalert.control.transactions import in_transaction, kept_by_world
from smartalert.database.connection import Connection
from smartalert.responses import inbox, nearby, search, teams
from smartalert.responses.inbox import AnsweredAlert, Note, QueueCounts, QueuedResponse, Response, Sighting
from smartalert.responses.nearby import Nearby
from smartalert.responses.search import Wanted


@dataclass(frozen=True, slots=True)
class Reading:
    """One response with what belongs to it."""

    row: Response
    notes: list[Note]
    alert: Alert
    #: Of all responses to the same alert.
    sightings: list[Sighting]
    #: The others from near the same place at the same time.
    near: list[Nearby]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which responses are listed: all but what each part that is set leaves out, as inbox.queue has it."""

    state: str
    alert_id: int | None = None
    officer: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the list, of one moment."""

    rows: list[QueuedResponse]
    counts: QueueCounts
    page: int
    #: More were found than are looked through.
    newest_only: bool


@kept_by_world(ttl=FRESH_S / 2, max_entries=100)
def queue(of: Filter, looked_for: Wanted, page: int) -> Queue:
    """The rows of the list; its last page where there are fewer."""
    return in_transaction(read_queue, of, looked_for, page)


def read_queue(conn: Connection, of: Filter, looked_for: Wanted, page: int) -> Queue:
    """The same as the database has it."""
    ids = search.found(conn, looked_for, of.alert_id)
    counts = inbox.queue_counts(conn, **asdict(of), ids=ids)
    page = min(page, counts.pages)
    rows = inbox.queue(conn, **asdict(of), ids=ids, page=page)
    return Queue(rows, counts, page, newest_only=ids is not None and len(ids) == search.MOST_FOUND)


@kept_by_world(ttl=2 * FRESH_S, max_entries=20)
def answered() -> list[AnsweredAlert]:
    """Alerts that somebody answered."""
    return in_transaction(inbox.alerts_with_responses)


@kept_by_world(ttl=FRESH_S, max_entries=200)
def reading(response_id: int) -> Reading | None:
    """One response; None if there is none."""
    return in_transaction(read, response_id)


def read(conn: Connection, response_id: int) -> Reading | None:
    """One response as the database has it."""
    row = inbox.load(conn, response_id)
    if row is None:
        return None
    return Reading(
        row,
        inbox.notes(conn, response_id),
        lifecycle.load(conn, row.alert_id),
        inbox.sightings(conn, row.alert_id),
        nearby.nearby(conn, response_id),
    )


@st.cache_resource(ttl=5, max_entries=1, show_spinner=False)
def team_names() -> dict[int, str]:
    """Teams that something may be passed on to: number → name, in their order."""
    return {team.id: team.name for team in in_transaction(teams.in_force)}


@st.cache_resource(ttl=30, max_entries=500, show_spinner=False)
def in_a_team(officer: str) -> bool:
    """Whether this officer belongs to a team."""
    return in_transaction(teams.has_one, officer)


def forget() -> None:
    """Look again at once: somebody has just changed something."""
    queue.clear()
    answered.clear()
    reading.clear()
