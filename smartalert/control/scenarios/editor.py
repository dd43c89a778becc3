"""A scenario of the trainers' own: whether it is whole, its parts one by one, and what would come when."""

from collections.abc import Callable

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.scenarios import acts, good, happens, preview, residents, story, where, written
from smartalert.control.scenarios.work import Work
from smartalert.drills import editing
from smartalert.drills.own import Own

#: What the address calls a part → what the screen does, and what draws it.
PARTS: dict[str, tuple[str, Callable[[Work], None]]] = {
    "story": ("Story", story.show),
    "where": ("Place and area", where.show),
    "happens": ("What happens", happens.show),
    "residents": ("Residents", residents.show),
    "good": ("What good looks like", good.show),
    "preview": ("Preview", preview.of_work),
    "text": ("As text", written.show),
}
PART = "scenarios:part"


def page(own: Own) -> None:
    """Draw it, with the part that the address names."""
    work, name = Work(own), editing.name_of(own.text)
    facts = {"own": own, "name_of": name_of, "now": utc_now(), "problems": work.checked.problems}
    st.html(draw("control/scenarios/own_head.html", title=name or "A scenario without a name", **facts))
    acts.note()
    with st.container(key="scenario-acts", horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Copy", key="scenario-copy", icon=":material/content_copy:", on_click=acts.copy, args=(own.text,))
        st.html(piece("file", f"scenarios/export?own={own.id}", "download", "Export"), width="content")
        st.button("Delete", key="scenario-delete", icon=":material/delete:", on_click=acts.delete, args=(own.id,))
    shown = part()
    with st.container(key="scenario-part"):
        PARTS[shown][1](work)


def part() -> str:
    """The part that is shown, which outlives a reload in the address."""
    asked = st.query_params.get("part", "")
    if PART not in st.session_state or st.session_state[PART] not in PARTS:
        st.session_state[PART] = asked if asked in PARTS else next(iter(PARTS))
    chosen = st.segmented_control(
        "Part of the scenario", list(PARTS), key=PART, format_func=lambda key: PARTS[key][0], required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["part"] = str(chosen)
    return str(chosen)
