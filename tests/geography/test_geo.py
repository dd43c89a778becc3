"""Areas refuse early and never widen."""

import math
import time
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.errors import AreaRefused
from smartalert.geography import geo
from smartalert.geography.geo import Circle, NamedArea, Outline, Several, StreetArea, area_from

anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)
KEYS = ("lat", "lon", "radius_m", "street_id", "buffer_m", "ends", "corners", "neighbourhood", "parts")


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_whatever_a_browser_says_is_a_sound_area_or_refused(said: dict[str, Any]) -> None:
    try:
        area = area_from(said)
    except AreaRefused:
        return
    if isinstance(area, Circle):
        assert area.radius_m == float(said["radius_m"]) <= geo.MAX_RADIUS_M
    elif isinstance(area, StreetArea):
        assert (area.street_id, area.buffer_m) == (said["street_id"], float(said["buffer_m"]))
        assert area.buffer_m <= geo.MAX_BUFFER_M
    else:
        assert area == NamedArea(said["neighbourhood"])


@pytest.mark.parametrize(
    ("lat", "lon", "radius_m", "words"),
    [
        (math.nan, -2.0, 500, "must be numbers"),
        (52.8, -2.0, math.inf, "must be numbers"),
        (-2.0, 52.8, 500, "swapped"),
        (40.7, -74.0, 500, "not in Great Britain"),
        (52.8, -2.0, 3_001, "between 50 m and 3,000 m"),
        (52.8, -2.0, 49, "between 50 m and 3,000 m"),
    ],
)
def test_a_bad_circle_says_what_is_wrong(lat: float, lon: float, radius_m: float, words: str) -> None:
    with pytest.raises(AreaRefused, match=words):
        Circle(lat=lat, lon=lon, radius_m=radius_m)


@pytest.mark.parametrize("buffer_m", [9, 201, math.nan])
def test_a_street_reaches_from_10_to_200_metres(buffer_m: float) -> None:
    with pytest.raises(AreaRefused):
        StreetArea(street_id=1, buffer_m=buffer_m)


def test_nothing_drawn_is_not_everywhere() -> None:
    for nothing in (None, {}, {"lat": 52.8}, {"street_id": True, "buffer_m": 60}, {"street_id": 2**63, "buffer_m": 60}):
        with pytest.raises(AreaRefused):
            area_from(nothing)


def test_what_is_both_a_street_and_a_circle_is_refused() -> None:
    with pytest.raises(AreaRefused, match="both a street and a circle"):
        area_from({"street_id": 1, "buffer_m": 60, "lat": 52.8, "lon": -2.1, "radius_m": 500})


#: A square of about 1,100 by 1,350 m, (lat, lon).
SQUARE = [[52.80, -2.12], [52.81, -2.12], [52.81, -2.10], [52.80, -2.10]]
CIRCLE = {"lat": 52.8, "lon": -2.1, "radius_m": 500}


def test_an_outline_is_the_same_with_its_first_corner_said_again() -> None:
    assert area_from({"corners": SQUARE}).on_grid() == area_from({"corners": [*SQUARE, SQUARE[0]]}).on_grid()


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([], "at least 3 different corners"),
        (SQUARE[:2], "at least 3 different corners"),
        ([*SQUARE[:2], SQUARE[0], SQUARE[1]], "at least 3 different corners"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "crosses or touches itself"),
        # Along the same way back, and twice round the same square.
        ([*SQUARE, [52.80, -2.09], [52.80, -2.10]], "crosses or touches itself"),
        ([*SQUARE, *SQUARE], "crosses or touches itself"),
        # A figure of eight whose halves are as large as each other, so that its area comes to nothing.
        ([[52.80, -2.12], [52.81, -2.10], [52.81, -2.12], [52.80, -2.10]], "crosses or touches itself"),
        ([[52.80, -2.12], [52.80, -2.11], [52.80, -2.10]], "almost on one line|too small"),
        ([[52.8, -2.1], [52.80001, -2.1], [52.8, -2.10001]], "too small"),
        ([[52.75, -2.12], [52.81, -2.12], [52.81, -2.00]], "too large"),
        ([[lon, lat] for lat, lon in SQUARE], "swapped"),
        ([[40.7, -74.0], *SQUARE[:2]], "not in Great Britain"),
        ([[math.nan, -2.0], *SQUARE[:2]], "must be two numbers"),
        ([*SQUARE, [52.8, math.inf]], "must be two numbers"),
        ([[52.8 + n / 1e5, -2.1 + n * n / 1e6] for n in range(101)], "at most 100 corners"),
    ],
)
def test_an_outline_that_is_none_says_what_is_wrong(corners: list[list[float]], words: str) -> None:
    with pytest.raises(AreaRefused, match=words):
        area_from({"corners": corners})


