"""Moments in words: no words name two moments, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert import clock
from smartalert.control import words

AUTUMN = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 7, 1, 21, 0, tzinfo=UTC), "22:00 on 1 July"),
        (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), "01:15 on 25 October, before the clocks go back"),
        (datetime(2026, 10, 25, 1, 15, tzinfo=UTC), "01:15 on 25 October, after the clocks went back"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "02:00 on 25 October"),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "02:30 on 28 March"),
        (datetime(2026, 11, 23, 0, 0, 40, tzinfo=UTC), "midnight at the end of 22 November"),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), "midnight at the end of 31 December"),
        (datetime(2026, 7, 31, 23, 0, tzinfo=UTC), "midnight at the end of 31 July"),
        (datetime(2028, 3, 1, 0, 0, tzinfo=UTC), "midnight at the end of 29 February"),
    ],
)
def test_until_when(at: datetime, said: str) -> None:
    assert clock.until(at) == said


def test_files_tell_the_two_hours_apart() -> None:
    first, second = (clock.stamp(AUTUMN + timedelta(minutes=minutes)) for minutes in (30, 90))
    assert (first, second) == ("2026-10-25 01:30:00 BST", "2026-10-25 01:30:00 GMT")
    assert clock.stamp(AUTUMN + timedelta(hours=2)) == "2026-10-25 02:00:00"
    assert clock.stamp(None) == ""


def test_screens_tell_the_two_hours_apart() -> None:
    now = AUTUMN + timedelta(hours=9)
    assert [words.clock(AUTUMN + timedelta(minutes=minutes)) for minutes in (15, 75)] == ["01:15 BST", "01:15 GMT"]
    assert words.day_and_clock(AUTUMN + timedelta(minutes=75), now + timedelta(days=9)) == "25 Oct 01:15 GMT"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), "midnight"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "midnight after 23 Nov"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "23:59"),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), "midnight after 31 Dec"),
        (datetime(2027, 1, 2, 0, 0, tzinfo=UTC), "midnight after 1 Jan 2027"),
    ],
)
def test_on_screens_midnight_belongs_to_the_day_that_ends(at: datetime, said: str) -> None:
    assert words.until(at, datetime(2026, 11, 22, 22, 0, tzinfo=UTC)) == said


#: Both nights on which the clocks change, midnights and new years, to the minute.
MOMENTS = st.sampled_from(
    [
        datetime(2026, 10, 24, 20, tzinfo=UTC),
        datetime(2027, 3, 27, 20, tzinfo=UTC),
        datetime(2026, 12, 31, 20, tzinfo=UTC),
    ]
)


@given(MOMENTS, st.integers(0, 720), st.integers(0, 720))
def test_two_moments_never_share_their_words(night: datetime, one: int, other: int) -> None:
    first, second = night + timedelta(minutes=one), night + timedelta(minutes=other)
    now = night + timedelta(hours=10)
    for said in (clock.until, clock.stamp, lambda at: words.until(at, now), lambda at: words.day_and_clock(at, now)):
        assert (said(first) == said(second)) == (first == second)
