"""The app API, alerts: those that count now, those that were for this device, opened, and what its owner saw."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from smartalert.alerts import feeds
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.published import Published, State
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.database import connection
from smartalert.public import alert_pages, forms
from smartalert.public.alert_pages import kept
from smartalert.public.api.access import Mine
from smartalert.public.api.choices import Form
from smartalert.public.api.devices import OWN, IfNoneMatch, own
from smartalert.public.api.problems import OF_BODIES, UNCHANGED, Refusal, documented
from smartalert.public.shelf import for_a_moment
from smartalert.subscribers import devices
from smartalert.subscribers.devices import Told

JSON = "application/json"
Limit = Annotated[int, Query(ge=1, le=50, description="The most that come at once.")]
router = APIRouter(tags=["alerts"])


class Photograph(BaseModel):
    """What is shown with an alert, and what it is for whoever cannot see it."""

    url: str
    alt: str
    width: int
    height: int


class Alert(BaseModel):
    """One alert as anybody may read it. `area` is a GeoJSON geometry, EPSG:4326; the links lead to pages for people.

    `follow_up` says how it follows another alert (update, all_clear …), `newer_identifier` which one has followed it.
    """

    identifier: UUID
    status: Literal["Actual", "Exercise"]
    msg_type: Literal["Alert", "Update", "Cancel"]
    state: State
    urgent: bool
    kind: str
    incident_number: str
    headline: str
    description: str
    instruction: str
    contact: str
    area_desc: str
    area: dict[str, Any]
    released_at: datetime
    expires_at: datetime
    stopped_at: datetime | None
    follow_up: str | None
    newer_identifier: UUID | None
    photo: Photograph | None
    page: str
    cap: str
    picture: str


class Alerts(BaseModel):
    """A page of alerts; `next` is the cursor of the page after it, if there is one."""

    alerts: list[Alert]
    next: str | None


class ToldAlert(BaseModel):
    """An alert that was for this device, and how far it has got."""

    alert: Alert
    handed_over_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None


class ToldAlerts(BaseModel):
    """A page of them, the newest first; `next` is the cursor of the page after it, if there is one."""

    alerts: list[ToldAlert]
    next: str | None


class ReceiptIn(Form):
    """What the phone did with an alert."""

    event: Literal["delivered", "opened"]


def written(alert: Published, now: datetime) -> Alert:
    """An alert as the app reads it."""
    page = f"{settings().public_base}/alerts/{alert.identifier}"
    kind = KINDS.get(alert.incident_kind)
    facts = {name: value for name, value in asdict(alert).items() if name in Alert.model_fields and name != "photo"}
    facts |= {"headline": feeds.headline(alert), "urgent": alert.is_urgent}
    photo = Photograph.model_validate({"url": f"{page}/photo.jpg", **asdict(alert.photo)}) if alert.photo else None
    return Alert(
        **facts, state=alert.state(now), kind=kind.label if kind else "", area=alert.outline,
        released_at=alert.release_at, photo=photo, page=page, cap=f"{page}.cap", picture=f"{page}.png",
    )  # fmt: skip


def found(identifier: UUID) -> Published:
    """A published alert; raises Refusal where there is none."""
    alert = alert_pages.found(identifier)
    if alert is None:
        raise Refusal("no-such-alert", "It never was, or was undone before anybody was told.")
    return alert


def rank(alert: Published) -> tuple[int, int, int]:
    """Urgent ones first, then the newest."""
    return int(not alert.is_urgent), -int(alert.release_at.timestamp() * 1_000), -alert.id


def cursor_of(alert: Published) -> str:
    """Where the page after this alert begins."""
    return ".".join(str(abs(part)) for part in rank(alert))


@router.get("/alerts", response_model=Alerts, responses={**UNCHANGED, **documented()})
def in_force(
    request: Request,
    limit: Limit = 20,
    cursor: Annotated[str | None, Query(pattern=r"^[01](\.[0-9]{1,18}){2}$")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The alerts that count now, urgent ones first, then the newest. No credential is needed."""
    return kept(request, page_in_force(limit, cursor), JSON)


@for_a_moment(100)
def page_in_force(limit: int, cursor: str | None) -> bytes:
    """One page of them, as they were a moment ago."""
    urgency, *rest = (int(part) for part in cursor.split(".")) if cursor else (-1,)
    after = (urgency, *(-part for part in rest))
    alerts = sorted((one for one in alert_pages.active_alerts() if rank(one) > after), key=rank)
    page, now = alerts[:limit], utc_now()
    more = cursor_of(page[-1]) if len(alerts) > limit else None
    return Alerts(alerts=[written(alert, now) for alert in page], next=more).model_dump_json().encode()


@router.get(
    "/alerts/{identifier}",
    response_model=Alert,
    responses={**UNCHANGED, **documented("no-such-alert")},
)
def one(request: Request, identifier: UUID, if_none_match: IfNoneMatch = None) -> Response:
    """One alert, whether it still counts or not. No credential is needed."""
    return kept(request, written(found(identifier), utc_now()).model_dump_json().encode(), JSON)


@router.get("/device/alerts", response_model=ToldAlerts, responses=own(may_be_unchanged=True))
def told(
    request: Request,
    mine: Mine,
    limit: Limit = 20,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The alerts of the last 90 days that were for this device, the newest first."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        before = int(cursor) if cursor else None
        rows = devices.told(conn, mine.secret, before=before, at_most=limit + 1)
    page = rows[:limit]
    more = str(page[-1].alert_id) if len(rows) > limit else None
    alerts = [(row, alert_pages.found(row.identifier)) for row in page]
    body = ToldAlerts(alerts=[told_alert(row, alert) for row, alert in alerts if alert], next=more)
    return kept(request, body.model_dump_json().encode(), JSON, OWN)


@router.get(
    "/device/alerts/{identifier}", response_model=ToldAlert, responses=own(("no-such-alert",), may_be_unchanged=True)
)
def told_one(request: Request, mine: Mine, identifier: UUID, if_none_match: IfNoneMatch = None) -> Response:
    """One of them."""
    body = told_alert(told_or_404(mine.secret, identifier), found(identifier))
    return kept(request, body.model_dump_json().encode(), JSON, OWN)


def told_or_404(secret: str, identifier: UUID) -> Told:
    """What a device was told about one alert; raises Refusal where it was not for this device."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        row = devices.told_about(conn, secret, identifier)
    if row is None:
        raise Refusal("no-such-alert", "No such alert was for this device.")
    return row


def told_alert(row: Told, alert: Published) -> ToldAlert:
    """The alert and how far it has got."""
    return ToldAlert(
        alert=written(alert, utc_now()),
        handed_over_at=row.handed_over_at,
        delivered_at=row.delivered_at,
        opened_at=row.opened_at,
    )


@router.post(
    "/device/alerts/{identifier}/receipts",
    status_code=204,
    responses=own(("no-such-alert", *OF_BODIES)),
)
def acknowledge(mine: Mine, identifier: UUID, given: ReceiptIn) -> None:
    """The alert arrived on the phone, or the person opened it. The first time counts; repeats change nothing."""
    row = told_or_404(mine.secret, identifier)
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        devices.acknowledge(conn, mine.secret, row.alert_id, given.event)
