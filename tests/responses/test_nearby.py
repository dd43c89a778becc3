"""Responses from near one place at one time stand together, whatever order they came in; and how they are graded."""

from datetime import UTC, datetime
from itertools import pairwise

import psycopg
import pytest

from smartalert.errors import ResponseRefused
from smartalert.geography import geo
from smartalert.responses import grades, handling, inbox, nearby
from tests.factories import LAT, LON
from tests.responses.conftest import tell

OKOYE, HUSSAIN = "sergeant.okoye", "desk.hussain"


def now() -> datetime:
    return datetime.now(UTC)


def seen(conn: psycopg.Connection, alert_id: int, key: str, east_m: float | None, **facts: object) -> int:
    """A response from so many metres east of the area's middle; None: nobody knows where."""
    place = {} if east_m is None else {"point": east(east_m), "point_from": "phone"}
    return tell(conn, alert_id, key, key=key, **place, **facts)


def east(metres: float) -> tuple[float, float]:
    """As far east of the middle, EPSG:4326."""
    x, y = geo.to_grid(LON, LAT)
    return geo.from_grid(x + metres, y)


def later(conn: psycopg.Connection, minutes: int) -> None:
    """All that came until now came so much earlier."""
    conn.execute("update responses set received_at = received_at - %s * interval '1 min'", (minutes,))


def rows(conn: psycopg.Connection, **of: object) -> list[tuple[int, int]]:
    return [(row.id, row.more_near) for row in inbox.queue(conn, **of)]


def test_what_was_seen_near_one_place_in_half_an_hour_is_one_row_with_its_newest_on_top(
    conn: psycopg.Connection, alert_id: int
) -> None:
    first, near, far = (seen(conn, alert_id, str(metres), metres) for metres in (0, 149, 151))
    assert rows(conn) == [(far, 0), (near, 1)]
    later(conn, 29)
    third = seen(conn, alert_id, "third", 10)
    assert rows(conn) == [(third, 2), (far, 0)]
    later(conn, 2)
    fourth, unknown = seen(conn, alert_id, "fourth", 10), seen(conn, alert_id, "nowhere", None)
    assert rows(conn) == [(unknown, 0), (fourth, 0), (third, 2), (far, 0)]
    assert [row.id for row in nearby.nearby(conn, first)] == [third, near]
    assert nearby.nearby(conn, unknown) == []
    counted = inbox.queue_counts(conn, alert_id=None, officer=None, state="open", ids=None)
    assert (counted.listed, counted.rows) == (6, 4)


def test_a_chain_of_neighbours_is_no_group(conn: psycopg.Connection, alert_id: int) -> None:
    numbers = [seen(conn, alert_id, str(place), 100 * place) for place in range(12)]
    groups = {row.near for row in inbox.sightings(conn, alert_id)}
    for number in groups:
        places = [at for at, one in enumerate(numbers) if one == number or number in {
            other.id for other in nearby.nearby(conn, one)}]  # fmt: skip
        assert 100 * (max(places) - min(places)) <= 300
    assert len(groups) > 3
    assert all(one < other for one, other in pairwise(numbers))


def test_an_urgent_one_takes_its_group_to_the_top_and_a_closed_one_stands_in_none(
    conn: psycopg.Connection, alert_id: int
) -> None:
    old, alone = seen(conn, alert_id, "old", 0), seen(conn, alert_id, "alone", 900)
    armed, newest = seen(conn, alert_id, "a knife", 5), seen(conn, alert_id, "newest", 6)
    assert rows(conn) == [(armed, 2), (alone, 0)]
    handling.judge(conn, armed, "resolved", OKOYE, now=now())
    assert rows(conn) == [(newest, 1), (alone, 0)]
    assert rows(conn, state="done") == [(armed, 0)]
    assert rows(conn, ids=[old, alone]) == [(alone, 0), (old, 0)]


def test_another_alerts_answers_and_those_of_others_are_left_alone(conn: psycopg.Connection, alert_id: int) -> None:
    one, theirs, mine, done = (seen(conn, alert_id, key, 0) for key in ("one", "theirs", "mine", "done"))
    handling.claim(conn, theirs, HUSSAIN, now())
    handling.claim(conn, mine, OKOYE, now())
    handling.judge(conn, done, "resolved", OKOYE, now=now())
    assert nearby.to_act_on(conn, one, OKOYE) == [one, mine]
    assert nearby.to_act_on(conn, theirs, OKOYE) == [theirs, mine, one]


def test_a_grade_closes_nothing_and_can_be_taken_back(conn: psycopg.Connection, alert_id: int) -> None:
    number = tell(conn, alert_id)
    conn.execute("set local role smartalert_control")
    grades.grade(conn, number, "B", OKOYE, now())
    (row,) = inbox.queue(conn)
    assert (row.id, row.grade, row.verdict, row.claimed_by) == (number, "B", None, None)
    handling.judge(conn, number, "resolved", OKOYE, now=now())
    assert inbox.load(conn, number).grade == "B"
    grades.grade(conn, number, None, HUSSAIN, now(), seen="B")
    seen_ = inbox.load(conn, number)
    assert (seen_.grade, seen_.graded_by, seen_.graded_at) == (None, None, None)
    for wrong in ("", "F", "a", "AB"):
        with pytest.raises(ResponseRefused):
            grades.grade(conn, number, wrong, OKOYE, now())
