"""An incident number names a day that there is, and none still to come."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.alerts.incident_numbers import INCIDENT_NUMBER, MONTHS, day_at_fault, read_incident_number
from smartalert.clock import LONDON
from tests.factories import complete_draft

JUST_AFTER_MIDNIGHT = datetime(2026, 12, 1, 0, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "now", "said"),
    [
        ("482 of 30", JUST_AFTER_MIDNIGHT, "482 of 30 November"),
        ("482", JUST_AFTER_MIDNIGHT, "482 of 1 December"),
        # November has no 31st: the officer looks again
        ("482 of 31", JUST_AFTER_MIDNIGHT, "482 of 31"),
        ("482 31", datetime(2027, 1, 1, 0, 20, tzinfo=UTC), "482 of 31 December"),
        ("482 of 31 dec", datetime(2027, 1, 1, 0, 20, tzinfo=UTC), "482 of 31 December"),
        # London is a day ahead of UTC
        ("482", datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "482 of 1 July"),
        ("482 of 31 feb", JUST_AFTER_MIDNIGHT, "482 of 31 feb"),
        ("482 of 29 feb", datetime(2027, 3, 1, 9, tzinfo=UTC), "482 of 29 feb"),
        ("482 of 29 feb", datetime(2028, 3, 1, 9, tzinfo=UTC), "482 of 29 February"),
        ("482 of 29 feb 2024", JUST_AFTER_MIDNIGHT, "482 of 29 February 2024"),
        ("482 of 29 feb 2025", JUST_AFTER_MIDNIGHT, "482 of 29 feb 2025"),
        ("482 of 31 december", JUST_AFTER_MIDNIGHT, "482 of 31 December 2025"),
        ("482 of 1st nov", JUST_AFTER_MIDNIGHT, "482 of 1 November"),
        ("\u200b482\u00a0of  30th of November\u202e", JUST_AFTER_MIDNIGHT, "482 of 30 November"),
        ("４８２ 30/11", JUST_AFTER_MIDNIGHT, "482 of 30 November"),
        ("482 of 0", JUST_AFTER_MIDNIGHT, "482 of 0"),
        ("482 of 3/13", JUST_AFTER_MIDNIGHT, "482 of 3/13"),
        ("٤٨٢ of ٣٠", JUST_AFTER_MIDNIGHT, "482 of 30 November"),
        ("482, 30.11.26", JUST_AFTER_MIDNIGHT, "482 of 30 November 2026"),
        ("482of30nov", JUST_AFTER_MIDNIGHT, "482 of 30 November"),
        ("#482 – the 30th of November, 2026", JUST_AFTER_MIDNIGHT, "482 of 30 November 2026"),
        ("4823011", JUST_AFTER_MIDNIGHT, "4823011"),
        ("0 of 30", JUST_AFTER_MIDNIGHT, "0 of 30"),
        ("482 of ²", JUST_AFTER_MIDNIGHT, "482 of 2 November"),
    ],
)  # fmt: skip
def test_what_is_typed_is_the_last_such_day(typed: str, now: datetime, said: str) -> None:
    assert read_incident_number(typed, now) == said


@given(st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)), st.integers(1, 31), st.sampled_from(["", *MONTHS]))  # noqa: DTZ001
def test_no_number_names_a_day_to_come_unrefused(now: datetime, day: int, month: str) -> None:
    now = now.replace(tzinfo=UTC)
    today = now.astimezone(LONDON).date()
    said = read_incident_number(f"7 of {day} {month}".strip(), now)
    found = re.fullmatch(r"7 of (\d+) (\w+)(?: (\d{4}))?", said)
    if found is None or not INCIDENT_NUMBER.match(said):
        assert said == f"7 of {day} {month}".strip()
        return
    years = [int(found[3])] if found[3] else [today.year, today.year - 1]
    days = [
        date(year, MONTHS.index(found[2]) + 1, int(found[1]))
        for year in years
        if found[1] != "29" or found[2] != "February" or year % 4 == 0
    ]
    earliest = date.min if found[3] else today - timedelta(days=366)
    there_was_one = any(earliest <= one <= today for one in days)
    assert there_was_one != bool(day_at_fault(said, today))


@pytest.mark.parametrize(
    "number",
    [
        "482 of 31 February",
        "482 of 30 February",
        "482 of 31 June",
        "1 of 0 May",
        "1 of 32 May",
        "1 of 5 Maybe",
        "482 of 22 November\n",
        "1 of 05 May",
        "４82 of 2 May",
    ],
)
def test_a_day_that_there_never_is_is_refused(number: str) -> None:
    assert not INCIDENT_NUMBER.match(number)
    assert "with a real date" in complete_draft(incident_number=number).lacking()["incident_number"]


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("482 of 22 November", ""),
        ("482 of 29 February", "2025 and 2026 have no 29 February"),
        ("482 of 29 February 2024", ""),
        ("482 of 29 February 2026", "2026 has no 29 February"),
        ("482 of 29 February 1900", "1900 has no 29 February"),
        ("482 of 30 November 2026", ""),
        ("482 of 1 December 2026", "1 December 2026 is in the future"),
    ],
)
def test_a_day_with_its_year_is_one_that_there_was(number: str, fault: str) -> None:
    assert day_at_fault(number, date(2026, 11, 30)).startswith(fault)
    assert bool(day_at_fault(number, date(2026, 11, 30))) == bool(fault)


def test_a_leap_day_to_come_is_not_the_one_of_four_years_ago() -> None:
    said = "There has been no 29 February in the last 12 months. Check the incident number."
    assert day_at_fault("482 of 29 February", date(2028, 1, 1)) == said


def test_a_leap_day_needs_no_year_in_the_year_after_it() -> None:
    for today in (date(2028, 3, 1), date(2029, 2, 28)):
        assert day_at_fault("482 of 29 February", today) == ""


def test_a_day_to_come_is_said_in_the_list_of_what_is_wrong() -> None:
    assert "is in the future" in complete_draft(incident_number="482 of 22 November 2098").lacking()["incident_number"]
