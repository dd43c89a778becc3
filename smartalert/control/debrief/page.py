"""The debrief screen: a list of runs that are over, and one of them talked over, on screen and on paper."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import streamlit as st

from smartalert.alerts import still_map
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.access import Officer, Role, power
from smartalert.control.debrief import reading
from smartalert.control.debrief.keeping import keep_what_is_over
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import row_number
from smartalert.drills import results, runs
from smartalert.drills.results import Result
from smartalert.drills.runs import Run

STYLE = Path(__file__).with_name("page.css")
READ_ALL = power("Read the debrief of every drill", Role.TRAINER)
#: Part of the score → what it is about.
PARTS = {
    "speed": "Speed",
    "area": "Area",
    "audience": "Audience and channels",
    "facts": "What it said",
    "sequels": "Facts that changed",
    "answers": "Answers",
    "outcome": "Outcome told",
}
#: Rows of the list.
MOST_ROWS = 200
#: Back to the list.
TO_LIST = ("See all debriefs", "debrief")


@dataclass(frozen=True, slots=True)
class Line:
    """One run as a line of the list."""

    drill: int
    scenario: str
    officers: list[str]
    ended_at: datetime
    total: int | None


def page(officer: Officer) -> None:
    """Draw the screen: one run where the address names it, else the list."""
    st.html(STYLE)
    if settings().mode is not Mode.TRAINING:
        states.state("This is a live control room", "Drills are run in a training one.", icon="school")
        return
    keep_what_is_over()
    asked = st.query_params.get("run", "")
    if asked:
        one(officer, row_number(asked))
    else:
        every(officer)


def every(officer: Officer) -> None:
    """The runs that are over: an officer's own, or everybody's for trainers."""
    st.html(piece("title", "Debrief"))
    is_trainer = officer.may(*READ_ALL.roles)
    found = in_transaction(results.every, MOST_ROWS) if is_trainer else in_transaction(results.of_officer, officer.id)
    if not found:
        text = (
            "When a drill ends, what it came to is here. Start one on the Drills screen."
            if is_trainer
            else "When a drill of yours ends, what it came to is here. A trainer starts one for you."
        )
        states.state("No drill has ended yet", text, icon="fact_check")
        return
    if is_trainer:
        st.html(piece("file", "debrief/results.csv", "table_view", "All results as a table (CSV)"))
    st.html(draw("control/debrief/list.html", lines=lines(found), now=utc_now(), name_of=name_of))


def lines(found: list[Result]) -> list[Line]:
    """A run a line, the newest first, with the officers whose results are among these."""
    grouped = (list(rows) for _, rows in groupby(found, key=lambda row: row.drill))
    return [
        Line(rows[0].drill, rows[0].scenario, [row.officer for row in rows], rows[0].ended_at, rows[0].total)
        for rows in grouped
    ]


def one(officer: Officer, drill: int | None) -> None:
    """One run, or why there is no debrief of it."""
    run = in_transaction(runs.find, drill) if drill is not None else None
    is_trainer = officer.may(*READ_ALL.roles)
    if run is None or not (is_trainer or officer.id in run.officers):
        states.state("No debrief here", "There is no such drill, or it is not yours.", icon="block", action=TO_LIST)
        return
    found = in_transaction(results.of_run, run.id)
    if (why := why_none(run, found)) is not None:
        title, text, icon = why
        states.state(title, text, icon=icon, action=TO_LIST)
        return
    whose = run.officers if is_trainer else [officer.id]
    st.html(html(in_transaction(reading.debrief, run, found, whose, utc_now(), world=run.id)))


def why_none(run: Run, found: list[Result]) -> tuple[str, str, str] | None:
    """Why a run is not talked over (yet): title, what to do, icon."""
    if run.started_at is None:
        return "This drill has not begun", "Its debrief is here when it has ended.", "hourglass_empty"
    if run.ended_at is None:
        return "This drill is still running", "Its debrief is here when its trainer ends it.", "hourglass_top"
    if not found or found[0].total is None:
        minutes = run.clock(run.ended_at).total_seconds() / 60
        return (
            "This drill was broken off",
            f"It ended after {minutes:.1f} minutes, before an alert was due and before one was sent. It has no score, "
            "and counts neither for nor against anybody. Run it again when there is time.",
            "timer_off",
        )
    return None


def html(said: reading.Debrief) -> str:
    """The debrief as HTML."""
    return draw(
        "control/debrief/debrief.html",
        said=said,
        parts_of=PARTS,
        name_of=name_of,
        people=people,
        timeline=draw("control/debrief/timeline.html", time=said.timeline, minutes=said.minutes),
        maps=[(one, picture(one)) for one in said.mapped],
        force_median=reading.compared(said.median),
        now=utc_now(),
    )


def picture(one: reading.Mapped) -> str:
    """A map as the address of an image: Streamlit takes drawings out of what it shows as HTML."""
    drawn = draw("control/debrief/map.html", one=one, **still_map.facts(one.map.picture))
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"


def people(ids: str) -> str:
    """Officers' names for the ids that a reason gives."""
    return ", ".join(name_of(one) for one in ids.split(", "))
