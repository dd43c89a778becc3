"""The report form: what was typed, what is wrong with it, and what keeps robots and repeats out."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from itsdangerous import BadSignature
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from smartalert import cleaning, photos
from smartalert.config import signer
from smartalert.database.connection import Connection
from smartalert.errors import PhotoRefused
from smartalert.geography import geo
from smartalert.photos import Photo
from smartalert.public import forms
from smartalert.public.forms import text
from smartalert.responses import sightings
from smartalert.responses.reports import Report
from smartalert.responses.sightings import Located

LONGEST = {"saw": 4_000, "seen_at": 200, "place": 300, "name": 120, "contact": 200}
#: Nobody reads the page and writes a sentence in less; and no page stays open for longer.
SOONEST_S, LATEST_S = 3, 3 * 86_400
PURPOSE = "report form"
TOO_LARGE = "The photo is too large. Choose a photo smaller than 8MB, or send your report without one"
#: What no field of ours comes near, and how many there are at most.
LARGEST_FIELD, MOST_FIELDS = 50_000, 20
#: Photographs that may wait for the one that is being decoded; a second each, as a rule.
MOST_WAITING = 8
_turn: RunVar[CapacityLimiter] = RunVar("the one photograph being decoded")


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
    photo: UploadFile | None = None
    stamp: str = ""
    trap: str = ""
    #: Field → what to do about it.
    errors: dict[str, str] = field(default_factory=dict)
    #: What an answer with errors says besides: 413 for too large a photo, 503 where too many come at once.
    status: int = 422


def new_stamp() -> str:
    """When a form was made, and a number for it; signed."""
    return signer(PURPOSE).sign(f"{int(time())}-{secrets.token_hex(8)}").decode()


def age_s(stamp: str) -> float | None:
    """Seconds since the form was made; None for a stamp that is none of ours."""
    try:
        made = signer(PURPOSE).unsign(stamp).decode()
        return time() - int(made.partition("-")[0])
    except (BadSignature, ValueError):
        return None


class PhotosWaiting(PhotoRefused):
    """We are getting a lot of photos. Choose the photo again in a minute, or send your report without it."""


class Parts(MultiPartParser):
    """Keeps no more of a photograph than shows that it is too large, so that the words beside it are not lost."""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Drop what is beyond that."""
        file = self._current_part.file
        if file is None or (file.size or 0) <= photos.LARGEST_BYTES:
            super().on_part_data(data, start, end)


@asynccontextmanager
async def fields(request: Request) -> AsyncIterator[FormData]:
    """What a form with a file posted, for as long as the file is there; raises Refused."""
    try:
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            form = await Parts(
                request.headers, request.stream(), max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD
            ).parse()
        else:
            form = await forms.own_form(request)
    except MultiPartException:
        raise forms.Unreadable from None
    try:
        yield form
    finally:
        await form.close()


def read(form: FormData) -> Filled:
    """What was posted, each field cut to its longest."""
    given = form.get("photo")
    street = text(form, "street", 18)
    return Filled(
        words={"saw": long_text(form, "saw"), **{name: text(form, name, LONGEST[name]) for name in [*LONGEST][1:]}},
        when=text(form, "when", 10),
        street=int(street) if street.isdecimal() else None,
        may_contact=form.get("may_contact") == "yes",
        keep_place=form.get("keep_place") == "yes",
        photo=given if isinstance(given, UploadFile) and given.size else None,
        stamp=text(form, "stamp", 200),
        trap=text(form, "website", 200),
    )


def long_text(form: FormData, name: str) -> str:
    """A field of several lines."""
    return cleaning.lines(str(form.get(name, "")), LONGEST[name])


async def check(filled: Filled, *, is_known: bool) -> Photo | None:
    """Fill in filled.errors; the photo made anew, if there is one.

    Somebody known, who came by their own link, can be contacted through it.
    """
    check_hand(filled)
    check_answers(filled, is_known=is_known)
    return await photograph(filled)


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


def check_answers(filled: Filled, *, is_known: bool) -> None:
    """Whether the answers are whole."""
    if not filled.words["saw"]:
        filled.errors["saw"] = "Enter what you saw or heard"
    if filled.may_contact and not is_known and not filled.words["contact"]:
        filled.errors["contact"] = "Enter a phone number or email address, or choose that we cannot contact you"


async def photograph(filled: Filled) -> Photo | None:
    """The photo made anew, if there is one and all else is right; or filled.errors says why not."""
    if filled.photo is None:
        return None
    if (filled.photo.size or 0) > photos.LARGEST_BYTES:
        filled.errors["photo"], filled.status = TOO_LARGE, 413
    elif filled.errors:
        filled.errors["photo"] = "Choose the photo again"
    else:
        try:
            return await made_anew(filled.photo, keep_place=filled.keep_place)
        except PhotosWaiting as refused:
            filled.errors["photo"], filled.status = str(refused), 503
        except PhotoRefused as refused:
            filled.errors["photo"] = str(refused)
    return None


async def made_anew(given: UploadFile, *, keep_place: bool) -> Photo:
    """The photo as photos.read makes it. Raises PhotoRefused.

    Whoever waits for their turn holds no thread, so that all other requests are answered meanwhile.
    """
    turn = _turn.get(None)
    if turn is None:
        _turn.set(turn := CapacityLimiter(1))
    if turn.statistics().tasks_waiting >= MOST_WAITING:
        raise PhotosWaiting
    return await run_sync(lambda: photos.read(given.file.read(), keep_place=keep_place), limiter=turn)


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
