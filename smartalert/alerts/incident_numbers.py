"""Incident numbers as people quote them, "482 of 22 November": a day's counter and the day, which is never to come."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from smartalert import cleaning
from smartalert.alerts.incidents import KINDS
from smartalert.clock import LONDON
from smartalert.errors import SetupError

MONTHS = [f"{date(2000, month, 1):%B}" for month in range(1, 13)]
LONG, SHORT = ("|".join(MONTHS[month - 1] for month in months) for months in ((1, 3, 5, 7, 8, 10, 12), (4, 6, 9, 11)))
#: With a day that its month has. A year is said where the day is not the last of that name.
INCIDENT_NUMBER = re.compile(
    rf"[1-9][0-9]{{0,4}} of (?:(?:[1-9]|[12][0-9]|3[01]) (?:{LONG})|(?:[1-9]|[12][0-9]|30) (?:{SHORT})|"
    r"(?:[1-9]|[12][0-9]) February)( (?:19|20)[0-9]{2})?\Z"
)
#: As officers type it, in its plainest form: "482", "482of22", "482 22 11", "482 of the 22nd nov 26".
TYPED = re.compile(
    r"0*([1-9][0-9]{0,4})(?:(?: |of| of )(?: ?the )?([0-9]{1,2})(?:st|nd|rd|th)?"
    r"(?:(?: (?:of )?([0-9]{1,2})| ?(?:of )?([a-z]{3,9}))(?: ?([0-9]{4}|[0-9]{2}))?)?)?"
)
#: A day of last year is quoted without its year for so long.
NO_YEAR_FOR = timedelta(days=92)


def read_incident_number(typed: str, now: datetime) -> str:
    """The incident number as people quote it; what is no number, or names no day, stays as typed."""
    found = TYPED.fullmatch(cleaning.compared(cleaning.typewritten(typed)))
    if not found:
        return cleaning.one_line(typed)
    number, day, numbered_month, named_month, year = found.groups()
    month, year = numbered_month or named_month, f"20{year}" if year and len(year) == 2 else year
    today = now.astimezone(LONDON).date()
    on = day_meant(int(day or today.day), month, year, today)
    if on is None:
        return cleaning.one_line(typed)
    said_with_year = year or (on.year != today.year and today - on > NO_YEAR_FOR)
    return f"{int(number)} of {on.day} {on:%B}" + (f" {on.year}" if said_with_year else "")


def day_meant(day: int, month: str | None, year: str | None, today: date) -> date | None:
    """The day that was typed; without a month the last such day of this month or the one before, without a year ever.

    None where there is no such day.
    """
    if month is None:
        months = [today.replace(day=1), today.replace(day=1) - timedelta(days=1)]
        days = [of(one.year, one.month, day) for one in months]
    elif number := month_number(month):
        days = [of(one, number, day) for one in ([int(year)] if year else [today.year, today.year - 1])]
    else:
        return None
    return next((one for one in days if one and (year or one <= today)), None)


def month_number(typed: str) -> int:
    """1 to 12 of "nov", "november" or "11"; 0 of anything else."""
    if typed.isdecimal():
        return int(typed) if int(typed) <= 12 else 0
    return next((number for number, name in enumerate(MONTHS, 1) if name.lower().startswith(typed)), 0)


def of(year: int, month: int, day: int) -> date | None:
    """The day, if there is one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def day_at_fault(number: str, today: date) -> str:
    """What is wrong with the day of an incident number, as an officer reads it; empty for a good one."""
    _, _, day, month, *year = number.split()
    years = list(map(int, year)) or [today.year, today.year - 1]
    days = [on for one in years if (on := of(one, MONTHS.index(month) + 1, int(day)))]
    if any(on <= today for on in days):
        return ""
    if year and days:
        return f"{day} {month} {year[0]} is in the future. Check the incident number."
    said = " and ".join(map(str, sorted(years)))
    none = f"{said} {'has' if year else 'have'} no" if not days else "There has been no"
    return f"{none} {day} {month}{' in the last 12 months' if days else ''}. Check the incident number."


@lru_cache(maxsize=8)
def kinds_with_number(setting: str) -> frozenset[str]:
    """The kinds whose updates must have an incident number, by SMARTALERT_UPDATES_NEED_NUMBER. Raises SetupError."""
    named = frozenset(filter(None, (name.strip().lower() for name in setting.split(","))))
    if named in ({"true"}, {"1"}):
        return frozenset(KINDS)
    if unknown := named - {"false", "0"} - KINDS.keys():
        said = ", ".join(sorted(unknown))
        raise SetupError(
            f"SMARTALERT_UPDATES_NEED_NUMBER: {said} is none. Write true, false, or kinds: {', '.join(KINDS)}."
        )
    return named
