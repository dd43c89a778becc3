"""Campaigns on the charts: what the office did to be heard of, noted and taken off again."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.access import Role, act, power
from smartalert.control.drawing import piece
from smartalert.control.engagement import reading
from smartalert.database.connection import Connection
from smartalert.engagement import campaigns

NOTE = power("Put a campaign on the charts of engagement, or take it off", Role.ANALYST, Role.ADMINISTRATOR)
NAME, STARTS, SAID = "engagement:campaign", "engagement:starts", "engagement:said"


def show(chosen: str, on: date) -> None:
    """The campaigns of the period, each with its way off, and the way to add one."""
    found = reading.in_transaction(lambda conn: campaigns.campaigns(conn, reading.period(chosen, on)))
    said = "Campaigns:" if found else "There are no campaigns in this period."
    st.html(piece("line", said, "eng-note", "", "span"), width="content")
    for row in found:
        label = f"{row.name}, {row.starts_on:%-d %b %Y}"
        st.button(
            label,
            key=f"eng-campaign-{row.id}",
            icon=":material/close:",
            help="Remove it from the charts",
            on_click=partial(remove, row.id),
            width="content",
        )
    with st.popover("Add a campaign", icon=":material/add:", key="eng-campaign-new"):
        st.text_input("Name", key=NAME, placeholder="Leaflets in Leek", max_chars=campaigns.LONGEST_NAME)
        st.date_input("Began on", key=STARTS, value=on, max_value=on, format="DD/MM/YYYY")
        st.button("Add it to the charts", key="eng-campaign-add", type="primary", on_click=add)
    if refusal := st.session_state.pop(SAID, ""):
        st.html(piece("line", refusal, "eng-note", "alert", "span"), width="content")


def add() -> None:
    """Callback: put the campaign that was typed in on the charts."""
    name, starts = st.session_state[NAME], st.session_state[STARTS]
    if written(lambda conn, officer: campaigns.note_campaign(conn, name, starts, officer, utc_now())):
        st.session_state[NAME] = ""


def remove(campaign_id: int) -> None:
    """Callback: take a campaign off."""
    written(lambda conn, officer: campaigns.remove_campaign(conn, campaign_id, officer, utc_now()))


def written(work: Callable[[Connection, str], Any]) -> bool:
    """Whether it could be written; or the screen says why not."""
    _, st.session_state[SAID] = act(NOTE, work)
    if st.session_state[SAID]:
        return False
    reading.forget()
    return True
