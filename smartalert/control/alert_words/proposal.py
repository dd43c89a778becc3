"""A proposal that waits: what it changes, word by word, what is found in it, and the answers to it."""

import streamlit as st

from smartalert.alerts import kind_checks, word_proposals
from smartalert.alerts.drafts import WORDS
from smartalert.alerts.kind_words import Words
from smartalert.alerts.word_proposals import Version
from smartalert.clock import utc_now
from smartalert.control.access import Officer
from smartalert.control.alert_words import acts
from smartalert.control.alert_words.editor import CALLED
from smartalert.control.approvals.changes import marked
from smartalert.control.drawing import draw
from smartalert.control.names import name_of

#: Session keys: the proposal that is being refused, and why.
REFUSING, REASON = "words:refusing", "words:reason"


def show(version: Version, used: Words, officer: Officer) -> None:
    """The proposal, and the buttons of whoever is looking."""
    found = kind_checks.findings(version.template, version.all_words, acts.known())
    st.html(
        draw(
            "control/alert_words/proposal.html", version=version, found=found, changes=changes(used, version.all_words),
            name_of=name_of, now=utc_now(),
        )
    )  # fmt: skip
    with st.container(key="words-answers", horizontal=True, vertical_alignment="bottom", gap="small"):
        if version.proposed_by == officer.id:
            st.button("Take it back", key="words-take-back", on_click=take_back, args=(version.id,))
        elif st.session_state.get(REFUSING) == version.id:
            st.text_input("Why are you refusing it?", key=REASON, max_chars=300, width=420)
            st.button("Cancel", key="words-refuse-cancel", on_click=ask_why, args=(None,))
            st.button("Refuse it", key="words-refuse-now", type="primary", on_click=refuse, args=(version.id,))
        else:
            st.button("Refuse …", key="words-refuse", on_click=ask_why, args=(version.id,))
            st.button("Approve these words", key="words-approve", type="primary", on_click=approve, args=(version.id,))


def changes(before: Words, after: Words) -> list[tuple[str, str]]:
    """Each field that changes: what it is called, and its text with what is taken out and put in."""
    return [(CALLED[field], marked(before[field], after[field])) for field in WORDS if before[field] != after[field]]


def ask_why(version_id: int | None) -> None:
    """Callback: ask for the reason of a refusal, or leave it."""
    st.session_state[REFUSING] = version_id


def approve(version_id: int) -> None:
    """Callback: new drafts begin with these words."""
    known = acts.known()
    acts.act(
        acts.DECIDE,
        lambda conn, officer: word_proposals.approve(conn, version_id, officer, utc_now(), known=known),
        "Approved. New alerts begin with these words. Drafts that have begun keep theirs.",
    )


def refuse(version_id: int) -> None:
    """Callback: the words stay as they are."""
    why = str(st.session_state.get(REASON, ""))
    act = acts.act(
        acts.DECIDE,
        lambda conn, officer: word_proposals.refuse(conn, version_id, officer, utc_now(), why=why),
        "Refused. The words in use stay as they are.",
    )
    if act:
        ask_why(None)


def take_back(version_id: int) -> None:
    """Callback: whoever proposed it no longer asks."""
    acts.act(
        acts.PROPOSE,
        lambda conn, officer: word_proposals.take_back(conn, version_id, officer, utc_now()),
        "Taken back. You can change the words and propose them again.",
    )
