"""When: sent now or later, and until when it counts."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from smartalert.alerts import times
from smartalert.alerts.drafts import Draft
from smartalert.clock import LONDON, utc_now
from smartalert.control.send import draft, fields
from smartalert.control.words import until

OTHER_END = "other"
SEND_NOW, SEND_LATER = "Send now", "Send later"


def expiry(content: Draft) -> None:
    """Until when it counts, as choices; the hour that comes to is written beside them."""
    now = utc_now()
    label, own = f"Ends {until(content.expires_at(now), now)}", content.expires not in times.EXPIRIES
    shown = OTHER_END if own else content.expires
    fields.one_of("expires", label, [*times.EXPIRIES, OTHER_END], shown, take_expiry, format_func=expiry_words)
    if own:
        end = content.expires_at(now).astimezone(LONDON)
        with st.container(key="send-own-end", horizontal=True, gap="small"):
            fields.day(
                "end-day", "Last day", end.date(), take_end, format="DD/MM/YYYY",
                min_value=min(end, now.astimezone(LONDON)).date(), max_value=max(end, now + times.LONGEST).date(),
            )  # fmt: skip
            fields.hour("end-time", "Until", end.time(), take_end, step=timedelta(minutes=15))


def leaving(content: Draft) -> None:
    """Now, or later: only what is not urgent and follows nothing can wait."""
    if (content.urgent or content.sequel) and not content.leaves:
        return
    now = utc_now()
    label = f"Sent {until(content.starts_at(now), now)}" if content.leaves else "When to send it"
    fields.one_of("leaves", label, [SEND_NOW, SEND_LATER], SEND_LATER if content.leaves else SEND_NOW, take_leaving)
    if not content.leaves:
        return
    start = (times.read_end(content.leaves) or now).astimezone(LONDON)
    today = now.astimezone(LONDON)
    with st.container(key="send-own-start", horizontal=True, gap="small"):
        fields.day(
            "leaves-day", "Day", start.date(), take_start, format="DD/MM/YYYY",
            min_value=min(start, today).date(), max_value=max(start, today + times.LONGEST).date(),
        )  # fmt: skip
        fields.hour("leaves-time", "Time", start.time(), take_start, step=timedelta(minutes=15))


def take_leaving(choice: str) -> None:
    """At once; or later, which begins at the next hour but one."""
    later = (utc_now() + timedelta(hours=2)).replace(minute=0)
    draft.change(leaves=times.written_end(later) if choice == SEND_LATER else "")


def take_start(changed: date | time) -> None:
    """Another day, or another time of day, to send it."""
    draft.change(leaves=moved_to(changed, times.read_end(draft.current().content.leaves) or utc_now()))


def moved_to(changed: date | time, moment: datetime) -> str:
    """A moment with another day or another time of day, as the draft keeps it."""
    local = moment.astimezone(LONDON).replace(tzinfo=None)
    own = (
        datetime.combine(changed, local.time())
        if isinstance(changed, date)
        else datetime.combine(local.date(), changed)
    )
    return f"{own:{times.END_FORMAT}}"


def expiry_words(choice: str) -> str:
    """One choice of when the alert ends."""
    return times.EXPIRIES.get(choice, "Other time")


def take_expiry(choice: str) -> None:
    """One of the usual ends; or the officer's own, which begins at the next quarter of an hour but 24."""
    now = utc_now()
    own = (now + timedelta(hours=6)).replace(minute=now.minute // 15 * 15)
    draft.change(expires=times.written_end(own) if choice == OTHER_END else choice)


def take_end(changed: date | time) -> None:
    """Another day, or another time of day, for the officer's own end."""
    draft.change(expires=moved_to(changed, draft.current().content.expires_at(utc_now())))
