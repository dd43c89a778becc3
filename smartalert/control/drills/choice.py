"""Choosing a drill: a scenario, its officers, and go. Above it what runs, below it what is over."""

from collections.abc import Iterable

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Officer, Role, officers, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.drills import acts
from smartalert.control.drills.times import stopwatch
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection
from smartalert.drills import catalogue, injects, place, runs
from smartalert.drills.ending import QUIET
from smartalert.drills.expected import Expected, expected
from smartalert.drills.place import Place
from smartalert.drills.runs import Run
from smartalert.drills.scenario import Scenario
from smartalert.errors import DrillRefused
from smartalert.officers import register

LOOK_EVERY_S = 1.0
#: So many that are over are listed.
SHOWN = 8
INTRODUCED = "drills:introduced"
ITS_END = (
    "It ends when you end it. If you forget, it ends by itself when its story is over and for "
    f"{injects.minutes(QUIET):.0f} minutes nobody has acted."
)


def page(officer: Officer) -> None:
    """Draw it."""
    if INTRODUCED not in st.session_state:
        acts.introduce()
        st.session_state[INTRODUCED] = True
        st.session_state[acts.SEED] = acts.new_seed()
    st.html(piece("title", "Drills"))
    st.fragment(under_way, run_every=LOOK_EVERY_S)()
    left, right = st.columns([5, 4], gap="medium")
    with left:
        scenarios()
    with right, st.container(key="panel-drill-start"):
        chosen(officer)
    st.fragment(over)()


@states.or_failed
def under_way() -> None:
    """Drills that run, each a line that leads to it."""
    require_officer(Role.TRAINER)
    listed("Running now", in_transaction(runs.under_way))


@states.or_failed
def over() -> None:
    """The last that are over."""
    require_officer(Role.TRAINER)
    listed("Earlier drills", in_transaction(runs.over, SHOWN))


def listed(title: str, found: list[Run]) -> None:
    """Drills as a list, if there are any."""
    if found:
        now = utc_now()
        clocks = {run.id: stopwatch(run.clock(now)) for run in found}
        st.html(draw("control/drills/runs.html", title=title, runs=found, clocks=clocks, named=named, now=now))


def scenarios() -> None:
    """Every scenario: a card under a button that covers it."""
    st.html(piece("section", "1. Choose a scenario"))
    with st.container(key="drill-scenarios", gap="small"):
        for name, offered in in_transaction(catalogue.everything).items():
            with st.container(key=f"drill-card-{name}", gap=None):
                is_chosen = st.session_state.get(acts.SCENARIO) == name
                facts = {"practises": offered.practises, "is_chosen": is_chosen}
                st.html(draw("control/drills/card.html", scenario=offered.scenario, **facts))
                st.button(
                    f"Choose {offered.scenario.name}", key=f"drill-choose-{name}", on_click=acts.choose, args=(name,),
                    width="stretch",
                )  # fmt: skip


def chosen(officer: Officer) -> None:
    """The officers, where it happens, and the button that starts it."""
    st.html(piece("section", "2. Choose officers"))
    free, busy = in_transaction(who_may, officer.id)
    st.session_state[acts.OFFICERS] = [one for one in st.session_state.get(acts.OFFICERS) or [] if one in free]
    st.pills(
        "Officers", list(free), key=acts.OFFICERS, format_func=free.__getitem__, selection_mode="multi",
        label_visibility="collapsed",
    )  # fmt: skip
    if busy:
        st.html(piece("line", f"In a drill already: {', '.join(busy)}.", "sa-nothing"))
    picked = list(st.session_state[acts.OFFICERS])
    if len(picked) > 1:
        st.toggle("Each in a drill of their own, at the same place", key=acts.APART)
    st.html(piece("section", "3. Start"))
    name = st.session_state.get(acts.SCENARIO)
    story = in_transaction(catalogue.everything).get(name or "")
    ready = where(story.scenario, picked) if story else False
    if not story:
        st.html(piece("line", "Choose a scenario on the left.", "sa-nothing"))
    if refusal := st.session_state.get(acts.NOTE):
        st.html(piece("notice", refusal))
    st.button(
        start_words(picked), key="drill-start", type="primary", icon=":material/play_arrow:", on_click=acts.start,
        disabled=not (ready and picked), width="stretch",
    )  # fmt: skip
    st.html(piece("line", ITS_END, "sa-nothing"))


def where(scenario: Scenario, picked: list[str]) -> bool:
    """What the officers will be told first, and where it happens; whether there is such a place."""
    seed = st.session_state[acts.SEED]
    try:
        found, ground, residents = in_transaction(look_for, scenario, seed, picked)
    except DrillRefused as refusal:
        st.html(piece("notice", str(refusal)))
        return False
    with st.container(key="drill-where", horizontal=True, vertical_alignment="center"):
        st.html(draw("control/drills/where.html", scenario=scenario, place=found, ground=ground, expected=residents))
        st.button("Another place", key="drill-elsewhere", on_click=acts.elsewhere, width="content")
    return True


def look_for(conn: Connection, scenario: Scenario, seed: int, picked: list[str]) -> tuple[Place, str, Expected]:
    """Where it would happen, on which ground, and how many residents would answer."""
    found = place.find(conn, scenario.place.near, seed, picked)
    ground = "the made-up county" if place.is_made_up(conn) else "your own ground"
    return found, ground, expected(conn, scenario, found, seed, utc_now())


def who_may(conn: Connection, trainer: str) -> tuple[dict[str, str], list[str]]:
    """Officers who can take part, by id, with what they are called here; and the names of those in a drill."""
    known = {one: words for one, words in register.with_role(conn, acts.PARTS).items() if one != trainer}
    if made_up := officers():  # nobody else can sign in then
        known = {one: words for one, words in known.items() if one in made_up}
    busy = set(runs.busy(conn, list(known)))
    here = {one.officer for one in register.signed_in(conn, utc_now())}
    free = {one: f"{words.partition(',')[0]}{' · here' if one in here else ''}" for one, words in known.items()}
    return {one: words for one, words in free.items() if one not in busy}, sorted(name_of(one) for one in busy)


def start_words(picked: list[str]) -> str:
    """What the button says: for whom it begins."""
    if not picked:
        return "Start"
    return f"Start for {', '.join(map(name_of, picked))}" if len(picked) < 3 else f"Start for {len(picked)} officers"


def named(found: Iterable[str]) -> str:
    """Names of officers."""
    return ", ".join(map(name_of, found))
