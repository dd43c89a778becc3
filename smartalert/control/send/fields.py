"""Widgets that show what the draft holds and never own it.

A browser sends what all its fields say along with whatever happens, the frame's own look every few seconds included. If
the draft has just changed under a field, it still says the old words, for as long as the new ones are on their way. So
a field whose value changes under the browser is drawn as a new one, under a new key: what comes under an old key is
known for what it is, however slow the browser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert.control.send import draft

SESSION_KEY = "send:fields"


@dataclass(slots=True)
class Fields:
    """What this tab drew and heard."""

    #: Field → how often it was drawn anew.
    drawn: dict[str, int] = field(default_factory=dict)
    #: Key → what was last shown or said under it.
    last: dict[str, Any] = field(default_factory=dict)


#: Takes what the officer made of a field; without one, the draft's field of the same name takes it as it is.
Take = Callable[[Any], None]
Widget = Callable[..., Any]


def text(name: str, label: str, value: str, take: Take | None = None, **options: Any) -> None:
    """One line of text."""
    _draw(st.text_input, name, label, value, take, value=value, **options)


def long_text(name: str, label: str, value: str, take: Take | None = None, **options: Any) -> None:
    """Text of several lines."""
    _draw(st.text_area, name, label, value, take, value=value, **options)


def one_of(
    name: str,
    label: str,
    choices: Sequence[Any],
    value: Any,
    take: Take | None = None,
    *,
    widget: Widget = st.segmented_control,
    **options: Any,
) -> None:
    """A choice of exactly one."""
    _draw(widget, name, label, value, take, options=choices, default=value, required=True, **options)


def some_of(
    name: str,
    label: str,
    choices: Sequence[Any],
    value: Any,
    take: Take | None = None,
    *,
    widget: Widget = st.segmented_control,
    **options: Any,
) -> None:
    """A choice of any number."""
    _draw(widget, name, label, value, take, options=choices, default=value, selection_mode="multi", **options)


def listed(name: str, label: str, choices: Sequence[Any], value: Any, take: Take, **options: Any) -> None:
    """A choice of exactly one out of a long list."""
    _draw(st.selectbox, name, label, value, take, options=choices, index=choices.index(value), **options)


def number(name: str, label: str, value: int, take: Take, **options: Any) -> None:
    """A number on a slider."""
    _draw(st.slider, name, label, value, take, value=value, **options)


def day(name: str, label: str, value: date, take: Take, **options: Any) -> None:
    """A day to choose."""
    _draw(st.date_input, name, label, value, take, value=value, **options)


def hour(name: str, label: str, value: time, take: Take, **options: Any) -> None:
    """A time of day to choose."""
    _draw(st.time_input, name, label, value, take, value=value, **options)


def figure(name: str, label: str, value: float | None, take: Take, **options: Any) -> None:
    """A number, or nothing, which may be what the officer made of it."""
    key = _follow(name, value)
    st.number_input(label, key=key, value=value, on_change=_heard, args=(key, take, True), **options)


def switch(name: str, label: str, value: bool, take: Take, **options: Any) -> None:
    """Yes or no."""
    _draw(st.toggle, name, label, value, take, value=value, **options)


def chosen(name: str, label: str, choices: Sequence[Any], index: int | None, take: Take, **options: Any) -> None:
    """A choice of one out of a long list, or of none yet."""
    value = None if index is None else choices[index]
    _draw(st.selectbox, name, label, value, take, options=choices, index=index, **options)


def several(name: str, label: str, choices: Sequence[Any], value: list[Any], take: Take, **options: Any) -> None:
    """A choice of any number out of a long list, in the order in which they are chosen."""
    _draw(st.multiselect, name, label, value, take, options=choices, default=value, **options)


def file(name: str, label: str, take: Take, **options: Any) -> None:
    """A file to choose; it is an empty field again each time one was taken."""
    _draw(st.file_uploader, name, label, "", take, **options)


def searched(name: str, label: str, **options: Any) -> str:
    """A box whose text belongs to nobody but the officer: what it says now."""
    return str(st.text_input(label, key=_follow(name, ""), **options))


def renew(name: str) -> None:
    """For callbacks: let the field begin again, whatever is still being typed into the one that stands there."""
    kept = _fields()
    kept.last.pop(_key(name, kept.drawn.get(name, 0)), None)


def _draw(widget: Widget, name: str, label: str, shown: Any, take: Take | None, **options: Any) -> None:
    key = _follow(name, shown)
    widget(label, key=key, on_change=_heard, args=(key, take or partial(_keep, name)), **options)


def _heard(key: str, take: Take, may_be_nothing: bool = False) -> None:
    """Callback: pass on what the officer made of the widget, unless it only says again what it showed."""
    kept, value = _fields(), st.session_state.get(key)
    if (value is None and not may_be_nothing) or kept.last.get(key) == _plain(value):
        return
    kept.last[key] = _plain(value)
    take(value)


def _keep(name: str, value: Any) -> None:
    """Take the value over as it is, as the draft's field of this name."""
    draft.change(**{name: value})


def _follow(name: str, value: Any) -> str:
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
