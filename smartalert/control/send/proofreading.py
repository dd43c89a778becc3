"""What proofreading finds, on the send screen: a note each under its field, and the press that mends it."""

import streamlit as st

from smartalert.alerts import proofreading
from smartalert.alerts.checks import WEIGHTS, Weight
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import MISSING, OPEN_GAP, Finding, Level
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import transactions
from smartalert.control.drawing import draw
from smartalert.control.send import draft, fields, screen
from smartalert.geography import search

#: More notes than this under one field would push the others out of sight; the chips name them all.
NOTES_A_FIELD = 3
ICONS = {Weight.STOP: "block", Weight.TODO: "radio_button_unchecked", Weight.CARE: "warning"}


@st.cache_resource(ttl=3600, show_spinner=False)
def local_words() -> frozenset[str]:
    """Words of the force's streets and places: never spelling mistakes."""
    with transactions.reading() as conn:
        return search.local_words(conn)


def read(content: Draft) -> list[Finding]:
    """Everything that proofreading finds in the draft."""
    return proofreading.findings(content, settings().mode, local_words())


def read_once(content: Draft) -> list[Finding]:
    """The same of this tab's draft, whose fields all ask: it is read again when it or the minute has changed."""
    shown, minute = screen.current(), utc_now().replace(second=0, microsecond=0)
    if shown.read_of is content and shown.read_at == minute:
        return shown.found
    return screen.keep_found(read(content), content, minute)


def notes(content: Draft, field: str) -> None:
    """What is found in one field, why it matters, and the press that mends it."""
    found = [one for one in read_once(content) if one.field == field and one.rule not in (MISSING, OPEN_GAP)]
    found.sort(key=lambda one: one.level is Level.ADVISORY)
    with fields.place(field):
        for number, one in enumerate(found[:NOTES_A_FIELD]):
            weight = WEIGHTS[one.level]
            name = f"send-note-{field}-{number}-{weight}"
            with st.container(key=name, horizontal=True, vertical_alignment="center", gap="small"):
                st.html(draw("control/send/note.html", finding=one, icon=ICONS[weight]))
                if one.has_fix:
                    st.button(one.offer, key=f"send:fix:{field}:{number}", on_click=mend, args=(one,))


def mend(finding: Finding) -> None:
    """Callback: apply the fix that was offered, with a way back."""
    before = draft.current().content
    after = proofreading.corrected(before, finding)
    if after == before:
        return
    draft.replace(after)
    undo = {finding.field: getattr(before, finding.field), "own_words": before.own_words}
    screen.tell(mended_words(finding), undo=undo)


def mended_words(finding: Finding) -> str:
    """ "“14 Mill Lane” became “Mill Lane”." """
    old, new = proofreading.shortened(finding.text), proofreading.shortened(finding.new or "")
    if not old:
        return "Invisible characters removed."
    return f"“{old}” became “{new}”." if new else f"“{old}” removed."
