"""On the administration screen: which approvers are on duty, after how long the next is called, and emergencies."""

from datetime import timedelta

import streamlit as st

from smartalert.alerts import approval_policy, approval_settings
from smartalert.alerts.approval_settings import LONGEST_MINUTES, ApprovalSettings
from smartalert.clock import utc_now
from smartalert.control import access, states
from smartalert.control.access import Role, power, require_officer
from smartalert.control.approvals import duty
from smartalert.control.drawing import draw, piece
from smartalert.control.transactions import in_transaction
from smartalert.officers import duties
from smartalert.officers.duties import Approver

ROSTER = power("Say which approvers are on duty", Role.ADMINISTRATOR)
CHANGE = power("Change how approvers are called, and whether an emergency may go without one", Role.ADMINISTRATOR)
LOOK_EVERY_S = 10.0
#: Session keys: whether the settings are being changed, what is typed, and what the last act led to.
CHANGING, MINUTES, OVERRIDE, WHY = "calls:changing", "calls:minutes", "calls:override", "calls:why"
NOTE = "calls:note"


@states.or_failed
def panel() -> None:
    """Everybody who may approve, those on duty first in the order of calls; below them the settings."""
    officer, now = require_officer(Role.ADMINISTRATOR), utc_now()
    found = in_transaction(duties.roster, now)
    with st.container(key="panel-on-duty", gap=None):
        st.html(piece("heading", "Approvers on duty", "called one after the other, from the top"))
        st.html(piece("line", st.session_state.pop(NOTE, ""), "sa-note", "status"))
        for approver in found:
            with st.container(key=f"on-duty-{approver.id}", horizontal=True, vertical_alignment="center"):
                facts = [reached(approver)]
                st.html(draw("control/administration/person.html", row=approver, facts=facts))
                duty.choose(approver, now, put_on_duty, label=f"{approver.name} is on duty until", shown=False)
        if not found:
            st.html(piece("line", "No approver has signed in yet."))
        rules = in_transaction(approval_settings.load)
        st.html(draw("control/administration/calls.html", rules=rules))
        if not in_transaction(approval_policy.may_change, officer.id):
            return
        if st.session_state.get(CHANGING):
            editor(rules)
        else:
            st.button("Change how they are called …", key="calls-change", on_click=begin, args=(True,))


def reached(approver: Approver) -> str:
    """How a call reaches them."""
    ways = [*(["on their phone"] if approver.has_phone else []), *(["by e-mail"] if approver.has_mail else [])]
    return f"Called {' and '.join(ways)}" if ways else "Cannot be called: no linked phone and no e-mail address"


def editor(rules: ApprovalSettings) -> None:
    """The settings themselves, and why they are changed."""
    minutes = max(1, round(rules.call_next_after.total_seconds() / 60))
    st.number_input("Minutes until the next approver is called", 1, LONGEST_MINUTES, minutes, key=MINUTES, width=320)
    st.checkbox(
        "In an emergency, senders who are also approvers may send without approval, with a reason",
        rules.may_override,
        key=OVERRIDE,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Reason for the change", key=WHY, max_chars=300, placeholder="Saved in the audit with your name")
        st.button("Cancel", key="calls-leave", on_click=begin, args=(False,))
        st.button("Save the change", key="calls-save", type="primary", on_click=save)


def begin(is_begun: bool) -> None:
    """Callback: show the fields, or leave them."""
    st.session_state[CHANGING] = is_begun


def save() -> None:
    """Callback: change the settings; a refusal leaves what was typed."""
    wanted = ApprovalSettings(timedelta(minutes=st.session_state[MINUTES]), bool(st.session_state[OVERRIDE]))
    why = str(st.session_state.get(WHY, ""))
    _, refusal = access.act(CHANGE, lambda conn, officer: approval_settings.change(conn, wanted, officer, why=why))
    if not refusal:
        begin(False)
    st.session_state[NOTE] = refusal or "Saved."


def put_on_duty(officer_id: str, key: str) -> None:
    """Callback: put an approver on duty until then, or off duty."""
    until = duty.chosen_until(key)
    _, refusal = access.act(ROSTER, lambda conn, by: duties.set_until(conn, officer_id, until, by, utc_now()))
    st.session_state[NOTE] = refusal
