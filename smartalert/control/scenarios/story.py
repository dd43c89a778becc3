"""What it is about: name, kind of incident, how long it takes, the story and the names in it."""

from functools import partial

import streamlit as st

from smartalert.alerts.incidents import KINDS
from smartalert.control.drawing import draw
from smartalert.control.scenarios import acts
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.control.send import fields
from smartalert.drills.scenario import OF_PLACE


def show(work: Work) -> None:
    """The fields, in two columns."""
    parts.say(work, (), inside=False)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        parts.line(work, ("name",), "Name", max_chars=60)
        parts.line(work, ("about",), "What it practises, in a sentence", max_chars=200)
        parts.lines(work, ("story",), "The story, as officers read it before they begin", height=190)
    with right:
        kinds = {key: kind.label for key, kind in KINDS.items()}
        parts.one_of(work, ("kind",), "Kind of incident", list(kinds), format_func=lambda key: kinds.get(key, key))
        parts.number(work, ("minutes",), "How many minutes it takes", step=1.0)
        parts.switch(work, ("needs_approval",), "A second person must approve the alert")
        names(work)


def names(work: Work) -> None:
    """Names of the story, which words in braces stand for."""
    facts = work.value(("facts",), {})
    shown = ", ".join(f"{name}: {value}" for name, value in facts.items()) if isinstance(facts, dict) else ""
    fields.text(
        work.name(("facts",)), "Names in the story, with commas between", shown, partial(take_names, work),
        placeholder="child: Maisie, log: 482",
    )  # fmt: skip
    parts.say(work, ("facts",))
    known = [*(facts if isinstance(facts, dict) else ()), *OF_PLACE]
    st.html(draw("control/scenarios/names.html", known=known, of_place=OF_PLACE))


def take_names(work: Work, typed: str) -> None:
    """Callback: "child: Maisie, log: 482" as names and what they stand for."""
    pairs = [one.partition(":") for one in str(typed).split(",") if one.strip()]
    acts.change(work.own, ("facts",), {name.strip().lower(): value.strip() for name, _, value in pairs} or None)
