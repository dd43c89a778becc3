"""The time: now, the force's time zone, and moments in words that name no other."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def which(at: datetime) -> str:
    """ " BST" or " GMT" in the hour of October that London's clocks show twice, else nothing."""
    local = at.astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f" {local:%Z}" if twice else ""


def time_of_day(at: datetime) -> str:
    """ "14:02", London time; "01:15 BST" and, an hour later, "01:15 GMT" where the clocks go back."""
    return f"{at.astimezone(LONDON):%H:%M}{which(at)}"


def stamp(at: datetime | None) -> str:
    """ "2026-11-22 14:02:11", London time, for files that are kept; empty for never."""
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M:%S}{which(at)}" if at else ""


def end_of_day(at: datetime) -> date | None:
    """The day that ends with this minute: a midnight belongs to the day before it. None at any other time."""
    local = at.astimezone(LONDON)
    return local.date() - timedelta(days=1) if (local.hour, local.minute) == (0, 0) else None


def until(at: datetime, form: str = "%-d %B") -> str:
    """Until when: "22:00 on 1 July", "midnight at the end of 22 November", and which of two that look alike."""
    if (day := end_of_day(at)) is not None:
        return f"midnight at the end of {day:{form}}"
    local = at.astimezone(LONDON)
    first = {" BST": ", before the clocks go back", " GMT": ", after the clocks went back"}
    return f"{local:%H:%M} on {local:{form}}{first.get(which(at), '')}"


def today_in_london() -> date:
    """Today, as officers and the public say it."""
    return datetime.now(LONDON).date()


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def stopwatch() -> Callable[[], float]:
    """Asked, it says how many seconds have passed since now, by whichever clock went further.

    One goes on while this process or the machine sleeps; the other is set right after a machine itself was halted.
    """
    awake, wall = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    return lambda: max(time.clock_gettime(time.CLOCK_BOOTTIME) - awake, time.time() - wall)
