"""What an officer does with a response. Each is a callback: it asks again who is acting, and never raises."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Power, Role, power
from smartalert.control.responses import reading
from smartalert.database import connection
from smartalert.responses import grades, handling, nearby

#: Who listens to the public: whoever answers, and whoever sends and answers for what is sent.
WORKERS = (Role.RESPONDER, Role.SENDER, Role.APPROVER)
WORK = power("Look at, claim, grade, note, judge and pass on what the public told us", *WORKERS)
#: Session keys: the response on the right, and (response, what the last act on it led to).
CHOSEN, NOTICE = "responses:chosen", "responses:notice"


def choose(response_id: int) -> None:
    """Callback: show this response on the right; who looked first, and when, is kept."""
    st.session_state[CHOSEN] = response_id
    act(response_id, lambda conn, officer: handling.look(conn, response_id, officer, utc_now()))


def claim(response_id: int, take_over: bool = False) -> None:
    """Callback: claim this response for whoever is at the screen, or take it over from another officer."""
    act_on_all(
        response_id,
        lambda conn, officer, one: handling.claim(
            conn, one, officer, utc_now(), take_over=take_over and one == response_id
        ),
    )


def release(response_id: int) -> None:
    """Callback: give the claim up."""
    act(response_id, lambda conn, officer: handling.release(conn, response_id, officer))


def judge(response_id: int, verdict: str | None, team: int | None = None) -> None:
    """Callback: keep the verdict, with the outcome if one is written in its field."""
    outcome = str(st.session_state.get(outcome_key(response_id), "")) if verdict else ""
    act_on_all(
        response_id,
        lambda conn, officer, one: handling.judge(
            conn, one, verdict, officer, now=utc_now(), outcome=outcome, team=team
        ),
    )


def pass_on(response_id: int) -> None:
    """Callback: pass it on to the team that was chosen, and let the next choice begin anew."""
    team = st.session_state.get(team_key(response_id))
    st.session_state[team_key(response_id)] = None
    if team is not None:
        judge(response_id, "passed_on", int(team))


def grade(response_id: int, seen: str | None) -> None:
    """Callback: keep how far the person knows it, or take back the grade that was seen."""
    chosen = st.session_state.get(grade_key(response_id))
    act_on_all(response_id, lambda conn, officer, one: grades.grade(conn, one, chosen, officer, utc_now(), seen=seen))


def grade_key(response_id: int) -> str:
    """Session key of the choice of a response's grade."""
    return f"responses:grade:{response_id}"


def note(response_id: int) -> None:
    """Callback: keep what is written in the note's field, and empty it."""
    words = str(st.session_state.get(note_key(response_id), ""))
    if act(response_id, lambda conn, officer: handling.note(conn, response_id, officer, words, utc_now())):
        st.session_state[note_key(response_id)] = ""


def note_key(response_id: int) -> str:
    """Session key of a response's note while it is written."""
    return f"responses:note:{response_id}"


def outcome_key(response_id: int) -> str:
    """Session key of a response's outcome while it is written."""
    return f"responses:outcome:{response_id}"


def team_key(response_id: int) -> str:
    """Session key of the team that a response is being passed to."""
    return f"responses:team:{response_id}"


def all_key(response_id: int) -> str:
    """Session key of whether what is done with a response is done with those near it too."""
    return f"responses:all:{response_id}"


def noticed(response_id: int) -> str:
    """What the last act on this response led to; empty when there is nothing to say."""
    noticed_of, text = st.session_state.get(NOTICE, (None, ""))
    return str(text) if noticed_of == response_id else ""


def act_on_all(response_id: int, work: Callable[[connection.Connection, str, int], None]) -> None:
    """Do it with a response, and where the officer said so with those near it that are open and nobody else's."""
    if not st.session_state.get(all_key(response_id)):
        act(response_id, lambda conn, officer: work(conn, officer, response_id))
        return

    def with_all(conn: connection.Connection, officer: str) -> None:
        for one in nearby.to_act_on(conn, response_id, officer):
            work(conn, officer, one)

    act(response_id, with_all)


def act(response_id: int, work: Callable[[connection.Connection, str], Any], needs: Power = WORK) -> bool:
    """Do it in one transaction as whoever is at the screen now; False, and a notice, when it was refused."""
    st.session_state.pop(NOTICE, None)
    _, refusal = access.act(needs, work)
    if refusal:
        st.session_state[NOTICE] = response_id, refusal
        return False
    reading.forget()
    return True
