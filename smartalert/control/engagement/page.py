"""The engagement screen: one sentence on top, then one section at a time, each panel with chart, table, definition."""

import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import streamlit as st

from smartalert.control import chosen, states
from smartalert.control.access import Officer
from smartalert.control.drawing import draw, piece
from smartalert.control.engagement import aims, alerts, campaigns, reading, recipients, send_me
from smartalert.control.words import day_and_clock
from smartalert.engagement.panels import IN_TENS, TARGETS, WHAT_A_DASH_IS, WHOLE_FORCE, Panel

STYLE = Path(__file__).with_name("page.css")
#: Drawn from panels, as the report is; the last lists alerts one by one.
SECTIONS = ("Downloads", "Sign-ups", "Reach", "Responses", "Coverage map", TARGETS, "Alerts one by one")
#: Session keys, and so called in the address too, where what was chosen outlives a reload and Back.
SECTION, PERIOD, AREA, DATES = "section", "period", "area", "dates"
CHART_HEIGHT = 270


def page(officer: Officer) -> None:
    """Draw the screen for the chosen period and area."""
    st.html(STYLE)
    on = reading.today()
    adopt(on)
    with st.container(key="eng-head", horizontal=True, vertical_alignment="center"):
        period, district = choices(on)
    st.html(piece("line", reading.summary(period, on, district), "eng-says", "status"))
    if targets := reading.targets_said(period, on, district):
        st.html(piece("line", targets, "eng-target"))
    if practised := reading.practised():
        st.html(piece("line", practised, "eng-target"))
    send_me.progress()
    section = st.segmented_control(
        "Section", SECTIONS, key=SECTION, required=True, label_visibility="collapsed",
    )  # fmt: skip
    write(on, section or SECTIONS[1])
    if section == "Downloads":
        with st.container(key="eng-campaigns", horizontal=True, vertical_alignment="center"):
            campaigns.show(period, on)
    if section == SECTIONS[-1]:
        with st.container(key="eng-panel-alerts"):
            alerts.show(period, district)
        foot()
        return
    for row in rows_of(reading.section(section or "Sign-ups", period, on, district)):
        for column, panel in zip(st.columns(len(row), gap="small"), row, strict=True):
            with column, st.container(key=f"eng-panel-{panel.name}", height="stretch"):
                shown(panel, section or "Sign-ups", {"period": period, "area": district})
    if section == TARGETS:
        aims.show(officer, on)
    foot()


def rows_of(found: list[Panel]) -> list[list[Panel]]:
    """Panels as they stand: two narrow ones beside each other, others by themselves."""
    rows: list[list[Panel]] = []
    for panel in found:
        if panel.narrow and rows and len(rows[-1]) == 1 and rows[-1][0].narrow:
            rows[-1].append(panel)
        else:
            rows.append([panel])
    return rows


def choices(on: date) -> tuple[str, str]:
    """Period and area, once for all; and the report of them."""
    st.html(piece("title", "Engagement"), width="content")
    periods = reading.period_choices(on)
    period: str = st.selectbox(
        "Period", list(periods), key=PERIOD, format_func=periods.__getitem__, label_visibility="collapsed", width=230,
    )  # fmt: skip
    if period == reading.DATES:
        period = dates(on)
    area: str = st.selectbox(
        "Area", [WHOLE_FORCE, *reading.districts()], key=AREA, label_visibility="collapsed", width=160,
    )  # fmt: skip
    district = "" if area == WHOLE_FORCE else area
    asked = urlencode({"period": period, "area": district})
    st.html(draw("control/engagement/report_link.html", asked=asked), width="content")
    send_me.button(period, district)
    recipients.show()
    return period, district


def adopt(on: date) -> None:
    """Show what the address says."""
    areas, known = [WHOLE_FORCE, *reading.districts()], reading.period_choices(on)
    chosen.adopt(
        "engagement",
        {
            SECTION: chosen.one_of(SECTIONS, SECTIONS[1]),
            PERIOD: chosen.one_of(known, next(iter(known))),
            AREA: chosen.one_of(areas, WHOLE_FORCE),
            DATES: lambda asked: own_dates(asked, on),
        },
    )


def write(on: date, section: str) -> None:
    """Let the address say it."""
    own = st.session_state.get(DATES, ()) if st.session_state[PERIOD] == reading.DATES else ()
    said = {key: str(st.session_state[key] or "") for key in (PERIOD, AREA)}
    usual = {SECTION: SECTIONS[1], PERIOD: next(iter(reading.period_choices(on))), AREA: WHOLE_FORCE}
    chosen.write("engagement", {SECTION: section, **said, DATES: reading.DATES.join(map(str, own))}, usual)


def own_dates(asked: str, on: date) -> tuple[date, date]:
    """Two days as the address has them; the last thirty days for what are none."""
    with contextlib.suppress(ValueError):
        first, last = map(date.fromisoformat, asked.split(reading.DATES))
        if reading.EARLIEST <= first <= last <= on:
            return first, last
    return on - timedelta(days=29), on


def dates(on: date) -> str:
    """Two dates of the officer's own; the last thirty days until both are chosen."""
    first = on - timedelta(days=29)
    if DATES not in st.session_state:
        st.session_state[DATES] = (first, on)
    # What the key holds makes it a choice of two; given as a value beside it, it would be warned of.
    asked = cast(
        "tuple[date, ...]",
        st.date_input(
            "First and last day", min_value=reading.EARLIEST, max_value=on, key=DATES, format="DD/MM/YYYY",
            label_visibility="collapsed", width=230,
        ),
    )  # fmt: skip
    start, last = asked if len(asked) == 2 else (first, on)
    return f"{start}{reading.DATES}{last}"


@states.or_failed
def shown(panel: Panel, section: str, chosen: dict[str, str]) -> None:
    """One panel: what it says, its chart; table, definition and exports one click away."""
    st.html(draw("control/engagement/panel.html", panel=panel))
    if panel.beside:
        map_side, table_side = st.columns(2, gap="medium")
        with map_side:
            draw_chart(panel)
        table_side.html(draw("control/engagement/beside.html", title=panel.title, table=panel.written))
    else:
        draw_chart(panel)
    facts = {"panel": panel, "title": panel.title, "table": panel.written, "dash": WHAT_A_DASH_IS}
    asked = urlencode({**chosen, "section": section})
    st.html(draw("control/engagement/panel_foot.html", section=section, asked=asked, **facts))


def draw_chart(panel: Panel) -> None:
    """The chart in the theme's colours, if there is one."""
    if panel.chart is None:
        if not panel.table.empty:
            st.html(piece("line", "There are not enough figures for a chart.", "eng-note"))
        return
    chart = panel.chart("dark" if st.context.theme.type == "dark" else "light")
    sized = chart if has_height(chart) else chart.properties(height=CHART_HEIGHT)
    st.altair_chart(sized, key=f"eng-chart-{panel.name}", theme=None)


def has_height(chart: Any) -> bool:
    """Whether the chart is as high as its rows."""
    return chart.to_dict(validate=False).get("height") is not None


def foot() -> None:
    """How counts are published, and until when alerts have been counted."""
    at = reading.as_of()
    said = (
        f"Alerts are counted up to {day_and_clock(at, at)}, people by whole days."
        if at
        else "Nothing has been counted yet."
    )
    st.html(piece("line", f"{IN_TENS} {said}", "eng-note"))
