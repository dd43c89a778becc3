"""Phones and inboxes of some residents near a drill: what those people see now, by what the ledger says has arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartalert.database.connection import Connection, queries, rows_as
from smartalert.drills.place import Place


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody whose phone, or else inbox, an officer may look at."""

    id: int
    on_phone: bool
    #: From the place.
    metres: float
    street: str


@dataclass(frozen=True, slots=True)
class Got:
    """One message that is on their lock screen or in their inbox."""

    person: int
    channel: str
    title: str
    body: str
    urgent: bool
    at: datetime
    opened_at: datetime | None


def shown(conn: Connection, place: Place) -> list[Resident]:
    """Whom to look at: close to the place, some way off, and too far; the same people for the same place."""
    return rows_as(Resident, queries("drills/phones").shown(conn, lat=place.lat, lon=place.lon))


def got(conn: Connection, drill: int, people: Sequence[Resident], now: datetime) -> list[Got]:
    """What reached them of this drill, the newest first, as whoever is in its world; nothing of any other."""
    return rows_as(Got, queries("drills/phones").got(conn, drill=drill, people=[one.id for one in people], now=now))
