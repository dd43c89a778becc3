"""Who gets the month's report by mail: added and taken off beside the button that makes it."""

from functools import partial

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.access import Role, act, power
from smartalert.control.drawing import piece
from smartalert.database import connection
from smartalert.engagement import report_recipients
from smartalert.wording import count

KEEP = power("Choose who gets the monthly report by e-mail", Role.ANALYST, Role.ADMINISTRATOR)
NAME, ADDRESS, SAID = "engagement:reader", "engagement:address", "engagement:reader-said"


def show() -> None:
    """A popover: who gets it now, and the way to add somebody."""
    with connection.reading(connection.engine("smartalert_control")) as conn:
        found = report_recipients.readers(conn)
    label = f"E-mailed to {count(len(found), 'person', 'people')}" if found else "E-mail it each month"
    with st.popover(label, icon=":material/outgoing_mail:", key="eng-readers"):
        st.html(piece("line", "At the start of each month we e-mail last month’s report to:", "eng-note"))
        for row in found:
            st.button(
                f"{row.name} · {row.address}",
                key=f"eng-reader-{row.id}",
                icon=":material/close:",
                help="Stop e-mailing them",
                on_click=partial(remove, row.id),
            )
        if not found:
            st.html(piece("line", "Nobody yet.", "eng-note"))
        st.text_input("Name", key=NAME, max_chars=report_recipients.LONGEST_NAME)
        st.text_input("E-mail address", key=ADDRESS)
        st.button("E-mail it to them each month", key="eng-reader-add", type="primary", on_click=add)
        if said := st.session_state.pop(SAID, ""):
            st.html(piece("line", said, "eng-note", "alert"))


def add() -> None:
    """Callback: add the one who was typed in, or say why not."""
    name, address = st.session_state[NAME], st.session_state[ADDRESS]
    _, refusal = act(KEEP, lambda conn, officer: report_recipients.add(conn, name, address, officer, utc_now()))
    st.session_state[SAID] = refusal
    if not refusal:
        st.session_state[NAME] = st.session_state[ADDRESS] = ""


def remove(reader_id: int) -> None:
    """Callback: take one off."""
    _, refusal = act(KEEP, lambda conn, officer: report_recipients.remove(conn, reader_id, officer, utc_now()))
    st.session_state[SAID] = refusal
