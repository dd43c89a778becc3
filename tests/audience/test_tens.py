"""People in tens of neighbours: nobody alone, no home, and of tiles side by side each ten in one."""

import numpy as np
import pytest

from smartalert.audience import tens
from smartalert.audience.preview import Choice
from smartalert.audience.tens import Tile
from smartalert.database.connection import Connection
from smartalert.geography.geo import to_grid
from tests.factories import EAST, LAT, LON, NORTH, NOW, make_subscriber

URGENT = Choice(urgent=True)


def tile_at(lon: float, lat: float, z: int = 12) -> Tile:
    """The tile that a place lies in."""
    row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
    return Tile(z, int((lon + 180) / 360 * 2**z), int(row * 2**z))


@pytest.mark.parametrize(("places", "points"), [(0, 0), (1, 0), (4, 0), (5, 1), (14, 1), (15, 2), (24, 2), (995, 100)])
def test_a_point_stands_for_five_to_fourteen_and_fewer_than_five_are_nowhere(places: int, points: int) -> None:
    rng = np.random.default_rng(places)
    assert len(tens.middles_of_tens(rng.uniform(0, 3_000, (places, 2)))) == points


def test_no_point_is_a_home_and_who_left_is_not_found_by_it() -> None:
    homes = np.array([[EAST + 3.0 * n, NORTH + 7.0] for n in range(10)])
    (middle,) = tens.middles_of_tens(homes)
    (after,) = tens.middles_of_tens(homes[1:])
    assert middle.tolist() == after.tolist() == [round(EAST / 50) * 50, round(NORTH / 50) * 50]


def test_a_lone_home_far_from_all_others_is_no_point_of_its_own(conn: Connection) -> None:
    for number in range(19):
        make_subscriber(conn, at=(number, 0))
    make_subscriber(conn, at=(900, 900))
    points = np.concatenate([t.at for t in tens.tens(conn, tile_at(LON, LAT), URGENT, NOW, reaching=False)])
    east, north = to_grid(*points.T)
    assert len(points) == 2
    assert np.hypot(east - EAST - 900, north - NORTH - 900).min() > 700


def test_only_those_who_would_be_told_are_among_them(conn: Connection) -> None:
    for number in range(10):
        make_subscriber(conn, at=(number, 0))
        make_subscriber(conn, at=(number, 50), confirmed_at=None)
    assert sum(len(t.at) for t in tens.tens(conn, tile_at(LON, LAT), URGENT, NOW, reaching=False)) == 1
    assert tens.tens(conn, tile_at(LON, LAT, 10), URGENT, NOW, reaching=True) == []


def test_of_tiles_side_by_side_each_point_lies_in_one() -> None:
    rng = np.random.default_rng(7)
    lon, lat = LON + rng.uniform(-0.05, 0.05, 500), LAT + rng.uniform(-0.03, 0.03, 500)
    middle = tile_at(LON, LAT)
    held = sum(Tile(12, middle.x + x, middle.y + y).holds(lon, lat).astype(int) for x in (-1, 0, 1) for y in (-1, 0, 1))
    assert (held == 1).all()
