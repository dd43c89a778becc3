"""Photographs and case files, by routes of their own: for signed-in officers with the role only, kept by no cache."""

import re

from starlette.requests import Request
from starlette.responses import Response

from smartalert import alerts, case_file, responses
from smartalert.control.access import Officer, cookie_name, read_cookie
from smartalert.control.picture import in_transaction, utc_now
from smartalert.control.responses_acting import WORKERS
from smartalert.db import Connection

PRIVATE = {"cache-control": "private, no-store"}


def photo(request: Request) -> Response:
    """One response's photograph. Starlette runs this in a thread."""
    if worker(request) is None:
        return Response(status_code=403)
    jpeg = in_transaction(responses.photo, request.path_params["id"])
    if jpeg is None:
        return Response(status_code=404)
    return Response(jpeg, media_type="image/jpeg", headers=PRIVATE)


def case(request: Request) -> Response:
    """Everything about one alert's incident as a zip."""
    officer, asked = worker(request), request.query_params.get("alert", "")
    if officer is None:
        return Response(status_code=403)
    if not (asked.isdecimal() and len(asked) < 18):
        return Response(status_code=404)
    return in_transaction(answer, int(asked), officer.id)


def answer(conn: Connection, alert_id: int, officer: str) -> Response:
    """The bundle, named after its incident."""
    alert = alerts.load(conn, alert_id)
    if alert is None:
        return Response(status_code=404)
    body = case_file.bundle(conn, alert.incident_number, officer, utc_now())
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"incident {alert.incident_number}").strip("-").lower()
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


def worker(request: Request) -> Officer | None:
    """The officer who asks, if they may work on responses."""
    officer = read_cookie(request.cookies.get(cookie_name(), ""))
    return officer if officer and officer.may(*WORKERS) else None
