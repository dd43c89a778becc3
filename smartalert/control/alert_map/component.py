"""Show the map in a page and turn what happens on it into calls of the page's handlers."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pydeck as pdk
import streamlit as st
from pydeck.bindings.json_tools import default_serialize

from smartalert.control.alert_map.assets import LOADER
from smartalert.control.alert_map.events import (
    DrawnCircle,
    DrawnOutline,
    DrawnStretch,
    PickedStreet,
    read_chosen,
    read_drawn,
    read_outlined,
    read_picked,
    read_stretched,
)
from smartalert.control.alert_map.layers import in_order
from smartalert.errors import AreaRefused
from smartalert.geography import geo

Bounds = tuple[float, float, float, float]

#: Layer → its JSON, for as long as somebody keeps the layer.
_json: WeakKeyDictionary[pdk.Layer, str] = WeakKeyDictionary()
_component = st.components.v2.component("smartalert_alert_map", js=LOADER)


@dataclass(frozen=True, slots=True)
class Legend:
    """What the shading means: a title, and one label for each density class, lowest first."""

    title: str
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownArea:
    """The present area, at most one of circle, street and shape; geometries are GeoJSON."""

    #: lat, lon, radius_m.
    circle: dict[str, float] | None = None
    #: id, name, buffer_m, `line` and `outline`; of a stretch its `ends`, each lat and lon, and the `whole` street.
    street: dict[str, Any] | None = None
    #: name, `outline`, and `corners`, each lat and lon, where the officer may change them.
    shape: dict[str, Any] | None = None
    #: Further parts of the area, which stand still: number, `outline`.
    others: list[dict[str, Any]] = field(default_factory=list)


NO_AREA = ShownArea()


def alert_map(
    *,
    deck: pdk.Deck,
    home: Bounds,
    key: str,
    added: Iterable[pdk.Layer] = (),
    area: ShownArea = NO_AREA,
    on_drawn: Callable[[DrawnCircle | None], None] | None = None,
    on_picked: Callable[[PickedStreet], None] | None = None,
    on_outlined: Callable[[DrawnOutline], None] | None = None,
    on_chosen: Callable[[int], None] | None = None,
    on_stretched: Callable[[DrawnStretch], None] | None = None,
    focus: Bounds | None = None,
    start: Bounds | None = None,
    legend: Legend | None = None,
    tens: str = "",
    caption: str = "",
    label: str = "",
    attribution: str = "",
    height: int | str = 620,
    read_only: bool = False,
) -> None:
    """Draw the deck (see base_deck), and what is added to it, with the present area on it.

    A layer is written down once for as long as it is kept: make another for what has changed.

    Python owns the area: keep it in a session key of your own, and change it in the handlers. on_drawn gets None when
    the officer clears, on_chosen the number of one of the others that was clicked; what no hand at a map can send is
    dropped.

    home, start and focus are west, south, east, north (EPSG:4326). The view begins at focus, the area, start or home,
    and moves only to a new focus, or to an area that Python moved out of sight. tens is the address of people in tens,
    with {tile} in it: by them figures follow the hand. height is in pixels, or a CSS length. read_only shows the area,
    or what the label says, and no tools. Inside st.form nothing would be heard.
    """
    data = {
        "deck": in_json([*deck.layers, *added]),
        "home": home,
        "focus": focus,
        "start": start,
        "circle": area.circle,
        "street": area.street,
        "shape": area.shape,
        "others": area.others,
        "tool": "circle",
        "min_radius_m": geo.MIN_RADIUS_M,
        "max_radius_m": geo.MAX_RADIUS_M,
        "legend": legend and asdict(legend),
        "tens": tens,
        "caption": caption,
        "label": label,
        "attribution": attribution,
        "height": height,
        "read_only": read_only,
        "seen": st.session_state.get(_seen(key)),
    }
    _component(
        key=key,
        data=data,
        on_drawn_change=_handler(key, "drawn", lambda v: on_drawn and on_drawn(read_drawn(v))),
        on_outlined_change=_handler(key, "outlined", lambda v: on_outlined and on_outlined(read_outlined(v))),
        on_chosen_change=_handler(key, "chosen", lambda v: on_chosen and on_chosen(read_chosen(v))),
        on_stretched_change=_handler(key, "stretched", lambda v: on_stretched and on_stretched(read_stretched(v))),
        on_picked_change=_handler(key, "picked", lambda v: on_picked and on_picked(read_picked(v))),
    )


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


def in_json(layers: Iterable[pdk.Layer]) -> str:
    """A Deck of these layers as JSON, without the indentation of its own to_json, which triples it.

    No Deck is made for it: each looks five times whether there is a Jupyter to import.
    """
    return f'{{"layers":[{",".join(map(_written, in_order(layers)))}]}}'


def _written(layer: pdk.Layer) -> str:
    if layer not in _json:
        _json[layer] = json.dumps(layer, default=default_serialize, separators=(",", ":"), allow_nan=False)
    return _json[layer]
