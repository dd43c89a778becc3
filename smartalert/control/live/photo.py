"""The photograph on the page of one alert: what people see of it, and taking it down."""

from functools import partial

import streamlit as st

from smartalert.alerts import photos
from smartalert.alerts.lifecycle import Alert
from smartalert.alerts.photos import AlertPhoto
from smartalert.clock import utc_now
from smartalert.control import names, states, transactions
from smartalert.control.access import ON_DUTY, Role, power, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.live import actions, snapshot
from smartalert.control.words import clock, when

TAKE_DOWN = power("Take the photograph of an alert down", Role.SENDER, Role.APPROVER)
LOOK_EVERY_S = 5.0
QUESTION = (
    "Take it down? The alert goes on without it. It disappears from its page, from mails opened from now on and from "
    "feeds within half a minute, and cannot be put back. Phones that have shown it may keep it."
)
#: Session key: the alert whose photograph's end is being asked about.
ASKING = "live:photo-asking"


def show(alert: Alert) -> str:
    """Draw it, or nothing where the alert has none; where the page finds it, as long as there is one."""
    photo = transactions.in_transaction(photos.find, alert.id)
    if photo is None:
        return ""
    st.fragment(part, run_every=LOOK_EVERY_S)(alert.id)
    return "" if photo.is_erased else address(alert.id)


def address(alert_id: int) -> str:
    """Where the control room's screens find an alert's photograph."""
    return f"/photos/alert/{alert_id}"


@states.or_failed
def part(alert_id: int) -> None:
    """The photograph, where it stands, and the button that ends it."""
    officer = require_officer(*ON_DUTY)
    found, photo = snapshot.of_alert(alert_id), transactions.in_transaction(photos.find, alert_id)
    if found is None or photo is None:
        return
    with st.container(key="panel-photo"):
        facts = {"photo": photo, "address": address(alert_id), "standing": standing(found.alert, photo)}
        st.html(draw("control/live/photo.html", **facts))
        if photo.is_shown and officer.may(*TAKE_DOWN.roles):
            buttons(alert_id)


def standing(alert: Alert, photo: AlertPhoto) -> str:
    """Who can see it, or since when nobody can."""
    if photo.taken_down_at:
        by = names.name_of(photo.taken_down_by)
        return f"Taken down {when(photo.taken_down_at, utc_now())} by {by}. Nobody outside sees it."
    if alert.release_at > utc_now() and alert.withdrawn_at is None:
        return "Nobody outside sees it before the alert leaves."
    if not photo.is_shown:
        return "It came down with the alert, or with the message that took its place. Nobody outside sees it."
    return f"Comes down by itself when the alert is over, at {clock(alert.expires_at)}, or is stopped."


def buttons(alert_id: int) -> None:
    """Taking it down, and before that the question; leaving it has the focus."""
    if st.session_state.get(ASKING) != alert_id:
        st.button("Take the photograph down …", icon=":material/hide_image:", on_click=partial(ask, alert_id))
        return
    st.html(piece("line", QUESTION, "sa-note", "alert"))
    leave, end = st.columns(2)
    with leave, st.container(key="safe-choice"):
        st.button("Leave it", width="stretch", on_click=leave_it)
    with end, st.container(key="stop-for-good"):
        st.button("Take it down for good", width="stretch", on_click=partial(take_down, alert_id))


def ask(alert_id: int) -> None:
    """Callback: show what taking it down does."""
    st.session_state[ASKING] = alert_id


def leave_it() -> None:
    """Callback: leave the question."""
    st.session_state.pop(ASKING, None)


def take_down(alert_id: int) -> None:
    """Callback: end it, as whoever is at the screen now."""
    leave_it()
    actions.act(photos.take_down, alert_id, needs=TAKE_DOWN)
