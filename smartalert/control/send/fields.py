"""Widgets that show what the draft holds and never own it.

A browser sends what all its fields say along with whatever happens, the frame's own look every few seconds included. If
the draft has just changed under a field, it still says the old words, for as long as the new ones are on their way. So
a field whose value changes under the browser is drawn as a new one, under a new key: what comes under an old key is
known for what it is, however slow the browser.
"""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

SESSION_KEY = "send:fields"


@dataclass(slots=True)
class Fields:
    """What this tab drew and heard."""

    #: Field → how often it was drawn anew.
    drawn: dict[str, int] = field(default_factory=dict)
    #: Key → what was last shown or said under it.
    last: dict[str, Any] = field(default_factory=dict)


def follow(name: str, value: Any) -> str:
    """The key under which to draw the field's widget, with this value as its default.

    It stays the same while the draft only takes over what the widget says, not to disturb typing.
    """
    kept = _fields()
    key = _key(name, kept.drawn.get(name, 0))
    if key not in kept.last or kept.last[key] != _plain(value):
        kept.drawn[name] = kept.drawn.get(name, 0) + 1
        key = _key(name, kept.drawn[name])
        kept.last[key] = _plain(value)
    return key


def renew(name: str) -> None:
    """For callbacks: let the field begin again, whatever is still being typed into the one that stands there."""
    kept = _fields()
    kept.last.pop(_key(name, kept.drawn.get(name, 0)), None)


def said(key: str) -> Any:
    """For callbacks: what the officer made of the widget under this key; None if it only says again what it showed."""
    kept, value = _fields(), st.session_state.get(key)
    if value is None or kept.last.get(key) == _plain(value):
        return None
    kept.last[key] = _plain(value)
    return value


def _plain(value: Any) -> Any:
    """Several choices are the same in any order."""
    return frozenset(value) if isinstance(value, list) else value


def place(name: str) -> DeltaGenerator:
    """A place of its own on the screen for what comes and goes: nothing below it has to be drawn anew."""
    return st.container(key=f"send-place-{name}")


def _key(name: str, number: int) -> str:
    return f"send:{name}-{number}"


def _fields() -> Fields:
    kept: Fields = st.session_state.setdefault(SESSION_KEY, Fields())
    return kept
