"""Alerts as anybody may read them: released, not undone. What the pages, the feeds and the reports are about."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from smartalert.alerts import forgetting
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection, queries, row_as, rows_as

#: A GeoJSON geometry: coordinates nest as deep as its type says, so no type of ours says more.
Geometry = dict[str, Any]
#: No feed or list is longer.
MOST_ACTIVE = 200


class State(StrEnum):
    """What a reader must know before reading on."""

    ACTIVE = "Active"
    UPDATED = "Updated"
    #: A false alarm.
    CANCELLED = "Cancelled"
    #: Somebody who was missing or wanted, after an all clear.
    FOUND = "Found"
    OVER = "Over"


@dataclass(frozen=True, slots=True)
class PublishedPhoto:
    """What is known of a photograph beside its bytes."""

    alt: str
    bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Part:
    """One of the circles, streets and outlines that an area is made of."""

    #: Longitude and latitude of a circle's middle, and its radius; None of everything else.
    centre: list[float] | None
    radius_m: float
    outline: Geometry


@dataclass(frozen=True, slots=True)
class Published:
    """One alert as the public sees it. Areas are GeoJSON geometries, EPSG:4326."""

    id: int
    identifier: UUID
    status: str
    msg_type: str
    urgent: bool
    incident_kind: str
    incident_number: str
    headline: str
    description: str
    instruction: str
    contact: str
    area_desc: str
    release_at: datetime
    expires_at: datetime
    stopped_at: datetime | None
    parts: list[Part]
    outline: Geometry
    #: Somebody is missing, at risk or wanted.
    about_person: bool = False
    #: How it ended, or what followed it did: a kind of follow-up, "stopped" or "expired"; None while it counts.
    ended_how: str | None = None
    #: It ends an appeal for a person, and tells the public nothing of them from the beginning.
    closes_appeal: bool = False
    #: The public may no longer read what it said; the words here are made of its kind and how it ended.
    is_forgotten: bool = False
    #: How it follows another alert; None if it began a thread.
    follow_up: str | None = None
    #: The newest message of its thread, if that is not this one.
    newer_identifier: UUID | None = None
    newer_type: str | None = None
    newer_headline: str | None = None
    newer_follow_up: str | None = None
    newer_at: datetime | None = None
    #: Whether there ever was a photograph, and what is known of it as long as anybody may see it.
    had_photo: bool = False
    photo_alt: str | None = None
    photo_bytes: int | None = None
    photo_width: int | None = None
    photo_height: int | None = None

    @property
    def photo(self) -> PublishedPhoto | None:
        """Its photograph, as long as anybody may see it."""
        alt, length, width, height = self.photo_alt, self.photo_bytes, self.photo_width, self.photo_height
        if alt is None or length is None or width is None or height is None:
            return None
        return PublishedPhoto(alt, length, width, height)

    @property
    def is_urgent(self) -> bool:
        """Whether something is happening: what ends an urgent alert is quick, and no cause for alarm."""
        return self.urgent and self.msg_type != "Cancel"

    @property
    def ended_at(self) -> datetime:
        """When it ceases, or ceased, to count."""
        return min(filter(None, (self.expires_at, self.stopped_at, self.newer_at)))

    @property
    def changed_at(self) -> datetime:
        """When anything a reader sees last changed by somebody's hand."""
        return self.newer_at or self.stopped_at or self.release_at

    def state(self, now: datetime) -> State:
        """Whether it still counts; the newest message of its thread decides before anything else."""
        if self.newer_at is not None:
            return self.state_after_newer()
        ended_at = min(filter(None, (self.expires_at, self.stopped_at)))
        return State.OVER if ended_at <= now else State.ACTIVE

    def state_after_newer(self) -> State:
        """What the newest message of its thread made of it. Only an all clear says that somebody was found."""
        match self.newer_follow_up:
            case "false_alarm":
                return State.CANCELLED
            case "all_clear":
                known = KINDS.get(self.incident_kind)
                return State.FOUND if known and known.about_person else State.OVER
            case "outcome" if self.about_person:
                return State.OVER
        return State.OVER if self.newer_type == "Cancel" else State.UPDATED


@dataclass(frozen=True, slots=True)
class EarlierMessage:
    """An earlier message of a thread, as CAP refers to it."""

    identifier: UUID
    sender: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """One alert's CAP document, None where it tells more than may still be read; and its SHA-256, in hexadecimal."""

    document: bytes | None
    sha256: str


def active(conn: Connection) -> list[Published]:
    """Alerts that count now, urgent ones first, then the newest."""
    return [as_told(read(row._asdict())) for row in queries("alerts/published").active(conn, limit=MOST_ACTIVE)]


def find(conn: Connection, identifier: UUID) -> Published | None:
    """One alert by what phones, mails and CAP call it."""
    row = queries("alerts/published").find(conn, identifier=identifier)
    return as_told(read(row._asdict())) if row else None


def issued(conn: Connection, alert_id: int) -> tuple[Published, datetime]:
    """One alert as the public will see it, before it may, and when it was issued."""
    facts = queries("alerts/published").issued(conn, alert_id=alert_id)._asdict()
    issued_at: datetime = facts.pop("issued_at")
    alert = read(facts)
    if alert.closes_appeal:
        alert = as_told(replace(alert, is_forgotten=True, ended_how=alert.follow_up))
    return alert, issued_at


def read(facts: dict[str, Any]) -> Published:
    """A row as an alert, each part of its area read."""
    return Published(**facts | {"parts": [Part(**part) for part in facts["parts"]]})


def document(conn: Connection, identifier: UUID) -> Document | None:
    """The CAP document of a published alert, as it was issued."""
    return row_as(Document, queries("alerts/published").document(conn, identifier=identifier))


def as_told(alert: Published) -> Published:
    """The alert with words in the place of those that are forgotten."""
    if alert.newer_headline == "":
        newer = FOLLOW_UPS[alert.newer_follow_up].title if alert.newer_follow_up else "The newest message"
        alert = replace(alert, newer_headline=newer)
    if not alert.is_forgotten:
        return alert
    words = forgetting.public_words(
        alert.incident_kind, alert.ended_how or "expired", alert.follow_up, alert.incident_number
    )
    return replace(
        alert, headline=words.headline, description=words.description, instruction=words.instruction,
        contact=words.contact,
    )  # fmt: skip


def earlier(conn: Connection, alert_id: int) -> list[EarlierMessage]:
    """What one alert updates or cancels, oldest first."""
    return rows_as(EarlierMessage, queries("alerts/published").earlier(conn, alert_id=alert_id))


def identifier_of(conn: Connection, alert_id: int) -> UUID | None:
    """What an alert is called in public; None if it is not published."""
    found: UUID | None = queries("alerts/published").identifier_of(conn, alert_id=alert_id)
    return found
