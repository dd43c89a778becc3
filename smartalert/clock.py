"""The time: now, and the force's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def stamp(at: datetime | None) -> str:
    """ "2026-11-22 14:02:11", London time, for files that are kept; empty for never."""
    return at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
