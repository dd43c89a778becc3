"""What an officer does with a response. Each is a callback: it asks again who is acting, and never raises."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Power, Role, power
from smartalert.control.responses import reading
from smartalert.database import connection
from smartalert.responses import inbox

#: Who listens to the public: whoever answers, and whoever sends and answers for what is sent.
WORKERS = (Role.RESPONDER, Role.SENDER, Role.APPROVER)
WORK = power("Look at, claim, note and judge what the public told us", *WORKERS)
#: Session keys: the response on the right, and (response, what the last act on it led to).
CHOSEN, NOTICE = "responses:chosen", "responses:notice"


def choose(response_id: int) -> None:
    """Callback: show this response on the right; who looked first, and when, is kept."""
    st.session_state[CHOSEN] = response_id
    act(response_id, lambda conn, officer: inbox.look(conn, response_id, officer, utc_now()))


def claim(response_id: int, take_over: bool = False) -> None:
    """Callback: claim this response for whoever is at the screen, or take it over from another officer."""
    act(
        response_id,
        lambda conn, officer: inbox.claim(conn, response_id, officer, utc_now(), take_over=take_over),
    )


def release(response_id: int) -> None:
    """Callback: give the claim up."""
    act(response_id, lambda conn, officer: inbox.release(conn, response_id, officer))


def judge(response_id: int, verdict: str | None) -> None:
    """Callback: keep the verdict, with the outcome if one is written in its field."""
    outcome = str(st.session_state.get(outcome_key(response_id), "")) if verdict else ""
    act(
        response_id,
        lambda conn, officer: inbox.judge(conn, response_id, verdict, officer, now=utc_now(), outcome=outcome),
    )


def note(response_id: int) -> None:
    """Callback: keep what is written in the note's field, and empty it."""
    words = str(st.session_state.get(note_key(response_id), ""))
    if act(response_id, lambda conn, officer: inbox.note(conn, response_id, officer, words, utc_now())):
        st.session_state[note_key(response_id)] = ""


def note_key(response_id: int) -> str:
    """Session key of a response's note while it is written."""
    return f"responses:note:{response_id}"


def outcome_key(response_id: int) -> str:
    """Session key of a response's outcome while it is written."""
    return f"responses:outcome:{response_id}"


def noticed(response_id: int) -> str:
    """What the last act on this response led to; empty when there is nothing to say."""
    noticed_of, text = st.session_state.get(NOTICE, (None, ""))
    return str(text) if noticed_of == response_id else ""


def act(response_id: int, work: Callable[[connection.Connection, str], Any], needs: Power = WORK) -> bool:
    """Do it in one transaction as whoever is at the screen now; False, and a notice, when it was refused."""
    st.session_state.pop(NOTICE, None)
    _, refusal = access.act(needs, work)
    if refusal:
        st.session_state[NOTICE] = response_id, refusal
        return False
    reading.forget()
    return True
