"""Files of the control room by routes of their own: whose request it is, how a file is attached, and photographs."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from smartalert.alerts import forgetting, photos
from smartalert.config import Mode, settings
from smartalert.control.access import Role, acting, cookie_name, power, read_cookie
from smartalert.control.live.evidence import LOOK
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection
from smartalert.errors import NotAllowed

#: For what no cache may keep.
PRIVATE = {"cache-control": "private, no-store"}
#: A screen drawn again asks for its photograph again only now and then.
KEPT_A_MINUTE = {"cache-control": "private, max-age=60"}
#: Whoever writes an alert, and whoever approves it.
DRAFT_PHOTO = power("See the photograph of a draft", Role.SENDER, Role.APPROVER)


def cookie_of(request: Request) -> str:
    """The sign-in that a request comes with."""
    return request.cookies.get(cookie_name(), "")


def attached(body: bytes, name: str, media_type: str, how: str = "attachment") -> Response:
    """A file; one of a training deployment says so in its name too."""
    exercise = "EXERCISE-" if settings().mode is Mode.TRAINING else ""
    headers = {**PRIVATE, "content-disposition": f'{how}; filename="{exercise}{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def photo_of_draft(request: Request) -> Response:
    """What an officer is composing with."""
    return photo(request, photos.of_draft, *DRAFT_PHOTO.roles)


def photo_of_alert(request: Request) -> Response:
    """What went out, until it is erased: anybody may have seen it; looking at evidence needs a role."""
    alert_id, officer = request.path_params["id"], read_cookie(cookie_of(request))
    if not in_transaction(forgetting.is_forgotten, alert_id, world=officer.drill if officer else None):
        return photo(request, photos.of_alert)
    try:
        with acting(LOOK, cookie_of(request)) as (conn, looks):
            forgetting.note_look(conn, alert_id, looks.id, at="its photograph")
            jpeg = photos.of_alert(conn, alert_id)
    except NotAllowed:
        return Response(status_code=403)
    return Response(jpeg, media_type="image/jpeg", headers=PRIVATE) if jpeg else Response(status_code=404)


def photo(request: Request, find: Callable[[Connection, Any], bytes | None], *roles: Role) -> Response:
    """The photograph, for signed-in officers with one of the roles. Starlette runs this in a thread."""
    officer = read_cookie(cookie_of(request))
    if officer is None or not officer.may(*roles):
        return Response(status_code=403)
    jpeg = in_transaction(find, request.path_params["id"], world=officer.drill)
    return Response(jpeg, media_type="image/jpeg", headers=KEPT_A_MINUTE) if jpeg else Response(status_code=404)
