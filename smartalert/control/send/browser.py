"""What the browser does by itself on the send screen: keep text as it is typed, lead to gaps, stop double presses."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
_behaviour = st.components.v2.component("smartalert_send", js=(HERE / "browser.js").read_text())


def mount() -> None:
    """Put the behaviour and the look of this screen on the page."""
    st.html(HERE / "page.css")
    _behaviour(key="send-browser", height=1)
