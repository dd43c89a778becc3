"""One response on the right: the words, the photo, the map, who said it if they let us know, and what to do with it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

import pydeck as pdk
import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Officer, require_officer
from smartalert.control.alert_map import area
from smartalert.control.alert_map.layers import PIXELS
from smartalert.control.drawing import draw, piece
from smartalert.control.marks import marked
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.responses import address, outcome, results
from smartalert.control.responses.reading import Reading, reading, team_names
from smartalert.control.words import span, when
from smartalert.geography.geo import distance_words
from smartalert.responses import search
from smartalert.responses.grades import GRADES
from smartalert.responses.inbox import VERDICTS
from smartalert.responses.nearby import Nearby
from smartalert.responses.search import Wanted

#: What another officer does to it shows within this.
LOOK_EVERY_S = 2.0
MAP_HEIGHT = 300
FOR_ALL = "What you press is done with every open response near here, except those that another officer has claimed."
HOW_TO_GRADE = (
    "As in a 3x5x2 intelligence report. A: they saw or heard it themselves. B: they were told, and something else "
    "backs it up. C: they were told. D: you cannot say. E: you suspect that it is false. A grade does "
    "not close the response."
)
KNOWN_FROM = {
    "photo": "from the photo’s location",
    "phone": "from their phone’s location",
    "street": "from the street",
    "postcode": "from the postcode",
}
#: Verdict → (button, icon). What is passed on has a choice of teams instead.
BUTTONS = {
    "useful": ("Useful", "thumb_up"),
    "not_useful": ("Not useful", "thumb_down"),
    "resolved": ("Resolved", "task_alt"),
}
HELP = {"useful": "It stays open until you pass it on, resolve it or mark it not useful."}
#: Grade → what the button says; the words of the College of Policing stand beside the response.
GRADE_WORDS = {"A": "A First-hand", "B": "B Backed up", "C": "C Second-hand", "D": "D Not known", "E": "E Doubtful"}


def pane(response_id: int | None, officer: Officer) -> None:
    """Draw the chosen response, or say what to do."""
    if response_id is None:
        states.state("Choose a response", "The most urgent are at the top of the list.", icon="forum")
        return
    found = reading(response_id)
    if found is None:
        states.state("There is no such response", "The link may be old or incomplete.", icon="search_off")
        return
    st.fragment(live_part, run_every=LOOK_EVERY_S)(response_id)
    sighting_map(found)
    writing(response_id)
    results.part(found.alert, response_id, officer)
    outcome.part(found.alert, response_id, officer)


def live_part(response_id: int) -> None:
    """Everything that another officer may change meanwhile."""
    officer = require_officer(*acting.WORKERS)
    if address.leads_elsewhere():
        st.rerun()
    found = reading(response_id)
    if found is None:
        return
    now, looked_for = utc_now(), search.wanted(address.found())
    with st.container(key="resp-top"):
        st.html(head_html(found, now, looked_for))
        if notice := acting.noticed(response_id):
            st.html(piece("notice", notice))
        with st.container(key="resp-actions", horizontal=True, vertical_alignment="bottom"):
            actions(found, officer)
    if may_be_judged(found):
        grade(found)
    st.html(body_html(found, now, looked_for))
    if found.near:
        st.html(piece("line", f"{len(found.near)} more near here, within 150 metres and 30 minutes", "sa-nothing"))
    for row in found.near:
        near_one(row, now)


def head_html(found: Reading, now: datetime, looked_for: Wanted) -> str:
    """Which, when, how urgent, whose."""
    row = found.row
    facts = [f"Received {when(row.received_at, now)}"]
    if row.first_look_at:
        facts.append(f"first read after {span((row.first_look_at - row.received_at).total_seconds())}")
    facts.append(f"claimed by {name_of(row.claimed_by)}" if row.claimed_by else "not claimed")
    if row.grade:
        facts.append(f"graded {row.grade}, {GRADES[row.grade].lower()}, {name_of(row.graded_by)}")
    if row.team:
        facts.append(f"passed to {isolated(row.team)}, {name_of(row.passed_by)}, {when(row.passed_at, now)}")
    if row.verdict and row.verdict != "passed_on":
        facts.append(f"{VERDICTS[row.verdict]}{'' if row.closed else ' but still open'}, {name_of(row.verdict_by)}")
    return draw("control/responses/head.html", row=row, reference=marked(row.reference, looked_for), facts=facts)


def actions(found: Reading, officer: Officer) -> None:
    """Whose it is, what it is worth and who gets it; for this one, or for all that are near it."""
    row = found.row
    # Each part has its place: what comes and goes in one draws nothing anew in the others, such as an open list.
    with st.container(key="resp-whose", horizontal=True, vertical_alignment="center", width="content"):
        if found.near:
            st.toggle(f"For all {len(found.near) + 1} near here", key=acting.all_key(row.id), help=FOR_ALL)
        if row.claimed_by is None:
            button("Claim", "back_hand", acting.claim, row.id, type="primary")
        elif row.claimed_by == officer.id:
            button("Give back", "undo", acting.release, row.id)
        else:
            button("Take over", "swap_horiz", partial(acting.claim, take_over=True), row.id)
        if row.closed:
            button("Reopen", "restart_alt", acting.judge, row.id, None)
    if may_be_judged(found):
        with st.container(key="resp-worth", horizontal=True, vertical_alignment="center", width="content"):
            for verdict, (label, icon) in BUTTONS.items():
                if verdict != row.verdict and not (verdict == "useful" and row.closed):
                    button(label, icon, acting.judge, row.id, verdict, help=HELP.get(verdict))
        pass_on(row.id)


def may_be_judged(found: Reading) -> bool:
    """Whether it is open, or open to the team that it was passed to, which says what came of it or passes it on."""
    return not found.row.closed or found.row.verdict == "passed_on"


def button(label: str, icon: str, act: Callable[..., None], *args: object, **options: Any) -> None:
    """One action; the keyboard finds it by the words of its key."""
    st.button(label, key=f"resp-act-{label}-{args[0]}", icon=f":material/{icon}:", on_click=act, args=args, **options)


def pass_on(response_id: int) -> None:
    """The teams that it may be passed on to, found by typing."""
    teams = team_names()
    st.selectbox(
        "Pass on to a team",
        list(teams),
        index=None,
        key=acting.team_key(response_id),
        format_func=teams.__getitem__,
        placeholder="Pass on to …" if teams else "No team to pass to yet",
        disabled=not teams,
        help=None if teams else "An administrator adds teams on the screen “Officers and rules”.",
        label_visibility="collapsed",
        on_change=acting.pass_on,
        args=(response_id,),
        width=190,
    )


def grade(found: Reading) -> None:
    """How far the person knows it; pressed again, it is not graded."""
    row = found.row
    # One row of buttons for as long as the response is shown: a browser may not have heard of another in its place
    # when somebody presses again. What another officer chose meanwhile is shown in it.
    key = acting.grade_key(row.id)
    if st.session_state.get(key, ...) != row.grade:
        st.session_state[key] = row.grade
    st.segmented_control(
        "How do they know it?",
        list(GRADES),
        key=key,
        format_func=GRADE_WORDS.__getitem__,
        help=HOW_TO_GRADE,
        on_change=acting.grade,
        args=(row.id, row.grade),
    )


def near_one(row: Nearby, now: datetime) -> None:
    """Another from near here: a line to press."""
    with st.container(key=f"resp-near-{row.id}", gap=None):
        st.html(draw("control/responses/near.html", row=row, now=now, name_of=name_of))
        spoken = f"Open {row.reference}, near here"
        st.button(spoken, key=f"near-{row.id}", on_click=acting.choose, args=(row.id,), width="stretch")


def body_html(found: Reading, now: datetime, looked_for: Wanted) -> str:
    """Their words, the photo, the facts, and what officers wrote under it."""
    row = found.row
    facts = {
        "When": "Happening now" if row.happening_now and not row.seen_at else marked(row.seen_at, looked_for),
        "Where": marked(place_words(found), looked_for),
        "Contact": contact_words(found),
        "Outcome": row.outcome or "",
    }
    shown = {
        "said": marked(row.saw, looked_for, urgent=True),
        "area": marked(found.alert.area_desc, looked_for),
        "facts": facts,
        "notes": found.notes,
    }
    return draw("control/responses/body.html", row=row, now=now, name_of=name_of, **shown)


def place_words(found: Reading) -> str:
    """Where, in their words, and how far that is from the alert."""
    row = found.row
    if row.point_from is None or row.metres_from_area is None:
        return row.place
    far = row.metres_from_area
    distance = f"{distance_words(round(far, -1))} outside the area" if far else "in the area"
    return " · ".join(part for part in (isolated(row.place), f"{distance}, {KNOWN_FROM[row.point_from]}") if part)


def contact_words(found: Reading) -> str:
    """How they may be reached, if they allowed it."""
    row = found.row
    if not row.may_contact:
        return "They do not want to be contacted"
    own = ", ".join(isolated(part) for part in (row.name, row.contact) if part)
    return own or "Only through Smart Alert. They gave no name or number"


def writing(response_id: int) -> None:
    """A note, for officers only; and what came of it, kept with the next verdict."""
    left, right = st.columns(2)
    with left:
        st.text_area("Note for officers only", key=acting.note_key(response_id), height=90, max_chars=2_000)
        st.button("Add note", icon=":material/edit_note:", on_click=partial(acting.note, response_id))
    right.text_area(
        "Outcome",
        key=acting.outcome_key(response_id),
        height=90,
        max_chars=2_000,
        help="Saved with the next result you press, and in the case file.",
    )


def sighting_map(found: Reading) -> None:
    """The alert's area and everywhere people saw something; this response's own place is the red one."""
    if not found.sightings:
        return
    area.show(found.alert, sightings_layers(found), key=f"sightings-{found.row.id}", height=MAP_HEIGHT)


def sightings_layers(found: Reading) -> list[pdk.Layer]:
    """A dot for each place, red and larger where this response is, with how many are there where there are several."""
    here = found.row.near
    groups = [
        list(rows) for _, rows in groupby(sorted(found.sightings, key=lambda one: one.near), lambda one: one.near)
    ]
    dots = [
        {
            "position": [rows[0].lon, rows[0].lat],
            "size": (10 if rows[0].near == here else 6) + (4 if len(rows) > 1 else 0),
            "colour": [180, 35, 24] if rows[0].near == here else [71, 86, 109],
            "count": str(len(rows)) if len(rows) > 1 else "",
        }
        for rows in groups
    ]
    return [
        pdk.Layer(
            "ScatterplotLayer",
            dots,
            id="sightings",
            get_position="position",
            get_radius="size",
            radius_units=PIXELS,
            get_fill_color="colour",
            stroked=True,
            get_line_color=[255, 255, 255],
            get_line_width=2,
            line_width_units=PIXELS,
        ),
        pdk.Layer(
            "TextLayer",
            [dot for dot in dots if dot["count"]],
            id="sightings-counts",
            get_position="position",
            get_text="count",
            get_size=12,
            get_color=[255, 255, 255],
            font_weight=700,
        ),
    ]
