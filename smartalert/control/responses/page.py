"""The responses screen: filters on top, the queue on the left, one response on the right."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Officer, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.live import follow_up
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.responses import reading, response
from smartalert.control.words import ago, count
from smartalert.database.connection import row_number
from smartalert.responses.inbox import VERDICTS, AnsweredAlert, QueuedResponse

STYLE = Path(__file__).with_name("page.css")
#: With the age a list may have and the time to draw it, a new response is in sight within two seconds of being sent.
LIST_EVERY_S = 0.75
#: More would only be scrolled past; the filters narrow.
MOST_ROWS = 40
SHOWN = {"open": "Open", "unread": "New", "done": "Done", "all": "All"}
#: Session keys of the filters.
ALERT, STATE, MINE = "responses:alert", "responses:state", "responses:mine"
EMPTY = {
    "open": "There are no open responses. New ones appear here.",
    "unread": "Every response has been read. New ones appear here.",
    "done": "No response has been dealt with yet.",
    "all": "When people answer an alert, their responses appear here.",
}


def page(officer: Officer) -> None:
    """Draw the screen; an address may name a response."""
    follow_up.go_on()
    st.html(STYLE)
    asked = row_number(st.query_params.get("response", ""))
    if asked is not None and acting.CHOSEN not in st.session_state:
        acting.choose(asked)
    with st.container(key="resp-head", horizontal=True, vertical_alignment="center"):
        filters()
    left, right = st.columns([4, 6], gap="medium")
    with left, st.container(key="resp-queue"):
        st.fragment(queue, run_every=LIST_EVERY_S)()
    with right, st.container(key="resp-pane"):
        response.pane(st.session_state.get(acting.CHOSEN), officer)


def filters() -> None:
    """By alert, by state, mine; and the case file of the alert's incident."""
    answered = {row.id: row for row in reading.answered()}
    st.html(piece("title", "Responses"), width="content")
    alert = st.selectbox(
        "Alert",
        [None, *answered],
        key=ALERT,
        format_func=lambda alert_id: alert_words(answered.get(alert_id)),
        label_visibility="collapsed",
        width=430,
    )
    st.segmented_control(
        "Show", list(SHOWN), key=STATE, default="open", format_func=SHOWN.__getitem__, label_visibility="collapsed"
    )
    st.toggle("Only mine", key=MINE)
    if alert is not None:
        case_file = piece("file", f"responses/case-file?alert={int(alert)}", "folder_zip", "Case file")
        st.html(case_file, width="content")


def alert_words(row: AnsweredAlert | None) -> str:
    """One choice of the alert filter."""
    if row is None:
        return "All alerts"
    return f"{isolated(row.headline)} · {count(row.responses, 'response', 'responses')}, {row.open} open"


def queue() -> None:
    """The list; rows keep their keys, so what is being pressed never moves to another row."""
    officer = require_officer(*acting.WORKERS)
    state = st.session_state.get(STATE) or "open"
    mine = officer.id if st.session_state.get(MINE) else None
    rows = reading.queue(state, st.session_state.get(ALERT), mine)
    if not rows:
        states.state("No responses", EMPTY[state], icon="inbox")
        return
    now = utc_now()
    pressed = [entry(row, now) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        more = count(len(rows) - MOST_ROWS, "more is", "more are")
        st.html(piece("line", f"{more} not shown. Choose one alert to see fewer.", "sa-nothing"))
    if any(pressed):
        st.rerun()


def entry(row: QueuedResponse, now: datetime) -> bool:
    """One row: a card under a button that covers it; True when it has just been chosen."""
    chosen = st.session_state.get(acting.CHOSEN) == row.id
    with st.container(key=f"resp-row-{row.id}", gap=None):
        st.html(card(row, now, chosen=chosen))
        return st.button(
            spoken(row, now), key=f"open-{row.id}", on_click=acting.choose, args=(row.id,), width="stretch"
        )


def card(row: QueuedResponse, now: datetime, *, chosen: bool) -> str:
    """What a row shows: how urgent, how old, how it begins, where, and whose it is."""
    return draw("control/responses/card.html", row=row, now=now, chosen=chosen, whose=whose(row))


def whose(row: QueuedResponse) -> str:
    """Who has it, or what they made of it."""
    if row.verdict:
        return VERDICTS[row.verdict]
    return name_of(row.claimed_by) if row.claimed_by else "Not claimed"


def spoken(row: QueuedResponse, now: datetime) -> str:
    """The same for a screen reader, short."""
    words = ["new"] * (row.first_look_at is None) + ["urgent"] * bool(row.urgent)
    return ", ".join([f"Open {row.reference}", *words, ago((now - row.received_at).total_seconds())])
