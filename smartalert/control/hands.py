"""What the browser does by itself on the send screen: keep text as it is typed, lead to gaps, stop double presses."""

from pathlib import Path

import streamlit as st

STATIC = Path(__file__).parent / "static"
_hands = st.components.v2.component("smartalert_hands", js=(STATIC / "hands.js").read_text())


def mount() -> None:
    """Put the behaviour and the look of this screen on the page."""
    st.html(STATIC / "send_alert.css")
    _hands(key="send-hands", height=1)
