"""What cuts an area in two, and how much of it lies beyond."""

import pytest
import shapely

from smartalert.database.connection import Connection
from smartalert.geography import areas, barriers
from smartalert.geography.geo import Circle, Several, StreetArea, from_grid
from tests.factories import EAST, LAT, LON, NORTH, make_force_area

Points = list[tuple[float, float]]


@pytest.fixture(autouse=True)
def ground(conn: Connection) -> areas.Ground:
    make_force_area(conn)
    return areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=500))


def street(conn: Connection, kind: str, name: str, *lines: Points) -> int:
    shape = shapely.MultiLineString([[(EAST + x, NORTH + y) for x, y in points] for points in lines])
    return (
        conn.execute(
            "insert into streets (name, kind, source, source_id, geom)"
            " values (%s, %s, 'osm', gen_random_uuid()::text, st_geomfromwkb(%s, 27700)) returning id",
            (name, kind, shape.wkb),
        )
        .fetchone()
        .id
    )


def found(conn: Connection, ground: areas.Ground) -> list[tuple[str, str, float]]:
    return [(one.kind, one.name, round(one.share, 2)) for one in barriers.across(conn, ground)]


def test_a_river_through_the_middle_leaves_half_beyond(conn: Connection, ground: areas.Ground) -> None:
    street(conn, "river", "River Sow", [(-5_000, 0), (5_000, 0)])
    assert found(conn, ground) == [("river", "River Sow", 0.5)]


def test_what_ends_inside_or_only_cuts_a_corner_off_cuts_nothing(conn: Connection, ground: areas.Ground) -> None:
    street(conn, "river", "River Penk", [(-5_000, 0), (100, 0)])
    street(conn, "railway", "Main Line", [(-5_000, 470), (5_000, 470)])
    street(conn, "canal", "Far Canal", [(-5_000, 900), (5_000, 900)])
    assert found(conn, ground) == []


def test_a_railway_of_two_tracks_and_a_motorway_in_two_carriageways(conn: Connection, ground: areas.Ground) -> None:
    """The strip between them is on nobody's side; a road by another number is no barrier."""
    street(conn, "railway", "Main Line", [(-5_000, 200), (5_000, 200)], [(-900, 208), (900, 208)])
    for name, x in (("M6", -250), ("A34", 0), ("A1(M)", 300)):
        street(conn, "numbered", name, [(x, -5_000), (x, 5_000)])
    cut = found(conn, ground)
    assert [one[:2] for one in cut] == [("railway", "Main Line"), ("motorway", "M6"), ("motorway", "A1(M)")]
    # the segments of a circle beyond 200, 250 and 300 of its 500 metres
    assert [one[2] for one in cut] == pytest.approx([0.252, 0.196, 0.142], abs=0.007)


def test_of_two_areas_the_one_across_the_river_is_not_cut(conn: Connection) -> None:
    street(conn, "river", "River Sow", [(-5_000, 0), (5_000, 0)])
    circles = [
        Circle(lat=lat, lon=lon, radius_m=400) for lon, lat in (from_grid(EAST, NORTH + y) for y in (-1_000, 1_000))
    ]
    assert found(conn, areas.survey(conn, Several(tuple(circles)))) == []


def test_an_area_along_a_canal_is_not_cut_by_it_but_by_what_crosses_it(conn: Connection) -> None:
    canal = street(conn, "canal", "Far Canal", [(-500, 0), (500, 0)])
    street(conn, "river", "River Sow", [(100, -500), (100, 500)])
    along = areas.survey(conn, StreetArea(street_id=canal, buffer_m=100))
    assert [one[:2] for one in found(conn, along)] == [("river", "River Sow")]
