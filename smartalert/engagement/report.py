"""What the commissioner's office publishes: tables as CSV and workbooks, and one month as an A4 report."""

import io
import json
import re
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst
import vl_convert
import xlsxwriter

from smartalert import spreadsheets
from smartalert.config import Mode, Settings
from smartalert.database.connection import Connection
from smartalert.database.progress import Say, silent
from smartalert.engagement import costs, panels, reach
from smartalert.engagement.charts import UNKNOWN
from smartalert.engagement.panels import IN_TENS, WHAT_A_DASH_IS, Panel, Scope, cost, scope_of
from smartalert.engagement.panels.words import cell, is_unknown, pence, per_cent, seconds
from smartalert.engagement.periods import Period
from smartalert.wording import EXERCISE

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
FONTS = Path(font_source_sans_pro.__file__).parent / "files"
#: Of a chart on paper, in points.
WIDTH, HEIGHT = 500, 160
#: A longer table belongs in the workbook.
MOST_ROWS = 31
#: Excel allows 31 characters in a sheet's name.
LONGEST_SHEET = 31


def csv(panel: Panel, scope: Scope, mode: Mode) -> bytes:
    """One table as CSV, below what it is about; numbers are numbers, and a training deployment's says so first."""
    columns, rows = plain(panel)
    first, *rest = about(panel, scope, mode)
    return spreadsheets.table(first, [*rest, [], columns, *rows])


def about(panel: Panel, scope: Scope, mode: Mode) -> list[tuple[str, str]]:
    """What stands above every table that leaves: what it is of, the day it was made, and how counts are."""
    exercise = [(EXERCISE, "nothing here is real")] if mode is Mode.TRAINING else []
    return [
        *exercise, ("Table", panel.title), ("Period", scope.dates), ("Area", scope.area),
        *([("Target", panel.target)] if panel.target else []), ("Made on", f"{scope.today:%-d %B %Y}"),
        ("Counts", IN_TENS),
    ]  # fmt: skip


def plain(panel: Panel) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows as a spreadsheet reads them: spans of time in seconds, nothing where nothing is known."""
    columns = [f"{name}, seconds" if name in panel.in_seconds else str(name) for name in panel.table.columns]
    return columns, [[plain_cell(value) for value in row] for row in panel.table.to_numpy(dtype=object).tolist()]


def plain_cell(value: Any) -> Any:
    """Words, a whole number, a number with one decimal, or None."""
    if is_unknown(value):
        return None
    if isinstance(value, str):
        return value
    return int(value) if value == int(value) else round(float(value), 1)


def file_name(what: str, scope: Scope) -> str:
    """What it is of, where and when, and when it was made: "reach_stone_2026-10-01_2026-10-31_made-2026-11-27"."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{scope.area}".lower()).strip("-")
    last = scope.period.before - timedelta(days=1)
    return f"{what}_{words}_{scope.period.start}_{last}_made-{scope.today}"


def workbook(found: Sequence[Panel], scope: Scope, mode: Mode) -> bytes:
    """Each table a sheet, below what it is about and its definition."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for panel in found:
            sheet = book.add_worksheet(panel.title[:LONGEST_SHEET].strip("?").replace("/", " "))
            facts = [*about(panel, scope, mode), ("Definition", panel.definition)]
            columns, rows = plain(panel)
            sheet.set_column(0, 0, 34)
            sheet.set_column(1, max(1, len(columns)), 15)
            for number, (what, words) in enumerate(facts):
                sheet.write(number, 0, what, bold)
                sheet.merge_range(number, 1, number, 9, words, wrapped)
                sheet.set_row(number, 15 * (1 + len(words) // 120))
            sheet.write_row(len(facts) + 1, 0, columns, bold)
            for number, row in enumerate(rows, start=len(facts) + 2):
                sheet.write_row(number, 0, row)
    return kept.getvalue()


def of_period(conn: Connection, scope: Scope, ours: Settings, say: Say = silent) -> bytes:
    """The report of a period and area: PDF/UA-1 (so that a screen reader reads it), A4, charts as vectors.

    `say` hears what is being done.
    """
    found = {}
    for title, read in panels.sections(conn, scope).items():
        say(f"reading {title}")
        found[title] = [panel for panel in read() if panel.on_paper]
    say("drawing charts and setting pages")
    exercise = EXERCISE if ours.mode is Mode.TRAINING else ""
    before = scope_of(conn, scope.period.previous(), scope.today, scope.district)
    facts = {
        "title": " · ".join(filter(None, [exercise, f"Smart Alert in {scope.words}"])),
        "force": ours.force_name,
        "exercise": exercise,
        "summary": panels.summary(conn, scope),
        "targets": panels.all_said(conn, scope),
        "columns": [scope.dates, before.dates],
        "figures": headline(conn, scope, before),
        "in_tens": f"{IN_TENS} {WHAT_A_DASH_IS}",
        "partial": f"Not over yet: figures up to {scope.today:%-d %B %Y}." if scope.period.before > scope.today else "",
    }
    return typeset(facts, {title: shown for title, shown in found.items() if shown})


def monthly(conn: Connection, year: int, number: int, today: date, ours: Settings) -> bytes:
    """One month's report of the whole force."""
    return of_period(conn, scope_of(conn, Period.of_month(year, number), today), ours)


