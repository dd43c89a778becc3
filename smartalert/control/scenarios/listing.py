"""All scenarios: the trainers' own, then those that come with Smart Alert; and a file that somebody sends."""

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.scenarios import acts
from smartalert.control.send import fields
from smartalert.control.transactions import in_transaction
from smartalert.drills import editing, files, own

ENDINGS = ["yaml", "yml"]


def page() -> None:
    """Draw it."""
    st.html(piece("title", "Scenarios"))
    acts.note()
    mine = [(one, files.check(one.text), editing.name_of(one.text)) for one in in_transaction(own.everything)]
    facts = {"mine": mine, "shipped": files.builtin(), "name_of": name_of, "now": utc_now()}
    st.html(draw("control/scenarios/list.html", **facts))
    with st.container(key="panel-import"):
        st.html(piece("panel", "Import a scenario"))
        fields.file(
            acts.FILE, "A file that was exported here or written by hand (YAML)", acts.take_file, type=ENDINGS,
            max_upload_size=1,
        )  # fmt: skip
