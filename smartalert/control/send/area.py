"""Where: search box, map and typed fields, all of one area that the draft owns."""

import contextlib
import math
import time
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert import cleaning
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.audience.density import SMALLEST_CELL
from smartalert.cleaning import isolated
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import DrawnCircle, DrawnOutline, Legend, PickedStreet, alert_map
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw, piece
from smartalert.control.send import draft, fields, follow_up, parts, preview, saved, screen
from smartalert.control.send.screen import Box
from smartalert.control.words import count
from smartalert.errors import AreaRefused
from smartalert.geography import geo, search
from smartalert.geography.areas import Ground
from smartalert.geography.search import Hit

#: What choosing a street, or a point, begins with.
USUAL_BUFFER_M, USUAL_RADIUS_M = 60, 500
SEARCH = "search"
#: Session key: what is searched for, and how many hits of it are shown.
MORE = "send:more-hits"
TYPED = {"lat": "Latitude", "lon": "Longitude", "radius_m": "Radius in metres"}
ICONS = {
    "street": "signpost",
    "postcode": "markunread_mailbox",
    "city": "location_city",
    "town": "location_city",
    "suburb": "location_city",
    "village": "holiday_village",
    "hamlet": "holiday_village",
    "road": "add_road",
    "crossing": "fork_right",
    "station": "train",
    "hospital": "local_hospital",
    "park": "park",
    "water": "water",
    "farm": "agriculture",
    "neighbourhood": "holiday_village",
    "school": "school",
}
#: Hits at first, and with each press of “Show more”.
HITS, MOST_HITS = 8, 48
#: How far round an area counts as in view, metres.
SEEN_M = 2_500
HEAD_START_S = 0.04
METRES_A_DEGREE = 111_320
#: What the style sheet leaves for it: screens differ.
MAP_HEIGHT = "var(--sd-map)"


@st.fragment
@states.or_failed
def search_box() -> None:
    """Find a street or a place while its name is being typed; only this box reruns."""
    officer = require_officer(Role.SENDER)
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
        show_hits(text, seen(officer.jurisdiction))


def seen(jurisdiction: tuple[str, ...] | None) -> Box | None:
    """What the officer is looking at, as far as is known here: round the area, else where the map was sent, else the
    officer's own neighbourhoods."""
    area = parts.present(draft.current().content.area) or {}
    if "lat" in area:
        return around(area["lat"], area["lon"], SEEN_M)
    beat = county_map.beat(jurisdiction)
    return screen.current().focus or (beat.box if beat else None)


def show_hits(text: str, view: Box | None) -> None:
    """What the text may mean, over the map, each a button; the rest on request."""
    typed, most = st.session_state.get(MORE, ("", HITS))
    most = most if typed == text else HITS
    with transactions.reading() as conn:
        found = search.search(conn, text, most + 1, neighbourhoods=True, view=view)
    hits = found[:most]
    with st.container(key="search-hits", gap=None):
        if not hits:
            why = search.advice(text) or f"No results for “{text.strip()}”. Try fewer letters, or a postcode."
            st.html(piece("line", why, "sd-none"))
        for hit in hits:
            icon = f":material/{ICONS.get(hit.kind, 'location_on')}:"
            label = f"{isolated(hit.label)} :gray[· {hit.kind}]"
            # Keyed by what it is, not by its place in the list: a press can only mean the hit that it fell on.
            key = f"hit-{hit.kind}-{hit.id or hit.code or hit.label}"
            st.button(label, key=key, icon=icon, type="tertiary", on_click=choose, args=(hit,))
        if len(found) > most and most < MOST_HITS:
            args = (text, most)
            st.button("Show more", key="more-hits", icon=":material/expand_more:", on_click=show_more, args=args)
        # Last: whoever cannot see the list hears that it is whole, and what it answers.
        st.html(piece("line", f"{count(len(hits), 'result', 'results')} for “{text.strip()}”", "sd-found", "status"))


def show_more(text: str, shown: int) -> None:
    """Callback: a longer list, for as long as this is what is typed."""
    st.session_state[MORE] = (text, shown + 2 * HITS)


def choose(hit: Hit) -> None:
    """Callback: a street or a neighbourhood becomes the area as it is; any other place a circle around it."""
    area: dict[str, Any] = {"lat": round(hit.lat, 6), "lon": round(hit.lon, 6), "radius_m": USUAL_RADIUS_M}
    if hit.is_street:
        area = {"street_id": hit.id, "buffer_m": USUAL_BUFFER_M}
    if hit.code:
        area = {"neighbourhood": hit.code}
    take_area(area, focus=hit.box or around(hit.lat, hit.lon, USUAL_RADIUS_M * 1.6))
    fields.renew(SEARCH)


