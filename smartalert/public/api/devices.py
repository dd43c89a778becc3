"""The app API, devices: register, change what was chosen, rotate the token, pause, leave."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from smartalert import web
from smartalert.clock import LONDON
from smartalert.database import connection
from smartalert.public import alert_pages, forms
from smartalert.public.api.access import NEW_DEVICES_AN_HOUR, Mine, count
from smartalert.public.api.choices import (
    ChoicesIn,
    DeviceOut,
    LeftReason,
    OfficerCode,
    PauseIn,
    Registered,
    Registration,
    TokenIn,
    chosen,
    shown,
)
from smartalert.public.api.problems import OF_BODIES, UNCHANGED, Fault, Refusal, documented
from smartalert.public.shelf import etag_of
from smartalert.subscribers import devices, subscriptions

#: The app may keep it, and asks each time whether it is still so.
OWN = "private, no-cache"
IfNoneMatch = Annotated[str | None, Header(description="The ETag the app knows; 304 where it is still so.")]
IfMatch = Annotated[str | None, Header(description="Change only this state; without it the last change counts.")]
router = APIRouter(tags=["device"])


def own(kinds: tuple[str, ...] = (), *, may_be_unchanged: bool = False) -> dict[int | str, dict[str, Any]]:
    """What an operation of a device may answer besides success."""
    return {**(UNCHANGED if may_be_unchanged else {}), **documented("not-registered", "too-many", *kinds)}


def answer(request: Request, device: devices.Device) -> Response:
    """The device as it is now."""
    return alert_pages.kept(request, written(device), "application/json", OWN)


def written(device: devices.Device) -> bytes:
    """The device as the app reads it."""
    return shown(device).model_dump_json().encode()


@router.post(
    "/devices",
    status_code=201,
    response_model=Registered,
    responses=documented("consent-out-of-date", "refused", "too-many", *OF_BODIES),
)
async def register(request: Request, response: Response, given: Registration) -> Registered:
    """Register this installation. The credential is shown this once.

    The same token again is the same device begun anew: what was known of it is forgotten, its old credential opens
    nothing. So a registration whose answer got lost is simply sent again.
    """
    if given.consent_version != devices.CONSENT_VERSION:
        newest = f"Show the newest text of /offer, version {devices.CONSENT_VERSION}, and ask again."
        raise Refusal("consent-out-of-date", newest)
    response.headers["location"] = f"{request.scope['root_path']}/device"
    return await forms.in_equal_time(lambda: keep(request, given))


def keep(request: Request, given: Registration) -> Registered:
    """Keep the new device, unless too many came from this network."""
    count(request, "devices from", NEW_DEVICES_AN_HOUR)
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        credential = devices.register(
            conn, given.token, given.platform, given.app_version, chosen(conn, given.choices, "#/choices"),
            heard_of=given.heard_of or "",
        )  # fmt: skip
        return Registered(credential=credential, device=shown(devices.load(conn, credential)))


@router.get("/device", response_model=DeviceOut, responses=own(may_be_unchanged=True))
def read(request: Request, mine: Mine, if_none_match: IfNoneMatch = None) -> Response:
    """What was chosen on this device, and how it stands."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        return answer(request, devices.load(conn, mine.secret))


@router.put(
    "/device/choices",
    response_model=DeviceOut,
    responses=own(("refused", "changed-meanwhile", *OF_BODIES)),
)
def change(request: Request, mine: Mine, given: ChoicesIn, if_match: IfMatch = None) -> Response:
    """Choose anew: everything, in place of what was chosen before."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        devices.hold(conn, mine.secret)
        now = etag_of(written(devices.load(conn, mine.secret)))
        if if_match is not None and not web.names(request.headers, "if-match", now):
            raise Refusal("changed-meanwhile", "Read the device, show what changed, and try again.")
        subscriptions.change(conn, mine.secret, chosen(conn, given))
        return answer(request, devices.load(conn, mine.secret))


@router.put("/device/token", response_model=DeviceOut, responses=own(OF_BODIES))
async def change_token(request: Request, mine: Mine, given: TokenIn) -> Response:
    """The phone has another FCM token, or the app another version. Places and choices stay."""

    def work() -> Response:
        with connection.transaction(connection.engine(forms.ROLE)) as conn:
            devices.change_token(conn, mine.secret, given.token, given.app_version)
            return answer(request, devices.load(conn, mine.secret))

    return await forms.in_equal_time(work)


@router.put("/device/pause", response_model=DeviceOut, responses=own(OF_BODIES))
def pause(request: Request, mine: Mine, given: PauseIn) -> Response:
    """No alerts until that morning, London time."""
    today = datetime.now(LONDON).date()
    if not today < given.until <= today + timedelta(days=366):
        fault = Fault(where="#/until", detail="Choose a day after today, within a year.")
        raise Refusal("not-valid", "See errors for what to change.", errors=[fault])
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        subscriptions.pause(conn, mine.secret, given.until)
        return answer(request, devices.load(conn, mine.secret))


@router.delete("/device/pause", response_model=DeviceOut, responses=own())
def resume(request: Request, mine: Mine) -> Response:
    """Alerts again from now on."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        subscriptions.pause(conn, mine.secret, None)
        return answer(request, devices.load(conn, mine.secret))


@router.post("/device/officer-code", response_model=OfficerCode, responses=own())
def officer_code(mine: Mine) -> OfficerCode:
    """A code for the owner of this phone, if they are an officer: typed in the control room, it lets them be called."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        return OfficerCode(code=devices.officer_code(conn, mine.secret))


@router.get("/device/data", responses=own())
def everything_held(mine: Mine) -> dict[str, Any]:
    """All that is held of this device, for its owner to keep."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        device = devices.load(conn, mine.secret).model_dump(mode="json", include=set(devices.Device.__annotations__))
        return {**subscriptions.everything_held(conn, mine.secret), **device}


@router.delete("/device", status_code=204, responses=own())
def leave(
    mine: Mine,
    reason: LeftReason | None = None,
    erase: Annotated[bool, Query(description="Keep nothing at all, not even when it came and went.")] = False,
) -> None:
    """Deregister: token, places, choices and credential are forgotten at once."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        if erase:
            subscriptions.erase(conn, mine.secret)
        else:
            subscriptions.leave(conn, mine.secret, reason or "")
