"""What members of the public tell us about an alert, as officers list and read it."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.database.connection import Connection, queries, row_as, rows_as

#: Responses in the list at one time.
PAGE_ROWS = 40
#: Verdict → what it says of the response. Useful is a grade: such a response stays open until one of the others.
VERDICTS = {
    "useful": "Useful",
    "not_useful": "Not useful",
    "passed_on": "Passed on",
    "resolved": "Resolved",
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


def sightings(conn: Connection, alert_id: int) -> list[Sighting]:
    """Where people saw something, of one alert."""
    return rows_as(Sighting, queries("responses/inbox").sightings(conn, alert_id=alert_id))
