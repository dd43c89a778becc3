"""One drill while its trainer watches it: its clock, its officers, what they decide, and what the trainer does."""

from datetime import datetime

import streamlit as st

from smartalert.alerts.approvals import WaitingRequest
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.drills import acts, trouble
from smartalert.control.drills.acts import LOOK_EVERY_S, look
from smartalert.control.drills.coming import Coming, all_of
from smartalert.control.drills.lines import how_ended, lines
from smartalert.control.drills.speakers import FOR_TRAINERS, label
from smartalert.control.drills.times import stopwatch
from smartalert.control.names import name_of
from smartalert.control.words import clock, count
from smartalert.drills import ending
from smartalert.drills.runs import Run
from smartalert.drills.watch import Look
from smartalert.errors import DrillRefused

#: What is asked before a drill ends, or begins anew: what it says, the button, and its name.
QUESTIONS = {
    "end": ("End this drill? Its officers go back to the ordinary control room.", "End the drill"),
    "again": ("End this drill and run it again from the beginning, with the same events?", "Run it again"),
}


def page(drill: int) -> None:
    """Draw it, or say that there is none."""
    try:
        seen = look(drill)
    except DrillRefused as refusal:
        states.state("No such drill", str(refusal), icon="search_off", action=("All drills", "drills"))
        return
    every = LOOK_EVERY_S if seen.run.ended_at is None else None
    st.fragment(head, run_every=every)(drill, stage(seen.run))
    left, right = st.columns([5, 4], gap="medium")
    with left:
        st.fragment(officers, run_every=every)(drill)
    with right:
        if seen.run.ended_at is None:
            st.fragment(waiting, run_every=every)(drill)
            with st.container(key="panel-drill-say"):
                st.fragment(speak)(drill)
            with st.container(key="panel-drill-trouble", gap="small"):
                st.fragment(trouble.part)(drill)
        st.fragment(story, run_every=every)(drill)


def stage(run: Run) -> str:
    """What the rest of the screen depends on."""
    return "over" if run.ended_at else "paused" if run.paused_at else "running"


@states.or_failed
def head(drill: int, drawn: str) -> None:
    """The name, the clock, and what can be done with the whole."""
    require_officer(Role.TRAINER)
    seen, now = look(drill), utc_now()
    run = seen.run
    if stage(run) != drawn or st.query_params.get("run") != str(drill):  # or another run of it began
        st.rerun()
    facts = {"clock": stopwatch(run.clock(now)), "ended": ended(seen, now)}
    with st.container(key="drill-head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/drills/head.html", run=run, stage=drawn, names=map(name_of, run.officers), **facts))
        if (asked := st.session_state.get(acts.ASKED)) in QUESTIONS:
            question(run, asked)
        else:
            buttons(run)
    if refusal := st.session_state.get(acts.NOTE):
        st.html(piece("notice", refusal))


def ended(seen: Look, now: datetime) -> str:
    """That it ends by itself soon, or how it ended; empty while there is nothing to say."""
    if seen.run.ended_at is not None:
        return how_ended(seen.events)
    if seen.ending is None or not ending.is_near(seen.run, seen.ending, now):
        return ""
    unless = "unless it goes on" if seen.run.paused_at else "unless somebody acts"
    return f"Ends by itself at {clock(seen.ending.at)} {unless}."


def buttons(run: Run) -> None:
    """Pause or go on, run again, end."""
    if run.ended_at is not None:
        st.html(draw("control/drills/debrief.html", run=run), width="content")
        st.button("Run again", key="drill-again", icon=":material/replay:", on_click=acts.again, args=(run,))
        return
    if run.paused_at is None:
        st.button("Pause", key="drill-pause", icon=":material/pause:", on_click=acts.pause, args=(run.id,))
    else:
        st.button(
            "Go on",
            key="drill-go-on",
            type="primary",
            icon=":material/play_arrow:",
            on_click=acts.go_on,
            args=(run.id,),
        )
    st.button("Run again …", key="drill-ask-again", icon=":material/replay:", on_click=acts.ask, args=("again",))
    st.button("End …", key="drill-ask-end", icon=":material/stop:", on_click=acts.ask, args=("end",))


