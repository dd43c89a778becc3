"""One response on the right: the words, the photo, the map, who said it if they let us know, and what to do with it."""

from datetime import datetime
from functools import partial

import pydeck as pdk
import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Officer, require_officer
from smartalert.control.alert_map import area
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.responses import address, outcome, results
from smartalert.control.responses.marks import marked
from smartalert.control.responses.reading import Reading, reading
from smartalert.control.words import span, when
from smartalert.geography.geo import distance_words
from smartalert.responses import search
from smartalert.responses.inbox import VERDICTS
from smartalert.responses.search import Wanted

#: What another officer does to it shows within this.
LOOK_EVERY_S = 2.0
MAP_HEIGHT = 300
KNOWN_FROM = {
    "photo": "from the photo’s location",
    "phone": "from their phone’s location",
    "street": "from the street",
    "postcode": "from the postcode",
}
#: Verdict → (button, key on the keyboard, icon).
BUTTONS = {
    "useful": ("Useful", "u", "thumb_up"),
    "not_useful": ("Not useful", "n", "thumb_down"),
    "passed_on": ("Pass on", "p", "forward"),
    "resolved": ("Resolved", "d", "task_alt"),
}

HELP = {"useful": "Grades it. It stays open until you pass it on, resolve it or mark it not useful."}


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
    found = reading(response_id)
    if found is None:
        return
    now, looked_for = utc_now(), search.wanted(address.found())
    with st.container(key="resp-top"):
        st.html(head_html(found, now, looked_for))
        if notice := acting.noticed(response_id):
            st.html(piece("notice", notice))
        with st.container(key="resp-actions", horizontal=True):
            actions(found, officer)
    st.html(body_html(found, now, looked_for))


def head_html(found: Reading, now: datetime, looked_for: Wanted) -> str:
    """Which, when, how urgent, whose."""
    row = found.row
    facts = [f"Received {when(row.received_at, now)}"]
    if row.first_look_at:
        facts.append(f"first read after {span((row.first_look_at - row.received_at).total_seconds())}")
    facts.append(f"claimed by {name_of(row.claimed_by)}" if row.claimed_by else "not claimed")
    if row.verdict:
        facts.append(f"{VERDICTS[row.verdict]}{'' if row.closed else ' but still open'}, {name_of(row.verdict_by)}")
    return draw("control/responses/head.html", row=row, reference=marked(row.reference, looked_for), facts=facts)


def actions(found: Reading, officer: Officer) -> None:
    """Whose it is, and what it is worth; each with a key of its own."""
    row = found.row
    if row.claimed_by is None:
        st.button(
            "Claim", icon=":material/back_hand:", shortcut="m", type="primary", on_click=partial(acting.claim, row.id)
        )
    elif row.claimed_by == officer.id:
        st.button("Give back", icon=":material/undo:", on_click=partial(acting.release, row.id))
    else:
        st.button("Take over", icon=":material/swap_horiz:", on_click=partial(acting.claim, row.id, take_over=True))
    if row.closed:
        st.button("Reopen", icon=":material/restart_alt:", on_click=partial(acting.judge, row.id, None))
        return
    for verdict, (label, key, icon) in BUTTONS.items():
        if verdict != row.verdict:
            act = partial(acting.judge, row.id, verdict)
            st.button(label, icon=f":material/{icon}:", shortcut=key, help=HELP.get(verdict), on_click=act)


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
    return own or "Only through Smart Alert: they gave no name or number"


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
    """The alert's area and everywhere people saw something; this response's own place is the large one."""
    if not found.sightings:
        return
    area.show(found.alert, [sightings_layer(found)], key=f"sightings-{found.row.id}", height=MAP_HEIGHT)


def sightings_layer(found: Reading) -> pdk.Layer:
    """A dot for each sighting, this one's larger and red."""
    dots = [
        {
            "position": [row.lon, row.lat],
            "size": 10 if row.id == found.row.id else 6,
            "colour": [180, 35, 24] if row.id == found.row.id else [71, 86, 109],
        }
        for row in found.sightings
    ]
    return pdk.Layer(
        "ScatterplotLayer",
        dots,
        id="sightings",
        get_position="position",
        get_radius="size",
        radius_units=pdk.types.String("pixels"),
        get_fill_color="colour",
        stroked=True,
        get_line_color=[255, 255, 255],
        get_line_width=2,
        line_width_units=pdk.types.String("pixels"),
    )
