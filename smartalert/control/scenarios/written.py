"""The scenario as its YAML: for whoever would rather write it, comments and all."""

from functools import partial

import streamlit as st

from smartalert.control.drawing import draw
from smartalert.control.scenarios import acts
from smartalert.control.scenarios.work import Work
from smartalert.control.send import fields
from smartalert.drills import files


def show(work: Work) -> None:
    """The whole text; what is wrong stands above it, by line."""
    if work.checked.problems:
        st.html(draw("control/scenarios/problems.html", problems=work.checked.problems))
    with st.container(key="scenario-text"):
        fields.long_text(
            work.name(("text",)), "The scenario as YAML", work.own.text, partial(acts.rewrite, work.own), height=620,
            max_chars=files.LONGEST,
        )  # fmt: skip
