"""The Drills screen: one that its address names, or all that run, those that are over, and the way to another."""

from pathlib import Path

import streamlit as st

from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.access import Officer
from smartalert.control.drills import acts, choice, watching
from smartalert.database.connection import row_number

STYLE = Path(__file__).with_name("page.css")


def page(officer: Officer) -> None:
    """Draw the screen; a live control room has no drills."""
    if settings().mode is not Mode.TRAINING:
        states.state("This is a live control room", "There are no drills here.", icon="sports_score")
        return
    st.html(STYLE)
    drill = row_number(st.query_params.get("run", ""))
    acts.arrive(drill)
    if drill is None:
        choice.page(officer)
    else:
        watching.page(drill)
