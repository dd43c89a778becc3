"""What an officer does to an issued alert. Each is a callback: it asks again who is acting, and never raises."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.alerts import issuing, lifecycle
from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Power, Role, power
from smartalert.control.live import snapshot
from smartalert.wording import Channel, count

#: For whoever may send, and whoever answers for what is sent.
HANDLE = power("Undo, release or stop an alert, and try again what failed or is in doubt", Role.SENDER, Role.APPROVER)
#: Session keys: (alert, what the last act on it led to), and the alert whose stopping is being asked about.
NOTE, ASKING = "live:note", "live:asking"


def undo(alert_id: int) -> None:
    """Withdraw within the ten seconds."""
    act(lifecycle.withdraw, alert_id)


def saw_undo(alert_id: int) -> None:
    """The browser shows the way to undo it: the seconds begin."""
    act(issuing.begin_undo, alert_id)


def tell_now(alert_id: int) -> None:
    """Skip what is left of the ten seconds."""
    act(lifecycle.release_now, alert_id)


def ask_to_stop(alert_id: int) -> None:
    """Show what stopping would do."""
    st.session_state[ASKING] = alert_id
    st.session_state.pop(NOTE, None)


def keep_going(_alert_id: int) -> None:
    """Leave the question."""
    st.session_state.pop(ASKING, None)


def stop(alert_id: int) -> None:
    """Stop what has not left."""
    keep_going(alert_id)
    act(lifecycle.stop, alert_id)


def try_again(alert_id: int, channel: Channel) -> None:
    """Try the failed deliveries of one channel once more, and say how many."""
    again = act(lifecycle.try_again, alert_id, channel)
    if again == 0:
        note(alert_id, f"None of the failed {channel.plural} can be tried again: these people have switched them off.")
    elif again:
        note(alert_id, f"Trying {again:,} {channel.noun(again)} again.")


def send_in_doubt(alert_id: int) -> None:
    """Send mails again that may have left."""
    if again := act(lifecycle.send_in_doubt, alert_id):
        note(alert_id, f"Sending {count(again, 'e-mail', 'e-mails')} again.")


def send_by_relay(alert_id: int) -> None:
    """Send mails by the force's own relay while SendGrid takes none."""
    if act(lifecycle.send_by_relay, alert_id):
        note(alert_id, "E-mails now go by the force’s own mail, until SendGrid takes them again.")


def leave_in_doubt(alert_id: int) -> None:
    """Leave mails that may not have left."""
    if left := act(lifecycle.leave_in_doubt, alert_id):
        note(alert_id, f"{count(left, 'e-mail', 'e-mails')} will not be sent again.")


def note(alert_id: int, text: str) -> None:
    """Say this on the alert's page until the next act."""
    st.session_state[NOTE] = alert_id, text


def noted(alert_id: int) -> str:
    """What the last act on this alert led to; empty when there is nothing to say."""
    noted_of, text = st.session_state.get(NOTE, (None, ""))
    return str(text) if noted_of == alert_id else ""


def act(work: Callable[..., Any], alert_id: int, *details: str, needs: Power = HANDLE) -> Any:
    """Do it in one transaction as whoever is at the screen now; None, and a note, when it was refused."""
    st.session_state.pop(NOTE, None)
    done, refusal = access.act(needs, lambda conn, officer: work(conn, alert_id, *details, officer, utc_now()))
    if refusal:
        note(alert_id, refusal)
    else:
        snapshot.forget()
    return done