@st.fragment
@states.or_failed
def area_map(bar: DeltaGenerator) -> None:
    """The map. After a draw only this reruns: the counts go out first, the rest of the page follows."""
    officer = require_officer(Role.SENDER)
    opened = draft.current()
    counted = preview.recount(opened)
    preview.show(bar, opened.content, counted)
    if screen.current().moved:
        # The thread that sends the counts to the browser must not wait for the rest of the page to be drawn.
        time.sleep(HEAD_START_S)
        preview.catch_up(opened)
        st.rerun()
    if not follow_up.is_fixed(opened.content):
        typed_fields(parts.present(opened.content.area))
    draw_map(opened.content, counted, county_map.beat(officer.jurisdiction))
    with st.container(key="area-strip", horizontal=True, vertical_alignment="center", gap="small"):
        area_strip(opened.content, counted)
    parts.listed(opened.content, counted)


def draw_map(content: Draft, counted: Counted | Nowhere, beat: county_map.Beat | None) -> None:
    """The county with the officer's beat, the area, those who would be told as shading, and other alerts in force."""
    county = county_map.county()
    shaded = isinstance(counted, Counted) and counted.preview.people >= SMALLEST_CELL
    spread = preview.spread(counted, content.choice) if isinstance(counted, Counted) and shaded else None
    alert_map(
        deck=county.deck,
        added=[*(spread.shading if spread else ()), *([beat.outline] if beat else []), *county_map.in_force()],
        home=county.home,
        key="send-map",
        **shown_on_map(content, counted),
        on_drawn=on_drawn,
        on_picked=on_picked,
        on_outlined=on_outlined,
        focus=screen.current().focus,
        start=beat.box if beat else None,
        legend=Legend(f"People per {spread.cell_m} m square", preview.CLASS_LABELS) if spread else None,
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
        read_only=follow_up.is_fixed(content),
    )


def area_strip(content: Draft, counted: Counted | Nowhere) -> None:
    """The area in words, its neighbourhoods, and for a street how far either side."""
    refusal = screen.current().area_refusal or (counted.why if isinstance(counted, Nowhere) and content.area else "")
    words, neighbourhoods = refusal or "Draw a circle or an outline, pick a street, search, or type the area.", ""
    if screen.current().adding and not refusal:
        words = "Draw, pick, search or type the next area. The others stay."
    elif isinstance(counted, Counted) and not refusal:
        # Each of several areas stands in the list below.
        words = sentence(counted.ground.where) if counted.ground.parts else counted.ground.text
        if counted.preview.people:
            neighbourhoods = preview.neighbourhoods_words(preview.spread(counted, content.choice).neighbourhoods)
    st.html(draw("control/send/area.html", words=words, neighbourhoods=neighbourhoods))
    present = parts.present(content.area)
    if present and "street_id" in present and not follow_up.is_fixed(content):
        fields.number(
            "buffer", "Metres either side of the street", int(present["buffer_m"]), take_buffer, step=5,
            min_value=geo.MIN_BUFFER_M, max_value=geo.MAX_BUFFER_M, format="%d m", width=170,
        )  # fmt: skip
    if not follow_up.is_fixed(content):
        saved.menu(take_whole)
    parts.adder(content)


