"""The audit to take away: a search as a table, one alert's whole story. Each download is an entry of its own."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from smartalert.alerts import story as alert_story
from smartalert.audit import entries
from smartalert.audit.entries import Search
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control.access import acting, power
from smartalert.control.audit.page import AUDITORS
from smartalert.control.downloads import PRIVATE, cookie_of
from smartalert.errors import AlertRefused, NotAllowed
from smartalert.wording import EXERCISE

TAKE = power("Download what is found in the audit, or one alert’s full record", *AUDITORS)


def table(request: Request) -> Response:
    """What a search finds, as CSV."""
    asked = request.query_params
    try:
        since = datetime.fromisoformat(asked["since"]) if "since" in asked else None
        wanted = Search(asked.get("officer", ""), asked.get("action", ""), asked.get("about", ""), since=since)
        with acting(TAKE, cookie_of(request)) as (conn, officer):
            body = entries.table(conn, wanted, officer.id)
    except ValueError:
        return Response(status_code=404)
    except NotAllowed:
        return Response(status_code=403)
    beginning = f"{EXERCISE}-" if settings().mode is Mode.TRAINING else ""
    return download(body, f"{beginning}audit-{utc_now():%Y-%m-%d-%H%M}.csv", "text/csv; charset=utf-8")


def story(request: Request) -> Response:
    """One alert's whole story, as a zip."""
    try:
        with acting(TAKE, cookie_of(request)) as (conn, officer):
            alert_id = alert_story.find(conn, request.query_params.get("alert", ""))
            name, body = alert_story.bundle(conn, alert_id, officer.id, utc_now())
    except AlertRefused:
        return Response(status_code=404)
    except NotAllowed:
        return Response(status_code=403)
    return download(body, name, "application/zip")


def download(body: bytes, name: str, kind: str) -> Response:
    """A file that no cache keeps."""
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=kind, headers=headers)
