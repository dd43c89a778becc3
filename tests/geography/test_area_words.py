"""What an area is called: after the places that hold most of it, wherever its middle lies."""

import pytest

from smartalert.database.connection import Connection
from smartalert.geography import areas, geo
from smartalert.geography.geo import Circle, NamedArea, Outline, Several, StreetArea
from tests.factories import EAST, NORTH, make_force_area, make_neighbourhoods


def street(conn: Connection, name: str, town: str, at: tuple[float, float], metres: float = 200) -> int:
    """A street so long, from so many metres east and north of the crossroads towards the east; its id."""
    row = conn.execute(
        "insert into streets (name, locality, source, source_id, geom) values (%s, %s, 'osm', gen_random_uuid()::text,"
        " st_multi(st_setsrid(st_makeline(st_makepoint(%s, %s), st_makepoint(%s, %s)), 27700))) returning id",
        (name, town, EAST + at[0], NORTH + at[1], EAST + at[0] + metres, NORTH + at[1]),
    ).fetchone()
    return int(row[0])


def circle(x: float, y: float, radius_m: float) -> Circle:
    lon, lat = geo.from_grid(EAST + x, NORTH + y)
    return Circle(lat=lat, lon=lon, radius_m=radius_m)


def square(x: float, y: float, half: float) -> Outline:
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return Outline(tuple(geo.from_grid(EAST + a, NORTH + b)[::-1] for a, b in corners))


@pytest.fixture
def ground(conn: Connection) -> Connection:
    """Two towns that meet: Smallham west of the crossroads with few streets, Bigton east of it with many."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    for row in range(-3, 4):
        street(conn, f"West {row + 4}", "Smallham", (-450, row * 300))
    for column in range(8):
        for row in range(-6, 7):
            street(conn, f"East {column + 1}-{row + 7}", "Bigton", (50 + column * 300, row * 220))
    return conn


def words(conn: Connection, area: geo.Area) -> tuple[str, str]:
    found = areas.survey(conn, area)
    return found.text, found.where


def test_a_large_circle_round_a_street_of_the_small_town_is_named_after_the_large_one(ground: Connection) -> None:
    assert words(ground, circle(-200, 0, 3_000)) == ("Within 3 km of West 4, mostly in Bigton", "in and around Bigton")


def test_a_small_circle_wholly_in_one_town_is_named_after_its_street(ground: Connection) -> None:
    assert words(ground, circle(-350, 0, 250)) == ("Within 250 m of West 4, Smallham", "near West 4, Smallham")
    assert words(ground, circle(800, 0, 300)) == ("Within 300 m of East 3-7, Bigton", "near East 3-7, Bigton")


def test_a_circle_on_the_border_names_both_the_larger_share_first(ground: Connection) -> None:
    text, where = words(ground, circle(-120, 0, 500))
    assert text == "Within 500 m of West 4, mostly in Bigton and Smallham"
    assert where == "in and around Bigton and Smallham"


def test_a_few_streets_of_another_town_at_the_edge_are_not_named(ground: Connection) -> None:
    assert words(ground, circle(1_060, 0, 1_200)) == ("Within 1.2 km of East 4-7, Bigton", "near East 4-7, Bigton")


def test_a_long_road_counts_with_what_of_it_lies_there(ground: Connection) -> None:
    street(ground, "Long Road", "Faraway", (-60_000, 40), 70_000)
    assert "Bigton" in words(ground, circle(600, 0, 500))[0]
    assert "Faraway" not in words(ground, circle(1_200, 0, 1_200))[0]


def test_where_three_places_share_an_area_it_names_those_that_hold_two_thirds(conn: Connection) -> None:
    make_force_area(conn)
    for number, (town, metres) in enumerate([("Aston", 300), ("Brook", 290), ("Cope", 150), ("Dale", 60), ("Elm", 60)]):
        street(conn, "High Street", town, (-150, number * 60), metres)
    assert words(conn, circle(0, 100, 600))[0] == "Within 600 m of High Street, mostly in Aston and Brook"


def test_without_streets_it_is_named_after_the_nearest_town(conn: Connection) -> None:
    make_force_area(conn)
    conn.execute(
        "insert into towns (name, population, point) values ('Moorend', 900, st_setsrid(st_makepoint(%s, %s), 27700))",
        (EAST + 4_000, NORTH),
    )
    assert words(conn, circle(0, 0, 500)) == ("Within 500 m of a point near Moorend", "near Moorend")


def test_an_outline_a_neighbourhood_and_several_areas_in_words(ground: Connection) -> None:
    assert words(ground, square(800, 0, 400)) == ("Part of Bigton, around East 3-7", "in part of Bigton")
    assert words(ground, NamedArea("W")) == ("Westside", "in Westside")
    ground.execute("update neighbourhoods set district = 'Bigton' where code = 'E'")
    assert words(ground, NamedArea("E")) == ("Eastside, Bigton", "in Eastside, Bigton")
    lane = street(ground, "Mill Lane", "Smallham", (-400, 2_000))
    text, where = words(ground, Several((circle(800, 0, 300), StreetArea(street_id=lane), square(-300, 0, 200))))
    assert text == "Within 300 m of East 3-7, Bigton; Mill Lane, Smallham; Part of Smallham, around West 4"
    assert where == "in parts of Bigton and Smallham"
