"""A scenario that comes with Smart Alert: to be read and copied, never changed."""

import streamlit as st

from smartalert.control.drawing import draw, piece
from smartalert.control.scenarios import acts, preview
from smartalert.drills import files


def page(name: str) -> None:
    """Its story, what would come when, and the way to one of one's own."""
    scenario, text = files.load(name), files.written(name)
    st.html(draw("control/scenarios/head.html", title=scenario.name, about=scenario.about))
    acts.note()
    with st.container(key="scenario-acts", horizontal=True, vertical_alignment="center", gap="small"):
        copies = {"icon": ":material/content_copy:", "type": "primary", "on_click": acts.copy, "args": (text,)}
        st.button("Copy it to change it", key="scenario-copy", **copies)  # type: ignore[arg-type]
        st.html(piece("file", f"scenarios/export?shipped={name}", "download", "Export"), width="content")
    preview.show(scenario)
