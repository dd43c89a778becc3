"""Findings on the send screen: a chip each in the bar, a note each under its field, and the press that mends it."""

from html import escape
from typing import Literal

import streamlit as st

from smartalert.alerts import proofreading
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import Finding, Level
from smartalert.config import settings
from smartalert.control import transactions
from smartalert.control.send import draft
from smartalert.control.send.draft import Notice
from smartalert.geography import search

#: More notes than this under one field would push the others out of sight; the chips name them all.
NOTES_A_FIELD = 3
ICONS = {Level.BLOCKING: "radio_button_unchecked", Level.ADVISORY: "warning"}
TONES: dict[Level, Literal["todo", "care"]] = {Level.BLOCKING: "todo", Level.ADVISORY: "care"}


@st.cache_resource(ttl=3600, show_spinner=False)
def local_words() -> frozenset[str]:
    """Words of the force's streets and places: never spelling mistakes."""
    with transactions.reading() as conn:
        return search.local_words(conn)


def read(content: Draft) -> list[Finding]:
    """Everything that stands against the draft."""
    return proofreading.findings(content, settings().mode, local_words())


def chip_html(finding: Finding) -> str:
    """A finding in the bar; where it is about a passage, a press leads there and selects it."""
    tone, words = TONES[finding.level], escape(finding.what.removesuffix("."))
    if finding.rule == "gap":
        gap = escape(finding.text)
        words = gap.strip("[]")
        return (
            f'<button type="button" class="sd-chip sd-gap" data-gap="{gap}" aria-label="Fill the gap: {words}">'
            f'<i aria-hidden="true">edit</i>{words}</button>'
        )
    inner = f'<i aria-hidden="true">{ICONS[finding.level]}</i>{words}'
    if not finding.field:
        return f'<span class="sd-chip sd-{tone}">{inner}</span>'
    place = f'data-field="{finding.field}" data-text="{escape(finding.text)}"'
    return f'<button type="button" class="sd-chip sd-{tone}" {place} title="{escape(finding.why)}">{inner}</button>'


def notes(content: Draft, field: str) -> None:
    """What is found in one field, why it matters, and the press that mends it."""
    found = [one for one in read(content) if one.field == field and one.rule != "gap"]
    found.sort(key=lambda one: one.level is Level.ADVISORY)
    for number, one in enumerate(found[:NOTES_A_FIELD]):
        name = f"send-note-{field}-{number}-{TONES[one.level]}"
        with st.container(key=name, horizontal=True, vertical_alignment="center", gap="small"):
            icon = f'<i aria-hidden="true">{ICONS[one.level]}</i>'
            st.html(f"<p>{icon}<b>{escape(one.what.removesuffix('.'))}.</b> {escape(one.why)}</p>")
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
    draft.current().notice = Notice(mended_words(finding), undo=undo)


def mended_words(finding: Finding) -> str:
    """ "“14 Mill Lane” became “Mill Lane”." """
    old, new = proofreading.shortened(finding.text), proofreading.shortened(finding.new or "")
    if not old:
        return "Invisible characters were taken out."
    return f"“{old}” became “{new}”." if new else f"“{old}” was taken out."


def standing_html(content: Draft) -> str:
    """On the review: the advice that was left standing, as a list."""
    advice = [one for one in read(content) if one.level is Level.ADVISORY]
    items = "".join(f"<li><b>{escape(one.what)}</b> {escape(one.why)}</li>" for one in advice)
    return f'<section class="sd-advice"><h2>Advice you left standing</h2><ul>{items}</ul></section>' if items else ""
