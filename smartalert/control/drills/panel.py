"""The strip on every screen of an officer in a drill: which drill it is, and what comes by log, radio and telephone.

It shows the newest, and opens a panel at the side with tabs, of which each draws itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import access, states
from smartalert.control.access import Officer, power, present_officer
from smartalert.control.drawing import draw
from smartalert.control.drills import phones
from smartalert.control.drills.speakers import Message, messages
from smartalert.control.transactions import kept_by_world, reading
from smartalert.control.words import clock, count
from smartalert.drills import ending, runs, watch
from smartalert.drills.ending import Ending
from smartalert.drills.runs import Kind, Run
from smartalert.drills.scenario import Speaker

TAKE_PART = power("In a drill, say that you have noted what came")
STYLE = Path(__file__).with_name("panel.css")
#: What comes is on the screen so soon.
LOOK_EVERY_S = 2.0
#: Session keys: the world that this tab is in, the screen that the drill knows of, whether the panel is open, and its
#: tab.
WORLD, AT, OPEN, TAB = "drill:world", "drill:at", "drill:open", "drill:tab"


@dataclass(frozen=True, slots=True)
class Log:
    """What came in a drill, and how far each officer has noted it."""

    run: Run
    messages: list[Message]
    noted: dict[str, int]
    #: How it ends by itself if nobody acts.
    ending: Ending | None

    def new_to(self, officer: str) -> list[Message]:
        """What they have not noted yet."""
        return [one for one in self.messages if one.id > self.noted.get(officer, 0)]


def enter(officer: Officer | None) -> None:
    """Begin anew in a tab that was in another world: the drafts, alerts and answers on it are not in this one."""
    if officer is None:
        return
    if st.session_state.get(WORLD, officer.drill) != officer.drill:
        st.session_state.clear()
        st.query_params.clear()
    st.session_state[WORLD] = officer.drill


def follow(officer: Officer) -> None:
    """Draw everything anew as soon as a drill begins or ends for this officer."""
    if st.session_state.get(WORLD, officer.drill) != officer.drill:
        st.rerun()


def strip(officer: Officer, screen: str) -> None:
    """Draw it, and let the trainer see which screen this is; nothing outside of drills."""
    if officer.drill is None:
        return
    st.html(STYLE)
    note_screen(officer, screen)
    with st.container(key="drill-strip", gap=None):
        st.fragment(contents, run_every=LOOK_EVERY_S)()


@states.or_failed
def contents() -> None:
    """The bar, and beside the screen the tab that is open."""
    officer = present_officer()
    log = look(officer.drill) if officer and officer.drill else None
    if officer is None or log is None:
        return
    new = log.new_to(officer.id)
    bar(log, new)
    if st.session_state.get(OPEN):
        with st.container(key="drill-open", gap="small"):
            if len(TABS) > 1:
                st.segmented_control(
                    "Show", list(TABS), key=TAB, default=next(iter(TABS)), label_visibility="collapsed"
                )
            TABS[st.session_state.get(TAB) or next(iter(TABS))](log, officer)


def bar(log: Log, new: list[Message]) -> None:
    """The drill's name, the newest message, and what one can do."""
    run, newest = log.run, log.messages[-1:]
    aside = "Paused by the trainer" if run.paused_at else ""
    if not aside and log.ending and ending.is_near(run, log.ending, utc_now()):
        aside = f"Ends by itself at {clock(log.ending.at)}"
    with st.container(key="drill-bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/drills/strip.html", name=run.scenario.name, aside=aside), width="content")
        with st.container(key="drill-newest"):
            st.html(draw("control/drills/newest.html", newest=newest, is_new=bool(new)))
        if new:
            st.button("Noted", key="drill-noted", on_click=note, args=(run.id, new[-1].id), width="content")
        shown = st.session_state.get(OPEN)
        st.button(
            "Close" if shown else f"Log, {count(len(new), 'new', 'new')}" if new else "Log",
            key="drill-toggle",
            icon=":material/right_panel_close:" if shown else ":material/right_panel_open:",
            on_click=toggle,
            width="content",
        )


def log_and_radio(log: Log, officer: Officer) -> None:
    """Tab: everything that came, the newest first; the radio beside the rest."""
    new = {one.id for one in log.new_to(officer.id)}
    heard = list(reversed(log.messages))
    radio = [one for one in heard if one.by is Speaker.RADIO]
    others = [one for one in heard if one.by is not Speaker.RADIO]
    st.html(draw("control/drills/log.html", columns={"Incident log": others, "Radio": radio}, new=new))


#: Tab → what draws it, given what came and the officer.
TABS: dict[str, Callable[[Log, Officer], None]] = {
    "Log and radio": log_and_radio,
    "Phones": lambda log, _officer: phones.tab(log.run),
}


@kept_by_world(ttl=LOOK_EVERY_S / 2, max_entries=50)
def look(drill: int) -> Log | None:
    """What came in a drill; None once it is over."""
    with reading() as conn:
        run, events = runs.find(conn, drill), runs.events(conn, drill)
        if run is None or run.ended_at is not None:
            return None
        return Log(run, messages(events), noted(events), ending.of_run(conn, run, events, utc_now()))


def noted(events: Iterable[runs.Event]) -> dict[str, int]:
    """Officer → the last line that they have noted."""
    return {one.officer: int(one.detail["last"]) for one in events if one.kind is Kind.NOTED and one.officer}


def note(drill: int, last: int) -> None:
    """Callback: the officer has read what came, up to this line."""
    access.act(TAKE_PART, lambda conn, officer: runs.note(conn, drill, officer, last, utc_now()))
    look.clear()


def toggle() -> None:
    """Callback: open the panel, or close it."""
    st.session_state[OPEN] = not st.session_state.get(OPEN)


def note_screen(officer: Officer, screen: str) -> None:
    """Keep which screen they are on, where it is another one."""
    drill = officer.drill
    if not screen or drill is None or st.session_state.get(AT) == (drill, screen):
        return
    st.session_state[AT] = drill, screen
    access.act(TAKE_PART, lambda conn, who: watch.at_screen(conn, drill, who, screen, utc_now()))
