"""The sender's side of approval: asking for it, waiting, taking it back, and reading why it came back."""

from datetime import datetime
from html import escape
from typing import TypeGuard

import streamlit as st

from smartalert.alerts import approvals
from smartalert.alerts.approvals import LastRequest
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.access import Role, acting, power
from smartalert.control.names import name_of
from smartalert.control.send import draft
from smartalert.control.send.draft import Counted, Notice, Work
from smartalert.control.words import clock, when
from smartalert.errors import SmartAlertError
from smartalert.officers import register
from smartalert.officers.register import SignIn

ASK = power("Ask for approval, and take the request back", Role.SENDER)
#: How often the screen looks whether somebody has decided.
LOOK_EVERY_S = 1.5


def request_of(work: Work) -> LastRequest | None:
    """The last request for this draft; None if there was none."""
    with transactions.reading() as conn:
        return approvals.of_draft(conn, work.draft_id)


def is_waiting(request: LastRequest | None) -> TypeGuard[LastRequest]:
    """Whether an approver may still agree."""
    return request is not None and request.decision is None and request.lapses_at > utc_now()


def button(work: Work, label: str) -> None:
    """In the place of the button that tells."""
    st.button(label, key=f"send:ask:{work.presses}", type="primary", on_click=ask, icon=":material/how_to_reg:")


def needed(counted: Counted) -> bool:
    """Whether the sender must ask first."""
    return counted.ruling is not None and counted.ruling.needs_second_person


def ask() -> None:
    """Callback: put exactly what was drawn to the approvers. Refusals stay on the screen, in words."""
    work = draft.current()
    if work.shown is None:
        return
    version, shown = work.shown
    work.presses += 1
    try:
        with acting(ASK) as (conn, officer):
            approvals.ask(conn, work.draft_id, version, officer.id, shown=shown, now=utc_now())
        work.step = "compose"
    except SmartAlertError as refusal:
        work.counted = None
        work.notice = Notice(f"Not asked. {refusal}", tone="bad")


def take_back(request_id: int) -> None:
    """Callback: withdraw the request, and go on writing."""
    try:
        with acting(ASK) as (conn, officer):
            approvals.withdraw(conn, request_id, officer.id, utc_now())
    except SmartAlertError as refusal:
        draft.current().notice = Notice(str(refusal), tone="bad")


def head(request: LastRequest) -> None:
    """That it waits, since when, why, and for whom. Looks by itself whether somebody has decided."""
    st.fragment(waiting, run_every=LOOK_EVERY_S)(request)


def waiting(request: LastRequest) -> None:
    """The words of the wait; once it is over the whole page is drawn anew."""
    if not is_waiting(request_of(draft.current())):
        st.rerun()
    with transactions.reading() as conn:
        on_duty = register.signed_in(conn, utc_now())
    st.html(waiting_html(request, on_duty, utc_now()))


def waiting_html(request: LastRequest, on_duty: list[SignIn], now: datetime) -> str:
    """Why, who can approve just now, and until when."""
    others = sorted({row.name for row in on_duty if Role.APPROVER in row.roles and row.officer != request.author})
    who = (
        f"Can approve, signed in now: {', '.join(others)}. " if others else "No other approver is signed in just now. "
    )
    return (
        f'<header class="sd-review"><h1>Waiting for approval since {when(request.submitted_at, now)}</h1>'
        f'<p role="status">{escape(request.reason)}. Nobody has been told anything yet. {escape(who)} '
        f"The request ends at {clock(request.lapses_at)}.</p></header>"
    )


def bar(request: LastRequest) -> None:
    """What can be done while it waits: take it back, or begin another alert."""
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        st.button("New alert", key="send:new", icon=":material/add:", on_click=draft.begin)
        st.button(
            "Withdraw the request", key="send:take-back", icon=":material/undo:", on_click=take_back, args=(request.id,)
        )


def came_back(request: LastRequest | None) -> None:
    """Above the form: what an approver wants changed, or that nobody answered in time."""
    if request is None or request.decision not in (None, "returned"):
        return
    if request.decision == "returned":
        at = when(request.decided_at, utc_now())
        lead, note = f"{name_of(request.decided_by)} returned it at {at}:", request.note
    else:
        lead, note = f"Nobody approved it by {clock(request.lapses_at)}.", "Look at it once more, and ask again."
    with st.container(key="send-notice-returned"):
        st.html(f'<p role="status"><b>{escape(lead)}</b> {escape(note or "")}</p>')
