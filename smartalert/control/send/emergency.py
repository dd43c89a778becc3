"""Sending without the approval that an alert needs: an emergency, where the force allows it, with a reason."""

from pathlib import Path

import streamlit as st

from smartalert.alerts import approval_settings, issuing
from smartalert.alerts.checks import Counted
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import transactions
from smartalert.control.access import Role, act, power
from smartalert.control.send import draft, screen

STYLE = Path(__file__).with_name("emergency.css")
OVERRIDE = power("Send an alert of their own without the approval it needs, where the force allows it", Role.APPROVER)
#: Session keys: the draft for which it is asked, and the reason.
ASKING, REASON = "send:emergency", "send:emergency-reason"


def is_asked() -> bool:
    """Whether the reason is being written."""
    return bool(st.session_state.get(ASKING) == draft.current().id)


def offer() -> None:
    """The button that asks for the reason, for those who may."""
    with transactions.reading() as conn:
        may = approval_settings.may_override(conn, draft.current().officer)
    if may:
        st.button("Send without approval …", key="send:without", icon=":material/emergency_home:", on_click=begin)


def question(counted: Counted) -> None:
    """The reason, and the two answers; leaving it has the focus."""
    st.html(STYLE)
    people = counted.preview.people
    training = "EXERCISE: send" if settings().mode is Mode.TRAINING else "Send"
    st.text_input("Why can this not wait for approval?", key=REASON, max_chars=300, width=340)
    with st.container(key="safe-choice", width="content"):
        st.button("Cancel", key="send:leave-emergency", on_click=leave)
    key = f"send:without-approval:{screen.current().presses}"
    st.button(f"{training} without approval: {people:,}", key=key, type="primary", on_click=send)


def begin() -> None:
    """Callback: ask for the reason."""
    st.session_state[ASKING] = draft.current().id


def leave() -> None:
    """Callback: leave the question."""
    st.session_state.pop(ASKING, None)


def send() -> None:
    """Callback: issue exactly what was drawn, with the reason. Refusals stay on the screen, in words."""
    opened, reviewed = draft.current(), screen.current().reviewed
    if reviewed is None or opened.alert_id is not None:
        return
    (version, shown), why = reviewed, str(st.session_state.get(REASON, ""))
    _, refusal = act(
        OVERRIDE,
        lambda conn, officer: issuing.issue_without_approval(
            conn, opened.id, version, officer, why=why, shown=shown, now=utc_now()
        ),
    )
    if refusal:
        screen.refused(f"Not sent. {refusal}")
    else:
        leave()
