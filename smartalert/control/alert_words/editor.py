"""The words of one message as an administrator changes them; nothing leaves this tab before they are proposed."""

from functools import partial

import streamlit as st

from smartalert.alerts import kind_checks, kind_words, word_proposals
from smartalert.alerts.checks import WEIGHTS
from smartalert.alerts.drafts import LOCK_SCREEN_SHOWS, WORDS
from smartalert.alerts.kind_words import Template, Words, as_delivered, facts
from smartalert.alerts.proofreading import Finding
from smartalert.clock import utc_now
from smartalert.control.alert_words import acts
from smartalert.control.drawing import draw, piece
from smartalert.control.send.proofreading import ICONS
from smartalert.database.connection import Connection

#: Field → what it is called, and the height of its box in pixels.
CALLED = {
    "headline": "Headline", "description": "What happened", "instruction": "What to do", "contact": "Who to call",
}  # fmt: skip
HEIGHTS = {"description": 104, "instruction": 104, "contact": 84}
#: Session keys: template → field → what was typed; how often its fields were drawn anew; the reason.
EDITS, DRAWN, WHY = "words:edits", "words:drawn", "words:why"


def show(template: Template, used: Words) -> Words:
    """The fields, what is found in them, and the button that proposes; the words as they are now."""
    words = {**used, **edits(template)}
    found = kind_checks.findings(template, words, acts.known())
    with st.container(key="words-form"):
        for field in WORDS:
            write(template, field, words[field])
            if field == "headline":
                meter(template, words)
            notes(template, words[field], [one for one in found if one.field == field])
        st.html(draw("control/alert_words/facts.html", facts=facts(template)))
        propose_bar(template, words, used, found)
    return words


def write(template: Template, field: str, text: str) -> None:
    """One field, which keeps what is typed whatever else is drawn."""
    key = f"words:{template.kind}:{template.message}:{field}:{st.session_state.get(DRAWN, 0)}"
    if key not in st.session_state:
        st.session_state[key] = text
    take = partial(keep, template, field, key)
    if field == "headline":
        st.text_input(CALLED[field], key=key, on_change=take)
    else:
        st.text_area(CALLED[field], key=key, on_change=take, height=HEIGHTS[field])


def keep(template: Template, field: str, key: str) -> None:
    """Callback: take over what was typed."""
    edits(template)[field] = str(st.session_state[key])


def edits(template: Template) -> dict[str, str]:
    """Field → what was typed in this tab and not proposed yet."""
    kept: dict[Template, dict[str, str]] = st.session_state.setdefault(EDITS, {})
    return kept.setdefault(template, {})


def begin_from(template: Template, words: Words) -> None:
    """Callback: put these words into the fields."""
    edits(template).update(words)
    st.session_state[DRAWN] = st.session_state.get(DRAWN, 0) + 1


def meter(template: Template, words: Words) -> None:
    """How long the headline gets once its gaps are filled, of what can be sent and what lock screens show."""
    length, limit = kind_checks.longest(template, "headline", words, acts.known()), kind_checks.LONGEST["headline"]
    tone = "sd-over" if length > limit else "sd-long" if length > LOCK_SCREEN_SHOWS else ""
    verdict = f"up to {length} of {limit} characters once filled in"
    if tone == "sd-long":
        verdict += f": some lock screens cut it after {LOCK_SCREEN_SHOWS}"
    share = min(100, round(100 * length / limit))
    st.html(draw("control/send/meter.html", tone=tone, share=share, verdict=verdict))


def notes(template: Template, text: str, found: list[Finding]) -> None:
    """What is found in one field's text, why it matters, and the press that mends it."""
    for number, one in enumerate(found):
        weight = WEIGHTS[one.level]
        name = f"words-note-{one.field}-{number}-{weight}"
        with st.container(key=name, horizontal=True, vertical_alignment="center", gap="small"):
            st.html(draw("control/send/note.html", finding=one, icon=ICONS[weight]))
            if one.new is not None:
                # Facts are read as gaps of the same length: a passage stands where it was found.
                mended = text[: one.start] + one.new + text[one.end :]
                key = f"words-fix-{one.field}-{number}"
                st.button(one.offer, key=key, on_click=begin_from, args=(template, {one.field: mended}))


def propose_bar(template: Template, words: Words, used: Words, found: list[Finding]) -> None:
    """The reason and the buttons; what stands in the way is said instead of a button that does nothing."""
    with st.container(key="words-bar", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Reason for the change", key=WHY, max_chars=300, placeholder="Saved in the audit with your name")
        ours = as_delivered(template)
        if words != used:
            st.button("Cancel my changes", key="words-cancel", on_click=begin_from, args=(template, used))
        if words != ours:
            st.button("Use the original wording", key="words-delivered", on_click=begin_from, args=(template, ours))
        st.button(
            "Propose this change", key="words-propose", type="primary", on_click=propose, args=(template,),
            disabled=words == used or bool(kind_checks.stops(found)),
        )  # fmt: skip
    if stops := kind_checks.stops(found):
        st.html(piece("line", f"Fix this first: {stops[0].what.removesuffix('.')}.", "sa-nothing"))
    elif words == used:
        st.html(piece("line", "Change a field to propose it.", "sa-nothing"))


def propose(template: Template) -> None:
    """Callback: ask for the words as this tab has them; a refusal leaves what was typed."""
    why, typed = str(st.session_state.get(WHY, "")), edits(template)

    def ask(conn: Connection, officer: str) -> int:
        words = {**kind_words.in_force(conn, template), **typed}
        return word_proposals.propose(conn, template, words, officer, utc_now(), why=why, known=acts.known())

    done = "Proposed. A second administrator or an approver has to approve it."
    if acts.act(acts.PROPOSE, ask, done):
        typed.clear()
        st.session_state[WHY] = ""
        st.session_state[DRAWN] = st.session_state.get(DRAWN, 0) + 1
