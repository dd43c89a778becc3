"""What officers do with the words of alerts, and what the last act led to."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.alerts import kind_checks
from smartalert.alerts.kind_checks import Known
from smartalert.config import settings
from smartalert.control import access, transactions
from smartalert.control.access import Power, Role, power
from smartalert.control.drawing import piece
from smartalert.control.send import proofreading
from smartalert.database.connection import Connection

READERS = (Role.ADMINISTRATOR, Role.APPROVER)
PROPOSE = power("Propose other words for a kind of alert", Role.ADMINISTRATOR)
DECIDE = power("Approve or refuse words that somebody else proposed", *READERS)
HIDE = power("Hide kinds of alert from the send screen and show them again", Role.ADMINISTRATOR)
ORDER = power("Put the kinds of alert on the send screen in another order", Role.ADMINISTRATOR)
#: Session key: what the last act led to.
NOTE = "words:note"


def act(power: Power, work: Callable[[Connection, str], Any], done: str) -> bool:
    """Do it in one transaction as whoever is at the screen now, and say what came of it; whether it was done."""
    _, refusal = access.act(power, work)
    st.session_state[NOTE] = refusal or done
    return not refusal


def note() -> None:
    """What the last act led to, said once."""
    if said := st.session_state.pop(NOTE, ""):
        st.html(piece("notice", said, "status"))


def known() -> Known:
    """What the checks have to know of this deployment."""
    return Known(settings().mode, proofreading.local_words(), _long_place())


@st.cache_resource(ttl=3600, show_spinner=False)
def _long_place() -> str:
    with transactions.reading() as conn:
        return kind_checks.long_place(conn)
