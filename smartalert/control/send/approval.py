"""The sender's side of approval: asking for it, waiting, taking it back, and reading why it came back."""

from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TypeGuard
from uuid import UUID

import streamlit as st

from smartalert.alerts import approvals, calls
from smartalert.alerts.approvals import LastRequest
from smartalert.alerts.calls import Call
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.access import Role, act, power
from smartalert.control.drawing import draw
from smartalert.control.names import name_of
from smartalert.control.send import draft, emergency, screen
from smartalert.control.words import clock, reason_words, until, when
from smartalert.officers import register
from smartalert.officers.register import SignIn
from smartalert.wording import Channel

STYLE = Path(__file__).with_name("approval.css")
ASK = power("Ask for approval, and take the request back", Role.SENDER)
#: What the sender is told where nobody can be called.
NOBODY_ON_DUTY = "No other approver is on duty, so nobody is called. Phone one, or ask an administrator."
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
    st.html(STYLE)
    st.fragment(waiting, run_every=LOOK_EVERY_S)(request)


def waiting(request: LastRequest) -> None:
    """The words of the wait, and who was called; once it is over the whole page is drawn anew."""
    if not is_waiting(request_of(draft.current().id)):
        st.rerun()
    now = utc_now()
    with transactions.reading() as conn:
        here = register.at_screen(conn, now)
        made, next_call = calls.made(conn, request.id), calls.next_call(conn, request.id, now)
    called, who = by_call(made), approvers_words(request, here)
    nobody = "We have called every approver on duty." if called else NOBODY_ON_DUTY
    facts = {"calls": called, "next": next_call, "nobody": nobody, "name_of": name_of}
    st.html(draw("control/send/waiting.html", request=request, who=who, now=now, **facts))


def approvers_words(request: LastRequest, here: list[SignIn]) -> str:
    """Who can approve it just now without being called."""
    others = sorted({row.name for row in here if Role.APPROVER in row.roles and row.officer != request.author})
    return f"Approvers at a screen now: {', '.join(others)}." if others else "No other approver is at a screen."


def by_call(made: list[Call]) -> list[tuple[datetime, str, list[str]]]:
    """Each call: when, whom, and how it went on each channel."""
    return [
        (called_at, name_of(officer), [way_words(way) for way in ways])
        for (called_at, officer), ways in groupby(made, key=lambda call: (call.called_at, call.officer))
    ]


def way_words(way: Call) -> str:
    """ "phone, handed over 14:02"."""
    device = "phone" if way.channel == Channel.PUSH else "e-mail"
    if way.handed_over_at:
        return f"{device} handed over {clock(way.handed_over_at)}"
    if way.failure_reason:
        return f"{device} failed ({reason_words(way.failure_reason).removesuffix('.')})"
    return f"{device} under way"


def bar(request: LastRequest, counted: Counted | Nowhere) -> None:
    """What can be done while it waits: take it back, begin another alert, or in an emergency go without."""
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        if isinstance(counted, Counted) and emergency.is_asked():
            emergency.question(counted)
            return
        st.button("New alert", key="send:new", icon=":material/add:", on_click=draft.begin)
        if isinstance(counted, Counted):
            emergency.offer()
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
