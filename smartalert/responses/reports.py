"""What one member of the public tells us about an alert, and how it is taken in: words that never change afterwards."""

import hashlib
import secrets
from dataclasses import dataclass

from smartalert.database.connection import Connection, queries
from smartalert.geography import geo
from smartalert.photos import Photo
from smartalert.responses import search
from smartalert.responses.urgent_words import triggers

#: Letters and digits that nobody mixes up when reading them out.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"


@dataclass(frozen=True, slots=True)
class Report:
    """What one person filled in. The point is longitude and latitude (EPSG:4326), with where we know it from."""

    saw: str
    seen_at: str = ""
    happening_now: bool = False
    place: str = ""
    point: tuple[float, float] | None = None
    point_from: str | None = None
    name: str = ""
    contact: str = ""
    may_contact: bool = False
    photo: Photo | None = None


def receive(conn: Connection, alert_id: int, person: int | None, report: Report, form_key: str) -> str | None:
    """Take one response; the reference the person may quote, or None where there is no such alert.

    The same form again, pressed twice or sent anew after a cut connection, is the same response. A person who may not
    be contacted is not kept.
    """
    photo = report.photo
    easting, northing = geo.to_grid(*report.point) if report.point else (None, None)
    reference = new_reference()
    alert = queries("responses/reports").alert_searched(conn, alert_id=alert_id) or ()
    found: str | None = queries("responses/reports").receive(
        conn,
        reference=reference,
        form_key=hashlib.sha256(form_key.encode()).digest(),
        alert_id=alert_id,
        person=person,
        saw=report.saw,
        seen_at=report.seen_at,
        happening_now=report.happening_now,
        place=report.place,
        easting=easting,
        northing=northing,
        point_from=report.point_from,
        name=report.name if report.may_contact else "",
        contact=report.contact if report.may_contact else "",
        may_contact=report.may_contact,
        urgent_words=triggers(f"{report.saw}\n{report.seen_at}"),
        photo=photo.jpeg if photo else None,
        width=photo.width if photo else None,
        height=photo.height if photo else None,
        searched=search.searched(reference, report.saw, report.seen_at, report.place, *alert),
    )
    return found


def new_reference() -> str:
    """ "K7F-3QM": short enough for the telephone."""
    signs = [secrets.choice(ALPHABET) for _ in range(6)]
    return f"{''.join(signs[:3])}-{''.join(signs[3:])}"
