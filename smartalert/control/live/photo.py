"""The photograph on the page of one alert: what people see of it, and taking it down."""

from functools import partial

import streamlit as st

from smartalert.alerts import photos
from smartalert.alerts.lifecycle import Alert
from smartalert.alerts.photos import AlertPhoto
from smartalert.clock import utc_now
from smartalert.control import names
from smartalert.control.access import Officer, Role, power
from smartalert.control.drawing import draw, piece
from smartalert.control.live import actions
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.words import until, when

TAKE_DOWN = power("Take the photograph of an alert down", Role.SENDER, Role.APPROVER)
QUESTION = (
    "Take the photograph down? You cannot put it back. Within half a minute it is gone from the alert’s page, from "
    "feeds and from e-mails opened after that. Phones may keep it. The alert itself goes on."
)
#: Session key: the alert whose photograph's end is being asked about.
ASKING = "live:photo-asking"


def address(seen: Snapshot) -> str:
    """Where the control room's screens find an alert's photograph; empty where there is none, or none any more."""
    return f"/photos/alert/{seen.alert.id}" if seen.photo and not seen.photo.is_erased else ""


def part(seen: Snapshot, officer: Officer) -> None:
    """The photograph, who can see it, and the button that ends it; nothing where the alert never had one."""
    if seen.photo is None:
        return
    with st.container(key="panel-photo"):
        facts = {"photo": seen.photo, "address": address(seen), "seen_by": seen_by(seen.alert, seen.photo)}
        st.html(draw("control/live/photo.html", **facts))
        if seen.photo.is_shown and officer.may(*TAKE_DOWN.roles):
            buttons(seen.alert.id)


def seen_by(alert: Alert, photo: AlertPhoto) -> str:
    """Who can see it, or since when nobody can."""
    if photo.taken_down_at:
        by = names.name_of(photo.taken_down_by)
        return f"Taken down {when(photo.taken_down_at, utc_now())} by {by}. The public can no longer see it."
    if alert.release_at > utc_now() and alert.withdrawn_at is None:
        return "The public can see it once the alert has gone out."
    if not photo.is_shown:
        return "It was taken down when the alert ended or was replaced. The public can no longer see it."
    return f"It is taken down when the alert ends, at {until(alert.expires_at, utc_now())}, or when you stop the alert."


def buttons(alert_id: int) -> None:
    """Taking it down, and before that the question; leaving it has the focus."""
    if st.session_state.get(ASKING) != alert_id:
        st.button("Take the photograph down …", icon=":material/hide_image:", on_click=partial(ask, alert_id))
        return
    st.html(piece("line", QUESTION, "sa-note", "alert"))
    leave, end = st.columns(2)
    with leave, st.container(key="safe-choice"):
        st.button("Leave it up", width="stretch", on_click=leave_it)
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
