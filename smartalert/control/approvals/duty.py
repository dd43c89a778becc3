"""Whether an approver is on duty, and is called when an alert waits: chosen by themselves, or by an administrator."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from smartalert.clock import LONDON, utc_now
from smartalert.control import access, states
from smartalert.control.access import Role, power, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.transactions import in_transaction
from smartalert.control.words import until
from smartalert.database.connection import Connection
from smartalert.officers import duties
from smartalert.officers.duties import LONGEST, Approver

BE_ON_DUTY = power("Say until when one is on duty as an approver, and link one’s phone for calls", Role.APPROVER)
#: Session keys: that a phone is being linked, its code as it is typed, and what the last press led to.
LINKING, CODE, NOTE = "duty:linking", "duty:code", "duty:note"
LOOK_EVERY_S = 30.0
OFF = "Off duty"


@states.or_failed
def own() -> None:
    """The approver's own choice, and how calls reach them."""
    officer, now = require_officer(Role.APPROVER), utc_now()
    found = next((one for one in in_transaction(duties.roster, now) if one.id == officer.id), None)
    if found is None:
        return
    with st.container(key="duty", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/approvals/duty.html", approver=found, now=now))
        phone(found)
        choose(found, now, choose_own, label="On duty until")
    if noted := st.session_state.pop(NOTE, ""):
        st.html(piece("notice", noted))


def phone(approver: Approver) -> None:
    """Linking the phone on which they are called, by the code that its app shows; or no longer."""
    if approver.has_phone:
        st.button("Unlink my phone", key="duty-unlink", on_click=unlink)
    elif not st.session_state.get(LINKING):
        st.button("Link my phone …", key="duty-link", on_click=begin, args=(True,))
    else:
        st.text_input(
            "Code from the Smart Alert app",
            key=CODE,
            max_chars=40,
            width=200,
            help="In the app, open “For police officers”.",
        )
        st.button("Cancel", key="duty-leave", on_click=begin, args=(False,))
        st.button("Link it", key="duty-link-it", type="primary", on_click=link)


def begin(is_begun: bool) -> None:
    """Callback: ask for the code, or leave it."""
    st.session_state[LINKING] = is_begun


def link() -> None:
    """Callback: link the phone that shows the code; a refusal leaves what was typed."""
    typed = str(st.session_state.get(CODE, ""))
    if press(lambda conn, officer: duties.link_phone(conn, officer, typed), "Your phone is linked."):
        begin(False)


def unlink() -> None:
    """Callback: call them by e-mail only."""
    press(duties.unlink_phone, "Your phone is no longer called.")


def press(work: Callable[[Connection, str], None], done: str = "") -> bool:
    """Do it for whoever is at the screen, and say what came of it."""
    _, refusal = access.act(BE_ON_DUTY, work)
    st.session_state[NOTE] = refusal or done
    return not refusal


def choose(
    approver: Approver, now: datetime, act: Callable[[str, str], None], *, label: str, shown: bool = True
) -> None:
    """The whole hours to come, and off duty."""
    chosen = approver.until
    times = [OFF, *sorted({*hours(now), *([chosen] if chosen else [])})]
    key = f"duty-{approver.id}-{chosen.isoformat() if chosen else 'off'}"
    st.selectbox(
        label, times, index=times.index(chosen or OFF), key=key, on_change=act, args=(approver.id, key), width=170,
        format_func=lambda at: at if isinstance(at, str) else until(at, now),
        label_visibility="visible" if shown else "collapsed",
    )  # fmt: skip


def hours(now: datetime) -> list[datetime]:
    """The next whole hours, as long as anybody may be on duty."""
    last = now.astimezone(LONDON).replace(minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
    return [last + timedelta(hours=number) for number in range(1, LONGEST // timedelta(hours=1) + 1)]


def choose_own(officer_id: str, key: str) -> None:
    """Callback: on duty until then, or off duty."""
    press(lambda conn, officer: duties.set_until(conn, officer, chosen_until(key), officer, utc_now()))


def chosen_until(key: str) -> datetime | None:
    """The time that was chosen; None: off duty."""
    chosen: datetime | str = st.session_state[key]
    return None if isinstance(chosen, str) else chosen
