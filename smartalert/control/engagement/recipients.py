"""Who gets the month's report by mail: added and taken off beside the button that makes it."""

from functools import partial
from html import escape

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.access import Role, acting, power
from smartalert.database import connection
from smartalert.engagement import report_recipients
from smartalert.errors import SmartAlertError

KEEP = power("Say who gets the monthly report by mail", Role.ANALYST, Role.ADMINISTRATOR)
NAME, ADDRESS, SAID = "engagement:reader", "engagement:address", "engagement:reader-said"


def show() -> None:
    """A popover: who gets it now, and the way to add somebody."""
    with connection.reading(connection.engine("smartalert_control")) as conn:
        found = report_recipients.readers(conn)
    label = f"Mailed to {len(found):,}" if found else "Mail it each month"
    with st.popover(label, icon=":material/outgoing_mail:"):
        st.html('<p class="eng-note">In the first days of each month, the report of the one before goes to:</p>')
        for row in found:
            st.button(
                f"{row.name} · {row.address}",
                key=f"eng-reader-{row.id}",
                icon=":material/close:",
                help="Mail them no more",
                on_click=partial(act, row.id),
            )
        if not found:
            st.html('<p class="eng-note">Nobody yet.</p>')
        st.text_input("Name", key=NAME, max_chars=report_recipients.LONGEST_NAME)
        st.text_input("E-mail address", key=ADDRESS)
        st.button("Mail it to them each month", key="eng-reader-add", type="primary", on_click=act)
        if said := st.session_state.pop(SAID, ""):
            st.html(f'<p class="eng-note" role="alert">{escape(said)}</p>')


def act(reader_id: int | None = None) -> None:
    """Callback: take the reader off, or add the one who was typed in; or say why not."""
    now = utc_now()
    try:
        with acting(KEEP) as (conn, officer):
            if reader_id is not None:
                report_recipients.remove(conn, reader_id, officer.id, now)
            else:
                report_recipients.add(conn, st.session_state[NAME], st.session_state[ADDRESS], officer.id, now)
                st.session_state[NAME] = st.session_state[ADDRESS] = ""
    except SmartAlertError as refusal:
        st.session_state[SAID] = str(refusal)
