"""What leaves the engagement screen: a table, a workbook, the month's report. For analysts only, kept by no cache."""

from datetime import date

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from smartalert.config import settings
from smartalert.control.access import Role, power, read_cookie
from smartalert.control.downloads import PRIVATE, attached, cookie_of
from smartalert.control.drawing import draw
from smartalert.control.engagement import reading
from smartalert.database.connection import Connection
from smartalert.engagement import panels, report
from smartalert.engagement.panels import Panel

READERS = (Role.ANALYST, Role.ADMINISTRATOR)
EXPORT = power("Take tables and reports of engagement away", *READERS)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(request: Request) -> Response:
    """One panel's table as CSV. Starlette runs this in a thread."""
    if not may(request):
        return Response(status_code=403)
    found = asked_panels(request)
    panel = next((one for one in found or [] if one.name == request.query_params.get("panel")), None)
    if panel is None:
        return Response(status_code=404)
    return attached(report.csv(panel, settings().mode), f"{panel.name}.csv", "text/csv; charset=utf-8")


def workbook(request: Request) -> Response:
    """All tables of one section, a sheet each."""
    if not may(request):
        return Response(status_code=403)
    found = asked_panels(request)
    if found is None:
        return Response(status_code=404)
    name = request.query_params["section"].lower().replace(" ", "-")
    return attached(report.workbook(found, settings().mode), f"{name}.xlsx", WORKBOOK)


def monthly(request: Request) -> Response:
    """One month's report as PDF, shown by the browser itself."""
    if not may(request):
        return Response(status_code=403)
    month, on = asked_month(request), reading.today()
    if month is None:
        return Response(status_code=404)

    def write(conn: Connection) -> bytes:
        return report.monthly(conn, month.year, month.month, on, settings())

    body = reading.in_transaction(write)
    return attached(body, f"smart-alert-{month:%Y-%m}.pdf", "application/pdf", how="inline")


def making(request: Request) -> Response:
    """What stands in the new tab until the report is there: a browser shows a page until the next one answers."""
    if not may(request):
        return Response(status_code=403)
    month = asked_month(request)
    if month is None:
        return Response(status_code=404)
    html = draw("control/engagement/report_is_made.html", said=f"{month:%B %Y}", month=f"{month:%Y-%m}")
    return HTMLResponse(html, headers=PRIVATE)


def asked_month(request: Request) -> date | None:
    """The first day of the month asked for; None where it is none of ours."""
    month = request.query_params.get("month", "")
    if month not in reading.period_choices(reading.today()) or month.endswith("m"):
        return None
    return date(int(month[:4]), int(month[5:]), 1)


def asked_panels(request: Request) -> list[Panel] | None:
    """The panels of the asked section, period and area; None where one of them is not ours."""
    asked, on = request.query_params, reading.today()
    chosen, section, area = asked.get("period", ""), asked.get("section", ""), asked.get("area", "")
    if chosen not in reading.period_choices(on) or (area and area not in reading.districts()):
        return None

    def read(conn: Connection) -> list[Panel] | None:
        sections = panels.sections(conn, reading.scope(conn, chosen, on, area))
        return sections[section]() if section in sections else None

    return reading.in_transaction(read)


def may(request: Request) -> bool:
    """Whether whoever asks may read the figures."""
    officer = read_cookie(cookie_of(request))
    return officer is not None and officer.may(*EXPORT.roles)
