"""What the list shows is in the address: filters, search, page and the open response outlive a reload, and Back."""

import streamlit as st

from smartalert import cleaning
from smartalert.control import streamlit_patches
from smartalert.control.responses import actions
from smartalert.database.connection import row_number
from smartalert.responses import search

SHOWN = {"open": "Open", "unread": "New", "done": "Closed", "all": "All"}
#: Session keys: the filters, the search box, the page of the list, and the address as this screen wrote it.
ALERT, STATE, MINE, FIND = "responses:alert", "responses:state", "responses:mine", "responses:find"
TEAM = "responses:my-team"
PAGE, WRITTEN = "responses:page", "responses:address"
#: Session key: the address before that, which a browser may name for as long as it has not heard of the new one.
LEFT = "responses:address-left"
#: Session key: what the whole page was drawn for last.
DRAWN = "responses:drawn"


def adopt() -> None:
    """Show what the address says, unless this screen said so itself: opened, reloaded, or gone back to."""
    asked = st.query_params.to_dict()
    said = [WRITTEN] if streamlit_patches.leads_back() else [WRITTEN, LEFT]
    if STATE in st.session_state and any(st.session_state.get(key) == asked for key in said):
        return
    state = asked.get("show", "")
    st.session_state[STATE] = state if state in SHOWN else "open"
    st.session_state[ALERT] = row_number(asked.get("alert", ""))
    st.session_state[MINE] = asked.get("mine") == "yes"
    st.session_state[TEAM] = asked.get("team") == "yes"
    st.session_state[FIND] = cleaning.one_line(asked.get("find", ""), search.LONGEST)
    st.session_state[PAGE] = max(1, row_number(asked.get("page", "")) or 1)
    response_id = row_number(asked.get("response", ""))
    if response_id is None:
        st.session_state.pop(actions.CHOSEN, None)
    elif st.session_state.get(actions.CHOSEN) != response_id:
        actions.choose(response_id)


def write() -> None:
    """Put what is shown into the address, where it differs; what is usual is left out."""
    shown = {
        "alert": st.session_state.get(ALERT),
        "show": state() if state() != "open" else None,
        "mine": "yes" if st.session_state.get(MINE) else None,
        "team": "yes" if st.session_state.get(TEAM) else None,
        "find": found() or None,
        "page": page() if page() > 1 else None,
        "response": st.session_state.get(actions.CHOSEN),
    }
    said = {name: str(value) for name, value in shown.items() if value is not None}
    if st.query_params.to_dict() != said:
        st.query_params.from_dict(said)
    if (before := st.session_state.get(WRITTEN)) != said:
        st.session_state[WRITTEN], st.session_state[LEFT] = said, before


def begin_page() -> None:
    """The whole page is drawn for what is chosen now."""
    st.session_state[DRAWN] = _chosen()


def leads_elsewhere() -> bool:
    """Whether a press in a part of the page asks for the whole page anew.

    Told by what is chosen and not by the press: Streamlit tells a press to one run only, and that may not come to
    the button.
    """
    return _chosen() != st.session_state.get(DRAWN)


def _chosen() -> tuple[object, ...]:
    return tuple(st.session_state.get(key) for key in (actions.CHOSEN, STATE, MINE))


def state() -> str:
    """Which responses are listed."""
    return st.session_state.get(STATE) or "open"


def found() -> str:
    """What is looked for, as it is typed."""
    return cleaning.one_line(st.session_state.get(FIND) or "", search.LONGEST)


def page() -> int:
    """Which page of the list, from 1."""
    return int(st.session_state.get(PAGE, 1))


def turn(to: int) -> None:
    """Callback: another page of the list."""
    st.session_state[PAGE] = to
    write()


def first_page() -> None:
    """Callback: another filter or search begins at the top."""
    st.session_state[PAGE] = 1


def show_everything() -> None:
    """Callback: list what the filters hid."""
    st.session_state[STATE], st.session_state[MINE] = "all", False
    turn(1)
