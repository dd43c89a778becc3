"""What an alert led to: officers press it on, and off again if it was a mistake. Nobody is told anything by it."""

from functools import partial

import streamlit as st

from smartalert.alerts.lifecycle import Alert
from smartalert.clock import utc_now
from smartalert.control.access import Officer, power
from smartalert.control.drawing import draw
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection
from smartalert.responses import results
from smartalert.responses.results import RESULTS

RECORD = power("Record what an alert led to", *acting.WORKERS)


def part(alert: Alert, response_id: int, officer: Officer) -> None:
    """Four results to press, and who recorded which."""
    recorded = in_transaction(results.of_alert, alert.id)
    found = [row.result for row in recorded]
    st.pills(
        "What this alert led to",
        list(RESULTS),
        selection_mode="multi",
        default=found,
        format_func=RESULTS.__getitem__,
        # what another officer records meanwhile is a new row of buttons, not an old choice of ours
        key=pressed_key(alert.id, found),
        disabled=not officer.may(*RECORD.roles),
        help="Counted in the commissioner’s figures. Press again to remove it.",
        on_change=partial(press, alert.id, response_id, found),
    )
    if recorded:
        facts = {"recorded": recorded, "results": RESULTS, "now": utc_now(), "name_of": name_of}
        st.html(draw("control/responses/results.html", **facts))


def pressed_key(alert_id: int, found: list[str]) -> str:
    """Session key of the pressed results."""
    return f"responses:results:{alert_id}:{'+'.join(sorted(found))}"


def press(alert_id: int, response_id: int, found: list[str]) -> None:
    """Callback: record what was pressed on, take back what was pressed off."""
    pressed = st.session_state.get(pressed_key(alert_id, found)) or []

    def work(conn: Connection, officer: str) -> None:
        for result in pressed:
            if result not in found:
                results.record(conn, alert_id, result, officer, utc_now())
        for result in found:
            if result not in pressed:
                results.take_back(conn, alert_id, result, officer, utc_now())

    acting.act(response_id, work, RECORD)
