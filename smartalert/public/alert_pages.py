"""What anybody may read: the alerts that count now, one alert, and both for programs (CAP, Atom, GeoJSON)."""

import hashlib
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from smartalert import cap, db, published
from smartalert.config import Mode, settings
from smartalert.follow_ups import FOLLOW_UPS
from smartalert.incidents import KINDS
from smartalert.map_picture import draw
from smartalert.messages import LONDON
from smartalert.public import pages
from smartalert.public import share_picture as share
from smartalert.published import Published, State

ROLE = "smartalert_public"
#: What many people ask for at once is read from the database this often, however many they are.
FRESH_S = 2
#: How long browsers and proxies may keep it.
KEPT_S = 10
BOTH = ["GET", "HEAD"]
HTML, ATOM, GEOJSON, CAP = (
    "text/html; charset=utf-8",
    "application/atom+xml; charset=utf-8",
    "application/geo+json",
    "application/cap+xml; charset=utf-8",
)
WORDS = {
    State.ACTIVE: "Until {ended}.",
    State.UPDATED: "There is newer word on this, from {newer}.",
    State.CANCELLED: "The police ended this alert at {ended}. You need do nothing more.",
    State.OVER: "This alert ended at {ended}.",
}
router = APIRouter()


@router.api_route("/", methods=BOTH, include_in_schema=False)
@router.api_route("/alerts", methods=BOTH)
def active(request: Request) -> Response:
    """The alerts that count now."""
    return kept(request, active_page(tick()), HTML)


@router.api_route("/feeds/alerts.atom", methods=BOTH)
def atom(request: Request) -> Response:
    """The same as a feed."""
    return kept(request, cap.feed(active_alerts(tick()), datetime.now(UTC).replace(second=0, microsecond=0)), ATOM)


@router.api_route("/feeds/alerts.geojson", methods=BOTH)
def geojson(request: Request) -> Response:
    """The same for maps."""
    return kept(request, orjson.dumps(cap.collection(active_alerts(tick()))), GEOJSON)


@router.api_route("/alerts/{identifier}.cap", methods=BOTH)
def cap_document(request: Request, identifier: str) -> Response:
    """One alert as CAP 1.2."""
    wanted = read(identifier)
    alert = wanted and found(wanted, tick())
    return kept(request, cap.document(alert, earlier(alert.id, tick())), CAP) if alert else no_such_alert()


@router.api_route("/alerts/{identifier}.png", methods=BOTH)
def share_picture(request: Request, identifier: str) -> Response:
    """One alert's area as link previews show it."""
    wanted = read(identifier)
    alert = wanted and found(wanted, tick())
    return kept(request, png(alert.identifier, alert.id), "image/png") if alert else no_such_alert()


@router.api_route("/alerts/{identifier}", methods=BOTH)
def one(request: Request, identifier: str) -> Response:
    """One alert for people."""
    wanted = read(identifier)
    body = wanted and alert_page(wanted, tick())
    return kept(request, body, HTML) if body else no_such_alert()


def no_such_alert() -> Response:
    """The same words for what never was and what was undone before anybody was told."""
    return pages.sorry("There is no such alert", "The link may be old, or not complete. Look at the alerts now.", 404)


def kept(request: Request, body: bytes, media_type: str, keeping: str = f"public, max-age={KEPT_S}") -> Response:
    """An answer that may be kept a short while, then asked about: 304 when nothing changed."""
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": keeping, "vary": "accept-encoding"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def etag_of(body: bytes) -> str:
    """What stands for this content in ETag, If-None-Match and If-Match."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def tick() -> int:
    """Changes when it is time to look at the database again."""
    return int(time.monotonic() / FRESH_S)


def read(identifier: str) -> UUID | None:
    """The identifier in an address, if it is one."""
    try:
        return UUID(identifier)
    except ValueError:
        return None


@lru_cache(maxsize=500)
def found(identifier: UUID, _tick: int) -> Published | None:
    """One alert, as it was a moment ago."""
    with db.transaction(db.engine(ROLE)) as conn:
        return published.find(conn, identifier)


@lru_cache(maxsize=500)
def earlier(alert_id: int, _tick: int) -> tuple[Any, ...]:
    """What one alert updates or cancels."""
    with db.transaction(db.engine(ROLE)) as conn:
        return tuple(published.earlier(conn, alert_id))


@lru_cache(maxsize=2)
def active_alerts(_tick: int) -> tuple[Published, ...]:
    """The alerts that count, as they were a moment ago."""
    with db.transaction(db.engine(ROLE)) as conn:
        return tuple(published.active(conn))


@lru_cache(maxsize=2)
def active_page(tick_now: int) -> bytes:
    """The list for people."""
    alerts = active_alerts(tick_now)
    times = {alert.id: clock(alert.release_at) for alert in alerts}
    labels = {alert.id: label_of(alert) for alert in alerts}
    return pages.render("alerts.html", alerts=alerts, times=times, labels=labels).encode()


@lru_cache(maxsize=500)
def alert_page(identifier: UUID, tick_now: int) -> bytes | None:
    """One alert's page, as it was a moment ago; None if there is no such alert."""
    alert = found(identifier, tick_now)
    if alert is None:
        return None
    state, ended, released = alert.state(datetime.now(UTC)), clock(alert.ended_at), clock(alert.release_at)
    kind, label = KINDS.get(alert.incident_kind), label_of(alert)
    follow_up = FOLLOW_UPS[alert.follow_up] if alert.follow_up else None
    ends = follow_up is not None and follow_up.ends
    words = WORDS[state].format(ended=ended, newer=clock(alert.newer_at) if alert.newer_at else "")
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
    with db.transaction(db.engine(ROLE)) as conn:
        return draw(published.picture(conn, alert_id), area)


@lru_cache(maxsize=200)
def png(_identifier: UUID, alert_id: int) -> bytes:
    """The picture of link previews."""
    ours = settings()
    with db.transaction(db.engine(ROLE)) as conn:
        map_ = published.picture(conn, alert_id, **share.FRAME)
    return share.draw(map_, f"{ours.force_name} · Smart Alert", exercise=ours.mode is Mode.TRAINING)


def clock(at: datetime) -> str:
    """ "14:02 on Sunday 22 November", London time."""
    return at.astimezone(LONDON).strftime("%H:%M on %A %-d %B")
