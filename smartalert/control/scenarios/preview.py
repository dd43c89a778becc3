"""What would come when, played fast: the story on a clock, with the names of a place of this ground."""

import streamlit as st

from smartalert.clock import time_of_day, utc_now
from smartalert.control.drawing import draw, piece
from smartalert.control.scenarios import where
from smartalert.control.scenarios.work import Work
from smartalert.drills import rehearsal
from smartalert.drills.runs import BEGAN_BEFORE
from smartalert.drills.scenario import Scenario

PACE, PLAYED = "scenarios:pace", "scenarios:played"
#: Seconds in which the whole drill is played.
PLAYED_S = 12


def of_work(work: Work) -> None:
    """The same of a scenario that is being written, once it is whole."""
    if work.checked.scenario is None:
        st.html(piece("line", "Mend what is named above: then it can be played.", "sa-nothing"))
    else:
        show(work.checked.scenario)


def show(scenario: Scenario) -> None:
    """The clock, with a choice of how quick the officer is."""
    with st.container(key="preview-acts", horizontal=True, vertical_alignment="bottom", gap="small"):
        pace = st.segmented_control(
            "The officer", list(rehearsal.PACES), key=PACE, default="quick", required=True,
            format_func=lambda words: f"is {words}" if words.startswith(("quick", "just")) else words,
        )  # fmt: skip
        st.button("Play it fast", key="preview-play", icon=":material/play_arrow:", on_click=play)
    lines = rehearsal.rehearse(scenario, rehearsal.PACES[str(pace)])
    there = where.place_of(tuple(scenario.place.near))
    names = {**(there.words if there else {}), "time": time_of_day(utc_now() - BEGAN_BEFORE)}
    facts = {
        "scenario": scenario,
        "lines": lines,
        "never": rehearsal.never(scenario, lines),
        "said": lambda words: scenario.said(words, names),
        "played": st.session_state.get(PLAYED, 0),
        "seconds_a_minute": PLAYED_S / scenario.minutes,
        "people": where.people_at(there, scenario.good.area.within_m) if there else None,
    }
    st.html(draw("control/scenarios/preview.html", **facts))


def play() -> None:
    """Callback: let the lines come one by one."""
    st.session_state[PLAYED] = st.session_state.get(PLAYED, 0) + 1
