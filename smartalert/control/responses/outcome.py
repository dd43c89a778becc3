"""Telling those who answered an alert what came of it: written, counted, and told by one press."""

from functools import partial

import streamlit as st

from smartalert.alerts.lifecycle import Alert
from smartalert.clock import utc_now
from smartalert.control.access import Officer, Role, power
from smartalert.control.drawing import draw
from smartalert.control.live import follow_up
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.transactions import in_transaction
from smartalert.control.words import count
from smartalert.responses import outcomes

#: Telling the public something is for those who may send.
TELL = power("Tell those who answered what came of it", Role.SENDER, Role.APPROVER)


def part(alert: Alert, response_id: int, officer: Officer) -> None:
    """What was told before, and a field for more; only for who may, and where there is somebody to tell."""
    told = in_transaction(outcomes.told, alert.id)
    people = in_transaction(outcomes.people, alert.id)
    if told:
        st.html(draw("control/responses/told.html", told=told, now=utc_now(), name_of=name_of))
    if not officer.may(*TELL.roles):
        return
    fold = st.container(key="resp-reply").expander(
        "Tell people the outcome", key=f"resp-outcome-{alert.id}", icon=":material/outgoing_mail:"
    )
    with fold:
        st.text_area("What to tell them", key=words_key(alert.id), max_chars=outcomes.LONGEST, height=110)
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Tell {count(people, 'person', 'people')} who answered",
                icon=":material/send:",
                type="primary",
                disabled=not people,
                help="One message to each person who answered from their own link or in the app and let us contact "
                "them. It goes by e-mail, or to their phone if they only have the app.",
                on_click=partial(tell, alert, response_id),
            )
            if officer.may(*follow_up.FOLLOW.roles):
                st.button(
                    "Tell everyone who got the alert …",
                    icon=":material/campaign:",
                    help="Starts a follow-up to everyone who got the alert. You review it before it goes.",
                    on_click=partial(tell_everyone, alert, response_id),
                )


def tell_everyone(alert: Alert, response_id: int) -> None:
    """Callback: begin a message to everybody who got the alert, from these words; the send screen has the review."""
    words = str(st.session_state.get(words_key(alert.id), ""))
    acting.act(
        response_id, lambda conn, officer: follow_up.begin_outcome(conn, alert.id, officer, words), follow_up.FOLLOW
    )


def words_key(alert_id: int) -> str:
    """Session key of the words while they are written."""
    return f"responses:tell:{alert_id}"


def tell(alert: Alert, response_id: int) -> None:
    """Tell them, and say how many."""
    words = str(st.session_state.get(words_key(alert.id), ""))
    if acting.act(
        response_id, lambda conn, officer: outcomes.tell(conn, alert.id, words, officer, utc_now()), needs=TELL
    ):
        st.session_state[words_key(alert.id)] = ""
