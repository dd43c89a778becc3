"""What anybody may read: the alerts that count now, one alert, and both for programs (CAP, Atom, RSS, GeoJSON)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup

from smartalert import web
from smartalert.alerts import feeds, published, still_map
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.published import Document, Published, State
from smartalert.alerts.still_map import draw
from smartalert.clock import LONDON, end_of_day, time_of_day, today_in_london, until, utc_now
from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.public import pages
from smartalert.public import share_picture as share
from smartalert.public.shelf import Shelf, etag_of, for_a_moment

ROLE = "smartalert_public"
#: How long browsers and proxies may keep it.
KEPT_S = 10
FOR_ALL = f"public, max-age={KEPT_S}"
HTML, ATOM, RSS, GEOJSON, CAP = (
    "text/html; charset=utf-8",
    "application/atom+xml; charset=utf-8",
    "application/rss+xml; charset=utf-8",
    "application/geo+json",
    "application/cap+xml; charset=utf-8",
)
#: Of one that somebody ended, before its time was up.
ENDED_EARLY = "The police ended this alert at {ended}. You do not need to do anything else."
WORDS = {
    State.ACTIVE: "Until {ended}.",
    State.UPDATED: "A newer message replaced this one at {newer}.",
    State.CANCELLED: "The police cancelled this alert at {ended}. You do not need to do anything else.",
    State.FOUND: ENDED_EARLY,
    State.OVER: "This alert ended at {ended}.",
}
GONE = "The alert has ended, and its details are no longer public. If you kept a copy, please delete it."
router = APIRouter()
shelf = Shelf()


@router.get("/alerts")
async def active(request: Request) -> Response:
    """The alerts that count now."""
    return await shelved(request, "alerts", active_page, HTML)


@router.get("/feeds/alerts.atom")
async def atom(request: Request) -> Response:
    """The same as a feed."""

    def make() -> bytes:
        return feeds.feed(active_alerts(), utc_now().replace(second=0, microsecond=0))

    return await shelved(request, "atom", make, ATOM)


@router.get("/feeds/alerts.rss")
async def rss(request: Request) -> Response:
    """The same as RSS."""

    def make() -> bytes:
        return feeds.rss(active_alerts(), utc_now().replace(second=0, microsecond=0))

    return await shelved(request, "rss", make, RSS)


@router.get("/feeds/alerts.geojson")
async def geojson(request: Request) -> Response:
    """The same for maps."""
    return await shelved(request, "geojson", lambda: orjson.dumps(feeds.collection(active_alerts())), GEOJSON)


@router.get("/alerts/{identifier}.cap")
async def cap_document(request: Request, identifier: str) -> Response:
    """One alert as CAP 1.2; 410 once it told more than the public may still read."""
    wanted = read(identifier)
    kept_document = await run_in_threadpool(document, wanted) if wanted else None
    if kept_document is None:
        return no_such_alert()
    if kept_document.document is None:
        digest = f" Its SHA-256 was {kept_document.sha256}."
        return pages.sorry("This document has been removed", GONE + digest, 410)
    return kept(request, kept_document.document, CAP)


@router.get("/alerts/{identifier}.png")
async def share_picture(request: Request, identifier: str) -> Response:
    """One alert's area as link previews show it."""
    return await of_alert(request, identifier, png_body, "image/png")


@router.get("/alerts/{identifier}")
async def one(request: Request, identifier: str) -> Response:
    """One alert for people."""
    return await of_alert(request, identifier, page_body, HTML)


async def of_alert(
    request: Request, identifier: str, make: Callable[[UUID], bytes | None], media_type: str
) -> Response:
    """What is made of one alert, or the words for none."""
    wanted = read(identifier)
    if wanted is None:
        return no_such_alert()
    return await shelved(request, f"{media_type} {wanted}", lambda: make(wanted), media_type)


async def shelved(request: Request, name: str, make: Callable[[], bytes | None], media_type: str) -> Response:
    """An answer of the shelf; the words for no such alert where there is none."""
    made = await shelf.take(name, make)
    return answer(request, made.body, made.etag, media_type) if made else no_such_alert()


def no_such_alert() -> Response:
    """The same words for what never was and what was undone before anybody was told."""
    return pages.sorry("Alert not found", "The link may be old or incomplete.", 404)


