"""What the officer's map shows when they begin to search: streets in view come first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from smartalert.control.alert_map.events import read_view
from smartalert.control.send.screen import Box
from smartalert.errors import AreaRefused

KEY = "send-view"
_component = st.components.v2.component("smartalert_view", js=Path(__file__).with_name("view.js").read_text())


def looked_at() -> Box | None:
    """Put the listener on the page; what it heard last, None as long as it heard nothing sound."""
    _component(key=KEY, height=1, on_box_change=lambda: None)
    said: Any = st.session_state.get(KEY)
    try:
        return read_view(said.get("box")) if isinstance(said, Mapping) else None
    except AreaRefused:
        return None
