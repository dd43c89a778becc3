"""The trainer's own trouble for a provider, in the drill that they watch: it begins at a press and ends by itself."""

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.access import Role, require_officer
from smartalert.control.drawing import piece
from smartalert.control.drills import acts
from smartalert.drills import trouble
from smartalert.drills.trouble import LASTS, TROUBLES


def part(drill: int) -> None:
    """Draw it."""
    require_officer(Role.TRAINER)
    st.html(piece("heading", "A provider’s trouble", f"for {LASTS} minutes, in this drill alone"))
    with st.container(key="drill-troubles", horizontal=True, gap="small"):
        for number, kind in enumerate(TROUBLES):
            st.button(kind, key=f"drill-trouble-{number}", on_click=begin, args=(drill, kind), width="content")


def begin(drill: int, kind: str) -> None:
    """Callback: begin it."""
    acts.act(lambda conn, who: trouble.begin(conn, drill, who, utc_now(), kind=kind))
