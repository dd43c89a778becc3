"""What was ever proposed for one message: who, when, why, what it changed, what became of it, and the way back."""

from functools import partial

import streamlit as st

from smartalert.alerts.kind_words import Template, Words, as_delivered
from smartalert.alerts.word_proposals import Version
from smartalert.clock import utc_now
from smartalert.control.alert_words import acts, editor
from smartalert.control.alert_words.proposal import changes
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of

BECAME = {
    "approved": "Approved by", "refused": "Refused by", "withdrawn": "Taken back by", None: "Waiting for approval",
}  # fmt: skip


def show(versions: list[Version], *, may_propose: bool) -> None:
    """All versions, the newest first; none of it can be changed."""
    st.html(piece("section", "History"))
    if not versions:
        st.html(piece("line", "This is the original wording. Nobody has proposed a change.", "sa-nothing"))
    numbered = list(zip(range(len(versions), 0, -1), versions, strict=True))
    for number, version in numbered:
        before = before_it(versions[len(versions) - number + 1 :], version.template)
        with st.container(key=f"words-version-{version.id}", horizontal=True, vertical_alignment="top", gap="small"):
            st.html(
                draw(
                    "control/alert_words/version.html", version=version, number=number, now=utc_now(), name_of=name_of,
                    became=BECAME[version.decision], changes=changes(before, version.all_words),
                )
            )  # fmt: skip
            if may_propose and version.decision is not None:
                again = partial(go_back, version, number)
                st.button("Go back to these words", key=f"words-back-{version.id}", on_click=again)


def before_it(older: list[Version], template: Template) -> Words:
    """The words that were in use when a version was proposed."""
    approved = next((version for version in older if version.decision == "approved"), None)
    return approved.all_words if approved else as_delivered(template)


def go_back(version: Version, number: int) -> None:
    """Callback: the fields hold this version's words again; they still have to be proposed."""
    editor.begin_from(version.template, version.all_words)
    st.session_state[acts.NOTE] = f"The fields now hold version {number}. Give a reason and propose it."
