"""What a trainer does with drills. Each is a callback: it asks again who is acting, and never raises."""

import secrets
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Role, power
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection
from smartalert.drills import catalogue, expected, injects, results, runs, watch
from smartalert.drills.runs import Run
from smartalert.drills.scenario import Speaker
from smartalert.drills.watch import Look
from smartalert.errors import DrillRefused
from smartalert.officers import register

RUN = power(
    "In training, start, watch, pause and end drills, speak in them, and approve in an approver’s place", Role.TRAINER
)
#: Session keys: what is chosen for a new drill; what an act led to, what is asked before it is done, the drill on the
#: screen; what the trainer writes.
SCENARIO, OFFICERS, APART, SEED = "drills:scenario", "drills:officers", "drills:apart", "drills:seed"
NOTE, ASKED, SHOWN = "drills:note", "drills:asked", "drills:shown"
BY, WORDS, REASON = "drills:by", "drills:words", "drills:reason"
#: No words of a trainer's are longer.
LONGEST = 900
#: Who may take part: whoever sends, approves or listens to the public.
PARTS = (Role.SENDER, Role.APPROVER, Role.RESPONDER)
#: How soon what an officer does is on the trainer's screen.
LOOK_EVERY_S = 1.0
#: Places that are looked at for one where enough residents answer.
SEEDS = 8
T = TypeVar("T")


@st.cache_resource(ttl=LOOK_EVERY_S / 2, max_entries=20, show_spinner=False)
def look(drill: int) -> Look:
    """One look at a run for all parts of its screen, and all trainers. Raises DrillRefused if there is none."""
    return in_transaction(watch.look, drill, utc_now(), world=drill)


def choose(scenario: str) -> None:
    """Callback: this is the scenario, at a place where people live."""
    st.session_state[SCENARIO] = scenario
    st.session_state.pop(NOTE, None)
    elsewhere()


def elsewhere() -> None:
    """Callback: at another place, found by another seed: of some, the first where enough residents answer."""
    scenario, seeds = str(st.session_state.get(SCENARIO) or ""), [new_seed() for _ in range(SEEDS)]
    st.session_state[SEED] = seeds[0]

    def find(conn: Connection, _who: str) -> int:
        return expected.lively(conn, catalogue.find(conn, scenario), chosen(), seeds, utc_now())

    if scenario and (found := act(find)) is not None:
        st.session_state[SEED] = found
    st.session_state.pop(NOTE, None)  # where there is no place, the screen says so beside the button


def chosen() -> list[str]:
    """The officers who are chosen."""
    return list(st.session_state.get(OFFICERS) or [])


def new_seed() -> int:
    """Any."""
    return secrets.randbelow(1_000_000)


def introduce() -> None:
    """Have made-up officers known before they sign in for the first time, so that a drill can wait for them."""

    def do(conn: Connection, _who: str) -> None:
        known = register.with_role(conn, PARTS)
        for made_up in set(access.officers()) - set(known):
            register.keep(conn, access.on_their_beat(conn, made_up))

    access.act(RUN, do)


def start() -> None:
    """Callback: begin what is chosen; in one drill together, or each officer in one of their own."""
    scenario, seed = st.session_state.get(SCENARIO), st.session_state.get(SEED, 0)
    groups = [[one] for one in chosen()] if st.session_state.get(APART) else [chosen()]

    def do(conn: Connection, who: str) -> list[int]:
        if not scenario:
            raise DrillRefused("Choose a scenario first.")
        story = catalogue.find(conn, scenario)
        return [begin(conn, runs.make(conn, story, group, who, seed=seed, now=utc_now()), who) for group in groups]

    if begun := act(do):
        st.session_state[OFFICERS], st.session_state[SEED] = [], new_seed()
        show(begun[0] if len(begun) == 1 else None)


def begin(conn: Connection, drill: int, trainer: str) -> int:
    """Start a run, and let what comes at once come; its number."""
    now = utc_now()
    runs.start(conn, drill, trainer, now)
    injects.fire(conn, drill, now)
    run = runs.find(conn, drill)
    entries.record(conn, trainer, Action.DRILL_STARTED, drill=drill, of=", ".join(run.officers if run else []))
    return drill


def again(run: Run) -> None:
    """Callback: the same once more from the beginning; the earlier one ends."""

    def do(conn: Connection, who: str) -> int:
        if run.ended_at is None:
            entries.record(conn, who, Action.DRILL_ENDED, drill=run.id)
        return begin(conn, runs.again(conn, run, who, utc_now()), who)

    if (drill := act(do)) is not None:
        show(drill)


def pause(drill: int) -> None:
    """Callback: let its clock stand still."""
    act(lambda conn, who: runs.pause(conn, drill, who, utc_now()))


def go_on(drill: int) -> None:
    """Callback: let its clock go on."""
    act(lambda conn, who: runs.go_on(conn, drill, who, utc_now()))


def end(drill: int) -> None:
    """Callback: end it for good; what it came to is kept."""

    def do(conn: Connection, who: str) -> None:
        runs.end(conn, drill, who, utc_now())
        entries.record(conn, who, Action.DRILL_ENDED, drill=drill)
        results.keep(conn, drill, utc_now())

    act(do)


def send_now(drill: int, inject: str) -> None:
    """Callback: let one of the story's injects come now."""
    act(lambda conn, who: injects.bring_forward(conn, drill, inject, who, utc_now()))


def say(drill: int) -> None:
    """Callback: say what is written, as whoever is chosen."""
    words = cleaning.lines(str(st.session_state.get(WORDS, "")), LONGEST)
    by = Speaker(st.session_state.get(BY) or Speaker.CONTROL_ROOM)

    def do(conn: Connection, who: str) -> bool:
        if not words:
            raise DrillRefused("Write what to say first.")
        runs.say(conn, drill, who, utc_now(), by=by, words=words)
        return True

    if act(do):
        st.session_state[WORDS] = ""


def approve(drill: int, request: int) -> None:
    """Callback: approve in the place of an approver who does not answer."""
    act(lambda conn, who: watch.approve(conn, drill, request, who, utc_now()))


def send_back(drill: int, request: int) -> None:
    """Callback: return it in their place, with the reason that is written."""
    reason = cleaning.lines(str(st.session_state.get(f"{REASON}:{request}", "")), LONGEST)
    act(lambda conn, who: watch.send_back(conn, drill, request, who, note=reason, now=utc_now()))


def ask(what: str) -> None:
    """Callback: ask before this is done; empty leaves the question."""
    st.session_state[ASKED] = what


def arrive(drill: int | None) -> None:
    """What was asked or refused on another page is not said on this one."""
    if st.session_state.get(SHOWN) != drill:
        st.session_state.pop(ASKED, None)
        st.session_state.pop(NOTE, None)
    st.session_state[SHOWN] = drill


def show(drill: int | None) -> None:
    """Lead to one drill, or to all of them."""
    st.query_params.from_dict({} if drill is None else {"run": str(drill)})


def act(work: Callable[[Connection, str], T]) -> T | None:
    """Do it as whoever is at the screen now, and say why it was refused."""
    done, st.session_state[NOTE] = access.act(RUN, work)
    st.session_state.pop(ASKED, None)
    look.clear()
    return done
