"""The alert map: a pydeck Deck in a Streamlit component on which an officer draws a circle or picks a street."""

from smartalert.control.alert_map.assets import ASSETS_PATH, assets_mount
from smartalert.control.alert_map.component import NO_AREA, Legend, ShownArea, alert_map
from smartalert.control.alert_map.events import DrawnCircle, DrawnOutline, DrawnStretch, PickedStreet
from smartalert.control.alert_map.layers import (
    DENSITY_CLASSES,
    base_deck,
    beat_layer,
    density_layers,
    just_outside_layer,
    live_alerts_layer,
)

__all__ = [
    "ASSETS_PATH",
    "DENSITY_CLASSES",
    "NO_AREA",
    "DrawnCircle",
    "DrawnOutline",
    "DrawnStretch",
    "Legend",
    "PickedStreet",
    "ShownArea",
    "alert_map",
    "assets_mount",
    "base_deck",
    "beat_layer",
    "density_layers",
    "just_outside_layer",
    "live_alerts_layer",
]
