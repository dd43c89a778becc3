"""Where: search box, map and typed fields, all of one area that the draft owns."""

import contextlib
import math
import time
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert.audience.density import SMALLEST_CELL
from smartalert.clock import utc_now
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import DrawnCircle, Legend, PickedStreet, alert_map, with_people
from smartalert.control.alert_map import county as county_map
from smartalert.control.send import draft, fields, preview
from smartalert.control.send.draft import Counted, Work
from smartalert.errors import AreaRefused
from smartalert.geography import geo, search
from smartalert.geography.search import Hit

#: What choosing a street, or a point, begins with.
USUAL_BUFFER_M, USUAL_RADIUS_M = 60, 500
SEARCH, BUFFER = "search", "buffer"
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
    text = st.text_input(
        "Search for a street, postcode, place or grid reference",
        placeholder="Street, postcode, place or grid reference",
        key=fields.follow(SEARCH, ""),
        type="search",
        live="200ms",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    if draft.current().moved:
        st.rerun()
    if len(text.strip()) >= search.SHORTEST:
        show_hits(text)


def show_hits(text: str) -> None:
    """What the text may mean, over the map, each a button."""
    with transactions.reading() as conn:
        hits = search.search(conn, text)
    with st.container(key="search-hits", gap=None):
        if not hits:
            st.html('<p class="sd-none">Nothing here is called so. Try fewer letters, or a postcode.</p>')
        for number, hit in enumerate(hits):
            icon = f":material/{ICONS.get(hit.kind, 'location_on')}:"
            label = f"{hit.label} :gray[· {hit.kind}]"
            st.button(label, key=f"hit-{number}", icon=icon, type="tertiary", on_click=choose, args=(hit,))


def choose(hit: Hit) -> None:
    """Callback: a street becomes the area by its line; any other place a circle around it."""
    if hit.is_street:
        take_area({"street_id": hit.id, "buffer_m": USUAL_BUFFER_M})
    else:
        take_area({"lat": round(hit.lat, 6), "lon": round(hit.lon, 6), "radius_m": USUAL_RADIUS_M})
    draft.current().focus = around(hit.lat, hit.lon, USUAL_RADIUS_M * 1.6)
    fields.renew(SEARCH)


@st.fragment
@states.or_failed
def area_map(bar: DeltaGenerator) -> None:
    """The map. After a draw only this reruns: the counts go out first, the rest of the page follows."""
    require_officer(Role.SENDER)
    work = draft.current()
    counted = preview.recount(work)
    preview.show(bar, work, counted)
    if work.moved:
        # The thread that sends the counts to the browser must not wait for the rest of the page to be drawn.
        time.sleep(HEAD_START_S)
        preview.catch_up(work)
        st.rerun()
    if not is_fixed(work):
        typed_fields()
    draw_map(work, counted)
    with st.container(key="area-strip", horizontal=True, vertical_alignment="center", gap="medium"):
        area_strip(work, counted)


def draw_map(work: Work, counted: Counted) -> None:
    """The county with the area, those who would be told as shading, and other alerts in force."""
    county, ground = county_map.county(), counted.ground
    shaded = ground is not None and counted.preview is not None and counted.preview.people >= SMALLEST_CELL
    spread = preview.spread(ground, work.content.choice, counted.at) if ground and shaded else None
    with transactions.reading() as conn:
        others = county_map.in_force(conn, utc_now())
    alert_map(
        deck=with_people(county.deck, density=spread.cells if spread else (), live_alerts=others),
        home=county.home,
        key="send-map",
        circle=circle_of(work.content.area),
        street=street_of(work.content.area, counted),
        on_drawn=on_drawn,
        on_picked=on_picked,
        focus=work.focus,
        legend=Legend(f"People per {spread.cell_m} m square", preview.CLASS_LABELS) if spread else None,
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
        read_only=is_fixed(work),
    )


def is_fixed(work: Work) -> bool:
    """Whether the area decides nothing: who was told is told."""
    sequel = work.content.sequel
    return sequel is not None and not sequel.newcomers


def area_strip(work: Work, counted: Counted) -> None:
    """The area in words, its neighbourhoods, and for a street how far either side."""
    ground = counted.ground
    words = ground.text if ground else "Draw a circle, pick a street, search, or type the area."
    where = ""
    if ground and counted.preview and counted.preview.people:
        where = preview.neighbourhoods_words(preview.spread(ground, work.content.choice, counted.at).neighbourhoods)
    st.html(preview.area_html(words, where))
    if work.content.area and "street_id" in work.content.area and not is_fixed(work):
        shown = int(work.content.area["buffer_m"])
        key = fields.follow(BUFFER, shown)
        st.slider(
            "Metres either side of the street",
            geo.MIN_BUFFER_M, geo.MAX_BUFFER_M, shown, step=5, format="%d m", key=key, on_change=on_buffer, args=(key,),
            width=240,
        )  # fmt: skip


def typed_fields() -> None:
    """Latitude, longitude and radius: in step with the map, and the whole area by keyboard alone."""
    work = draft.current()
    if work.typed_for != work.content.area:
        work.typed_for, work.typed = work.content.area, typed_of(work.content.area or {})
    with st.popover("Type the area", icon=":material/keyboard:", key="typed-area"):
        for name, label in TYPED.items():
            shown = work.typed.get(name, "")
            key = fields.follow(f"typed-{name}", shown)
            st.text_input(label, shown, key=key, live="400ms", on_change=on_typed, args=(name, key))
        st.html(f'<p class="sd-typed" role="status">{work.typed_refusal or "The map follows as you type."}</p>')


def typed_of(area: dict[str, Any]) -> dict[str, str]:
    """A circle as it would be typed; of a street, nothing."""
    forms = {"lat": ".6f", "lon": ".6f", "radius_m": "g"}
    return {name: format(area[name], form) for name, form in forms.items() if name in area}


def on_typed(name: str, key: str) -> None:
    """Callback: a sound circle becomes the area; anything else says what is wrong and changes nothing."""
    if (text := fields.said(key)) is None:
        return
    work = draft.current()
    work.typed[name], work.typed_refusal = text, ""
    said = {name: work.typed.get(name, "").strip() for name in TYPED}
    if not all(said.values()):
        return
    try:
        geo.area_from({name: float(value) for name, value in said.items()})
    except (AreaRefused, ValueError) as refusal:
        work.typed_refusal = str(refusal) if isinstance(refusal, AreaRefused) else "Write numbers, such as 52.8067."
        return
    take_area({name: float(said[name]) for name in TYPED}, typed=True)


def on_drawn(circle: DrawnCircle | None) -> None:
    """The map's callback: a circle was drawn, moved or cleared."""
    take_area({"lat": circle.lat, "lon": circle.lon, "radius_m": circle.radius_m} if circle else None)


def on_picked(picked: PickedStreet) -> None:
    """The map's callback: a street was picked."""
    with contextlib.suppress(ValueError):
        take_area({"street_id": int(picked.street_id), "buffer_m": USUAL_BUFFER_M})


def on_buffer(key: str) -> None:
    """Callback: another distance either side of the street."""
    if (said := fields.said(key)) is not None:
        take_area({**(draft.current().content.area or {}), "buffer_m": said})


def take_area(area: dict[str, Any] | None, *, typed: bool = False) -> None:
    """Make this the draft's area; it is counted and kept within the same rerun."""
    work = draft.current()
    work.content = work.content.model_copy(update={"area": area})
    work.moved, work.focus = True, None
    if typed:
        work.typed_for = area
    else:
        work.typed_refusal = ""


def circle_of(area: dict[str, Any] | None) -> dict[str, float] | None:
    """The area as the map takes a circle."""
    return area if area and "radius_m" in area else None


def street_of(area: dict[str, Any] | None, counted: Counted) -> dict[str, Any] | None:
    """The area as the map takes a street; its line comes from the ground that was counted."""
    if not area or "street_id" not in area or counted.ground is None:
        return None
    ground = counted.ground
    return {
        "id": area["street_id"],
        "name": ground.text,
        "buffer_m": area["buffer_m"],
        "line": ground.line,
        "outline": ground.outline,
    }


def around(lat: float, lon: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a square so many metres each way."""
    up, across = metres / METRES_A_DEGREE, metres / METRES_A_DEGREE / math.cos(math.radians(lat))
    return lon - across, lat - up, lon + across, lat + up
