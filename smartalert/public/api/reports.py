"""The app API, reports: what the owner of a device saw, with a photo if there is one, and what came of it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, UploadFile
from fastapi import Form as FormBody
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from smartalert import cleaning, web
from smartalert.alerts.published import Published
from smartalert.database import connection
from smartalert.geography import geo
from smartalert.photos import Photo
from smartalert.public import forms, report_form, report_pages
from smartalert.public.api.access import Caller, Mine, too_many
from smartalert.public.api.alerts import found
from smartalert.public.api.choices import Form, text_of
from smartalert.public.api.devices import own
from smartalert.public.api.problems import OF_BODIES, Fault, Refusal
from smartalert.public.report_form import LONGEST, Filled
from smartalert.public.report_pages import Asked
from smartalert.responses.reports import receive
from smartalert.subscribers import devices

Key = Annotated[
    str,
    Header(
        description="Of the app's making, one for each report, such as a UUID: sent again, it is the same report.",
        min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$",
    ),
]  # fmt: skip
router = APIRouter(tags=["reports"])


class ReportIn(Form):
    """What somebody saw. Name and contact are kept only where we may contact them; without it a report is anonymous.

    lat and lon are where the phone is, keep_place lets us keep where the photo was taken: send both only with the
    person's leave.
    """

    saw: Annotated[str, *text_of(LONGEST["saw"], required=True, clean=cleaning.lines)]
    happening_now: bool = False
    seen_at: Annotated[str, *text_of(LONGEST["seen_at"])] = ""
    place: Annotated[str, *text_of(LONGEST["place"])] = ""
    street_id: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    lat: Annotated[float | None, Field(ge=geo.GB_LAT[0], le=geo.GB_LAT[1])] = None
    lon: Annotated[float | None, Field(ge=geo.GB_LON[0], le=geo.GB_LON[1])] = None
    may_contact: bool = False
    name: Annotated[str, *text_of(LONGEST["name"])] = ""
    contact: Annotated[str, *text_of(LONGEST["contact"])] = ""
    keep_place: bool = False
    photo: UploadFile | None = None


class Received(BaseModel):
    """The number to quote about a report, as on the telephone."""

    reference: str


class Reported(BaseModel):
    """A report of this device that we may contact its owner about, and what the police told those who answered."""

    reference: str
    alert: UUID
    received_at: datetime
    saw: str
    outcomes: list[str]


@router.post(
    "/alerts/{identifier}/reports",
    status_code=201,
    responses=own(("no-such-alert", "photo-refused", *OF_BODIES)),
)
async def report(
    request: Request,
    mine: Mine,
    identifier: UUID,
    idempotency_key: Key,
    given: Annotated[ReportIn, FormBody(media_type="multipart/form-data")],
) -> Received:
    """Tell the police what somebody saw. Sent again with the same Idempotency-Key, the first is kept and answers."""
    alert, is_known = await run_in_threadpool(admitted, request, mine, identifier)
    filled = filled_in(given)
    report_form.check_answers(filled, is_known=is_known)
    photo = await report_form.photograph(filled)
    if filled.status == 503:
        raise Refusal("too-many", filled.errors["photo"], headers={"retry-after": "60"})
    if filled.errors:
        errors = [Fault(where=f"#/{field}", detail=detail) for field, detail in filled.errors.items()]
        raise Refusal("photo-refused" if "photo" in filled.errors else "not-valid", "See errors.", errors=errors)
    return await run_in_threadpool(keep, mine, alert, filled, photo, idempotency_key)


def admitted(request: Request, mine: Caller, identifier: UUID) -> tuple[Published, bool]:
    """The alert, and whether it was for this device; counts the try. Raises Refusal."""
    alert = found(identifier)
    try:
        report_pages.allow(Asked(identifier, alert.id, mine.person, ""), web.network(request))
    except forms.TooMany as refused:
        raise too_many(str(refused)) from None
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        return alert, devices.told_about(conn, mine.secret, identifier) is not None


def filled_in(given: ReportIn) -> Filled:
    """The report as the page's form has it."""
    return Filled(
        words={name: getattr(given, name) for name in LONGEST},
        when="now" if given.happening_now else "",
        street=given.street_id,
        here=(given.lon, given.lat) if given.lon is not None and given.lat is not None else None,
        may_contact=given.may_contact,
        keep_place=given.keep_place,
        photo=given.photo if given.photo and given.photo.size else None,
    )


def keep(mine: Caller, alert: Published, filled: Filled, photo: Photo | None, key: str) -> Received:
    """Keep the report; the reference it has, or was given the first time."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        told = report_form.report(conn, alert.id, filled, photo)
        reference = receive(conn, alert.id, mine.person, told, f"app {mine.person} {alert.id} {key}")
    if reference is None:
        raise Refusal("no-such-alert", "It was undone before anybody was told.")
    return Received(reference=reference)


@router.get("/device/reports", responses=own())
def reports(mine: Mine) -> list[Reported]:
    """What was told us from this device by leave to be contacted, the newest first, 100 at most."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        rows = devices.reports(conn, mine.secret)
    return [Reported(**asdict(row)) for row in rows]
