"""What a forgotten alert said: shown to whoever asks for it and may, once the audit has it that they did."""

from functools import partial

import streamlit as st

from smartalert.alerts import forgetting
from smartalert.alerts.lifecycle import Alert
from smartalert.control import access
from smartalert.control.access import Officer, Role, power
from smartalert.control.drawing import piece
from smartalert.control.live import actions

LOOK = power(
    "Look at what an alert said after its details left the public pages", Role.SENDER, Role.APPROVER, Role.RESPONDER
)
#: Session key: the alert whose evidence this screen shows.
SHOWN = "live:evidence"
WHY = (
    "This alert has ended and its details are no longer public. We keep them as evidence. If you look at them, the "
    "audit records it."
)


def may_be_shown(alert: Alert) -> bool:
    """Whether this screen shows the words and the photograph: of a forgotten alert only after a press."""
    return not alert.is_forgotten or st.session_state.get(SHOWN) == alert.id


def ask(alert: Alert, officer: Officer) -> None:
    """In the place of words and photograph: why they are not shown, and the button that shows them."""
    with st.container(key="panel-evidence"):
        st.html(piece("panel", "What it said"))
        st.html(piece("line", WHY, "sa-note"))
        if officer.may(*LOOK.roles):
            st.button("Show what it said", icon=":material/visibility:", on_click=partial(show, alert.id))


def show(alert_id: int) -> None:
    """Callback: write the look down, then show."""
    _, refusal = access.act(LOOK, lambda conn, officer: forgetting.note_look(conn, alert_id, officer))
    if refusal:
        actions.note(alert_id, refusal)
    else:
        st.session_state[SHOWN] = alert_id


def put_away() -> None:
    """The officer has left the page: the next look is another one."""
    st.session_state.pop(SHOWN, None)