def kept(request: Request, body: bytes, media_type: str, keeping: str = FOR_ALL) -> Response:
    """An answer that may be kept a short while, then asked about."""
    return answer(request, body, etag_of(body), media_type, keeping)


def answer(request: Request, body: bytes, etag: str, media_type: str, keeping: str = FOR_ALL) -> Response:
    """The same with its tag known: 304 when nothing changed."""
    headers = {"etag": etag, "cache-control": keeping, "vary": "accept-encoding"}
    if web.names(request.headers, "if-none-match", etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def read(identifier: str) -> UUID | None:
    """The identifier in an address, if it is one."""
    try:
        return UUID(identifier)
    except ValueError:
        return None


@for_a_moment(500)
def found(identifier: UUID) -> Published | None:
    """One alert, as it was a moment ago."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return published.find(conn, identifier)


@for_a_moment(500)
def document(identifier: UUID) -> Document | None:
    """One alert's CAP document, as it may be read a moment ago."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return published.document(conn, identifier)


@for_a_moment(1)
def active_alerts() -> tuple[Published, ...]:
    """The alerts that count, as they were a moment ago."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return tuple(published.active(conn))


def active_page() -> bytes:
    """The list for people."""
    alerts = active_alerts()
    times = {alert.id: clock(alert.release_at) for alert in alerts}
    return pages.render("alerts.html", alerts=alerts, times=times, labels=labels(alerts)).encode()


def labels(alerts: Iterable[Published]) -> dict[int, str]:
    """Alert → what kind of message it is."""
    return {alert.id: label_of(alert) for alert in alerts}


def page_body(identifier: UUID) -> bytes | None:
    """One alert's page, as it was a moment ago; None if there is no such alert."""
    alert = found(identifier)
    if alert is None:
        return None
    state, ended, released = (
        alert.state(utc_now()),
        until(alert.ended_at, day_form(alert.ended_at)),
        clock(alert.release_at),
    )
    kind, label = KINDS.get(alert.incident_kind), label_of(alert)
    follow_up = FOLLOW_UPS[alert.follow_up] if alert.follow_up else None
    ends = follow_up is not None and follow_up.ends
    ended_early = state is State.OVER and (alert.newer_at or alert.stopped_at)
    words = ENDED_EARLY if ended_early else WORDS[state]
    words = words.format(ended=ended, newer=clock(alert.newer_at) if alert.newer_at else "")
    return pages.render(
        "alert.html",
        alert=alert,
        state=state,
        state_words=f"Since {released}." if ends else words,
        state_label=follow_up.title if follow_up and ends else state,
        ends=ends,
        kind=f"{label} · {kind.label}" if kind else label,
        released=released,
        ended=ended,
        map=picture(alert.identifier, alert.id, alert.area_desc),
    ).encode()


def label_of(alert: Published) -> str:
    """What kind of message it is."""
    if alert.follow_up:
        return FOLLOW_UPS[alert.follow_up].banner
    return "Urgent alert" if alert.urgent else "Neighbourhood update"


@lru_cache(maxsize=500)
def picture(_identifier: UUID, alert_id: int, area: str) -> Markup:
    """The still map of the page; streets change at the next import, never within an alert's life."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return draw(still_map.picture(conn, alert_id), area)


def png_body(identifier: UUID) -> bytes | None:
    """One alert's picture for link previews."""
    alert = found(identifier)
    return png(alert.identifier, alert.id) if alert else None


@lru_cache(maxsize=200)
def png(_identifier: UUID, alert_id: int) -> bytes:
    """The picture of link previews."""
    ours = settings()
    with connection.transaction(connection.engine(ROLE)) as conn:
        map_ = still_map.picture(conn, alert_id, **share.FRAME)
    return share.draw(map_, f"{ours.force_name} · Smart Alert", exercise=ours.mode is Mode.TRAINING)


def day_form(at: datetime) -> str:
    """How its day is said: with the year if that is not this one. A midnight is said by the day that it ends."""
    day = end_of_day(at) or at.astimezone(LONDON).date()
    return "%A %-d %B" if day.year == today_in_london().year else "%A %-d %B %Y"


def clock(at: datetime) -> str:
    """ "14:02 on Sunday 22 November 2026", London time."""
    return f"{time_of_day(at)} on {at.astimezone(LONDON):{day_form(at)}}"
