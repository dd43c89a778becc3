"""Where: map and typed fields, all of one area that the draft owns."""

import contextlib
import time
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert import cleaning
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.audience.density import SMALLEST_CELL
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import DrawnCircle, DrawnOutline, DrawnStretch, Legend, PickedStreet, alert_map, tens
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw, piece
from smartalert.control.send import context, draft, fields, follow_up, parts, preview, saved, screen, stretch
from smartalert.control.send.screen import Box
from smartalert.control.send.shapes import around, box_of, shown_on_map
from smartalert.errors import AreaRefused
from smartalert.geography import areas, geo, search

#: What choosing a street begins with.
USUAL_BUFFER_M = 60
TYPED = {"lat": "Latitude", "lon": "Longitude", "radius_m": "Radius in metres"}
HEAD_START_S = 0.04
#: What the style sheet leaves for it: screens differ.
MAP_HEIGHT = "var(--sd-map)"


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
        added=[
            *(spread.shading if spread else ()),
            *([beat.outline] if beat else []),
            *context.ring(content, counted),
            *county_map.in_force(),
        ],
        home=county.home,
        key="send-map",
        area=shown_on_map(content, counted),
        on_drawn=on_drawn,
        on_picked=on_picked,
        on_outlined=on_outlined,
        on_chosen=parts.choose_number,
        on_stretched=on_stretched,
        focus=screen.current().focus,
        start=beat.box if beat else None,
        tens="" if follow_up.is_fixed(content) else tens.address(content.choice),
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
        words = "Draw, pick, search or type the next area. You keep the others."
    elif isinstance(counted, Counted) and not refusal:
        # Each of several areas stands in the list below.
        words = sentence(counted.ground.where) if counted.ground.parts else counted.ground.text
        if counted.preview.people:
            neighbourhoods = preview.neighbourhoods_words(preview.spread(counted, content.choice).neighbourhoods)
    st.html(draw("control/send/area.html", words=words, neighbourhoods=neighbourhoods))
    present = parts.present(content.area)
    if present and "street_id" in present and not follow_up.is_fixed(content):
        fields.number(
            "buffer", "Metres either side", int(present["buffer_m"]), take_buffer, step=5,
            min_value=geo.MIN_BUFFER_M, max_value=geo.MAX_BUFFER_M, format="%d m", width=170,
        )  # fmt: skip
        stretch.narrower(present, take_stretch)
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
        screen.keep_spot(picked.lat, picked.lon)


def on_outlined(outline: DrawnOutline) -> None:
    """The map's callback: an outline was closed. One that is none is refused, and the area stays as it was."""
    area = {"corners": [[lat, lon] for lat, lon in outline.corners]}
    try:
        geo.area_from(area)
    except AreaRefused as refusal:
        screen.refuse_area(str(refusal))
        return
    take_area(area)


def on_stretched(drawn: DrawnStretch) -> None:
    """The map's callback: an end of the stretch was moved."""
    take_stretch([[lat, lon] for lat, lon in drawn.ends])


def take_stretch(ends: list[list[float]] | None, *, shown: bool = False) -> None:
    """Another stretch of the present street, which the map then shows if `shown`, or the whole of it. One that is none
    is refused, and the area stays as it was."""
    present = parts.present(draft.current().content.area)
    if present is None or "street_id" not in present:
        return
    area = {name: value for name, value in present.items() if name != "ends"} | ({"ends": ends} if ends else {})
    try:
        with transactions.reading() as conn:
            areas.survey(conn, geo.area_from(area))
    except AreaRefused as refusal:
        screen.refuse_area(str(refusal))
        return
    take_area(area, focus=box_of(ends) if ends and shown else None)


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
