"""One scenario on the screen: its text, what is written in it, and what is wrong where."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from smartalert.control.drawing import draw
from smartalert.control.scenarios import acts
from smartalert.control.send import fields
from smartalert.drills import editing, files
from smartalert.drills.editing import Location
from smartalert.drills.files import Checked, Problem
from smartalert.drills.own import Own


@dataclass(frozen=True, slots=True)
class Work:
    """A trainer's own scenario while it is written; every change is kept at once."""

    own: Own

    @property
    def checked(self) -> Checked:
        """What its text holds, and every problem in it."""
        return files.check(self.own.text)

    def value(self, location: Location, default: Any = None) -> Any:
        """What stands at this place."""
        return editing.value_at(self.checked.values, location, default)

    def text(self, location: Location) -> str:
        """The same in words; empty where nothing does."""
        found = self.value(location, "")
        return found if isinstance(found, str) else str(found)

    def number(self, location: Location) -> float | None:
        """The same as a number; None where there is none."""
        found = self.value(location)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def listed(self, location: Location) -> list[Any]:
        """The same as a list; empty where there is none."""
        found = self.value(location, [])
        return list(found) if isinstance(found, list) else []

    def mapping(self, location: Location) -> dict[str, Any]:
        """The same as names and values; empty where there are none."""
        found = self.value(location, {})
        return dict(found) if isinstance(found, dict) else {}

    def problems(self, location: Location, *, inside: bool = True) -> list[Problem]:
        """What is wrong at this place, and inside it."""
        deep = len(location)
        return [
            one for one in self.checked.problems
            if one.location[:deep] == location and (inside or len(one.location) == deep)
        ]  # fmt: skip

    def name(self, location: Location) -> str:
        """The name of a place's field on the screen."""
        return "-".join(["scenario", str(self.own.id), *map(str, location)])


def line(work: Work, location: Location, label: str, **options: Any) -> None:
    """A field of one line."""
    fields.text(work.name(location), label, work.text(location), partial(_words, work, location), **options)
    say(work, location)


def lines(work: Work, location: Location, label: str, height: int = 84, **options: Any) -> None:
    """A field of several lines."""
    take = partial(_words, work, location)
    fields.long_text(work.name(location), label, work.text(location), take, height=height, **options)
    say(work, location)


def number(
    work: Work, location: Location, label: str, step: float = 0.5, usual: float | None = None, **options: Any
) -> None:
    """A number; what is usual, or nothing, where none is written."""
    value = work.number(location) if work.value(location) is not None else usual
    take = partial(keep_number, work, location)
    fields.figure(work.name(location), label, value, take, step=step, min_value=0.0, format="%g", **options)
    say(work, location)


def words(work: Work, location: Location, label: str, **options: Any) -> None:
    """A list of words, written with commas between them."""
    shown = ", ".join(map(str, work.listed(location)))
    fields.text(work.name(location), label, shown, partial(_listed, work, location), **options)
    say(work, location)


def one_of(work: Work, location: Location, label: str, choices: list[str], **options: Any) -> None:
    """A choice of one out of a list; a value that is none of it is shown as nothing."""
    value = work.text(location)
    index = choices.index(value) if value in choices else None
    take = partial(_choice, work, location)
    fields.chosen(work.name(location), label, choices, index, take, **options)
    say(work, location)


def some_of(work: Work, location: Location, label: str, choices: list[str], **options: Any) -> None:
    """A choice of any number, in the order in which they are chosen."""
    value = [str(one) for one in work.listed(location) if str(one) in choices]
    fields.several(work.name(location), label, choices, value, partial(_several, work, location), **options)
    say(work, location)


def switch(work: Work, location: Location, label: str, *, usual: bool = False, **options: Any) -> None:
    """Yes or no; what is usual is left out of the text."""
    on = work.value(location, usual) is True
    fields.switch(work.name(location), label, on, partial(_switch, work, location, usual), **options)
    say(work, location)


def say(work: Work, location: Location, *, inside: bool = True) -> None:
    """What is wrong with a field, under it."""
    if found := work.problems(location, inside=inside):
        st.html(draw("control/scenarios/problems.html", problems=found))


def _words(work: Work, location: Location, typed: str) -> None:
    acts.change(work.own, location, str(typed))


def keep_number(work: Work, location: Location, typed: float | None) -> None:
    """Callback: keep a number, written without a point where it has no need of one."""
    whole = typed is not None and float(typed).is_integer()
    acts.change(work.own, location, int(typed) if typed is not None and whole else typed)


def _listed(work: Work, location: Location, typed: str) -> None:
    some = [one.strip() for one in str(typed).split(",") if one.strip()]
    acts.change(work.own, location, some or None)


def _choice(work: Work, location: Location, chosen: str) -> None:
    acts.change(work.own, location, chosen)


def _several(work: Work, location: Location, chosen: list[str]) -> None:
    acts.change(work.own, location, list(chosen))


def _switch(work: Work, location: Location, usual: bool, on: bool) -> None:
    acts.change(work.own, location, None if on == usual else on)
