"""What the commissioner's office publishes: tables as CSV and workbooks, and one month as an A4 report."""

import io
import json
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import pandas as pd
import typst
import vl_convert
import xlsxwriter

from smartalert import spreadsheets
from smartalert.config import Mode, Settings
from smartalert.database.connection import Connection
from smartalert.engagement import panels, reach, sign_ups
from smartalert.engagement.panels import WHAT_IS_HIDDEN, Panel, scope_of, written
from smartalert.engagement.panels.words import cell, seconds
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


def csv(panel: Panel, mode: Mode) -> bytes:
    """One table as CSV; a training deployment's says so in its first line."""
    rows = written(panel.table)
    lines = [list(rows.columns), *rows.to_numpy().tolist()]
    first, *rest = [[f"{EXERCISE}: nothing here is real"], *lines] if mode is Mode.TRAINING else lines
    return spreadsheets.table(first, rest)


def workbook(found: Sequence[Panel], mode: Mode) -> bytes:
    """Each table a sheet, with its definition; counts are numbers, what is hidden says so."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for panel in found:
            sheet = book.add_worksheet(panel.title[:LONGEST_SHEET].strip("?").replace("/", " "))
            exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
            sheet.write(0, 0, f"{exercise}{panel.title}", bold)
            sheet.merge_range(1, 0, 1, 8, f"{panel.definition} {WHAT_IS_HIDDEN}", wrapped)
            sheet.set_row(1, 90)
            sheet.set_column(0, 0, 34)
            sheet.set_column(1, len(panel.table.columns), 15)
            sheet.write_row(3, 0, list(panel.table.columns), bold)
            for number, row in enumerate(panel.table.itertuples(index=False), start=4):
                for column, value in enumerate(row):
                    sheet.write(number, column, cell(value) if pd.isna(value) or isinstance(value, str) else value)
    return kept.getvalue()


def monthly(conn: Connection, year: int, number: int, today: date, ours: Settings) -> bytes:
    """One month's report: PDF/UA-1 (so that a screen reader reads it), A4, charts as vectors."""
    scope = scope_of(conn, Period.of_month(year, number), today)
    found = {title: read() for title, read in panels.sections(conn, scope).items()}
    exercise = EXERCISE if ours.mode is Mode.TRAINING else ""
    facts = {
        "title": " · ".join(filter(None, [exercise, f"Smart Alert in {scope.words}"])),
        "force": ours.force_name,
        "exercise": exercise,
        "summary": panels.summary(conn, scope),
        "figures": headline(conn, scope.period),
        "hidden": WHAT_IS_HIDDEN,
        "partial": "" if scope.period.before <= today else f"This month is not over: figures up to {today:%-d %B %Y}.",
    }
    return typeset(facts, found)


def headline(conn: Connection, period: Period) -> list[dict[str, str]]:
    """The figures on the first page, beside those of the month before."""
    now, before = sign_ups.totals(conn, period), sign_ups.totals(conn, period.previous())
    told, earlier = reach.totals(conn, period), reach.totals(conn, period.previous())
    rows: list[tuple[str, Any, Any]] = [
        ("People signed up at the end", now.active, before.active),
        ("Confirmed their sign-up", now.confirmed, before.confirmed),
        ("Left", now.left, before.left),
        ("Alerts issued", told.alerts, earlier.alerts),
        ("People told", told.people, earlier.people),
        ("Half handed over within", seconds(told.p50_s), seconds(earlier.p50_s)),
        ("Responses", told.responses, earlier.responses),
        ("Results", sum(told.results.values()), sum(earlier.results.values())),
    ]
    return [{"what": what, "now": cell(ours), "before": cell(theirs)} for what, ours, theirs in rows]


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
        spec = panel.chart("print").properties(width=WIDTH).to_dict()
        if "height" not in spec:
            spec["height"] = HEIGHT
        chart = f"{panel.name}.svg"
        (folder / chart).write_text(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    rows = written(panel.table)
    return {
        "title": panel.title,
        "says": panel.says,
        "definition": panel.definition,
        "note": panel.note,
        "chart": chart,
        "columns": list(rows.columns),
        "rows": rows.head(MOST_ROWS).to_numpy().tolist(),
        "left_out": max(0, len(rows) - MOST_ROWS),
    }


@cache
def register_fonts() -> None:
    """Let charts measure their words in the report's typeface."""
    vl_convert.register_font_directory(str(FONTS))
