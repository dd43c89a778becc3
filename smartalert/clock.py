"""The time: now, and the force's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
