"""People who asked to be told, and what they change themselves. Everything they do needs their own secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Annotated, Literal

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field

from smartalert.audience.interests import Sector, Topic
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries
from smartalert.errors import SmartAlertError
from smartalert.subscribers import leavers
from smartalert.subscribers.leavers import Act
from smartalert.wording import EXERCISE

#: How far around a place somebody may ask to hear of, in metres. The matching index is asked once for each.
REACHES_M = (0, 500, 1_000, 2_000, 3_000)
MOST_PLACES = 5
#: Version → what people agree to. A changed text is a new version; the newest, last, is the one asked for.
CONSENT = {
    "2026-11": "I agree that {force} may keep my email address, my places and my choices, and may email me alerts. "
    "They are used for nothing else. I can change my mind at any time.",
}
CONSENT_VERSION = list(CONSENT)[-1]
#: How somebody heard of Smart Alert: stored → as people read it.
HEARD_OF = {
    "officer": "From a police officer",
    "friend": "From a friend or neighbour",
    "leaflet": "From a leaflet or poster",
    "news": "In the news",
    "social": "On social media",
    "website": "On the police website",
    "other": "Somewhere else",
}
#: Why somebody leaves: stored → as people read it.
LEFT_REASONS = {
    "too many": "Too many alerts",
    "too few": "Too few alerts",
    "not useful": "The alerts were not useful to me",
    "moved": "I have moved away",
    "worry": "The alerts made me worry",
    "app": "I now use the app",
    "other": "Something else",
}


class SignedOut(SmartAlertError):
    """Your link has been used or has expired. Ask for a new one."""


class ChoiceRefused(SmartAlertError):
    """These choices cannot be kept."""


class Place(BaseModel):
    """Where somebody wants alerts, EPSG:4326."""

    model_config = ConfigDict(frozen=True)

    label: Annotated[str, Field(min_length=1, max_length=40)]
    lat: Annotated[float, Field(ge=49, le=61)]
    lon: Annotated[float, Field(ge=-9, le=3)]
    reach_m: Literal[0, 500, 1000, 2000, 3000] = 0


class Choices(BaseModel):
    """What somebody chose; sector 0 is a resident. Quiet hours, London time, hold routine messages back."""

    model_config = ConfigDict(frozen=True)

    places: Annotated[tuple[Place, ...], Field(max_length=MOST_PLACES)] = ()
    topics: Annotated[int, Field(ge=0, lt=2 * max(Topic))] = 0
    sector: Annotated[int, Field(ge=0, le=max(sector.number for sector in Sector))] = 0
    updates: bool = True
    quiet_from: time | None = None
    quiet_to: time | None = None


class Subscription(Choices):
    """What somebody chose, and how they stand."""

    #: None of somebody who uses only the app.
    address: str | None = None
    #: Why e-mails are off; None while they are on.
    off_reason: str | None = None
    paused_until: datetime | None = None


@contextmanager
def refusals() -> Iterator[None]:
    """The database's refusals in our own words."""
    try:
        yield
    except psycopg.errors.InvalidAuthorizationSpecification:
        raise SignedOut from None
    except (psycopg.errors.InvalidParameterValue, psycopg.errors.CheckViolation) as refusal:
        raise ChoiceRefused(refusal.diag.message_primary) from None


def sign_up(conn: Connection, address: str, choices: Choices, heard_of: str) -> None:
    """Keep a sign-up until its link is followed. Says nothing of whether the address was known.

    Who asks for the same address too often gets no more, and is told nothing: it may be somebody else's.
    """
    with refusals():
        queries("subscribers/subscriptions").sign_up(
            conn,
            address=address,
            choices=packed(choices),
            consent=CONSENT_VERSION,
            heard_of=heard_of,
        )


def ask_for_link(conn: Connection, address: str) -> None:
    """Mail the way into somebody's choices. Says nothing of whether the address was known."""
    with refusals():
        queries("subscribers/subscriptions").ask_for_link(conn, address=address)


