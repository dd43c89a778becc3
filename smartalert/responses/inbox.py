"""What officers make of what members of the public tell us about an alert.

Their words never change. What officers do is facts with times, and each is an entry of the audit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import ResponseRefused
from smartalert.responses import teams

#: Responses in the list at one time.
PAGE_ROWS = 40
#: Verdict → what it says of the response. Useful is a grade: such a response stays open until one of the others.
VERDICTS = {
    "useful": "Useful",
    "not_useful": "Not useful",
    "passed_on": "Passed on",
    "resolved": "Resolved",
}
#: Verdict → what the audit calls it; None opens a response again.
MARKED = {
    "useful": Action.RESPONSE_USEFUL,
    "not_useful": Action.RESPONSE_NOT_USEFUL,
    "passed_on": Action.RESPONSE_PASSED_ON,
    "resolved": Action.RESPONSE_RESOLVED,
    None: Action.RESPONSE_OPENED_AGAIN,
}


@dataclass(frozen=True, slots=True)
class Unread:
    """How many responses nobody has looked at yet, and how many of these are urgent."""

    unread: int
    urgent: int


@dataclass(frozen=True, slots=True)
class Answers:
    """How many answered one alert, and how many of these nobody has looked at yet."""

    responses: int
    unread: int


@dataclass(frozen=True, slots=True)
class QueuedResponse:
    """One response in the list, with the alert it answers."""

    id: int
    reference: str
    alert_id: int
    received_at: datetime
    saw: str
    seen_at: str
    place: str
    happening_now: bool
    urgent: bool
    urgent_words: list[str]
    first_look_at: datetime | None
    claimed_by: str | None
    verdict: str | None
    #: To whom it was passed on.
    team: str | None
    grade: str | None
    headline: str
    incident_number: str
    area_desc: str
    has_photo: bool
    #: The first response of its group: itself where it stands alone.
    near: int
    #: Others of the list that were seen near the same place in the same half hour: they stand under this one.
    more_near: int
    #: How many of the group nobody has looked at yet.
    new_near: int


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many the list could show, how many of these are in its state, and how many of those are whose it shows."""

    everything: int
    in_state: int
    listed: int
    #: Those that stand near one another have one row together.
    rows: int

    @property
    def pages(self) -> int:
        """How many pages they fill: one at least."""
        return max(1, -(-self.rows // PAGE_ROWS))


@dataclass(frozen=True, slots=True)
class AnsweredAlert:
    """An alert that somebody answered; open are responses of which nobody has said what was done with them."""

    id: int
    headline: str
    incident_number: str
    responses: int
    open: int


@dataclass(frozen=True, slots=True)
class Response:
    """One response with the alert it answers; lon and lat are EPSG:4326, None where no place is known."""

    id: int
    reference: str
    alert_id: int
    subscriber_id: int | None
    received_at: datetime
    saw: str
    seen_at: str
    happening_now: bool
    place: str
    point_from: str | None
    #: The first response of its group, itself perhaps; None where nobody knows the place.
    near: int | None
    name: str
    contact: str
    may_contact: bool
    urgent: bool
    urgent_words: list[str]
    first_look_at: datetime | None
    first_look_by: str | None
    claimed_at: datetime | None
    claimed_by: str | None
    verdict: str | None
    verdict_at: datetime | None
    verdict_by: str | None
    #: To whom it was passed on, by whom and when.
    team: str | None
    passed_at: datetime | None
    passed_by: str | None
    grade: str | None
    graded_at: datetime | None
    graded_by: str | None
    closed: bool
    outcome: str | None
    lon: float | None
    lat: float | None
    metres_from_area: float | None
    photo_width: int | None
    photo_height: int | None
    headline: str
    incident_number: str
    area_desc: str
    alert_urgent: bool
    release_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What an officer wrote under a response."""

    at: datetime
    officer: str
    words: str


@dataclass(frozen=True, slots=True)
class LockedResponse:
    """What decides who may do what with a response, held until the transaction ends."""

    id: int
    reference: str
    alert_id: int
    claimed_by: str | None
    verdict: str | None
    grade: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where somebody saw something, EPSG:4326; near is the first response of its group."""

    id: int
    near: int
    lon: float
    lat: float


def counts(conn: Connection) -> Unread:
    """How many of all responses wait for a first look."""
    return Unread(**queries("responses/inbox").counts(conn)._asdict())


def answers(conn: Connection, alert_id: int) -> Answers:
    """How many answered one alert."""
    return Answers(**queries("responses/inbox").answers(conn, alert_id=alert_id)._asdict())


def queue(
    conn: Connection,
    *,
    alert_id: int | None = None,
    officer: str | None = None,
    state: str = "open",
    ids: list[int] | None = None,
    member: str | None = None,
    page: int = 1,
) -> list[QueuedResponse]:
    """One page of responses without their photos: urgent first, then the newest; of those near one another, the first.

    State is open, unread, done or all; officer narrows to what they have claimed, ids to what a search found, member to
    what was passed to the teams of this officer, which is open as long as nobody there has closed it.
    """
    found = queries("responses/inbox").queue(
        conn, alert_id=alert_id, officer=officer, state=state, ids=ids, member=member,
        limit=PAGE_ROWS, skipped=(page - 1) * PAGE_ROWS,
    )  # fmt: skip
    return rows_as(QueuedResponse, found)


def queue_counts(
    conn: Connection,
    *,
    alert_id: int | None,
    officer: str | None,
    state: str,
    ids: list[int] | None,
    member: str | None = None,
) -> QueueCounts:
    """How many there are on all pages of such a queue, and how many its state and officer leave out."""
    found = queries("responses/inbox").queue_counts(
        conn, alert_id=alert_id, officer=officer, state=state, ids=ids, member=member
    )
    return QueueCounts(**found._asdict())


def alerts_with_responses(conn: Connection) -> list[AnsweredAlert]:
    """Alerts that somebody answered, the newest response first."""
    return rows_as(AnsweredAlert, queries("responses/inbox").alerts_with_responses(conn, limit=100))


def load(conn: Connection, response_id: int) -> Response | None:
    """One response with the alert it answers; None if there is none."""
    return row_as(Response, queries("responses/inbox").load(conn, id=response_id))


def notes(conn: Connection, response_id: int) -> list[Note]:
    """What officers wrote under it, oldest first."""
    return rows_as(Note, queries("responses/inbox").notes(conn, id=response_id))


def photo(conn: Connection, response_id: int) -> bytes | None:
    """Its photograph as JPEG."""
    found: bytes | None = queries("responses/inbox").photo(conn, id=response_id)
    return found


def look(conn: Connection, response_id: int, officer: str, now: datetime) -> bool:
    """Somebody has it before their eyes; True the first time, which is when a person was first listened to."""
    row = row_as(LockedResponse, queries("responses/inbox").look(conn, id=response_id, officer=officer, now=now))
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
    queries("responses/inbox").set_claim(conn, id=response_id, officer=officer, now=now)
    record(conn, officer, Action.RESPONSE_TAKEN_OVER if row.claimed_by else Action.RESPONSE_CLAIMED, row)


def release(conn: Connection, response_id: int, officer: str) -> None:
    """Give it back to the queue; only by whoever has it."""
    row = lock(conn, response_id)
    if row.claimed_by != officer:
        raise ResponseRefused("You cannot give back a response that you have not claimed.")
    queries("responses/inbox").set_claim(conn, id=response_id, officer=None, now=None)
    record(conn, officer, Action.RESPONSE_GIVEN_BACK, row)


def note(conn: Connection, response_id: int, officer: str, words: str, now: datetime) -> None:
    """Write something under it, for officers only."""
    if not (words := cleaning.lines(words, 2_000)):
        raise ResponseRefused("Write the note first.")
    row = lock(conn, response_id)
    queries("responses/inbox").add_note(conn, id=response_id, officer=officer, words=words, now=now)
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
        queries("responses/inbox").set_claim(conn, id=response_id, officer=officer, now=now)
    came = cleaning.lines(outcome, 2_000)
    passed = {} if team is None else {"team": teams.pass_to(conn, team, row.reference, response_id)}
    queries("responses/inbox").judge(
        conn, id=response_id, verdict=verdict, officer=officer, now=now, outcome=came, team=team
    )
    about: dict[str, Any] = {"alert_id": row.alert_id, "response": row.reference, **passed}
    entries.record(conn, officer, MARKED[verdict], **about, before=row.verdict, after=verdict)


def lock(conn: Connection, response_id: int) -> LockedResponse:
    """One response's row, held until the transaction ends. Raises ResponseRefused if there is none."""
    row = row_as(LockedResponse, queries("responses/inbox").lock(conn, id=response_id))
    if row is None:
        raise ResponseRefused("There is no such response.")
    return row


def record(conn: Connection, officer: str, action: Action, row: LockedResponse) -> None:
    """The audit's entry: which response, never what it says."""
    entries.record(conn, officer, action, alert_id=row.alert_id, response=row.reference)


def sightings(conn: Connection, alert_id: int) -> list[Sighting]:
    """Where people saw something, of one alert."""
    return rows_as(Sighting, queries("responses/inbox").sightings(conn, alert_id=alert_id))
