"""The report form: what was typed, what is wrong with it, and what keeps robots and repeats out."""

import secrets
from dataclasses import dataclass, field
from time import time

from itsdangerous import BadSignature
from starlette.datastructures import FormData, UploadFile

from smartalert import cleaning, photos
from smartalert.config import signer
from smartalert.database.connection import Connection
from smartalert.errors import PhotoRefused
from smartalert.geography import geo
from smartalert.photos import Photo
from smartalert.public.forms import text
from smartalert.responses import sightings
from smartalert.responses.inbox import Report
from smartalert.responses.sightings import Located

LONGEST = {"saw": 4_000, "seen_at": 200, "place": 300, "name": 120, "contact": 200}
#: Nobody reads the page and writes a sentence in less; and no page stays open for longer.
SOONEST_S, LATEST_S = 3, 3 * 86_400
PURPOSE = "report form"


@dataclass
class Filled:
    """A form as somebody filled it in, so that nothing typed is lost when it comes back to them."""

    words: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LONGEST, ""))
    when: str = ""
    street: int | None = None
    #: Where the phone is, longitude and latitude (EPSG:4326), where the app may say so.
    here: tuple[float, float] | None = None
    may_contact: bool = False
    keep_place: bool = False
    photo: bytes = b""
    stamp: str = ""
    trap: str = ""
    #: Field → what to do about it.
    errors: dict[str, str] = field(default_factory=dict)


def new_stamp() -> str:
    """When a form was made, and a number for it; signed."""
    return signer(PURPOSE).sign(f"{time():.0f}-{secrets.token_hex(8)}").decode()


def age_s(stamp: str) -> float | None:
    """Seconds since the form was made; None for a stamp that is none of ours."""
    try:
        made = signer(PURPOSE).unsign(stamp).decode()
        return time() - int(made.partition("-")[0])
    except (BadSignature, ValueError):
        return None


async def read(form: FormData) -> Filled:
    """What was posted, each field cut to its longest."""
    given = form.get("photo")
    street = text(form, "street", 18)
    return Filled(
        words={"saw": long_text(form, "saw"), **{name: text(form, name, LONGEST[name]) for name in [*LONGEST][1:]}},
        when=text(form, "when", 10),
        street=int(street) if street.isdecimal() else None,
        may_contact=form.get("may_contact") == "yes",
        keep_place=form.get("keep_place") == "yes",
        photo=await given.read() if isinstance(given, UploadFile) and given.size else b"",
        stamp=text(form, "stamp", 200),
        trap=text(form, "website", 200),
    )


def long_text(form: FormData, name: str) -> str:
    """A field of several lines."""
    return cleaning.lines(str(form.get(name, "")), LONGEST[name])


def check(filled: Filled, *, is_known: bool) -> Photo | None:
    """Fill in filled.errors; the photo made anew, if there is one. Slow for large photos: not on the event loop.

    Somebody known, who came by their own link, can be contacted through it.
    """
    check_hand(filled)
    photo = check_answers(filled, is_known=is_known)
    if filled.photo and filled.errors and "photo" not in filled.errors:
        filled.errors["photo"] = "Choose the photo again"
    return photo


def check_hand(filled: Filled) -> None:
    """Whether a person filled in our own page."""
    age = age_s(filled.stamp)
    if filled.trap:
        filled.errors["website"] = "Leave the field “Website” empty"
    elif age is None or age > LATEST_S:
        filled.errors["stamp"] = (
            "This page has been open for a long time. Check your answers and send your report again"
        )
    elif age < SOONEST_S:
        filled.errors["stamp"] = "That was very quick. Check your answers and send your report again"


def check_answers(filled: Filled, *, is_known: bool) -> Photo | None:
    """Whether the answers are whole; the photo made anew, if there is one."""
    if not filled.words["saw"]:
        filled.errors["saw"] = "Enter what you saw or heard"
    if filled.may_contact and not is_known and not filled.words["contact"]:
        filled.errors["contact"] = "Enter a phone number or email address, or choose that we cannot contact you"
    if filled.photo:
        try:
            return photos.read(filled.photo, keep_place=filled.keep_place)
        except PhotoRefused as refused:
            filled.errors["photo"] = str(refused)
    return None


def report(conn: Connection, alert_id: int, filled: Filled, photo: Photo | None) -> Report:
    """What the police get, with the best place we can make of it."""
    words = dict(filled.words)
    located = sightings.locate(conn, alert_id, filled.street, words["place"])
    if located and located.point_from == "street":
        words["place"] = " · ".join(part for part in (located.name, words["place"]) if part)[: LONGEST["place"]]
    elif filled.here:
        located = Located(filled.here, "phone")
    if photo and photo.taken_at and in_britain(*photo.taken_at):
        located = Located(photo.taken_at, "photo")
    return Report(
        **words,
        happening_now=filled.when == "now",
        may_contact=filled.may_contact,
        photo=photo,
        point=located.point if located else None,
        point_from=located.point_from if located else None,
    )


def in_britain(lon: float, lat: float) -> bool:
    """Whether the National Grid knows such a place at all."""
    return geo.GB_LON[0] <= lon <= geo.GB_LON[1] and geo.GB_LAT[0] <= lat <= geo.GB_LAT[1]