def is_good(conn: Connection, secret: str, purpose: Literal["confirm", "link"]) -> bool:
    """Whether a mailed link can still be used; looking uses nothing up."""
    return bool(queries("subscribers/subscriptions").is_good(conn, secret=secret, purpose=purpose))


def confirm(conn: Connection, secret: str) -> str:
    """The sign-up counts from now on; a new session's secret. Raises SignedOut."""
    with refusals():
        session = str(queries("subscribers/subscriptions").confirm(conn, secret=secret))
    leavers.note(Act.JOINED, marks(conn, session))
    return session


def open_session(conn: Connection, secret: str) -> str:
    """Exchange a mailed link for a session's secret. Raises SignedOut."""
    with refusals():
        return str(queries("subscribers/subscriptions").open_session(conn, secret=secret))


def end_session(conn: Connection, session: str) -> None:
    """This session opens nothing any more."""
    queries("subscribers/subscriptions").end_session(conn, session=session)


def load(conn: Connection, session: str) -> Subscription:
    """What the session's owner chose. Raises SignedOut."""
    with refusals():
        return Subscription.model_validate(queries("subscribers/subscriptions").load(conn, session=session))


def change(conn: Connection, session: str, choices: Choices) -> None:
    """Choose anew. Raises SignedOut, ChoiceRefused."""
    with refusals():
        queries("subscribers/subscriptions").change(conn, session=session, choices=packed(choices))


def pause(conn: Connection, session: str, until: date | None) -> None:
    """No alerts until that morning, London time; None: alerts again from now on. Raises SignedOut, ChoiceRefused."""
    with refusals():
        queries("subscribers/subscriptions").pause(conn, session=session, until=until)


def switch_on_email(conn: Connection, session: str) -> None:
    """E-mails again, after a link or a mail server stopped them. Raises SignedOut."""
    with refusals():
        queries("subscribers/subscriptions").switch_on_email(conn, session=session)
    leavers.note(Act.BACK, marks(conn, session))


def leave(conn: Connection, session: str, reason: str) -> None:
    """Forget address, places and choices; keep when somebody left, and why. Raises SignedOut."""
    known_by = marks(conn, session)
    with refusals():
        queries("subscribers/subscriptions").leave(conn, session=session, reason=reason)
    leavers.note(Act.LEFT, known_by)


def erase(conn: Connection, session: str) -> None:
    """Delete everything about the session's owner. Raises SignedOut."""
    known_by = marks(conn, session)
    with refusals():
        queries("subscribers/subscriptions").erase(conn, session=session)
    leavers.note(Act.ERASED, known_by)


def marks(conn: Connection, session: str) -> list[str]:
    """What stands for the session's owner outside the database. Raises SignedOut."""
    with refusals():
        return list(queries("subscribers/subscriptions").marks(conn, session=session))


def everything_held(conn: Connection, session: str) -> dict[str, object]:
    """All that is known of the session's owner, for them to keep; in training it says so first. Raises SignedOut."""
    exercise = {"exercise": f"{EXERCISE}. This is training."} if settings().mode is Mode.TRAINING else {}
    with refusals():
        return {**exercise, **queries("subscribers/subscriptions").everything_held(conn, session=session)}


def in_reach_of_force(conn: Connection, lat: float, lon: float) -> bool:
    """Whether a place is in the force's area or so near that alerts there may concern it."""
    return bool(queries("subscribers/subscriptions").in_reach_of_force(conn, lat=lat, lon=lon))


def packed(choices: Choices) -> Jsonb:
    """As the database's functions take it."""
    return Jsonb(choices.model_dump(mode="json", include=set(Choices.model_fields)))


def stop_mails(conn: Connection, subscriber_id: int, proof: str) -> None:
    """No more e-mails, by the proof in one that went to them. Repeats change nothing."""
    if known_by := queries("subscribers/subscriptions").stop_mails(conn, subscriber_id=subscriber_id, proof=proof):
        leavers.note(Act.STOPPED, known_by)
