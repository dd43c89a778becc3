"""Every panel, export and report of a young, a small and an empty county, for every period that can be chosen."""

import io
import json
import pickle
import re
import zipfile
from csv import DictReader
from datetime import date
from typing import Any

import pytest

from smartalert.config import Mode, Settings
from smartalert.control.engagement import reading, story
from smartalert.engagement import costs, panels, reach, report, sign_ups, speed
from smartalert.engagement.panels import Panel, Scope, words
from smartalert.engagement.periods import Period, month
from smartalert.engagement.published import ENOUGH
from tests.engagement.counties import OCTOBER, TODAY, County

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
    for said in (panel.says, panel.definition, panel.target, *panel.written.to_numpy().ravel()):
        assert "None" not in said
        assert "nan" not in said.split()
    if panel.chart is not None:
        draw(panel.chart)


#: The charts that were drawn, and the specifications that were checked, whatever their numbers.
drawn: set[bytes] = set()
checked: set[str] = set()


def draw(chart: Any) -> None:
    """Once, however many periods and districts have the same: a chart is made of what it was given alone. Of those that
    differ by their numbers, one is held to the schema of charts."""
    given = pickle.dumps((chart.func.__qualname__, chart.args, chart.keywords))
    if given in drawn:
        return
    drawn.add(given)
    spec = chart("print").to_dict(validate=False)
    form = re.sub(r"data-[0-9a-f]+|\d+", "0", json.dumps({**spec, "datasets": {}}))
    if form not in checked:
        chart("print").to_dict()
        checked.add(form)


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


def named(conn: Any, scope: Scope) -> dict[str, Panel]:
    return {panel.name: panel for panel in everything(conn, scope)}


def test_panels_exports_and_headline_say_the_same_of_every_target(analyst: Any, county: County) -> None:
    scope = panels.scope_of(analyst, Period(date(2026, 10, 1), date(2026, 11, 25)), TODAY)
    shown, together = named(analyst, scope), panels.all_said(analyst, scope)
    beside = {"signed-up", "coverage", "arrival", "urgent-in-time", "responses"}
    assert {name for name, panel in shown.items() if panel.target} == beside | {"sign-ups"}
    for name in beside:
        subject, _, compared = shown[name].target.partition(": ")
        side = compared.partition(" the target of")[0]
        assert f"{subject[:1].lower()}{subject[1:]}: {side} " in together or side.startswith("too little")
        assert shown["targets"].table["Target"].str.startswith(subject).sum() == 1
        assert shown[name].target in report.csv(shown[name], scope, Mode.LIVE).decode()
    assert shown["targets"].table["Target"].str.startswith("Sign-ups,").sum() == 2
    joined = sign_ups.totals(analyst, Period(scope.period.start, scope.until.day)).confirmed
    assert joined in set(shown["targets"].table["Reached"])
    for panel in shown.values():
        if panel.target and panel.chart:
            assert panel.name == "coverage" or "target " in str(panel.chart("print").to_dict())


def test_a_districts_figures_stand_beside_nothing_of_the_whole_force(analyst: Any) -> None:
    scope = panels.scope_of(analyst, OCTOBER, TODAY, "North")
    assert panels.all_said(analyst, scope) == ""
    assert not any(panel.target for panel in everything(analyst, scope))
    assert not any(panel.on_paper for panel in panels.sections(analyst, scope)[panels.TARGETS]())


def test_each_person_told_costs_what_went_out_and_the_days_of_the_service(analyst: Any, county: County) -> None:
    days = Period(date(2026, 10, 22), date(2026, 11, 1))
    ((found,), lacking) = costs.by_month(analyst, days, TODAY)
    sent = {row.channel: row.handed_over for row in reach.channels(analyst, days)}
    told = reach.totals(analyst, days).handed_over
    assert (found.mails, found.pushes, found.people, lacking) == (sent.get("email", 0), sent.get("push", 0), told, [])
    assert found.pounds == pytest.approx(100 + 0.1 * found.mails + 0.01 * found.pushes)
    panel = named(analyst, panels.scope_of(analyst, days, TODAY))["cost"]
    if told >= ENOUGH:
        each = words.pence(100 * found.pounds / told)
        assert panel.says.startswith(f"{each} for each person told, 22 October to 31 October 2026: ")


def test_months_without_a_cost_are_left_out_and_named(analyst: Any) -> None:
    wide = named(analyst, panels.scope_of(analyst, Period(date(2026, 6, 1), date(2026, 9, 1)), TODAY))["cost"]
    assert list(wide.table["Month"]) == ["July 2026", "August 2026"]
    assert wide.says.endswith("No costs are entered for June 2026: left out.")
    before = named(analyst, panels.scope_of(analyst, Period.of_month(2026, 5), TODAY))["cost"]
    assert (before.on_paper, before.table.empty) == (False, True)
    assert "Administrators enter them" in before.says


def test_an_urgent_alert_is_out_when_nearly_all_of_it_is(analyst: Any, county: County) -> None:
    """Half of the deliveries in time is not half of the alerts."""
    alerts = reach.read(analyst, Period(county.began, TODAY))
    took = [speed.of([row.hand_overs]).p95_s for row in alerts]
    known = [one for one in took if one is not None]
    found = speed.out_in_time(alerts, 60)
    assert (found.in_time, found.alerts) == (sum(one < 60.1 for one in known), len(known))


def test_every_alerts_story_is_told(analyst: Any, county: County) -> None:
    for row in reach.read(analyst, Period(county.began, TODAY)):
        told = story.story(analyst, row.id)
        assert told is not None
        assert all(number.replace(",", "").endswith("0") for _, number, _ in told.figures)
        assert next(name for name, *_ in told.steps) in ("Begun", "Confirmed by the officer", "Released")
