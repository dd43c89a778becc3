"""Report back: by the personal link in a message, or by the public one that anybody may pass on."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from itsdangerous import BadSignature

from smartalert import web
from smartalert.alerts import published
from smartalert.config import signer
from smartalert.database import connection
from smartalert.dispatch.links import BadLink, read
from smartalert.photos import Photo
from smartalert.public import alert_pages, forms, pages, report_form
from smartalert.public.report_form import Filled
from smartalert.responses import reports, sightings
from smartalert.subscribers import rate_limits

ROLE = "smartalert_public"
#: The largest photo that any phone takes, and all the words: too large a photo must not lose them.
LARGEST_POST = 100_000_000
#: Reports in an hour: of one person about one alert, and from one network. Mobile networks put many behind one address.
PERSON_AN_HOUR, NETWORK_AN_HOUR = 12, 60
DONE = "report done"
router = APIRouter()


class TooManyReports(forms.TooMany):
    """You have sent a lot of reports in the last hour. If it cannot wait, call 101, or 999 in an emergency."""


class TooHeavy(forms.TooLarge):
    """Your report is too large. Choose a photo smaller than 8MB, or send your report without one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which alert a report is about, whose link it is (None: the public one), and where the form posts to."""

    identifier: UUID
    alert_id: int
    person: int | None
    path: str


@router.get("/report/{token}")
def personal(token: str) -> Response:
    """The form behind the link in somebody's own message."""
    asked = by_token(token)
    return form_page(asked, Filled()) if asked else alert_pages.no_such_alert()


@router.get("/alerts/{identifier}/report")
def public(identifier: str) -> Response:
    """The form for whoever read a forwarded alert."""
    asked = by_identifier(identifier)
    return form_page(asked, Filled()) if asked else alert_pages.no_such_alert()


@router.post("/report/{token}")
async def personal_report(request: Request, token: str) -> Response:
    """Take what somebody reports by their own link."""
    return await take(request, await run_in_threadpool(by_token, token))


@router.post("/alerts/{identifier}/report")
async def public_report(request: Request, identifier: str) -> Response:
    """Take what anybody reports."""
    return await take(request, await run_in_threadpool(by_identifier, identifier))


@router.get("/reported/{token}")
def reported(token: str) -> Response:
    """What happens next, and the number to quote."""
    try:
        reference = signer(DONE).unsign(token).decode()
    except (BadSignature, UnicodeError):
        return pages.sorry("Page not found", "The link may be incomplete.", 404)
    return pages.page("reported.html", reference=reference)


def by_token(token: str) -> Asked | None:
    """What a personal link is about; None if it is none of ours, or its alert is not published."""
    try:
        reference = read("report", token)
    except BadLink:
        return None
    with connection.transaction(connection.engine(ROLE)) as conn:
        identifier = published.identifier_of(conn, reference.alert_id)
    if identifier is None:
        return None
    return Asked(identifier, reference.alert_id, reference.subscriber_id, f"/report/{token}")


def by_identifier(identifier: str) -> Asked | None:
    """What the public link of an alert is about."""
    wanted = alert_pages.read(identifier)
    alert = wanted and alert_pages.found(wanted)
    return Asked(alert.identifier, alert.id, None, f"/alerts/{alert.identifier}/report") if alert else None


def form_page(asked: Asked, filled: Filled) -> Response:
    """The form, with what was typed before and what is wrong with it."""
    alert = alert_pages.found(asked.identifier)
    if alert is None:
        return alert_pages.no_such_alert()
    with connection.transaction(connection.engine(ROLE)) as conn:
        streets = sightings.streets_near(conn, asked.alert_id)
    return pages.page(
        "report.html",
        filled.status if filled.errors else 200,
        alert=alert,
        path=asked.path,
        personal=asked.person is not None,
        filled=filled,
        errors=filled.errors,
        words=filled.words,
        streets=streets,
        longest=report_form.LONGEST,
        stamp=report_form.new_stamp() if not filled.stamp or "stamp" in filled.errors else filled.stamp,
    )


async def take(request: Request, asked: Asked | None) -> Response:
    """Check, keep, and lead on to the reference; or show the form again. Raises Refused, TooManyReports."""
    if not forms.is_our_own(request):
        raise forms.Refused
    # Without a length a body may go on for ever; browsers always give one.
    if not (length := request.headers.get("content-length", "")).isdecimal() or int(length) > LARGEST_POST:
        raise TooHeavy
    if asked is None:
        return alert_pages.no_such_alert()
    async with report_form.fields(request) as form:
        filled = report_form.read(form)
        await run_in_threadpool(allow, asked, web.network(request))
        photo = await report_form.check(filled, is_known=asked.person is not None)
    return await run_in_threadpool(keep, asked, filled, photo)


def keep(asked: Asked, filled: Filled, photo: Photo | None) -> Response:
    """Keep the report, unless something is wrong with it."""
    if filled.errors:
        return form_page(asked, filled)
    with connection.transaction(connection.engine(ROLE)) as conn:
        report = report_form.report(conn, asked.alert_id, filled, photo)
        reference = reports.receive(conn, asked.alert_id, asked.person, report, filled.stamp)
    if reference is None:
        return alert_pages.no_such_alert()
    return forms.go(f"/reported/{signer(DONE).sign(reference).decode()}")


def allow(asked: Asked, network: str) -> None:
    """Count this try, also if it comes to nothing; raises TooManyReports."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        if asked.person is None:
            allowed = rate_limits.attempt(conn, "reports from", network, NETWORK_AN_HOUR)
        else:
            allowed = rate_limits.attempt(conn, "reports by", f"{asked.person} on {asked.alert_id}", PERSON_AN_HOUR)
    if not allowed:
        raise TooManyReports
