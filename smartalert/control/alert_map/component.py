"""Show the map in a page and turn what happens on it into calls of the page's handlers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pydeck as pdk
import streamlit as st
from pydeck.bindings.json_tools import default_serialize

from smartalert.control.alert_map.assets import LOADER
from smartalert.control.alert_map.events import DrawnCircle, PickedStreet, read_drawn, read_picked
from smartalert.errors import AreaRefused

Bounds = tuple[float, float, float, float]
Tool = Literal["circle", "street", "pan"]

_component = st.components.v2.component("smartalert_alert_map", js=LOADER)


@dataclass(frozen=True, slots=True)
class Legend:
    """What the shading means: a title, and one label for each density class, lowest first."""

    title: str
    labels: Sequence[str]


def alert_map(
    *,
    deck: pdk.Deck,
    home: Bounds,
    key: str,
    circle: Mapping[str, float] | None = None,
    street: Mapping[str, Any] | None = None,
    on_drawn: Callable[[DrawnCircle | None], None] | None = None,
    on_picked: Callable[[PickedStreet], None] | None = None,
    tool: Tool = "circle",
    focus: Bounds | None = None,
    min_radius_m: int = 50,
    max_radius_m: int = 3_000,
    legend: Legend | None = None,
    caption: str = "",
    attribution: str = "",
    height: int | str = 620,
    theme: Literal["light", "dark"] | None = None,
    read_only: bool = False,
) -> None:
    """Draw the deck (see base_deck) with the present area on it.

    Python owns the area: keep it in a session key of your own, pass it as circle (lat, lon, radius_m) or as street (id,
    name, buffer_m, and GeoJSON geometries `line` and `outline`), and change it in the handlers. on_drawn gets None when
    the officer clears; what no hand at a map can send is dropped.

    home and focus are west, south, east, north (EPSG:4326). The view moves only to a new focus, or to an area that
    Python moved out of sight; tool counts only when its value changes. height is in pixels, or a CSS length. read_only
    shows the area and no tools. Inside st.form nothing would be heard.
    """
    data = {
        "deck": _compact(deck),
        "home": home,
        "focus": focus,
        "circle": circle and dict(circle),
        "street": street and dict(street),
        "tool": tool,
        "min_radius_m": min_radius_m,
        "max_radius_m": max_radius_m,
        "legend": legend and asdict(legend),
        "caption": caption,
        "attribution": attribution,
        "height": height,
        "theme": theme,
        "read_only": read_only,
        "seen": st.session_state.get(_seen(key)),
    }
    _component(
        key=key,
        data=data,
        on_drawn_change=_handler(key, "drawn", lambda v: _drawn(v, on_drawn, min_radius_m, max_radius_m)),
        on_picked_change=_handler(key, "picked", lambda v: on_picked and on_picked(read_picked(v))),
    )


def _drawn(value: Any, on_drawn: Callable[[DrawnCircle | None], None] | None, smallest: int, largest: int) -> None:
    circle = read_drawn(value, min_radius_m=smallest, max_radius_m=largest)
    if on_drawn:
        on_drawn(circle)


def _seen(key: str) -> str:
    """Session key of the last act on the map that Python has seen: the map shows Python's area from then on."""
    return f"{key}:seen"


def _handler(key: str, event: str, handle: Callable[[Any], Any]) -> Callable[[], None]:
    def on_event() -> None:
        value = st.session_state[key][event]
        st.session_state[_seen(key)] = value.get("serial") if isinstance(value, Mapping) else None
        try:
            handle(value)
        except AreaRefused:
            return  # no hand at a map made this; the map falls back to Python's area

    return on_event


def _compact(deck: pdk.Deck) -> str:
    """The deck as JSON without the indentation of its own to_json, which triples it."""
    return json.dumps({"layers": deck.layers}, default=default_serialize, separators=(",", ":"), allow_nan=False)
