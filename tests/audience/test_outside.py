"""Who lies just outside an area: said in tens, with streets only where ten or more live, and widened at a press."""

import pytest
import shapely

from smartalert.audience import outside
from smartalert.audience.outside import Margin, Tens, just_outside
from smartalert.audience.preview import Choice
from smartalert.database.connection import Connection
from smartalert.geography import areas, widening
from smartalert.geography.geo import Circle, NamedArea, Outline, StreetArea, from_grid
from tests.factories import EAST, LAT, LON, NORTH, NOW, make_force_area, make_street, make_subscriber

URGENT = Choice(urgent=True)


@pytest.fixture(autouse=True)
def ground(conn: Connection) -> areas.Ground:
    make_force_area(conn)
    return areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=500))


def people(conn: Connection, count: int, y: float, x: float = 0) -> None:
    for number in range(count):
        make_subscriber(conn, at=(x + number, y))


def test_people_are_counted_to_the_edge_of_each_margin(conn: Connection, ground: areas.Ground) -> None:
    for y in (499.98, 500.02, 549.98, 550.02, 749.98, 750.02):
        make_subscriber(conn, at=(0, y))
    metres = outside.untold(conn, ground, URGENT, NOW, 250)["metres"]
    assert sorted(metres.round(2)) == pytest.approx([0.02, 49.98, 50.02, 249.98], abs=0.011)


def test_whoever_has_a_place_inside_or_does_not_want_it_is_not_untold(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, at=[(0, 600), (0, 0)])
    make_subscriber(conn, at=(0, 600), confirmed_at=None)
    make_subscriber(conn, at=(0, 600), channels=())
    make_subscriber(conn, at=[(0, 700), (0, 520), (0, 4_000)])
    assert outside.untold(conn, ground, URGENT, NOW, 250)["metres"].round() == pytest.approx([20])


def test_counts_are_said_in_tens_and_streets_from_ten(conn: Connection, ground: areas.Ground) -> None:
    make_street(conn, name="Mill Lane", line=[(-100, 620), (100, 620)])
    make_street(conn, name="Wharf Road", line=[(-100, -620), (100, -620)])
    people(conn, 24, 610)
    people(conn, 9, -610)
    found = just_outside(conn, ground, URGENT, NOW)
    assert found.margins == (Margin(50, Tens(0, False)), Margin(250, Tens(30, True)))
    assert found.streets == (("Mill Lane, Stafford", Tens(20, True)),)
    assert found.elsewhere
    assert [tens.words for tens in (Tens(0, False), Tens(0, True), Tens(1_230, True))] == [
        "nobody", "fewer than 10 people", "about 1,230 people",
    ]  # fmt: skip


def test_a_street_within_the_area_is_named_only_by_those_outside(conn: Connection, ground: areas.Ground) -> None:
    """Most of it, and most who live there, are told: what is said counts the others."""
    make_street(conn, name="Long Lane", line=[(0, 0), (0, 900)])
    people(conn, 30, 300)
    people(conn, 12, 650)
    assert just_outside(conn, ground, URGENT, NOW).streets == (("Long Lane, Stafford", Tens(10, True)),)


def test_nobody_lies_outside_an_empty_country(conn: Connection, ground: areas.Ground) -> None:
    found = just_outside(conn, ground, URGENT, NOW)
    assert (found.widest.people.words, found.streets, found.elsewhere) == ("nobody", (), False)


def test_a_tenth_of_a_large_area_is_more_than_a_quarter_kilometre(conn: Connection) -> None:
    large = areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=3_000))
    assert outside.margins_of(large) == (250, 300)


def test_what_may_not_grow_is_not_offered_wider(conn: Connection) -> None:
    assert widening.wider(areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=2_800)), 250) is None
    round_a_park = shapely.Point(EAST, NORTH).buffer(2_000).difference(shapely.Point(EAST, NORTH).buffer(900))
    conn.execute(
        "insert into neighbourhoods (code, name, geom) values ('R', 'Round', st_multi(st_geomfromwkb(%s, 27700)))",
        (round_a_park.wkb,),
    )
    assert widening.wider(areas.survey(conn, NamedArea("R")), 50) is None


def test_a_street_grows_as_far_as_it_may_and_then_becomes_an_outline(conn: Connection) -> None:
    street = areas.survey(conn, StreetArea(street_id=make_street(conn), buffer_m=60))
    assert widening.wider(street, 50) == {"street_id": street.street_id, "buffer_m": 110}
    ends = ((LAT, LON), from_grid(EAST + 150, NORTH)[::-1])
    stretch = areas.survey(conn, StreetArea(street_id=street.street_id, buffer_m=60, ends=ends))
    assert widening.wider(stretch, 50) == {"street_id": street.street_id, "buffer_m": 110, "ends": [*map(list, ends)]}
    corners = widening.wider(street, 250)["corners"]
    drawn = areas.survey(conn, Outline(tuple((lat, lon) for lat, lon in corners)))
    meant = shapely.LineString([(EAST - 200, NORTH), (EAST + 200, NORTH)]).buffer(310)
    shape = shapely.from_wkb(drawn.geom)
    assert shape.buffer(0.2).covers(meant)
    assert meant.buffer(6).covers(shape)


def test_the_ring_lies_where_counting_ends(conn: Connection, ground: areas.Ground) -> None:
    [line] = [shapely.from_geojson(str(widening.ring(ground, 250)).replace("'", '"'))]
    lon, lat = from_grid(EAST, NORTH + 750)
    assert line.distance(shapely.Point(lon, lat)) < 0.00003
