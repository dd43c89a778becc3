"""Widgets that show what the draft holds and never own it."""

import time
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")
SESSION_KEY = "send:superseded"
#: A browser that has not yet heard of a change sends the old value along with whatever else happens, such as the
#: frame's own look every few seconds. For so long it counts as an echo, not as something that was typed.
ECHO_S = 4.0
#: What a field says that was just drawn and has not heard its value.
EMPTY: tuple[Any, ...] = (None, "", [])
UNSEEN = object()


def follow(name: str, value: T) -> T:
    """Let the widget of this key show the value; what it shows already is left alone, not to disturb typing.

    The value comes back for the widget's default: a browser that draws the widget twice while a screen changes forgets
    what it was told the first time, and begins again with the default.
    """
    shown = st.session_state.get(name)
    if shown != value:
        st.session_state[name] = value
        _superseded()[name] = (shown, time.monotonic())
    return value


def is_echo(*names: str) -> bool:
    """Whether one of these widgets only says again what it showed before the draft changed under it."""
    return any(_says_again(name) for name in names)


def _says_again(name: str) -> bool:
    value, at = _superseded().get(name, (UNSEEN, 0.0))
    said = st.session_state[name]
    if value is None and said in EMPTY:
        # The browser drew the field before it heard what it holds, however long ago: taken for true, that would wipe
        # the words, or widen the alert to everyone. Told again, it knows; what is emptied then is meant.
        del _superseded()[name]
        return True
    return time.monotonic() - at < ECHO_S and bool(said == value)


def _superseded() -> dict[str, tuple[Any, float]]:
    kept: dict[str, tuple[Any, float]] = st.session_state.setdefault(SESSION_KEY, {})
    return kept
