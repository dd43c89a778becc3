"""The list of alerts: those going out now, today's, and earlier ones, each a link to its page."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any

import streamlit as st

from smartalert.alerts.incidents import KINDS
from smartalert.clock import LONDON
from smartalert.control.live.phase import ICONS, REPLACED, Phase, phase_of
from smartalert.control.names import name_of
from smartalert.control.words import clock, count, day_and_clock, when

RUNNING_NOW, TODAY, EARLIER = "Going out now", "Today", "Earlier"
PHASE_WORDS = {
    Phase.HELD: "held: may still be undone",
    Phase.RUNNING: "going out now",
    Phase.DONE: "in force until {until}",
    Phase.STOPPED: "stopped at {stopped}",
    Phase.WITHDRAWN: "undone: nobody was told",
    Phase.OVER: "over since {until}",
    Phase.REPLACED: "{replaced}",
}


def alert_list(rows: Sequence[Any], now: datetime) -> None:
    """Draw the rows of alerts.recent under their headings."""
    parts = []
    for heading, group in groupby(sorted(rows, key=lambda row: order(row, now)), lambda row: section(row, now)):
        cards = "".join(card(row, now) for row in group)
        parts.append(f'<section><h2>{heading}</h2><ul class="sa-list">{cards}</ul></section>')
    st.html("".join(parts))


def section(row: Any, now: datetime) -> str:
    """Under which heading an alert stands."""
    if phase_of(row, is_open=row.is_open, now=now) in {Phase.HELD, Phase.RUNNING}:
        return RUNNING_NOW
    return TODAY if row.issued_at.astimezone(LONDON).date() == now.astimezone(LONDON).date() else EARLIER


def order(row: Any, now: datetime) -> tuple[int, float]:
    """Running first, then the newest."""
    return (RUNNING_NOW, TODAY, EARLIER).index(section(row, now)), -row.issued_at.timestamp()


def card(row: Any, now: datetime) -> str:
    """One alert as a link."""
    phase = phase_of(row, is_open=row.is_open, now=now)
    words = PHASE_WORDS[phase].format(
        until=day_and_clock(row.expires_at, now),
        stopped=clock(row.stopped_at) if row.stopped_at else "",
        replaced=REPLACED[row.replaced_how].format(at=clock(row.replaced_at)).lower() if row.replaced_how else "",
    )
    kind = KINDS.get(row.incident_kind)
    urgency = "Urgent" if row.urgent else "Update"
    return (
        f'<li><a href="live_alerts?alert={row.id}" target="_self"><span class="sa-icon" aria-hidden="true">'
        f"{kind.icon if kind else 'campaign'}</span><div><b>{escape(row.headline)}</b>"
        f"<small>{escape(row.area_desc)} · incident {escape(row.incident_number)}</small></div>"
        f'<span class="sa-tag {"urgent" if row.urgent else ""}">{urgency}</span>'
        f'<span class="sa-people">{count(row.people, "person", "people")}</span>'
        f'<span class="sa-phase {phase}"><span class="sa-icon" aria-hidden="true">{ICONS[phase]}</span>{words}</span>'
        f'<span class="sa-when">{when(row.issued_at, now)}<small>{escape(name_of(row.issued_by))}</small></span>'
        "</a></li>"
    )
