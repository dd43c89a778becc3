"""What trainers do with scenarios of their own, and what the last act led to."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Role, power
from smartalert.control.drawing import piece
from smartalert.control.send import fields
from smartalert.database.connection import Connection
from smartalert.drills import editing, own
from smartalert.drills.editing import Location
from smartalert.drills.own import Own
from smartalert.errors import ScenarioRefused

WRITE = power("Copy, write, import, delete and bring back scenarios for drills", Role.TRAINER)
#: Session keys: what the last act led to, the scenario that can be brought back, and the one to open now.
NOTE, DELETED, OPENED = "scenarios:note", "scenarios:deleted", "scenarios:opened"
FILE = "scenario-file"


def copy(text: str) -> None:
    """Callback: begin one of one's own from this text, and open it."""
    _open(_act(lambda conn, officer: own.copy(conn, text, officer, utc_now()), "Copied. This one is yours to change."))


def take_file(given: Any) -> None:
    """Callback: keep a file that somebody chose, if it is a whole scenario; else say all that is wrong with it."""
    fields.renew(FILE)

    def keep(conn: Connection, officer: str) -> int:
        try:
            text = given.getvalue().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ScenarioRefused(["This is not YAML. Save it as text in UTF-8."]) from None
        return own.add(conn, text, officer, utc_now())

    _open(_act(keep, "Imported."))


def change(one: Own, location: Location, value: Any) -> None:
    """Callback: put this into its place, and keep it at once."""
    _act(lambda conn, officer: own.change(conn, one, editing.change(one.text, location, value), officer, utc_now()))


def add(one: Own, location: Location, item: dict[str, Any]) -> None:
    """Callback: one more item of a list."""
    _act(lambda conn, officer: own.change(conn, one, editing.add(one.text, location, item), officer, utc_now()))


def rewrite(one: Own, text: str) -> None:
    """Callback: the whole text anew."""
    _act(lambda conn, officer: own.change(conn, one, editing.cleaned(text), officer, utc_now()))


def delete(number: int) -> None:
    """Callback: take it away; it can be brought back."""
    _act(lambda conn, officer: own.delete(conn, number, officer, utc_now()), "The scenario is deleted.")
    st.session_state[DELETED] = number
    st.query_params.clear()


def restore(number: int) -> None:
    """Callback: bring it back."""
    _act(lambda conn, officer: own.restore(conn, number, officer), "The scenario is back.")
    st.session_state.pop(DELETED, None)


def go_on() -> None:
    """Show the scenario that the last act made, if it made one."""
    if number := st.session_state.pop(OPENED, None):
        st.query_params.from_dict({"own": str(number)})


def note() -> None:
    """What the last act led to, said once; with the way back where there is one."""
    said = st.session_state.pop(NOTE, "")
    if not said:
        return
    with st.container(key="scenarios-note", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(piece("notice", said, "status"))
        if number := st.session_state.get(DELETED):
            st.button("Undo", key="scenarios-restore", icon=":material/undo:", on_click=restore, args=(number,))


def _act(work: Callable[[Connection, str], Any], done: str = "") -> Any:
    """Do it as whoever is at the screen now; nothing, and why, where it was refused."""
    st.session_state.pop(DELETED, None)
    found, refusal = access.act(WRITE, work)
    st.session_state[NOTE] = refusal or done
    return None if refusal else found


def _open(number: Any) -> None:
    if number is not None:
        st.session_state[OPENED] = number
