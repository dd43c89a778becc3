"""What leaves the engagement screen: a table, a workbook, a period's report. For analysts only, kept by no cache."""

from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from smartalert.config import settings
from smartalert.control.access import Role, power, read_cookie
from smartalert.control.downloads import PRIVATE, attached, cookie_of
from smartalert.control.drawing import draw
from smartalert.control.engagement import reading
from smartalert.database.connection import Connection
from smartalert.engagement import panels, report
from smartalert.engagement.panels import Panel, Scope

READERS = (Role.ANALYST, Role.ADMINISTRATOR)
EXPORT = power("Take tables and reports of engagement away", *READERS)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(request: Request) -> Response:
    """One panel's table as CSV. Starlette runs this in a thread."""
    if not may(request):
        return Response(status_code=403)
    found = asked_panels(request)
    if found is None:
        return Response(status_code=404)
    scope, shown = found
    panel = next((one for one in shown if one.name == request.query_params.get("panel")), None)
    if panel is None:
        return Response(status_code=404)
    name = report.file_name(panel.name, scope)
    return attached(report.csv(panel, scope, settings().mode), f"{name}.csv", "text/csv; charset=utf-8")


def workbook(request: Request) -> Response:
    """All tables of one section, a sheet each."""
    if not may(request):
        return Response(status_code=403)
    found = asked_panels(request)
    if found is None:
        return Response(status_code=404)
    scope, shown = found
    name = report.file_name(request.query_params["section"].lower().replace(" ", "-"), scope)
    return attached(report.workbook(shown, scope, settings().mode), f"{name}.xlsx", WORKBOOK)


def of_period(request: Request) -> Response:
    """The report of a period and area as PDF, shown by the browser itself."""
    if not may(request):
        return Response(status_code=403)
    asked = asked_scope(request)
    if asked is None:
        return Response(status_code=404)

    def write(conn: Connection) -> tuple[Scope, bytes]:
        scope = reading.scope(conn, *asked)
        return scope, report.of_period(conn, scope, settings())

    scope, body = reading.in_transaction(write)
    return attached(body, f"{report.file_name('smart-alert', scope)}.pdf", "application/pdf", how="inline")


def making(request: Request) -> Response:
    """What stands in the new tab until the report is there: a browser shows a page until the next one answers."""
    if not may(request):
        return Response(status_code=403)
    asked = asked_scope(request)
    if asked is None:
        return Response(status_code=404)
    chosen, _, area = asked
    said = reading.in_transaction(lambda conn: reading.scope(conn, *asked).words)
    html = draw("control/engagement/report_is_made.html", said=said, asked=urlencode({"period": chosen, "area": area}))
    return HTMLResponse(html, headers=PRIVATE)


def asked_scope(request: Request) -> tuple[str, date, str] | None:
    """The period, day and area asked for, as reading.scope() takes them; None where one of them is not ours."""
    asked, on = request.query_params, reading.today()
    chosen, area = asked.get("period", ""), asked.get("area", "")
    try:
        reading.period(chosen, on)
    except ValueError:
        return None
    return None if area and area not in reading.districts() else (chosen, on, area)


def asked_panels(request: Request) -> tuple[Scope, list[Panel]] | None:
    """What is asked for, and the panels of its section; None where one of them is not ours."""
    asked, section = asked_scope(request), request.query_params.get("section", "")
    if asked is None:
        return None

    def read(conn: Connection) -> tuple[Scope, list[Panel]] | None:
        scope = reading.scope(conn, *asked)
        sections = panels.sections(conn, scope)
        return (scope, sections[section]()) if section in sections else None

    return reading.in_transaction(read)


def may(request: Request) -> bool:
    """Whether whoever asks may read the figures."""
    officer = read_cookie(cookie_of(request))
    return officer is not None and officer.may(*EXPORT.roles)
