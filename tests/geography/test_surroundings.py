"""What lies in an area, and which other alerts count in or near it."""

import pytest

from smartalert.database.connection import Connection
from smartalert.geography import areas, surroundings
from smartalert.geography.geo import Circle, Several, from_grid
from tests.factories import EAST, LAT, LON, NORTH, make_force_area, make_neighbourhoods


@pytest.fixture(autouse=True)
def ground(conn: Connection) -> areas.Ground:
    make_force_area(conn)
    return areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=500))


def test_schools_care_homes_and_neighbourhoods_are_named_once(conn: Connection, ground: areas.Ground) -> None:
    make_neighbourhoods(conn)
    conn.cursor().executemany(
        "insert into landmarks (kind, name, locality, geom)"
        " values (%s, %s, 'Stafford', st_setsrid(st_makepoint(%s, %s), 27700))",
        [
            (kind, name, EAST + x, NORTH + y)
            for kind, name, x, y in [
                ("school", "Abbey School", 0, 499), ("school", "Far School", 0, 501), ("park", "Victoria Park", 0, 0),
                ("care home", "Elm House", 100, 0),
            ]
        ],
    )  # fmt: skip
    found = surroundings.inside(conn, ground)
    assert (found.schools, found.care_homes) == (("Abbey School, Stafford",), ("Elm House, Stafford",))
    assert set(found.neighbourhoods) == {"Eastside", "Westside"}
    lon, lat = from_grid(EAST + 600, NORTH)
    both = areas.survey(conn, Several((Circle(lat=LAT, lon=LON, radius_m=500), Circle(lat=lat, lon=lon, radius_m=550))))
    assert surroundings.inside(conn, both).care_homes == ("Elm House, Stafford",)
    assert surroundings.inside(conn, both).neighbourhoods == ("Eastside", "Westside")
