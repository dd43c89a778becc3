"""Campaigns on the charts: what the office did to be heard of, noted and taken off again."""

from datetime import date
from functools import partial
from html import escape

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.access import Role, acting, power
from smartalert.control.engagement import reading
from smartalert.engagement import campaigns
from smartalert.errors import SmartAlertError

NOTE = power("Put a campaign on the charts of engagement, or take it off", Role.ANALYST, Role.ADMINISTRATOR)
NAME, STARTS, SAID = "engagement:campaign", "engagement:starts", "engagement:said"


def show(chosen: str, on: date) -> None:
    """The campaigns of the period, each with its way off, and the way to add one."""
    found = reading.in_transaction(lambda conn: campaigns.campaigns(conn, reading.period(chosen, on)))
    st.html(
        f'<span class="eng-note">{"Campaigns:" if found else "No campaign in this period."}</span>', width="content"
    )
    for row in found:
        label = f"{row.name}, {row.starts_on:%-d %b %Y}"
        st.button(
            label,
            key=f"eng-campaign-{row.id}",
            icon=":material/close:",
            help="Take it off the charts",
            on_click=partial(act, "remove", row.id),
            width="content",
        )
    with st.popover("Add a campaign", icon=":material/add:"):
        st.text_input("Name", key=NAME, placeholder="Leaflets in Leek", max_chars=campaigns.LONGEST_NAME)
        st.date_input("Began on", key=STARTS, value=on, max_value=on, format="DD/MM/YYYY")
        st.button("Put it on the charts", key="eng-campaign-add", type="primary", on_click=partial(act, "note"))
    if said := st.session_state.pop(SAID, ""):
        st.html(f'<span class="eng-note" role="alert">{escape(said)}</span>', width="content")


def act(what: str, campaign_id: int = 0) -> None:
    """Callback: write it, or say why not."""
    now = utc_now()
    try:
        with acting(NOTE) as (conn, officer):
            if what == "remove":
                campaigns.remove_campaign(conn, campaign_id, officer.id, now)
            else:
                campaigns.note_campaign(conn, st.session_state[NAME], st.session_state[STARTS], officer.id, now)
                st.session_state[NAME] = ""
    except SmartAlertError as refusal:
        st.session_state[SAID] = str(refusal)
    else:
        reading.section.clear()