@pytest.mark.parametrize("corners", ["52", 7, [52.8, -2.1, 52.9], [[52.8], [52.9], [53]], [[52.8, -2.1, 0]] * 3, {}])
def test_corners_that_are_no_list_of_pairs_are_refused(corners: Any) -> None:
    with pytest.raises(AreaRefused):
        area_from({"corners": corners})


def test_several_areas_are_refused_when_one_is_none_or_two_are_the_same() -> None:
    both = area_from({"parts": [CIRCLE, {"corners": SQUARE}]})
    assert isinstance(both, Several)
    assert [type(part) for part in both.parts] == [Circle, Outline]
    for parts in (
        [], [CIRCLE], [CIRCLE, CIRCLE], [CIRCLE, {}], [CIRCLE, None],
        [CIRCLE, {"parts": [CIRCLE, {"corners": SQUARE}]}],
        [CIRCLE, {"lat": 52.8, "lon": -2.1, "radius_m": 30_000}], "ab", 7,
        [{**CIRCLE, "radius_m": 100 + n} for n in range(geo.MAX_PARTS + 1)],
    ):  # fmt: skip
        with pytest.raises(AreaRefused):
            area_from({"parts": parts})


@pytest.mark.parametrize(
    "other", [CIRCLE, {"street_id": 1, "buffer_m": 60}, {"corners": SQUARE}, {"neighbourhood": "W"}]
)
def test_what_is_several_areas_and_one_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(AreaRefused, match="both"):
        area_from({"parts": [CIRCLE, {"corners": SQUARE}], **other})


@given(st.floats(52.4, 53.2), st.floats(-2.5, -1.6), st.floats(50, 3_000))
def test_a_ring_lies_its_radius_from_the_centre(lat: float, lon: float, radius_m: float) -> None:
    centre = geo.to_grid(lon, lat)
    for point in geo.ring(Circle(lat=lat, lon=lon, radius_m=radius_m), corners=8):
        # The outline is drawn on a sphere, which differs from the ellipsoid by 0.3 %: 9 m at the largest radius.
        assert math.dist(geo.to_grid(*point), centre) == pytest.approx(radius_m, rel=0.004)


def test_a_thread_that_projects_for_the_first_time_costs_no_more_than_any_other() -> None:
    lon, lat = geo.from_grid(*geo.to_grid(-2.1171, 52.8067))  # whatever happens once has happened
    found, before = [], time.process_time()
    for _ in range(20):
        rerun = Thread(target=lambda: found.append(geo.to_grid(lon, lat)))
        rerun.start()
        rerun.join()
    assert set(found) == {geo.to_grid(lon, lat)}
    assert time.process_time() - before < 0.2  # 28 ms each where PROJ begins anew


def test_distances_read_as_people_say_them() -> None:
    assert [geo.distance_words(m) for m in (60, 999, 1_000, 1_250, 3_000)] == [
        "60 m",
        "999 m",
        "1 km",
        "1.25 km",
        "3 km",
    ]
