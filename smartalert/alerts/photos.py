"""The photograph that goes with an alert: kept with its draft, seen while the alert counts, taken down with it.

Whether the public may see it is decided by the view `public_photos`, at every look.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont

from smartalert import cleaning, photos
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import Mode
from smartalert.database.connection import Connection, queries, row_as
from smartalert.errors import AlertRefused
from smartalert.photos import Photo
from smartalert.wording import EXERCISE

#: Enough for a face on any phone, and little enough for a slow one. FCM shows no image over 1 MB.
LONGEST_SIDE = 1_000
#: The strip across a photograph in training, as a share of its width, with its colours.
BAND, AMBER, INK = 0.09, "#f5a800", "#1c1300"
GONE = "The photograph is gone. Add it again, or leave it out."


@dataclass(frozen=True, slots=True)
class AlertPhoto:
    """What is known of an alert's photograph beside its bytes."""

    #: What it shows, in words.
    alt: str
    sha256: str
    taken_down_at: datetime | None
    taken_down_by: str | None
    #: Only its SHA-256 is left.
    is_erased: bool
    #: To the public.
    is_shown: bool


def prepare(given: bytes, mode: Mode) -> Photo:
    """A photograph from outside as it will be shown: made anew, without metadata. Raises PhotoRefused.

    In training EXERCISE is written across it: a picture is passed on without the words around it.
    """
    photo = photos.read(given, keep_place=False, longest_side=LONGEST_SIDE)
    return marked(photo) if mode is Mode.TRAINING else photo


def marked(photo: Photo) -> Photo:
    """The same with EXERCISE across the top."""
    with Image.open(io.BytesIO(photo.jpeg)) as image:
        height = max(24, round(BAND * image.width))
        whole = Image.new("RGB", (image.width, image.height + height), AMBER)
        whole.paste(image, (0, height))
    pen = ImageDraw.Draw(whole)
    pen.text((whole.width / 2, height / 2), EXERCISE, INK, ImageFont.load_default(0.6 * height), anchor="mm")
    return photos.written(whole)


def keep(conn: Connection, draft_id: UUID, photo: Photo) -> str:
    """Keep one more photograph with a draft; its id, for the draft's content."""
    kept: UUID = queries("alerts/photos").keep(
        conn, draft_id=draft_id, jpeg=photo.jpeg, width=photo.width, height=photo.height
    )
    return str(kept)


def of_draft(conn: Connection, photo_id: UUID) -> bytes | None:
    """A draft's photograph, as JPEG."""
    found: bytes | None = queries("alerts/photos").of_draft(conn, id=photo_id)
    return found


def fingerprint(conn: Connection, draft_id: UUID, photo_id: str) -> str:
    """SHA-256 of the photograph that a draft names, in hexadecimal; empty where it names none.

    Raises AlertRefused when it is not there any more.
    """
    if not photo_id:
        return ""
    found: str | None = queries("alerts/photos").fingerprint(conn, id=UUID(photo_id), draft_id=draft_id)
    if found is None:
        raise AlertRefused(GONE)
    return found


def issue(conn: Connection, draft_id: UUID, alert_id: int, photo_id: str, alt: str) -> None:
    """Let the photograph that the confirmed version names go with its alert; none where it names none.

    Raises AlertRefused when it is not there any more.
    """
    named = queries("alerts/photos")
    if photo_id and not named.issue(
        conn, alert_id=alert_id, alt=cleaning.one_line(alt), id=UUID(photo_id), draft_id=draft_id
    ):
        raise AlertRefused(GONE)
    named.forget_draft(conn, draft_id=draft_id)


def find(conn: Connection, alert_id: int) -> AlertPhoto | None:
    """An alert's photograph; None if it never had one."""
    return row_as(AlertPhoto, queries("alerts/photos").find(conn, alert_id=alert_id))


def of_alert(conn: Connection, alert_id: int) -> bytes | None:
    """An alert's photograph as JPEG, for officers; None once it is erased."""
    found: bytes | None = queries("alerts/photos").of_alert(conn, alert_id=alert_id)
    return found


def alt_shown(conn: Connection, alert_id: int) -> str | None:
    """What an alert's photograph shows, if the public may see it now."""
    found: str | None = queries("alerts/photos").alt_shown(conn, alert_id=alert_id)
    return found


def shown(conn: Connection, alert_id: int) -> bytes | None:
    """An alert's photograph as JPEG, if the public may see it now."""
    found: bytes | None = queries("alerts/photos").shown(conn, alert_id=alert_id)
    return found


def carry(conn: Connection, alert_id: int, draft_id: UUID) -> tuple[str, str]:
    """Let a draft that follows an alert begin with the same photograph: its id and what it shows, or both empty."""
    row = queries("alerts/photos").carry(conn, draft_id=draft_id, alert_id=alert_id)
    return (str(row.id), row.alt) if row else ("", "")


def give_back(conn: Connection, alert_id: int, draft_id: UUID) -> str:
    """Let a draft have the photograph of an undone alert: its id, or empty once it was erased or taken down."""
    found: UUID | None = queries("alerts/photos").give_back(conn, draft_id=draft_id, alert_id=alert_id)
    return str(found) if found else ""


def take_down(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """Let nobody outside see it from now on, whatever becomes of the alert and its thread. It cannot be put back."""
    if queries("alerts/photos").take_down(conn, alert_id=alert_id, officer=officer, now=now):
        entries.record(conn, officer, Action.TOOK_PHOTO_DOWN, alert_id=alert_id)


def forget(conn: Connection) -> None:
    """Erase photographs nobody is to see again."""
    queries("alerts/photos").forget(conn)
