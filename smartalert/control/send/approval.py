"""The sender's side of approval: asking for it, waiting, taking it back, and reading why it came back."""

from typing import TypeGuard
from uuid import UUID

import streamlit as st

from smartalert.alerts import approvals
from smartalert.alerts.approvals import LastRequest
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.access import Role, act, power
from smartalert.control.drawing import draw
from smartalert.control.names import name_of
from smartalert.control.send import draft, screen
from smartalert.control.words import until, when
from smartalert.officers import register
from smartalert.officers.register import SignIn

ASK = power("Ask for approval, and take the request back", Role.SENDER)
#: How often the screen looks whether somebody has decided.
LOOK_EVERY_S = 1.5


def request_of(draft_id: UUID) -> LastRequest | None:
    """The last request for this draft; None if there was none."""
    with transactions.reading() as conn:
        return approvals.of_draft(conn, draft_id)


def is_waiting(request: LastRequest | None) -> TypeGuard[LastRequest]:
    """Whether an approver may still agree."""
    return request is not None and request.decision is None and request.lapses_at > utc_now()


def button(label: str, presses: int) -> None:
    """The button that asks for approval, instead of the one that issues."""
    st.button(label, key=f"send:ask:{presses}", type="primary", on_click=ask, icon=":material/how_to_reg:")


def ask() -> None:
    """Callback: put exactly what was drawn to the approvers. Refusals stay on the screen, in words."""
    opened, reviewed = draft.current(), screen.current().reviewed
    if reviewed is None:
        return
    version, shown = reviewed
    _, refusal = act(
        ASK, lambda conn, officer: approvals.ask(conn, opened.id, version, officer, shown=shown, now=utc_now())
    )
    if refusal:
        screen.refused(f"Not sent for approval. {refusal}")
    else:
        screen.fresh_button()
        screen.compose()


def take_back(request_id: int) -> None:
    """Callback: withdraw the request, and go on writing."""
    _, refusal = act(ASK, lambda conn, officer: approvals.withdraw(conn, request_id, officer, utc_now()))
    if refusal:
        screen.tell(refusal, tone="bad")


def head(request: LastRequest) -> None:
    """That it waits, since when, why, and for whom. Looks by itself whether somebody has decided."""
    st.fragment(waiting, run_every=LOOK_EVERY_S)(request)


def waiting(request: LastRequest) -> None:
    """The words of the wait; once it is over the whole page is drawn anew."""
    if not is_waiting(request_of(draft.current().id)):
        st.rerun()
    with transactions.reading() as conn:
        on_duty = register.signed_in(conn, utc_now())
    who, now = approvers_words(request, on_duty), utc_now()
    st.html(draw("control/send/waiting.html", request=request, who=who, now=now))


def approvers_words(request: LastRequest, on_duty: list[SignIn]) -> str:
    """Who can approve it just now."""
    others = sorted({row.name for row in on_duty if Role.APPROVER in row.roles and row.officer != request.author})
    return f"Signed in now and able to approve: {', '.join(others)}." if others else "No other approver is signed in."


def bar(request: LastRequest) -> None:
    """What can be done while it waits: take it back, or begin another alert."""
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        st.button("New alert", key="send:new", icon=":material/add:", on_click=draft.begin)
        st.button(
            "Take back the request",
            key="send:take-back",
            icon=":material/undo:",
            on_click=take_back,
            args=(request.id,),
        )


def came_back(request: LastRequest | None) -> None:
    """Above the form: what an approver wants changed, or that nobody answered in time."""
    if request is None or request.decision not in (None, "returned"):
        return
    if request.decision == "returned":
        at = when(request.decided_at, utc_now())
        lead, note = f"{name_of(request.decided_by)} returned it for changes at {at}:", request.note
    else:
        at = until(request.lapses_at, utc_now())
        lead, note = f"Nobody approved it by {at}.", "Check it and ask again."
    with st.container(key="send-notice-returned"):
        st.html(draw("control/send/returned.html", lead=lead, note=note))
