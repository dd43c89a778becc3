"""What the office wants and pays, below its figures: targets for analysts to set, costs for administrators to enter."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from smartalert.clock import LONDON, utc_now
from smartalert.control.access import Officer, Power, Role, act, power
from smartalert.control.drawing import draw, piece
from smartalert.control.engagement import reading
from smartalert.control.names import name_of
from smartalert.database.connection import Connection
from smartalert.engagement import costs, periods, targets
from smartalert.engagement.costs import UnitCost, What
from smartalert.engagement.panels.targets import known_as
from smartalert.engagement.panels.words import figure, seconds
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.speed import PROMISE_S
from smartalert.engagement.targets import MEASURES, Measure, Target, Wish

SET_TARGETS = power("Set the targets of engagement, or take them off", Role.ANALYST, Role.ADMINISTRATOR)
ENTER_COSTS = power("Enter what the service costs", Role.ADMINISTRATOR)
MEASURE, WANTED, WITHIN, DAYS = (f"engagement:target-{one}" for one in ("measure", "wanted", "within", "days"))
WHAT, SINCE, POUNDS = (f"engagement:cost-{one}" for one in ("what", "since", "pounds"))
COSTS_SAY = "Each cost counts from its month until you enter a new one. Months that are over do not change."
SAID = {SET_TARGETS: "engagement:target-said", ENTER_COSTS: "engagement:cost-said"}


def show(officer: Officer, on: date) -> None:
    """Both lists, each with the way to change it."""
    with st.container(key="eng-panel-set-targets"):
        set_targets(on)
    with st.container(key="eng-panel-set-costs"):
        enter_costs(officer, on)


def set_targets(on: date) -> None:
    """Every target that stands, the latest days first; and a new one."""
    st.html(
        draw(
            "control/engagement/aims_head.html",
            title="Set targets",
            says="For the whole force. Press a target to remove it.",
        )
    )
    everything = Period(reading.EARLIEST, periods.month(Step.MONTH.start(on), 12 * 20))
    found = reading.in_transaction(lambda conn: targets.targets(conn, everything))
    with st.container(key="eng-targets-set", horizontal=True, gap="small"):
        for row in sorted(found, key=lambda row: (row.before, row.starts_on), reverse=True):
            taken_off(target_words(row), f"eng-target-{row.id}", "Remove this target", partial(remove_target, row.id))
    if not found:
        st.html(piece("line", "There are no targets yet.", "eng-note"))
    with st.popover("Set a target", icon=":material/add:", key="eng-target"):
        measure: str = st.selectbox("What", list(map(str, Measure)), key=MEASURE, format_func=measure_label)
        st.number_input("How much", min_value=0.0, step=1.0, format="%g", key=WANTED)
        if measure == Measure.URGENT_IN_TIME:
            st.number_input("In time means within (seconds)", 1, 3_600, PROMISE_S, key=WITHIN)
        year = date(on.year if on.month > 3 else on.year - 1, 4, 1)
        last = periods.month(year, 12) - timedelta(days=1)
        replaces = "It replaces any target for the same days."
        st.date_input("First and last day", (year, last), key=DAYS, format="DD/MM/YYYY", help=replaces)
        st.button("Set the target", key="eng-target-set", type="primary", on_click=set_target)
    refused(SET_TARGETS)


def measure_label(measure: str) -> str:
    """What a target may be for, as people read it."""
    return MEASURES[Measure(measure)].label


def target_words(row: Target) -> str:
    """One target as a line."""
    within = f" (within {seconds(row.within_s)})" if row.within_s else ""
    return f"{row.words.label}{within}: {figure(row.wanted)}, {known_as(row.period)}"


def enter_costs(officer: Officer, on: date) -> None:
    """What counts from which month on; administrators enter more, and take back what was a slip of the hand."""
    st.html(draw("control/engagement/aims_head.html", title="What it costs", says=COSTS_SAY))
    found, now = reading.in_transaction(costs.costs), utc_now()
    st.html(draw("control/engagement/costs.html", rows=list(map(cost_facts, reversed(found)))))
    if not officer.may(*ENTER_COSTS.roles):
        st.html(piece("line", "Only an administrator can enter costs.", "eng-note"))
        return
    for row in found:
        if costs.may_take_back(row, now):
            label = "Remove: " + ", ".join(cost_facts(row)[:3])
            taken_off(label, f"eng-cost-{row.id}", "It will not count", partial(take_back, row.id))
    with st.popover("Enter a cost", icon=":material/add:", key="eng-cost"):
        st.selectbox("What", list(What), key=WHAT, format_func=lambda one: costs.LABELS[What(one)])
        st.number_input("Pounds", min_value=0.0, step=0.01, format="%.5f", key=POUNDS)
        st.date_input("From the month of", Step.MONTH.start(on), reading.EARLIEST, key=SINCE, format="DD/MM/YYYY")
        st.button("Enter the cost", key="eng-cost-set", type="primary", on_click=set_cost)
    refused(ENTER_COSTS)


def cost_facts(row: UnitCost) -> tuple[str, str, str, str]:
    """What, how much, since when, and who entered it."""
    pounds = f"£{row.pounds:,.2f}" if row.pounds == round(row.pounds, 2) else f"£{row.pounds:,.6f}".rstrip("0")
    entered = f"{name_of(row.set_by)}, {row.set_at.astimezone(LONDON):%-d %b %Y}"
    return costs.LABELS[What(row.what)], pounds, f"from {row.since:%B %Y}", entered


def taken_off(label: str, key: str, why: str, act_on_it: Callable[[], None]) -> None:
    """One line that a press takes off."""
    st.button(label, key=key, icon=":material/close:", help=why, on_click=act_on_it, width="content")


def refused(what: Power) -> None:
    """Why the last press did nothing."""
    if words := st.session_state.pop(SAID[what], ""):
        st.html(piece("line", words, "eng-note", "alert"))


def set_target() -> None:
    """Callback: set the one that was typed in."""
    asked, measure = st.session_state, Measure(st.session_state[MEASURE])
    days = asked[DAYS]
    if len(days) != 2:
        asked[SAID[SET_TARGETS]] = "Choose the target’s first and last day."
        return
    period = Period(days[0], days[1] + timedelta(days=1))
    within_s = int(asked[WITHIN]) if measure is Measure.URGENT_IN_TIME else None
    wish = Wish(measure, float(asked[WANTED]), period, within_s)
    if written(SET_TARGETS, lambda conn, officer: targets.set_target(conn, wish, officer, utc_now())):
        asked[WANTED] = 0.0


def remove_target(target_id: int) -> None:
    """Callback: take one off."""
    written(SET_TARGETS, lambda conn, officer: targets.remove_target(conn, target_id, officer, utc_now()))


def set_cost() -> None:
    """Callback: enter the one that was typed in."""
    asked = st.session_state
    what, since, pounds = What(asked[WHAT]), asked[SINCE], float(asked[POUNDS])
    if written(
        ENTER_COSTS,
        lambda conn, officer: costs.set_cost(conn, what, since, pounds=pounds, officer=officer, now=utc_now()),
    ):
        asked[POUNDS] = 0.0


def take_back(cost_id: int) -> None:
    """Callback: take a cost back."""
    written(ENTER_COSTS, lambda conn, officer: costs.take_back(conn, cost_id, officer, utc_now()))


def written(what: Power, work: Callable[[Connection, str], Any]) -> bool:
    """Whether it could be written; or the screen says why not."""
    _, st.session_state[SAID[what]] = act(what, work)
    if st.session_state[SAID[what]]:
        return False
    reading.forget()
    return True
