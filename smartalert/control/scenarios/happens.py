"""What happens: injects by the clock, or by what the officer has done."""

from functools import partial
from typing import Any

import streamlit as st

from smartalert.control.scenarios import acts, choosing, trouble
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.control.send import fields
from smartalert.drills.editing import Location
from smartalert.drills.scenario import Moment, Speaker

CLOCK, MOMENT = "At a minute", "After something happened"
DUE = {
    "correction": "A correction",
    "all_clear": "An all clear",
    "false_alarm": "A false alarm",
    "outcome": "An outcome",
}
LOCATION: Location = ("injects",)


def show(work: Work) -> None:
    """All of them by time on the left, the chosen one on the right."""
    left, right = st.columns([4, 5], gap="medium")
    with left:
        at = choosing.choose(
            work, LOCATION, noun="an event", words=in_words, order=by_time,
            begin={"name": fresh_name(work), "at": 5, "by": Speaker.CONTROL_ROOM.value, "says": "What they say"},
        )  # fmt: skip
    if at:
        with right, st.container(key="panel-inject"):
            one(work, at)


def in_words(inject: Any) -> tuple[str, str]:
    """When it comes, who speaks and its name; and how it begins."""
    if not isinstance(inject, dict):
        return "?", ""
    minute = (
        f"{inject.get('after', 0):g} min after “{inject['when']}”" if "when" in inject else f"{inject.get('at', 0)} min"
    )
    head = choosing.plain(f"{minute} · {inject.get('by', '')}")
    return f"**{head}** {choosing.plain(inject.get('name', ''))}", choosing.beginning(inject.get("says", ""))


def by_time(inject: Any) -> float:
    """By the clock first, then what waits for something."""
    if not isinstance(inject, dict):
        return 0.0
    minute = inject.get("after", 0) if "when" in inject else inject.get("at", 0)
    return (1_000.0 if "when" in inject else 0.0) + (minute if isinstance(minute, int | float) else 0.0)


def fresh_name(work: Work) -> str:
    """A name that no inject has."""
    taken = {inject.get("name") for inject in work.listed(LOCATION) if isinstance(inject, dict)}
    return next(name for number in range(1, 100) if (name := f"event-{number}") not in taken)


def one(work: Work, at: Location) -> None:
    """The fields of one inject."""
    parts.say(work, at, inside=False)
    with st.container(horizontal=True, gap="small"):
        parts.line(work, (*at, "name"), "Name, in small letters and hyphens", max_chars=40, width=240)
        parts.one_of(work, (*at, "by"), "Who is heard", list(Speaker), width=200)
    parts.lines(work, (*at, "says"), "What they say", height=120, max_chars=900)
    when(work, at)
    with st.container(horizontal=True, gap="small"):
        none_or(work, (*at, "unless"), "Not if this has happened by then", {one.value: one.value for one in Moment})
        none_or(work, (*at, "due"), "What the officer has to send then", DUE)
    trouble.show(work, at)
    choosing.remove(work, at, "event")


def when(work: Work, at: Location) -> None:
    """By the clock, or after something."""
    waits = work.value((*at, "when")) is not None
    fields.one_of(
        work.name((*at, "how")), "When it comes", [CLOCK, MOMENT], MOMENT if waits else CLOCK, partial(turn, work, at)
    )
    with st.container(horizontal=True, gap="small"):
        if waits:
            parts.one_of(work, (*at, "when"), "After this", list(Moment), width=220)
            parts.number(work, (*at, "after"), "Minutes later", width=150)
        else:
            parts.number(work, (*at, "at"), "Minute", width=150)


def turn(work: Work, at: Location, how: str) -> None:
    """Callback: from a minute to something that happens, or back."""
    inject = {key: value for key, value in work.mapping(at).items() if key not in ("at", "when", "after")}
    timing: dict[str, object] = {"when": Moment.ALERT.value, "after": 3} if how == MOMENT else {"at": 5}
    acts.change(work.own, at, inject | timing)


def none_or(work: Work, location: Location, label: str, choices: dict[str, str]) -> None:
    """A choice of one, or of none."""
    value = work.text(location)
    keys = ["", *choices]
    fields.listed(
        work.name(location), label, keys, value if value in choices else "", partial(take, work, location),
        format_func=lambda key: choices.get(key, "Nothing"), width=240,
    )  # fmt: skip
    parts.say(work, location)


def take(work: Work, location: Location, chosen: str) -> None:
    """Callback: keep the choice; none is left out of the text."""
    acts.change(work.own, location, chosen or None)
