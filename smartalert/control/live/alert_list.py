"""The list of alerts: those going out now, today's, and earlier ones, each a link to its page."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import streamlit as st

from smartalert.alerts.incidents import KINDS
from smartalert.alerts.lifecycle import ListedAlert
from smartalert.cleaning import isolated
from smartalert.clock import LONDON
from smartalert.control.drawing import draw
from smartalert.control.live.phase import ICONS, REPLACED, Phase, is_later, phase_of
from smartalert.control.names import name_of
from smartalert.control.words import day_and_clock, incident_words, until

RUNNING_NOW, TODAY, EARLIER = "Going out now", "Today", "Earlier"
PHASE_WORDS = {
    Phase.HELD: "held: can still be undone",
    Phase.RUNNING: "going out now",
    Phase.DONE: "ends {until}",
    Phase.STOPPED: "stopped at {stopped}",
    Phase.WITHDRAWN: "undone: nobody was told",
    Phase.OVER: "ended {until}",
    Phase.REPLACED: "{replaced}",
}


def alert_list(rows: Sequence[ListedAlert], now: datetime) -> None:
    """Draw the rows of alerts.recent under their headings."""
    groups = groupby(threads(rows, now), lambda row: section(row, now))
    sections = [(heading, [card(row, now) for row in group]) for heading, group in groups]
    st.html(draw("control/live/list.html", sections=sections, now=now, kinds=KINDS, name_of=name_of))


def threads(rows: Sequence[ListedAlert], now: datetime) -> list[ListedAlert]:
    """One row for each thread, in the order of the list: what is going out of it, else its newest message that was not
    undone."""
    standing: dict[UUID, ListedAlert] = {}
    for row in sorted(rows, key=lambda row: (row.withdrawn_at is not None, order(row, now))):
        standing.setdefault(row.thread, row)
    return sorted(standing.values(), key=lambda row: order(row, now))


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
    how = row.replaced_how and REPLACED[row.replaced_how].format(at="{at}").lower()
    return how.format(at=day_and_clock(row.replaced_at, now)) if how else ""


def card(row: ListedAlert, now: datetime) -> dict[str, Any]:
    """One alert with its phase, in words and as an icon."""
    phase = phase_of(row, is_open=row.is_open, now=now)
    words = PHASE_WORDS[phase].format(
        until=until(row.expires_at, now),
        stopped=day_and_clock(row.stopped_at, now) if row.stopped_at else "",
        replaced=replaced_words(row, now),
    )
    if phase is Phase.HELD and is_later(row, now):
        words = f"to be sent at {until(row.release_at, now)}: can still be undone"
    facts = [isolated(row.area_desc), incident_words(row.incident_number)]
    facts += [f"{row.messages} messages"] * (row.messages > 1)
    return {"row": row, "facts": " · ".join(facts), "phase": phase, "icon": ICONS[phase], "words": words}
