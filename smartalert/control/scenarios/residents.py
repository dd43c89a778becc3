"""Residents: how many of those who were told answer, in which tone, and what they say."""

from typing import Any

import streamlit as st

from smartalert.control.scenarios import choosing
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.drills.editing import Location
from smartalert.drills.scenario import Tone

LOCATION: Location = ("residents",)
BEGIN = {"tone": Tone.USEFUL.value, "says": "What they say", "of_1000": 3, "within": 8}


def show(work: Work) -> None:
    """All of them on the left, the chosen ones on the right."""
    left, right = st.columns([4, 5], gap="medium")
    with left:
        at = choosing.choose(work, LOCATION, noun="an answer", words=in_words, begin=BEGIN)
    if at:
        with right, st.container(key="panel-resident"):
            one(work, at)


def in_words(resident: Any) -> tuple[str, str]:
    """How many, in which tone; and how they begin."""
    if not isinstance(resident, dict):
        return "?", ""
    head = choosing.plain(f"{resident.get('of_1000', '?')} of 1,000 · {resident.get('tone', '')}")
    return f"**{head}**", choosing.beginning(resident.get("says", ""))


def one(work: Work, at: Location) -> None:
    """The fields of one way to answer."""
    parts.say(work, at, inside=False)
    with st.container(horizontal=True, gap="small"):
        parts.one_of(work, (*at, "tone"), "What it is worth", list(Tone), width=180)
        parts.number(work, (*at, "of_1000"), "Of 1,000 who were told", width=190)
    parts.lines(work, (*at, "says"), "What they say", height=110, max_chars=900)
    with st.container(horizontal=True, gap="small"):
        parts.number(work, (*at, "within"), "Within so many minutes", width=190)
        parts.number(work, (*at, "near_m"), "Living within so many metres", step=50.0, width=230)
    parts.words(work, (*at, "asked"), "Only if the alert says one of these, with commas between")
    parts.switch(work, (*at, "happening_now"), "They say it is happening now")
    choosing.remove(work, at, "answer")
