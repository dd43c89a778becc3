"""Every panel, export and report of a young, a small and an empty county, for every period that can be chosen."""

import io
import zipfile
from csv import DictReader
from datetime import date
from typing import Any

import pytest

from smartalert.config import Mode, Settings
from smartalert.control.engagement import reading, story
from smartalert.engagement import panels, reach, report
from smartalert.engagement.panels import Panel, Scope
from smartalert.engagement.periods import Period, month
from tests.engagement.counties import TODAY, County

#: Months since before anybody came, each longer choice of the screen once, and two of one's own dates.
MONTHS = [month(date(2026, 11, 1), -back) for back in range(11)]
CHOICES = [f"{start:%Y-%m}" for start in MONTHS] + ["12m", "3m", "q2026-07", "y2026-04", "y2025-04"]
CHOICES += ["2026-11-24..2026-11-24", "2026-06-07..2026-11-03"]


def everything(conn: Any, scope: Scope) -> list[Panel]:
    return [panel for read in panels.sections(conn, scope).values() for panel in read()]


@pytest.mark.parametrize("chosen", CHOICES)
def test_every_section_is_drawn_and_taken_away_in_every_period(analyst: Any, chosen: str) -> None:
    for district in ("", "South"):
        scope = panels.scope_of(analyst, reading.period(chosen, TODAY), TODAY, district)
        said = panels.summary(analyst, scope)
        assert said.endswith(".")
        for title, read in panels.sections(analyst, scope).items():
            found = read()
            for panel in found:
                reads_well(panel)
                is_a_table(report.csv(panel, scope, Mode.LIVE), panel)
            with zipfile.ZipFile(io.BytesIO(report.workbook(found, scope, Mode.TRAINING))) as book:
                sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
            assert len(sheets) == len(found), title
            assert not any("#N" in sheet or "None" in sheet or "NaN" in sheet for sheet in sheets)


def reads_well(panel: Panel) -> None:
    """Words end, cells are written, and what is drawn can be."""
    assert panel.says.endswith("."), panel
    for words in (panel.says, panel.definition, *panel.written.to_numpy().ravel()):
        assert "None" not in words
        assert "nan" not in words.split()
    if panel.chart is not None:
        panel.chart("print").to_dict()


def is_a_table(csv: bytes, panel: Panel) -> None:
    """Numbers without separators, nothing where nothing is known."""
    _, _, table = csv.decode("utf-8-sig").partition("\r\n\r\n")
    rows = list(DictReader(io.StringIO(table)))
    assert len(rows) == len(panel.table)
    for row in rows:
        for column, value in list(row.items())[1:]:
            if column != "District":
                assert value == "" or float(value) >= -(10**6), (panel.name, column, value)


@pytest.mark.parametrize("start", MONTHS, ids=lambda start: f"{start:%Y-%m}")
def test_every_months_report_is_set(analyst: Any, county: County, start: date) -> None:
    """The district's too, once: a page of paper takes a second."""
    assert report.monthly(analyst, start.year, start.month, TODAY, Settings()).startswith(b"%PDF-")
    if start == MONTHS[1]:
        scope = panels.scope_of(analyst, Period.of_month(start.year, start.month), TODAY, "South")
        assert report.of_period(analyst, scope, Settings()).startswith(b"%PDF-")


def test_the_report_of_the_whole_time_says_each_figure_once(analyst: Any, county: County) -> None:
    """The first page and the panels come from the same figures."""
    scope = panels.scope_of(analyst, Period(county.began, TODAY), TODAY)
    first = {row["what"]: row["now"] for row in report.headline(analyst, scope, scope)}
    growth = next(panel for panel in everything(analyst, scope) if panel.name == "sign-ups")
    for what, column in (("Confirmed their sign-up", "Confirmed"), ("Left", "Left")):
        added = growth.table[column].dropna().sum() if len(growth.table) else 0
        assert first[what] == (f"{int(added):,}" if county.people else first[what])


def test_every_alerts_story_is_told(analyst: Any, county: County) -> None:
    for row in reach.read(analyst, Period(county.began, TODAY)):
        told = story.story(analyst, row.id)
        assert told is not None
        assert all(number.replace(",", "").endswith("0") for _, number, _ in told.figures)
        assert next(name for name, *_ in told.steps) in ("Begun", "Confirmed by the officer", "Released")
