"""Photographs and case files, by routes of their own: for signed-in officers with the role only, kept by no cache."""

import re

from starlette.requests import Request
from starlette.responses import Response

from smartalert.alerts import forgetting, lifecycle
from smartalert.clock import utc_now
from smartalert.control.access import acting, power, read_cookie
from smartalert.control.downloads import PRIVATE, cookie_of
from smartalert.control.responses.actions import WORKERS
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection, row_number
from smartalert.errors import NotAllowed
from smartalert.responses import case_file, inbox

#: The audit says who took a case file.
CASE_FILE = power("Download an incident’s case file", *WORKERS)
PHOTO = power("See a photograph that came with a response", *WORKERS)


def photo(request: Request) -> Response:
    """One response's photograph. Starlette runs this in a thread."""
    officer = read_cookie(cookie_of(request))
    if officer is None or not officer.may(*PHOTO.roles):
        return Response(status_code=403)
    jpeg = in_transaction(inbox.photo, request.path_params["id"], world=officer.drill)
    if jpeg is None:
        return Response(status_code=404)
    return Response(jpeg, media_type="image/jpeg", headers=PRIVATE)


def case(request: Request) -> Response:
    """Everything about one alert's incident as a zip."""
    asked = row_number(request.query_params.get("alert", ""))
    try:
        with acting(CASE_FILE, cookie_of(request)) as (conn, officer):
            return answer(conn, asked, officer.id) if asked is not None else Response(status_code=404)
    except NotAllowed:
        return Response(status_code=403)


def answer(conn: Connection, alert_id: int, officer: str) -> Response:
    """The bundle, named after its incident."""
    alert = lifecycle.find(conn, alert_id)
    if alert is None:
        return Response(status_code=404)
    forgetting.note_look_at_incident(conn, alert.incident_number, officer, at="the case file", alert_id=alert_id)
    body = case_file.bundle(conn, alert.incident_number, officer, utc_now(), alert_id=alert_id)
    about = f"incident {alert.incident_number}" if alert.incident_number else f"alert {alert_id}"
    name = re.sub(r"[^A-Za-z0-9]+", "-", about).strip("-").lower()
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)
