"""The list of alerts: those going out now, today's, and earlier ones, one row a thread and each a link to its page."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from textwrap import shorten
from typing import Any

import streamlit as st

from smartalert.alerts.incidents import KINDS
from smartalert.alerts.listing import Listed, ListedAlert
from smartalert.clock import LONDON
from smartalert.control.drawing import draw
from smartalert.control.live.phase import ICONS, REPLACED, Phase, is_later, phase_of
from smartalert.control.marks import beginning, marked
from smartalert.control.names import name_of
from smartalert.control.words import day_and_clock, incident_words, until
from smartalert.geography import text_search
from smartalert.geography.text_search import NOTHING, Wanted

RUNNING_NOW, TODAY, EARLIER = "Going out now", "Today", "Earlier"
#: Signs of a passage that a row shows beside what it always does.
LONGEST_PASSAGE = 160
PHASE_WORDS = {
    Phase.HELD: "Held: can still be undone",
    Phase.RUNNING: "Going out now",
    Phase.DONE: "Live until {until}",
    Phase.STOPPED: "Stopped at {stopped}",
    Phase.WITHDRAWN: "Undone: nobody was told",
    Phase.OVER: "Ended at {until}",
    Phase.REPLACED: "{replaced}",
}


def alert_list(found: Listed, now: datetime, looked_for: Wanted = NOTHING) -> None:
    """Draw the rows of listing.recent under their headings, in their order there."""
    rows = sorted(found.rows, key=lambda row: order(row, now))
    groups = groupby(rows, lambda row: section(row, now))
    sections = [
        (heading, [card(row, now, looked_for, found.said.get(row.thread, ())) for row in group])
        for heading, group in groups
    ]
    st.html(draw("control/live/list.html", sections=sections, now=now, kinds=KINDS))


def section(row: ListedAlert, now: datetime) -> str:
    """Under which heading an alert stands."""
    if phase_of(row, is_open=row.is_open, now=now) in {Phase.HELD, Phase.RUNNING}:
        return RUNNING_NOW
    return TODAY if row.issued_at.astimezone(LONDON).date() == now.astimezone(LONDON).date() else EARLIER


def order(row: ListedAlert, now: datetime) -> tuple[int, float]:
    """Running first, then the newest."""
    return (RUNNING_NOW, TODAY, EARLIER).index(section(row, now)), -row.issued_at.timestamp()


def replaced_words(row: ListedAlert, now: datetime) -> str:
    """What took its place, and when; empty if nothing did."""
    how = row.replaced_how and REPLACED[row.replaced_how]
    return how.format(at=day_and_clock(row.replaced_at, now)) if how else ""


def card(row: ListedAlert, now: datetime, looked_for: Wanted = NOTHING, said: Sequence[str] = ()) -> dict[str, Any]:
    """One alert with its phase, in words and as an icon; what was looked for is marked."""
    phase = phase_of(row, is_open=row.is_open, now=now)
    words = PHASE_WORDS[phase].format(
        until=until(row.expires_at, now),
        stopped=day_and_clock(row.stopped_at, now) if row.stopped_at else "",
        replaced=replaced_words(row, now),
    )
    if phase is Phase.HELD and is_later(row, now):
        words = f"To be sent at {until(row.release_at, now)}: can still be undone"
    by = name_of(row.issued_by)
    facts = [row.area_desc, incident_words(row.incident_number)]
    facts += [f"{row.messages} messages"] * (row.messages > 1)
    kind = KINDS[row.incident_kind].label if row.incident_kind in KINDS else ""
    facts += [kind] * bool(text_search.spans(kind, looked_for))
    facts += passage((row.headline, *facts, by), looked_for, said)
    return {
        "row": row,
        "headline": marked(row.headline, looked_for),
        "facts": [marked(fact, looked_for) for fact in facts],
        "by": marked(by, looked_for),
        "phase": phase,
        "icon": ICONS[phase],
        "words": words,
    }


def passage(shown: Sequence[str], looked_for: Wanted, said: Sequence[str]) -> list[str]:
    """Where the messages that were found have what the row does not show, if it lacks any of it."""
    if not looked_for or text_search.holds(text_search.searched(*shown), looked_for):
        return []
    first = next((text for text in said if text not in shown and text_search.spans(text, looked_for)), "")
    return [shorten(beginning(first, looked_for), LONGEST_PASSAGE, placeholder=" …")] * bool(first)
