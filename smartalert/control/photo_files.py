"""Photographs of drafts and alerts for the control room's own screens, by routes of their own."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from smartalert import alert_photos
from smartalert.control.access import Role, power, read_cookie
from smartalert.control.picture import in_transaction
from smartalert.control.responses_files import cookie_of
from smartalert.db import Connection

#: Whoever writes an alert, and whoever approves it.
DRAFTS = power("See the photograph of a draft", Role.SENDER, Role.APPROVER)
#: A screen drawn again asks again only now and then.
PRIVATE = {"cache-control": "private, max-age=60"}


def of_draft(request: Request) -> Response:
    """What an officer is composing with."""
    return answer(request, alert_photos.of_draft, *DRAFTS.roles)


def of_alert(request: Request) -> Response:
    """What went out, until it is erased: seeing how alerts go out needs no role."""
    return answer(request, alert_photos.of_alert)


def answer(request: Request, find: Callable[[Connection, Any], bytes | None], *roles: Role) -> Response:
    """The photograph, for signed-in officers with one of the roles. Starlette runs this in a thread."""
    officer = read_cookie(cookie_of(request))
    if officer is None or not officer.may(*roles):
        return Response(status_code=403)
    jpeg = in_transaction(find, request.path_params["id"])
    return Response(jpeg, media_type="image/jpeg", headers=PRIVATE) if jpeg else Response(status_code=404)
