"""One request on an approver's screen: everything that would happen, what changed, and the two answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from smartalert.alerts import approvals, drafts
from smartalert.alerts.approvals import Request, SeenRequest
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import access, states, transactions
from smartalert.control.access import Officer, Power, Role, acting, power, require_officer
from smartalert.control.approvals.changes import changes
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.send import preview, review
from smartalert.control.words import when
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused

APPROVE = power("Approve or return what another officer asks for", Role.APPROVER)
#: Session keys: the request on the screen; what the last act led to; that a reason is being written; where to go.
OPEN, NOTE, RETURNING, ISSUED = "approvals:open", "approvals:note", "approvals:returning", "approvals:issued"
REASON = "approvals:reason"
#: Session key: refused presses; each gets a fresh button, since the browser closed the one that was pressed.
PRESSES = "approvals:presses"
#: Counts are taken anew before they are too old to be agreed to.
COUNT_AGAIN_AFTER = timedelta(minutes=3)
LOOK_EVERY_S = 1.5
#: What became of a request → what its page says.
OVER = {
    "approved": ("Approved", "task_alt"),
    "returned": ("Returned for changes", "undo"),
    "withdrawn": ("The sender took the request back", "undo"),
    "void": ("The sender changed it", "edit"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A request as this screen holds it: its draft, and what it comes to."""

    sight: approvals.Sight
    content: Draft
    counted: Counted | Nowhere


def page(request_id: int, officer: Officer) -> None:
    """Draw one request, or what became of it."""
    if (alert_id := st.session_state.pop(ISSUED, None)) is not None:
        st.switch_page("pages/live_alerts.py", query_params={"alert": str(alert_id)})
    try:
        reading = read(request_id)
    except AlertRefused as refusal:
        states.state("Nothing to approve", str(refusal), icon="search_off", action=("All approvals", "approvals"))
        return
    request = reading.sight.request
    if request.decision is not None or request.lapses_at <= utc_now():
        over(request)
        return
    counted = reading.counted
    if isinstance(counted, Nowhere):
        states.state("It cannot be sent", counted.why, icon="block", action=("All approvals", "approvals"))
        return
    st.fragment(watch, run_every=LOOK_EVERY_S)(request_id)
    with st.container(key="review-page"):
        said, author = review.consequence(counted), name_of(request.author)
        st.html(draw("control/approvals/head.html", request=request, consequence=said, author=author, now=utc_now()))
        note(request_id)
        if reading.sight.earlier:
            st.html(changes_html(reading.sight.earlier, request, utc_now()))
        review.everything(reading.content, counted)
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(counted))
        bar(request, counted, officer, st.session_state.get(PRESSES, 0))


def read(request_id: int) -> Reading:
    """The request and its draft; counted again only now and then. Raises AlertRefused if there is none."""
    with acting(APPROVE) as (conn, officer):
        sight = approvals.look(conn, request_id, officer.id, utc_now())
        content = drafts.load(conn, sight.request.draft_id, sight.request.author).content
    kept: Reading | None = st.session_state.get(OPEN)
    if (
        kept is not None
        and (kept.sight.request.id, kept.content) == (request_id, content)
        and utc_now() - kept.counted.at <= COUNT_AGAIN_AFTER
    ):
        reading = replace(kept, sight=sight)
    else:
        reading = Reading(sight, content, preview.count(content, sight.request.author))
    st.session_state[OPEN] = reading
    return reading


def watch(request_id: int) -> None:
    """Draw the page anew as soon as somebody else has decided, or the request waited too long."""
    require_officer(Role.APPROVER)
    with transactions.reading() as conn:
        request = approvals.load(conn, request_id)
    if request.decision is not None or request.lapses_at <= utc_now():
        st.rerun()


