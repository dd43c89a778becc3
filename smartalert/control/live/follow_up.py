"""Putting an alert right, on its live page: what may follow it, each a button, and what was said of it so far."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import streamlit as st

from smartalert.alerts import threads, undone
from smartalert.alerts.follow_ups import CHOICES, FOLLOW_UPS
from smartalert.clock import utc_now
from smartalert.control.access import Officer, Role, power
from smartalert.control.drawing import draw, piece
from smartalert.control.live import actions
from smartalert.control.live.phase import Phase
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.names import name_of
from smartalert.database.connection import Connection

FOLLOW = power("Begin what follows an alert", Role.SENDER)
#: Session key: the draft that a press began and until when the browser is led to it; until the page is open that
#: composes it, for a run may be broken off, and what it drew never come to a browser.
BEGUN = "follow-up:begun"
LEAD_FOR = timedelta(seconds=15)
#: The browser itself goes there, as by a link (frame.js): st.switch_page would end a fragment's run half way.
_lead = st.components.v2.component("smartalert_lead", js="export default ({ data }) => smartAlertLead(data.to)")
#: Nobody was told, or a newer message is the one to follow.
TOO_EARLY_OR_LATE = {Phase.HELD, Phase.WITHDRAWN, Phase.REPLACED}


def go_on() -> None:
    """Lead to the draft that the last press began, if it did."""
    begun: tuple[UUID, datetime] | None = st.session_state.get(BEGUN)
    if begun is not None and utc_now() < begun[1]:
        _lead(key="lead", data={"to": f"send_alert?draft={begun[0]}"})


def keep(draft: UUID | None) -> None:
    """For callbacks: lead to this draft from now on; None where there is none."""
    st.session_state[BEGUN] = draft and (draft, utc_now() + LEAD_FOR)


def arrive() -> None:
    """The page is open that composes it: nobody is led any more."""
    st.session_state.pop(BEGUN, None)


def begin(alert_id: int, follow_up: str) -> None:
    """Callback: a draft of what follows this alert; a refusal becomes the page's note."""
    keep(actions.act(threads.begin, alert_id, follow_up, needs=FOLLOW))


def send_again(alert_id: int) -> None:
    """Callback: the undone alert as the draft it was; a refusal becomes the page's note."""
    as_draft = actions.act(
        lambda conn, alert, officer, _now: undone.as_draft(conn, alert, officer), alert_id, needs=FOLLOW
    )
    keep(as_draft)


def begin_outcome(conn: Connection, alert_id: int, officer: str, words: str) -> None:
    """A draft that tells everybody who got the alert what came of it, in these words. Raises AlertRefused."""
    keep(threads.begin(conn, alert_id, "outcome", officer, utc_now(), words=words.strip()))


def choices(seen: Snapshot, phase: Phase, officer: Officer) -> None:
    """What may follow the alert now."""
    if phase in TOO_EARLY_OR_LATE or not officer.may(*FOLLOW.roles):
        return
    with st.container(key="follow-ups", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(piece("line", "Change or end this alert:"))
        over = seen.alert.msg_type == "Cancel"
        for kind in (kind for kind in map(FOLLOW_UPS.__getitem__, CHOICES) if not (over and kind.ends)):
            st.button(
                kind.label,
                key=f"follow-{kind.key}",
                icon=f":material/{kind.icon}:",
                on_click=partial(begin, seen.alert.id, kind.key),
            )


def thread(seen: Snapshot) -> None:
    """Every message of the thread in order, each a link; nothing where the alert stands alone."""
    if len(seen.thread) > 1:
        facts = {"thread": seen.thread, "here": seen.alert.id, "kinds": FOLLOW_UPS, "name_of": name_of}
        st.html(draw("control/live/thread.html", now=utc_now(), **facts))
