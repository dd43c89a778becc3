"""Phones with the app: each registers itself and keeps one secret, which opens everything it may see and change.

A device is a subscriber whose channel is push. What people change by a session, `subscribers` does for a device too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from smartalert.database.connection import Connection, queries, rows_as
from smartalert.subscribers import leavers
from smartalert.subscribers.leavers import Act
from smartalert.subscribers.subscriptions import Choices, Subscription, marks, packed, refusals

Platform = Literal["android", "ios", "web"]
#: Version → what people agree to in the app. A changed text is a new version; the newest, last, is the one asked for.
CONSENT = {
    "app-2026-11": "I agree that {force} may keep my places and my choices, with a number that stands for this phone, "
    "and may send alerts to it. They are used for nothing else. I can change my mind at any time.",
}
CONSENT_VERSION = list(CONSENT)[-1]


class Device(Subscription):
    """What was chosen on a device, and how it stands."""

    token: str = Field(repr=False)
    platform: Platform
    app_version: str
    registered_at: datetime
    consent_version: str


@dataclass(frozen=True, slots=True)
class Told:
    """One alert that was for a device, and how far it has got."""

    alert_id: int
    identifier: UUID
    handed_over_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reported:
    """Something told us from a device, and what officers have let those who answered that alert know since."""

    reference: str
    alert: UUID
    received_at: datetime
    saw: str
    outcomes: list[str]


def register(
    conn: Connection, token: str, platform: Platform, app_version: str, choices: Choices, *, heard_of: str = ""
) -> str:
    """The new device's secret; it is told this once. Whatever had the same token before is forgotten.

    The person agreed to the newest consent. Raises ChoiceRefused.
    """
    with refusals():
        secret = str(
            queries("subscribers/devices").register(
                conn,
                token=token,
                platform=platform,
                app_version=app_version,
                choices=packed(choices),
                consent=CONSENT_VERSION,
                heard_of=heard_of,
            )
        )
    leavers.note(Act.JOINED, marks(conn, secret))
    return secret


def owner(conn: Connection, secret: str) -> int:
    """The subscriber whose device has this secret. Raises SignedOut."""
    with refusals():
        return int(queries("subscribers/devices").owner(conn, secret=secret))


def hold(conn: Connection, secret: str) -> None:
    """Nobody else changes the device until the transaction ends. Raises SignedOut."""
    with refusals():
        queries("subscribers/devices").hold(conn, secret=secret)


def load(conn: Connection, secret: str) -> Device:
    """What was chosen on a device. Raises SignedOut."""
    with refusals():
        return Device.model_validate(queries("subscribers/devices").load(conn, secret=secret))


def change_token(conn: Connection, secret: str, token: str, app_version: str) -> None:
    """Google gave the phone another token; all else stays, and one that counted as gone is back. Raises SignedOut."""
    with refusals():
        queries("subscribers/devices").change_token(conn, secret=secret, token=token, app_version=app_version)


def officer_code(conn: Connection, secret: str) -> str:
    """A code of eight letters and digits, good for ten minutes, which an officer types to be called on this phone.

    Raises SignedOut.
    """
    with refusals():
        return str(queries("subscribers/devices").officer_code(conn, secret=secret))


def told(conn: Connection, secret: str, *, before: int | None, at_most: int) -> list[Told]:
    """The alerts of the last 90 days that were for a device, the newest first. Raises SignedOut."""
    with refusals():
        rows = queries("subscribers/devices").told(conn, secret=secret, before=before, identifier=None, at_most=at_most)
        return rows_as(Told, rows)


def told_about(conn: Connection, secret: str, identifier: UUID) -> Told | None:
    """One such alert; None where it was not for this device. Raises SignedOut."""
    with refusals():
        rows = queries("subscribers/devices").told(conn, secret=secret, before=None, identifier=identifier, at_most=1)
        return next(iter(rows_as(Told, rows)), None)


def acknowledge(conn: Connection, secret: str, alert_id: int, event: Literal["delivered", "opened"]) -> None:
    """An alert arrived on a device, or was opened on it; repeats change nothing. Raises SignedOut."""
    with refusals():
        queries("subscribers/devices").acknowledge(conn, secret=secret, alert_id=alert_id, event=event)


def reports(conn: Connection, secret: str) -> list[Reported]:
    """What was told us from a device by leave to be contacted, the newest first, 100 at most. Raises SignedOut."""
    with refusals():
        return rows_as(Reported, queries("subscribers/devices").reports(conn, secret=secret))
