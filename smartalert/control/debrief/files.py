"""Results of drills to take away: a table for the training department, and a signed file for the live control room."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from smartalert.clock import utc_now
from smartalert.control.access import Role, acting, power
from smartalert.control.debrief.keeping import keep_what_is_over
from smartalert.control.downloads import PRIVATE, attached, cookie_of
from smartalert.database.connection import Connection
from smartalert.drills import exchange
from smartalert.errors import DrillRefused, NotAllowed

TAKE = power("Download who has done which drill, with what result", Role.TRAINER, Role.ADMINISTRATOR)


def table(request: Request) -> Response:
    """Everybody's results as CSV."""
    return file(request, exchange.table, "csv", "text/csv; charset=utf-8")


def signed(request: Request) -> Response:
    """What was counted here, signed for the live control room."""
    return file(request, lambda conn, officer: exchange.export(conn, officer, utc_now()), "signed", "application/json")


def file(request: Request, write: Callable[[Connection, str], bytes], ending: str, kind: str) -> Response:
    """One of them, as whoever asks. Starlette runs this in a thread."""
    try:
        keep_what_is_over(cookie_of(request))
        with acting(TAKE, cookie_of(request)) as (conn, officer):
            body = write(conn, officer.id)
    except NotAllowed:
        return Response(status_code=403)
    except DrillRefused as refusal:
        return PlainTextResponse(str(refusal), 409, headers=PRIVATE)
    return attached(body, f"drill-results-{utc_now():%Y-%m-%d}.{ending}", kind)