def over(request: Request) -> None:
    """What became of a request that waits no longer, and where to go from here."""
    if request.decision is None:
        words, icon, why = "Nobody approved it in time", "timer_off", "The sender needs to check it and ask again."
    else:
        words, icon = OVER[request.decision]
        why = f"{name_of(request.decided_by)}, at {when(request.decided_at, utc_now())}."
        why += f" “{request.note}”" if request.note else ""
    action = ("All approvals", "approvals")
    if request.alert_id is not None:
        action = ("Open the live alert", f"live_alerts?alert={request.alert_id}")
    states.state(words, why, icon=icon, action=action)


def note(where: int) -> None:
    """What the last act on this page led to."""
    noted_at, text = st.session_state.get(NOTE, (None, ""))
    if noted_at == where:
        st.html(piece("notice", text))


def changes_html(earlier: SeenRequest, request: Request, now: datetime) -> str:
    """What changed since this approver last looked, and what they said then."""
    found = changes(earlier.document, request.document)
    by = name_of(earlier.decided_by) if earlier.decision == "returned" else ""
    return draw("control/approvals/changes.html", earlier=earlier, found=found, decided_by=by, now=now)


def bar(request: Request, counted: Counted, officer: Officer, presses: int) -> None:
    """The two answers; returning, which tells nobody, has the focus. None for whoever asked."""
    if officer.id in (request.author, request.submitted_by):
        st.html(piece("line", "You asked for this. Another approver needs to look at it.", "sa-nothing"))
        return
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        if st.session_state.get(RETURNING) == request.id:
            st.text_input("What needs to change?", key=REASON, max_chars=300, width=420)
            st.button("Cancel", key="approve:keep", on_click=keep)
            st.button("Return it", key="approve:return", type="primary", on_click=send_back, args=(request.id,))
            return
        with st.container(key="safe-choice", width="content"):
            st.button("Return for changes …", key="approve:why", icon=":material/undo:", on_click=begin_return,
                      args=(request.id,))  # fmt: skip
        key = f"approve:now:{request.id}:{presses}"
        st.button(
            approve_words(counted), key=key, type="primary", on_click=approve, args=(request.id,),
            icon=":material/campaign:",
        )  # fmt: skip


def approve_words(counted: Counted) -> str:
    """ "Approve and tell 4,102 people now"."""
    people = review.people_words(counted.preview.people)
    if settings().mode is Mode.TRAINING:
        return f"EXERCISE: approve and tell {people}"
    return f"Approve and tell {people} now"


def begin_return(request_id: int) -> None:
    """Callback: ask for the reason."""
    st.session_state[RETURNING] = request_id


def keep() -> None:
    """Callback: leave the question."""
    st.session_state.pop(RETURNING, None)


def approve(request_id: int) -> None:
    """Callback: agree to exactly what was drawn; it is issued in the same transaction."""
    reading: Reading | None = st.session_state.get(OPEN)
    if reading is None or isinstance(reading.counted, Nowhere):
        return
    shown, now = reading.counted.preview, utc_now()
    act(
        APPROVE,
        request_id,
        lambda conn, officer: approvals.approve(conn, request_id, officer, shown=shown, now=now).id,
        ISSUED,
    )


def send_back(request_id: int) -> None:
    """Callback: return it with the reason that was written."""
    reason = str(st.session_state.get(REASON, ""))
    if act(
        APPROVE, request_id, lambda conn, officer: approvals.send_back(conn, request_id, officer, reason, utc_now())
    ):
        keep()


def act(may: Power, where: int, work: Callable[[Connection, str], Any], result: str = "") -> bool:
    """Do it in one transaction as whoever is at the screen now; False, and a note, when it was refused.

    `where` is the request on whose page the note stands, 0 for the list.
    """
    st.session_state.pop(NOTE, None)
    done, refusal = access.act(may, work)
    if refusal:
        st.session_state[NOTE] = where, refusal
        st.session_state.pop(OPEN, None)
        st.session_state[PRESSES] = st.session_state.get(PRESSES, 0) + 1
        return False
    if result:
        st.session_state[result] = done
    return True
