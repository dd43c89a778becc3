"""The Scenarios screen: the list, one that comes along, or one of the trainers' own while it is written."""

from pathlib import Path

import streamlit as st

from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.scenarios import acts, editor, listing, shipped
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import row_number
from smartalert.drills import files, own

STYLE = Path(__file__).with_name("page.css")
GONE = "It may have been deleted, or the link may be old."


def page() -> None:
    """Draw what the address asks for; a live control room has nothing to practise."""
    if settings().mode is not Mode.TRAINING:
        states.state("This is a live control room", "There are no drills here.", icon="school")
        return
    st.html(STYLE)
    acts.go_on()
    number, name = row_number(st.query_params.get("own", "")), st.query_params.get("shipped", "")
    if number and (found := in_transaction(own.find, number)):
        editor.page(found)
    elif name in files.builtin():
        shipped.page(name)
    elif number or name:
        acts.note()
        states.state("There is no such scenario", GONE, icon="search_off", action=("All scenarios", "scenarios"))
    else:
        listing.page()