def sentence(words: str) -> str:
    """With a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def take_buffer(metres: int) -> None:
    """Another distance either side of the street."""
    take_area({**(parts.present(draft.current().content.area) or {}), "buffer_m": metres})


def typed_fields(area: dict[str, Any] | None) -> None:
    """Latitude, longitude and radius: in step with the map, and the whole area by keyboard alone."""
    shown = screen.current()
    if shown.typed_for != area:
        screen.fill_typed(typed_of(area or {}), area)
    with st.popover("Type the area", icon=":material/keyboard:", key="typed-area"):
        for name, label in TYPED.items():
            fields.text(f"typed-{name}", label, shown.typed.get(name, ""), partial(take_typed, name), live="400ms")
        fields.long_text(
            "typed-corners", "Or an outline: one corner a line", shown.typed.get("corners", ""), take_corners,
            height=104, placeholder="52.8067, -2.1171\nSJ 923 232",
        )  # fmt: skip
        st.html(piece("line", shown.typed_refusal or "The map follows as you type.", "sd-typed", "status"))


def typed_of(area: dict[str, Any]) -> dict[str, str]:
    """A circle or an outline as it would be typed; of a street, nothing."""
    if "corners" in area:
        return {"corners": "\n".join(f"{lat:.6f}, {lon:.6f}" for lat, lon in area["corners"])}
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
    area = {name: float(said[name]) for name in TYPED}
    take_area(area, focus=around(area["lat"], area["lon"], area["radius_m"] * 1.6), typed=True)


def take_corners(text: str) -> None:
    """Corners that make a sound outline become the area; anything else says what is wrong and changes nothing."""
    screen.keep_typed("corners", text)
    corners = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        if (point := search.read_point(cleaning.typewritten(line))) is None:
            screen.refuse_typed(f"Corner {number} is not a place. Write it as 52.8067, -2.1171 or SJ 923 232.")
            return
        corners.append([round(point.lat, 6), round(point.lon, 6)])
    try:
        geo.area_from({"corners": corners})
    except AreaRefused as refusal:
        screen.refuse_typed(str(refusal))
        return
    take_area({"corners": corners}, focus=box_of(corners))


def on_drawn(circle: DrawnCircle | None) -> None:
    """The map's callback: a circle was drawn, moved or cleared."""
    take_area({"lat": circle.lat, "lon": circle.lon, "radius_m": circle.radius_m} if circle else None)


def on_picked(picked: PickedStreet) -> None:
    """The map's callback: a street was picked."""
    with contextlib.suppress(ValueError):
        take_area({"street_id": int(picked.street_id), "buffer_m": USUAL_BUFFER_M})


def on_outlined(outline: DrawnOutline) -> None:
    """The map's callback: an outline was closed. One that is none is refused, and the area stays as it was."""
    area = {"corners": [[lat, lon] for lat, lon in outline.corners]}
    try:
        geo.area_from(area)
    except AreaRefused as refusal:
        screen.refuse_area(str(refusal))
        return
    take_area(area)


def take_area(area: dict[str, Any] | None, *, focus: Box | None = None, typed: bool = False) -> None:
    """Make this the draft's area, or the present part of it; it is counted and kept within the same rerun."""
    whole = draft.current().content.area
    draft.move(parts.put(whole, area))
    if screen.current().adding:
        screen.choose_part(len(parts.of(whole)))
    screen.area_changed(area, focus, typed=typed)


def take_whole(area: dict[str, Any]) -> None:
    """Callback: a saved area in the place of all that is drawn; while another is being added, it joins the others."""
    known = parts.of(draft.current().content.area)
    whole = parts.joined([*known, *parts.of(area)]) if screen.current().adding else area
    draft.move(whole)
    screen.choose_part(len(parts.of(whole)) - 1)
    screen.area_changed(whole, None, typed=False)


def shown_on_map(content: Draft, counted: Counted | Nowhere) -> dict[str, Any]:
    """The present part as the map takes it, and the others as outlines."""
    present, ground = parts.present(content.area), parts.ground_of_present(content.area, counted)
    return {"others": parts.others(content.area, counted), **part_on_map(present, ground)}


def whole_on_map(content: Draft, counted: Counted) -> dict[str, Any]:
    """All of the area as the map takes it, to be looked at."""
    ground = counted.ground
    return {"shape": shape_of(ground)} if ground.parts else part_on_map(content.area, ground)


def part_on_map(part: dict[str, Any] | None, ground: Ground | None) -> dict[str, Any]:
    """One circle, street, outline or neighbourhood as the map takes it."""
    if part and "radius_m" in part:
        return {"circle": part}
    if part is None or ground is None:
        return {}
    if "street_id" in part:
        return {"street": street_of(part, ground)}
    return {"shape": {**shape_of(ground), **{name: part[name] for name in ("corners",) if name in part}}}


def shape_of(ground: Ground) -> dict[str, Any]:
    """Ground of any shape, with its words."""
    return {"name": ground.text, "outline": ground.outline}


def street_of(area: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """The area as the map takes a street; its line comes from the ground that was counted."""
    return {
        "id": area["street_id"],
        "name": ground.text,
        "buffer_m": area["buffer_m"],
        "line": ground.line,
        "outline": ground.outline,
    }


def box_of(corners: list[list[float]]) -> Box:
    """West, south, east, north of what these corners hold."""
    lats, lons = zip(*corners, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def around(lat: float, lon: float, metres: float) -> Box:
    """West, south, east, north of a square so many metres each way."""
    up, across = metres / METRES_A_DEGREE, metres / METRES_A_DEGREE / math.cos(math.radians(lat))
    return lon - across, lat - up, lon + across, lat + up