def headline(conn: Connection, scope: Scope, before: Scope) -> list[dict[str, str]]:
    """The figures on the first page, beside those of the period before."""
    ours, theirs = (figures_of(conn, one) for one in (scope, before))
    return [{"what": what, "now": ours[what], "before": theirs.get(what, UNKNOWN)} for what in ours]


def figures_of(conn: Connection, scope: Scope) -> dict[str, str]:
    """What was counted → how many, as it is read."""
    people = panels.counted(conn, scope)
    rows = reach.read(conn, scope.period, scope.choice)
    told, deliveries = reach.together(rows), reach.deliveries("", reach.channel_rows(conn, [row.id for row in rows]))
    return {
        "People signed up at the end": cell(people.active),
        "Confirmed their sign-up": cell(people.confirmed),
        "Left": cell(people.left),
        "Alerts issued": cell(told.alerts),
        "People told, once for each alert": cell(told.people),
        "Deliveries handed over within 60 s": per_cent(told.speed.in_time),
        "95 % of deliveries handed over within": seconds(told.speed.p95_s),
        "Deliveries of which arrival was confirmed": per_cent(deliveries.confirmed),
        "Deliveries without a confirmation": cell(deliveries.unconfirmed),
        "95 % of the confirmed ones arrived within": seconds(deliveries.arrival.p95_s),
        "Responses": cell(told.responses),
        "Results": cell(sum(told.results.values())),
        **cost_of(conn, scope),
    }


def cost_of(conn: Connection, scope: Scope) -> dict[str, str]:
    """The cost of each person told, where every month of the period has its costs."""
    found, lacking = cost.by_month(conn, scope)
    together = costs.together(found)
    if lacking or together is None or together.pence_each is None:
        return {}
    return {"Cost of each person told": pence(together.pence_each)}


def typeset(facts: dict[str, Any], found: dict[str, list[Panel]]) -> bytes:
    """The report as PDF bytes, from its template; nothing is asked of any network."""
    register_fonts()
    with tempfile.TemporaryDirectory(prefix="smartalert-report-") as folder:
        here = Path(folder)
        (here / "report.typ").write_text(TEMPLATE.read_text())
        sections = [
            {"title": title, "panels": [set_panel(panel, here) for panel in shown]} for title, shown in found.items()
        ]
        pdf: bytes = typst.compile(
            here / "report.typ",
            root=here,
            sys_inputs={"data": json.dumps({**facts, "sections": sections})},
            font_paths=[FONTS],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
        )
    return pdf


def set_panel(panel: Panel, folder: Path) -> dict[str, Any]:
    """One panel as the template takes it; its chart is drawn into the folder."""
    chart = ""
    if panel.chart is not None:
        # What is drawn is of the schema: tests look at every chart. To look again would take as long as to draw.
        spec = panel.chart("print").properties(width=WIDTH).to_dict(validate=False)
        if "height" not in spec:
            spec["height"] = HEIGHT
        chart = f"{panel.name}.svg"
        (folder / chart).write_text(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    rows = panel.written
    return {
        "title": panel.title,
        "says": panel.says,
        "definition": panel.definition,
        "note": panel.note,
        "target": panel.target,
        "chart": chart,
        "columns": list(rows.columns),
        "rows": rows.head(MOST_ROWS).to_numpy().tolist(),
        "left_out": max(0, len(rows) - MOST_ROWS),
    }


@cache
def register_fonts() -> None:
    """Let charts measure their words in the report's typeface."""
    vl_convert.register_font_directory(str(FONTS))
