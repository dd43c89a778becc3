"""Lists of a scenario, such as its injects: one is chosen on the left and changed on the right."""

import textwrap
from collections.abc import Callable
from typing import Any

import streamlit as st

from smartalert.control.drawing import piece
from smartalert.control.scenarios import acts
from smartalert.control.scenarios.work import Work, say
from smartalert.drills.editing import Location

#: Letters of what somebody says that a list shows.
SHOWN = 90


def choose(
    work: Work,
    location: Location,
    *,
    noun: str,
    begin: dict[str, Any],
    words: Callable[[Any], tuple[str, str]],
    order: Callable[[Any], float] = lambda _one: 0.0,
) -> Location | None:
    """Draw the list with a way to add one; the place of the chosen one, None where there is none."""
    items = work.listed(location)
    numbers = sorted(range(len(items)), key=lambda at: order(items[at]))
    key = chosen_key(work, location, len(items))
    st.button(
        f"Add {noun}", key=f"add-{key}", icon=":material/add:", on_click=add, args=(work, location, begin)
    )  # fmt: skip
    say(work, location, inside=False)
    if not items:
        st.html(piece("line", "There is none yet.", "sa-nothing"))
        return None
    lines = {at: words(items[at]) for at in numbers}
    wrong = {at for at in numbers if work.problems((*location, at))}
    at = st.radio(
        f"Choose {noun}", numbers, key=key, label_visibility="collapsed",
        format_func=lambda at: f"{':material/error: ' if at in wrong else ''}{lines[at][0]}",
        captions=[lines[at][1] for at in numbers],
    )  # fmt: skip
    return (*location, int(at or 0))


def chosen_key(work: Work, location: Location, items: int) -> str:
    """Session key of which item is chosen, in a list of so many."""
    return f"choose-{work.name(location)}-{items}"


def add(work: Work, location: Location, begin: dict[str, Any]) -> None:
    """Callback: one more, which is chosen then."""
    items = len(work.listed(location))
    acts.add(work.own, location, begin)
    st.session_state[chosen_key(work, location, items + 1)] = items


def remove(work: Work, location: Location, noun: str) -> None:
    """The way to take the chosen one out."""
    st.button(
        f"Remove this {noun}", key=f"remove-{work.name(location)}", icon=":material/delete:", type="tertiary",
        on_click=acts.change, args=(work.own, location, None),
    )  # fmt: skip


def beginning(text: object) -> str:
    """How somebody's words begin, for a label: whole words, and a sign that there are more."""
    return plain(textwrap.shorten(str(text), SHOWN, placeholder=" …"))


def plain(text: object) -> str:
    """Words of a scenario for a label, in which Streamlit would read Markdown."""
    words = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+!|<>~$:" else sign for sign in words)
