"""How the control room says times, numbers and spans: Europe/London, 24 hours, thousands separators."""

from datetime import datetime

from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.clock import LONDON, end_of_day, time_of_day
from smartalert.dispatch.outages import Outage
from smartalert.wording import Channel, count

__all__ = [
    "NO_VALUE", "ago", "clock", "count", "day_and_clock", "ending", "incident_words", "number", "outage_words",
    "reason_words", "share", "span", "until", "when",
]  # fmt: skip
NO_VALUE = "–"
#: How a refusal in a provider's own words begins → what officers read instead. The ledger keeps the provider's words.
REFUSALS = {
    "FCM refused the message": "Google refused this message. Tell the person who runs Smart Alert.",
    "SendGrid refused the mail": "SendGrid refused this e-mail. Tell the person who runs Smart Alert.",
    "SendGrid refused this addressee": "SendGrid refused this address.",
}


def clock(at: datetime | None) -> str:
    """ "14:02"."""
    return time_of_day(at) if at else NO_VALUE


def ending(follow_up: str | None) -> str:
    """What an alert is called that ends another, as "All clear", which is never urgent; empty for any other."""
    kind = FOLLOW_UPS.get(follow_up or "")
    return kind.label if kind and kind.ends else ""


def when(at: datetime | None, now: datetime) -> str:
    """ "14:02 · 3 min ago"; another day's with its date."""
    return f"{day_and_clock(at, now)} · {ago((now - at).total_seconds())}" if at else NO_VALUE


def day_and_clock(at: datetime | None, now: datetime) -> str:
    """ "14:02" today, "21 Nov 14:02" on other days."""
    if at is None:
        return NO_VALUE
    local, today = at.astimezone(LONDON), now.astimezone(LONDON).date()
    if local.date() == today:
        return time_of_day(at)
    return f"{local.strftime('%-d %b' if local.year == today.year else '%-d %b %Y')} {time_of_day(at)}"


def until(at: datetime | None, now: datetime) -> str:
    """Until when: as day_and_clock, but "midnight" tonight, and "midnight after 22 Nov" on other days."""
    day = end_of_day(at) if at else None
    if at is None or day is None:
        return day_and_clock(at, now)
    today = now.astimezone(LONDON).date()
    said = f"midnight after {day:{'%-d %b' if day.year == today.year else '%-d %b %Y'}}"
    return "midnight" if day == today else said


def ago(seconds: float) -> str:
    """ "just now", "3 min ago", "2 h ago", "5 days ago"."""
    if seconds < 45:
        return "just now"
    for span, word in ((86_400 * 2, "days"), (3_600, "h"), (60, "min")):
        if seconds >= span * 0.75:
            return f"{max(1, round(seconds / (86_400 if word == 'days' else span))):,} {word} ago"
    return "just now"


def incident_words(number: str) -> str:
    """ "incident 482 of 22 November"; a neighbourhood update may have none."""
    return f"incident {number}" if number else "no incident number"


def span(seconds: float | None) -> str:
    """ "0.8 s", "12 s", "3 min 20 s": how long something took."""
    if seconds is None:
        return NO_VALUE
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min"


def share(part: int, whole: int) -> str:
    """ "69 %", never "100 %" of what is not all of it."""
    if not whole:
        return NO_VALUE
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    return f"{99 if 99 <= percent < 100 else round(percent)} %"


def reason_words(reason: str) -> str:
    """Why something failed, as a sentence of ours: never a provider's own words or codes."""
    said = REFUSALS.get(reason.partition(":")[0], reason.replace("FCM", "Google"))
    return f"{said[:1].upper()}{said[1:].removesuffix('.')}." if said else ""


def outage_words(outage: Outage, waiting: int, now: datetime) -> str:
    """A provider that takes nothing: since when, when we try again, and what becomes of what waits."""
    channel = Channel(outage.channel)
    nothing = "no e-mails" if channel is Channel.EMAIL else "no messages"
    wait_s = (outage.try_at - now).total_seconds()
    again = "now" if wait_s < 1 else f"in {wait_s:.0f} s" if wait_s < 60 else f"in {span(wait_s)}"
    lost = f": {waiting:,} {channel.noun(waiting)} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    meanwhile = "E-mails go by the force’s own mail meanwhile." if outage.by_relay else f"Nothing is lost{lost}."
    return f"{channel.provider} has taken {nothing} since {clock(outage.since)}. We try again {again}. {meanwhile}"


def number(value: int) -> str:
    """ "1,284"."""
    return f"{value:,}"
