"""When an alert leaves and when it is over, as its officer chooses it: by London's clock, and within bounds."""

from datetime import UTC, datetime, timedelta

from smartalert.clock import LONDON

#: Until when an alert counts, as an officer chooses it: hours, or a time of day.
EXPIRIES = {
    "1h": "1 hour",
    "2h": "2 hours",
    "6h": "6 hours",
    "12h": "12 hours",
    "24h": "24 hours",
    "22:00": "until 22:00",
}
#: An end of the officer's own, by London's clock, and how soon and how late it may be.
END_FORMAT = "%Y-%m-%dT%H:%M"
MINUTE = timedelta(minutes=1)
SHORTEST, LONGEST = 15 * MINUTE, timedelta(days=14)


def read_end(text: str) -> datetime | None:
    """The moment that a time of London's clock names, as "2026-11-28T06:30"; None for anything else."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=LONDON).astimezone(UTC) if f"{local:{END_FORMAT}}" == text else None


def written_end(at: datetime) -> str:
    """A moment as the draft keeps an end of the officer's own."""
    return f"{at.astimezone(LONDON):{END_FORMAT}}"


def start_of(leaves: str, now: datetime) -> datetime:
    """When an alert leaves that is issued now: at once, or later."""
    return max(now, read_end(leaves) or now)


def end_of(expires: str, start: datetime) -> datetime:
    """When an alert is over that leaves at the start, in UTC; a time of day that has passed means tomorrow's."""
    if (own := read_end(expires)) is not None:
        return own
    if expires.endswith("h"):
        return start.astimezone(UTC) + timedelta(hours=int(expires[:-1]))
    hour, minute = map(int, expires.split(":"))
    local = start.astimezone(LONDON)
    end = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    return (end if end > local + SHORTEST else end + timedelta(days=1)).astimezone(UTC)


def end_at_fault(expires: str, start: datetime) -> str:
    """Why an alert that leaves at the start cannot end then; empty where it can."""
    if expires in EXPIRIES:
        return ""
    end = read_end(expires)
    if end is None:
        return "Choose when the alert ends."
    if end < start + SHORTEST:
        return f"Choose a later end: at least {SHORTEST // MINUTE} minutes after it is sent."
    return f"Choose an earlier end: an alert may last {LONGEST.days} days." if end > start + LONGEST else ""


def start_at_fault(leaves: str, now: datetime, *, may_wait: bool) -> str:
    """Why an alert cannot leave later, or not then; empty where it can."""
    if not leaves:
        return ""
    if not may_wait:
        return "Only a neighbourhood update can be sent later: choose to send it now."
    start = read_end(leaves)
    if start is None or start < now + MINUTE:
        return "The time to send it has passed: choose a later one, or send it now."
    return f"Choose an earlier time to send it: at most {LONGEST.days} days from now." if start > now + LONGEST else ""