def question(run: Run, asked: str) -> None:
    """Asked before it ends; the safe choice has the focus."""
    words, label = QUESTIONS[asked]
    st.html(piece("line", words, "sa-question", "alert"), width=340)
    with st.container(key="safe-choice", width="content"):
        st.button("Cancel", key="drill-cancel", on_click=acts.ask, args=("",))
    if asked == "end":
        st.button(label, key="drill-end", on_click=acts.end, args=(run.id,))
    else:
        st.button(label, key="drill-again", on_click=acts.again, args=(run,))


@states.or_failed
def officers(drill: int) -> None:
    """Where each officer is, and everything that happened."""
    require_officer(Role.TRAINER)
    seen, now = look(drill), utc_now()
    answers = "No answers yet"
    if seen.answers:
        answers = f"{count(seen.answers, 'answer', 'answers')}, {seen.unread:,} unread"
    with st.container(key="panel-drill-officers", gap=None):
        st.html(piece("heading", "Officers", answers))
        st.html(draw("control/drills/officers.html", officers=seen.officers, now=now, name_of=name_of))
    with st.container(key="panel-drill-line", gap=None):
        st.html(piece("heading", "What happened", "the newest first"))
        st.html(draw("control/drills/lines.html", lines=lines(seen)))


@states.or_failed
def waiting(drill: int) -> None:
    """What waits for an approver; the trainer may stand in for one."""
    require_officer(Role.TRAINER)
    seen = look(drill)
    for request in seen.waiting:
        with st.container(key=f"panel-drill-request-{request.id}", gap="small"):
            stand_in(seen.run, request)


def stand_in(run: Run, request: WaitingRequest) -> None:
    """One request, and the two answers."""
    st.html(draw("control/drills/request.html", request=request, author=name_of(request.author), now=utc_now()))
    st.text_input("What needs to change, if you return it", key=f"{acts.REASON}:{request.id}", max_chars=300)
    with st.container(key=f"drill-answers-{request.id}", horizontal=True, gap="small"):
        args, is_still = (run.id, request.id), run.paused_at is not None
        st.button("Return it", key=f"drill-return-{request.id}", on_click=acts.send_back, args=args, disabled=is_still)
        st.button(
            "Approve it for them", key=f"drill-approve-{request.id}", type="primary", on_click=acts.approve, args=args,
            disabled=is_still,
        )  # fmt: skip


def speak(drill: int) -> None:
    """Words of the trainer's own."""
    require_officer(Role.TRAINER)
    st.html(piece("heading", "Speak to them"))
    st.segmented_control(
        "As", list(FOR_TRAINERS), key=acts.BY, format_func=label, default=FOR_TRAINERS[0], label_visibility="collapsed"
    )
    st.text_area(
        "What to say", key=acts.WORDS, max_chars=acts.LONGEST, height=80, label_visibility="collapsed",
        placeholder="What they hear, as they would hear it",
    )  # fmt: skip
    st.button("Say it", key="drill-say", icon=":material/send:", on_click=acts.say, args=(drill,))


@states.or_failed
def story(drill: int) -> None:
    """What the story brings: what has come, and what is to come, which can come now."""
    require_officer(Role.TRAINER)
    seen = look(drill)
    with st.container(key="panel-drill-story", gap="small"):
        st.html(piece("heading", "Events of this scenario"))
        for number, one in enumerate(all_of(seen)):
            event(seen.run, one, number)


def event(run: Run, one: Coming, number: int) -> None:
    """One of them."""
    with st.container(key=f"drill-inject-{number}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/drills/inject.html", one=one))
        if one.came is None and run.ended_at is None:
            st.button(
                "Send now", key=f"drill-now-{number}", help=one.inject.name, on_click=acts.send_now,
                args=(run.id, one.inject.name), disabled=run.paused_at is not None, width="content",
            )  # fmt: skip
