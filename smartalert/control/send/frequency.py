"""How many messages those who would be told have had in the last 7 and 30 days, in words on the review."""

from datetime import datetime

import streamlit as st

from smartalert.alerts.checks import Counted
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import Choice
from smartalert.config import settings
from smartalert.control import transactions
from smartalert.control.words import count, day_and_clock
from smartalert.dispatch import frequency_cap
from smartalert.dispatch.frequency_cap import RecentMessages
from smartalert.geography.areas import Ground


@st.cache_resource(max_entries=50, ttl=600, show_spinner=False)
def _counted(
    drill: int | None, geom: str, within_m: float, choice: Choice, at: datetime, _ground: Ground
) -> RecentMessages:
    with transactions.reading(world=drill) as conn:
        return frequency_cap.recent_messages(conn, _ground, choice, at)


def words(content: Draft, counted: Counted) -> str:
    """How much they have had, and what the limit for updates makes of this one."""
    ground = counted.ground
    had = _counted(transactions.my_drill(), ground.geom, ground.within_m, content.choice, counted.at, ground)
    if not had.month_most:
        return "These people have had no message from us in the last 30 days."
    week = f"{each(had.week_mean)}, {had.week_most:,} at most" if had.week_most else "no messages"
    said = f"In the last 7 days {week}. In the last 30 days {each(had.month_mean)}, {had.month_most:,} at most."
    return f"{said} {limit_words(content, had, counted.at)}".strip()


def each(mean: float) -> str:
    """ "about 4 messages each": nobody gets a tenth of one."""
    return "fewer than 1 message each" if mean < 0.95 else f"about {count(round(mean), 'message', 'messages')} each"


def limit_words(content: Draft, had: RecentMessages, now: datetime) -> str:
    """Whom the limit holds back, and until when; a note where an urgent alert passes it."""
    limit = count(settings().updates_a_week, "update", "updates")
    if not had.over_limit or content.choice.follows is not None:
        return ""
    said = f"{count(had.over_limit, 'person has', 'people have')} had {limit} this week"
    if content.urgent:
        return f"{said}. They still get an urgent alert."
    due = frequency_cap.next_digest(now)
    said = f"{said}, so they get this in the digest at {day_and_clock(due, now)}"
    if content.expires_at(now) <= due:
        return f"{said}. The alert ends before that: choose a later end, or they will not get it."
    return f"{said}."
