"""Areas refuse early and never widen."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.errors import AreaRefused
from smartalert.geography import geo
from smartalert.geography.geo import Circle, StreetArea, area_from

anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)
KEYS = ("lat", "lon", "radius_m", "street_id", "buffer_m")


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_whatever_a_browser_says_is_a_sound_area_or_refused(said: dict[str, Any]) -> None:
    try:
        area = area_from(said)
    except AreaRefused:
        return
    if isinstance(area, Circle):
        assert area.radius_m == float(said["radius_m"]) <= geo.MAX_RADIUS_M
    else:
        assert (area.street_id, area.buffer_m) == (said["street_id"], float(said["buffer_m"]))
        assert area.buffer_m <= geo.MAX_BUFFER_M


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


@given(st.floats(52.4, 53.2), st.floats(-2.5, -1.6), st.floats(50, 3_000))
def test_a_ring_lies_its_radius_from_the_centre(lat: float, lon: float, radius_m: float) -> None:
    centre = geo.to_grid(lon, lat)
    for point in geo.ring(Circle(lat=lat, lon=lon, radius_m=radius_m), corners=8):
        # The outline is drawn on a sphere, which differs from the ellipsoid by 0.3 %: 9 m at the largest radius.
        assert math.dist(geo.to_grid(*point), centre) == pytest.approx(radius_m, rel=0.004)


def test_distances_read_as_people_say_them() -> None:
    assert [geo.distance_words(m) for m in (60, 999, 1_000, 1_250, 3_000)] == [
        "60 m",
        "999 m",
        "1 km",
        "1.25 km",
        "3 km",
    ]
