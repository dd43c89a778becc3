"""Times, spans and shares as officers read them."""

from datetime import timedelta

import pytest

from smartalert.control import words
from tests.factories import NOW


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=3), "14:01 · just now"),
        (timedelta(minutes=3), "13:59 · 3 min ago"),
        (timedelta(hours=2), "12:02 · 2 h ago"),
        (timedelta(hours=26), "21 Nov 12:02 · 26 h ago"),
        (timedelta(days=5), "17 Nov 14:02 · 5 days ago"),
        (timedelta(days=365), "22 Nov 2025 14:02 · 365 days ago"),
    ],
)
def test_a_time_says_when_and_how_long_ago(before, said):
    assert words.when(NOW - before, NOW) == said


def test_no_time_is_a_dash():
    assert {words.clock(None), words.when(None, NOW), words.day_and_clock(None, NOW)} == {words.NO_VALUE}


def test_times_are_londons_in_summer():
    assert words.clock(NOW.replace(month=7)) == "15:02"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (-0.01, "0.0 s"),
        (0.84, "0.8 s"),
        (12.4, "12 s"),
        (200, "3 min 20 s"),
        (180, "3 min"),
        (7_260, "2 h 1 min"),
    ],
)
def test_a_span_is_as_exact_as_it_matters(seconds, said):
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "–"),
        (0, 9, "0 %"),
        (1, 1_000, "under 1 %"),
        (999, 1_000, "99 %"),
        (1_000, 1_000, "100 %"),
        (69, 100, "69 %"),
    ],
)
def test_a_share_is_all_only_when_it_is_all(part, whole, said):
    assert words.share(part, whole) == said


def test_a_count_agrees_with_its_noun():
    assert words.count(1, "person", "people") == "1 person"
    assert words.count(1_284, "person", "people") == "1,284 people"


def test_why_something_failed_is_a_sentence_of_ours():
    assert words.reason_words("the mail server refused it") == "The mail server refused it."
    assert words.reason_words("FCM could not be reached.") == "Google could not be reached."
    assert words.reason_words("FCM refused the message: Invalid JSON payload (TYPE_STRING)") == (
        "Google refused this message. Tell the person who runs Smart Alert."
    )
    assert words.reason_words("") == ""
