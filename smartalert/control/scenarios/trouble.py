"""The trouble that an event makes for a provider: what goes wrong, how much of it, and for how long."""

from functools import partial

import streamlit as st

from smartalert.control.scenarios import acts
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.control.send import fields
from smartalert.drills.editing import Location
from smartalert.drills.knobs import KNOBS, Knob


def show(work: Work, at: Location) -> None:
    """The choice of what goes wrong; below it how much of each, and when it is over."""
    turned = [name for name in work.mapping((*at, "faults")) if name in KNOBS]
    fields.several(
        work.name((*at, "trouble")), "What goes wrong at a provider, in this drill alone", list(KNOBS), turned,
        partial(choose, work, at), format_func=lambda name: KNOBS[name].words, placeholder="Nothing",
    )  # fmt: skip
    if not turned:
        return
    with st.container(key="grid-trouble", horizontal=True, gap="small"):
        for name in turned:
            amount(work, (*at, "faults", name), KNOBS[name])
        parts.number(work, (*at, "lasts"), "Minutes that it lasts; empty: to the end", width=270)


def amount(work: Work, at: Location, knob: Knob) -> None:
    """How much of one: a share in percent, or a time."""
    value, by = work.number(at), 1 if knob.unit else 100
    fields.figure(
        work.name(at), f"{knob.words} ({knob.unit or '%'})", None if value is None else round(value * by, 6),
        partial(take, work, at, by), step=10.0 if by == 100 else 1.0, min_value=0.0, max_value=float(knob.at_most * by),
        format="%g", width=270,
    )  # fmt: skip
    parts.say(work, at)


def take(work: Work, at: Location, by: int, typed: float | None) -> None:
    """Callback: keep how much."""
    parts.keep_number(work, at, None if typed is None else round(typed / by, 6))


def choose(work: Work, at: Location, chosen: list[str]) -> None:
    """Callback: what goes wrong; what was there keeps its amount, and with the last the time goes that it lasts."""
    inject, before = work.mapping(at), work.mapping((*at, "faults"))
    if chosen:
        acts.change(work.own, (*at, "faults"), {name: before.get(name, KNOBS[name].begin) for name in chosen})
    else:
        acts.change(work.own, at, {key: value for key, value in inject.items() if key not in ("faults", "lasts")})
