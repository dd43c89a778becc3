"""The Ground screen: what is under way, what is loaded and what is missing, where it has gaps, what was imported."""

from pathlib import Path

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.ground import acts, gaps, history, progress, stock
from smartalert.control.transactions import in_transaction
from smartalert.importers import requests

STYLE = Path(__file__).with_name("page.css")
#: How soon a screen shows what is under way, and what another administrator has begun.
LOOK_EVERY_S, IDLE_EVERY_S = 1.0, 3.0


def page() -> None:
    """Draw the screen."""
    st.html(STYLE)
    st.html(draw("control/ground/head.html"))
    newest = in_transaction(requests.newest)
    is_open = newest is not None and not newest.state.is_over
    st.fragment(under_way, run_every=LOOK_EVERY_S if is_open else IDLE_EVERY_S)(stage(newest))
    with st.container(key="ground-columns"):
        left, right = st.columns([6, 5], gap="medium")
        with left:
            st.fragment(stock.panel)()
        with right:
            st.fragment(gaps.panel)()
    st.fragment(history.panel)()


def stage(request: requests.Request | None) -> str:
    """What the rest of the screen depends on."""
    return f"{request.id} {request.state}" if request else ""


@states.or_failed
def under_way(drawn: str) -> None:
    """The request that there is; where it has come further, the whole screen is drawn anew."""
    require_officer(Role.ADMINISTRATOR)
    newest, importer = in_transaction(lambda conn: (requests.newest(conn), requests.importer(conn)))
    if stage(newest) != drawn:
        st.rerun()
    if note := st.session_state.pop(acts.NOTE, ""):
        st.html(piece("line", note, "sa-note", "status"))
    if newest:
        progress.panel(newest, importer, utc_now())
    elif not importer.is_there:
        st.html(draw("control/ground/no_importer.html"))
