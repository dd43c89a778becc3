"""Where: search box, map and typed fields, all of one area that the draft owns."""

import contextlib
import math
import time
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.audience.density import SMALLEST_CELL
from smartalert.cleaning import isolated
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import DrawnCircle, Legend, PickedStreet, alert_map
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw, piece
from smartalert.control.send import draft, fields, follow_up, preview, screen
from smartalert.control.send.screen import Box
from smartalert.control.words import count
from smartalert.errors import AreaRefused
from smartalert.geography import geo, search
from smartalert.geography.search import Hit

#: What choosing a street, or a point, begins with.
USUAL_BUFFER_M, USUAL_RADIUS_M = 60, 500
SEARCH = "search"
TYPED = {"lat": "Latitude", "lon": "Longitude", "radius_m": "Radius in metres"}
ICONS = {"street": "signpost", "postcode": "markunread_mailbox", "town": "location_city", "school": "school"}
HEAD_START_S = 0.04
METRES_A_DEGREE = 111_320
#: What the style sheet leaves for it: screens differ.
MAP_HEIGHT = "var(--sd-map)"


@st.fragment
@states.or_failed
def search_box() -> None:
    """Find a street or a place while its name is being typed; only this box reruns."""
    require_officer(Role.SENDER)
    text = fields.searched(
        SEARCH,
        "Search for a street, postcode, place or grid reference",
        placeholder="Street, postcode, place or grid reference",
        type="search",
        live="200ms",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    if screen.current().moved:
        st.rerun()
    if len(text.strip()) >= search.SHORTEST:
        show_hits(text)


def show_hits(text: str) -> None:
    """What the text may mean, over the map, each a button."""
    with transactions.reading() as conn:
        hits = search.search(conn, text)
    with st.container(key="search-hits", gap=None):
        if not hits:
            st.html(piece("line", f"No results for “{text.strip()}”. Try fewer letters, or a postcode.", "sd-none"))
        for hit in hits:
            icon = f":material/{ICONS.get(hit.kind, 'location_on')}:"
            label = f"{isolated(hit.label)} :gray[· {hit.kind}]"
            # Keyed by what it is, not by its place in the list: a press can only mean the hit that it fell on.
            key = f"hit-{hit.kind}-{hit.id or hit.label}"
            st.button(label, key=key, icon=icon, type="tertiary", on_click=choose, args=(hit,))
        # Last: whoever cannot see the list hears that it is whole, and what it answers.
        st.html(piece("line", f"{count(len(hits), 'result', 'results')} for “{text.strip()}”", "sd-found", "status"))


def choose(hit: Hit) -> None:
    """Callback: a street becomes the area by its line; any other place a circle around it."""
    area: dict[str, Any] = {"lat": round(hit.lat, 6), "lon": round(hit.lon, 6), "radius_m": USUAL_RADIUS_M}
    if hit.is_street:
        area = {"street_id": hit.id, "buffer_m": USUAL_BUFFER_M}
    take_area(area, focus=around(hit.lat, hit.lon, USUAL_RADIUS_M * 1.6))
    fields.renew(SEARCH)


@st.fragment
@states.or_failed
def area_map(bar: DeltaGenerator) -> None:
    """The map. After a draw only this reruns: the counts go out first, the rest of the page follows."""
    require_officer(Role.SENDER)
    opened = draft.current()
    counted = preview.recount(opened)
    preview.show(bar, opened.content, counted)
    if screen.current().moved:
        # The thread that sends the counts to the browser must not wait for the rest of the page to be drawn.
        time.sleep(HEAD_START_S)
        preview.catch_up(opened)
        st.rerun()
    if not follow_up.is_fixed(opened.content):
        typed_fields(opened.content.area)
    draw_map(opened.content, counted)
    with st.container(key="area-strip", horizontal=True, vertical_alignment="center", gap="medium"):
        area_strip(opened.content, counted)


def draw_map(content: Draft, counted: Counted | Nowhere) -> None:
    """The county with the area, those who would be told as shading, and other alerts in force."""
    county = county_map.county()
    shaded = isinstance(counted, Counted) and counted.preview.people >= SMALLEST_CELL
    spread = preview.spread(counted, content.choice) if isinstance(counted, Counted) and shaded else None
    alert_map(
        deck=county.deck,
        added=[*(spread.shading if spread else ()), *county_map.in_force()],
        home=county.home,
        key="send-map",
        circle=circle_of(content.area),
        street=street_of(content.area, counted),
        on_drawn=on_drawn,
        on_picked=on_picked,
        focus=screen.current().focus,
        legend=Legend(f"People per {spread.cell_m} m square", preview.CLASS_LABELS) if spread else None,
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
        read_only=follow_up.is_fixed(content),
    )


def area_strip(content: Draft, counted: Counted | Nowhere) -> None:
    """The area in words, its neighbourhoods, and for a street how far either side."""
    words, neighbourhoods = "Draw a circle, pick a street, search, or type the area.", ""
    if isinstance(counted, Counted):
        words = counted.ground.text
        if counted.preview.people:
            neighbourhoods = preview.neighbourhoods_words(preview.spread(counted, content.choice).neighbourhoods)
    st.html(draw("control/send/area.html", words=words, neighbourhoods=neighbourhoods))
    if content.area and "street_id" in content.area and not follow_up.is_fixed(content):
        fields.number(
            "buffer", "Metres either side of the street", int(content.area["buffer_m"]), take_buffer, step=5,
            min_value=geo.MIN_BUFFER_M, max_value=geo.MAX_BUFFER_M, format="%d m", width=240,
        )  # fmt: skip


def take_buffer(metres: int) -> None:
    """Another distance either side of the street."""
    take_area({**(draft.current().content.area or {}), "buffer_m": metres})


def typed_fields(area: dict[str, Any] | None) -> None:
    """Latitude, longitude and radius: in step with the map, and the whole area by keyboard alone."""
    shown = screen.current()
    if shown.typed_for != area:
        screen.fill_typed(typed_of(area or {}), area)
    with st.popover("Type the area", icon=":material/keyboard:", key="typed-area"):
        for name, label in TYPED.items():
            fields.text(f"typed-{name}", label, shown.typed.get(name, ""), partial(take_typed, name), live="400ms")
        st.html(piece("line", shown.typed_refusal or "The map follows as you type.", "sd-typed", "status"))


def typed_of(area: dict[str, Any]) -> dict[str, str]:
    """A circle as it would be typed; of a street, nothing."""
    forms = {"lat": ".6f", "lon": ".6f", "radius_m": "g"}
    return {name: format(area[name], form) for name, form in forms.items() if name in area}


def take_typed(name: str, text: str) -> None:
    """A sound circle becomes the area; anything else says what is wrong and changes nothing."""
    screen.keep_typed(name, text)
    said = {name: screen.current().typed.get(name, "").strip() for name in TYPED}
    if not all(said.values()):
        return
    try:
        geo.area_from({name: float(value) for name, value in said.items()})
    except (AreaRefused, ValueError) as refusal:
        screen.refuse_typed(str(refusal) if isinstance(refusal, AreaRefused) else "Enter numbers, such as 52.8067.")
        return
    take_area({name: float(said[name]) for name in TYPED}, typed=True)


def on_drawn(circle: DrawnCircle | None) -> None:
    """The map's callback: a circle was drawn, moved or cleared."""
    take_area({"lat": circle.lat, "lon": circle.lon, "radius_m": circle.radius_m} if circle else None)


def on_picked(picked: PickedStreet) -> None:
    """The map's callback: a street was picked."""
    with contextlib.suppress(ValueError):
        take_area({"street_id": int(picked.street_id), "buffer_m": USUAL_BUFFER_M})


def take_area(area: dict[str, Any] | None, *, focus: Box | None = None, typed: bool = False) -> None:
    """Make this the draft's area; it is counted and kept within the same rerun."""
    draft.move(area)
    screen.area_changed(area, focus, typed=typed)


def circle_of(area: dict[str, Any] | None) -> dict[str, float] | None:
    """The area as the map takes a circle."""
    return area if area and "radius_m" in area else None


def street_of(area: dict[str, Any] | None, counted: Counted | Nowhere) -> dict[str, Any] | None:
    """The area as the map takes a street; its line comes from the ground that was counted."""
    if not area or "street_id" not in area or isinstance(counted, Nowhere):
        return None
    ground = counted.ground
    return {
        "id": area["street_id"],
        "name": ground.text,
        "buffer_m": area["buffer_m"],
        "line": ground.line,
        "outline": ground.outline,
    }


def around(lat: float, lon: float, metres: float) -> Box:
    """West, south, east, north of a square so many metres each way."""
    up, across = metres / METRES_A_DEGREE, metres / METRES_A_DEGREE / math.cos(math.radians(lat))
    return lon - across, lat - up, lon + across, lat + up
