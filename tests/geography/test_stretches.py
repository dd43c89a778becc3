"""A stretch of a street: the part between two points on it, called after what meets it there."""

import json

import numpy as np
import pytest
import shapely
from shapely.ops import substring

from smartalert.database.connection import Connection
from smartalert.errors import AreaRefused
from smartalert.geography import areas, geo, search, streets, stretches
from smartalert.geography.geo import Several, StreetArea, area_from
from tests.factories import EAST, NORTH, make_force_area, make_street


def lines(*each: list[tuple[float, float]]) -> shapely.MultiLineString:
    return shapely.MultiLineString(list(each))


def place(x: float, y: float = 0) -> tuple[float, float]:
    """Latitude and longitude so many metres from the crossroads."""
    lon, lat = geo.from_grid(EAST + x, NORTH + y)
    return lat, lon


def test_of_one_line_it_is_what_lies_between() -> None:
    rng = np.random.default_rng(12)
    for _ in range(60):
        turns = np.cumsum(rng.normal(0, 0.12, 40))
        line = shapely.LineString(np.cumsum(np.c_[np.cos(turns), np.sin(turns)] * rng.uniform(15, 90, (40, 1)), axis=0))
        one, other = np.sort(rng.uniform(0, line.length, 2))
        if other - one < 25:
            continue
        points = [line.interpolate(at).coords[0] for at in (one, other)]
        found = stretches.between(lines(list(line.coords)), *points)
        assert shapely.hausdorff_distance(found, substring(line, one, other)) < 0.001
        assert found.length == pytest.approx(other - one, abs=0.001)
        assert stretches.between(lines(list(line.coords)), *points[::-1]).equals(found)


def test_the_other_carriageway_belongs_to_it_and_ends_where_it_ends() -> None:
    dual = lines([(0, 0), (1_000, 0)], [(1_000, 18), (0, 18)])
    for one, other in (((200, 0), (600, 0)), ((200, 18), (600, 0)), ((600, 5), (200, 11))):
        found = stretches.between(dual, one, other)
        assert [round(edge) for edge in found.bounds] == [200, 0, 600, 18]
        assert found.length == pytest.approx(800)


@pytest.mark.parametrize(
    ("street", "length"),
    [
        # A roundabout without the street's name in between, and one on only one of two carriageways.
        (lines([(0, 0), (400, 0)], [(480, 0), (1_000, 0)]), 520),
        (lines([(0, 0), (400, 0)], [(480, 0), (1_000, 0)], [(0, 20), (1_000, 20)]), 1_120),
        # A side arm of the same name is left where it is, but for what lies right beside the way.
        (lines([(0, 0), (1_000, 0)], [(500, 0), (500, 300)]), 640),
        # A ring: the shorter way round.
        (lines([(0, 0), (900, 0), (900, 900), (0, 900), (0, 0)]), 600),
    ],
)
def test_it_follows_a_street_over_gaps_past_side_arms_and_the_shorter_way_round(
    street: shapely.MultiLineString, length: float
) -> None:
    assert stretches.between(street, (200, 0), (800, 0)).length == pytest.approx(length, abs=1)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ((200, 0), (210, 0), "at least 20 m"),
        ((200, 0), (200, 18), "at least 20 m"),
        ((200, 0), (600, 160), "must lie on its street"),
        ((-150, 0), (600, 0), "must lie on its street"),
    ],
)
def test_what_is_no_stretch_is_refused(one: tuple[float, float], other: tuple[float, float], words: str) -> None:
    with pytest.raises(AreaRefused, match=words):
        stretches.between(lines([(0, 0), (1_000, 0)], [(1_000, 18), (0, 18)]), one, other)


@pytest.mark.parametrize(
    "said",
    [
        {"ends": [[52.8, -2.1]]},
        {"ends": [[52.8, -2.1], [52.8, -2.1]]},
        {"ends": [[52.8, -2.1], [52.9, -2.1], [52.7, -2.1]]},
        {"ends": [[-2.1, 52.8], [-2.2, 52.8]]},
        {"ends": [[52.8, float("nan")], [52.9, -2.1]]},
        {"ends": "ab"},
        {"ends": [[52.8, -2.1], [52.9, -2.1]], "lat": 52.8, "lon": -2.1, "radius_m": 500, "street_id": None},
    ],
)
def test_ends_that_are_none_are_refused_and_never_the_whole_street(said: dict) -> None:
    with pytest.raises(AreaRefused):
        area_from({"street_id": 1, "buffer_m": 60, **said})


@pytest.fixture
def road(conn: Connection) -> int:
    """A road of 3 km from west to east with three that cross it; its id."""
    make_force_area(conn)
    for name, x in (("Weeping Cross", -1_000), ("Baswich Lane", 400), ("Mill Lane", 1_300)):
        make_street(conn, name=name, line=[(x, -150), (x, 150)])
    return make_street(conn, name="Lichfield Road", line=[(-1_500, 0), (1_500, 0)])


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (-1_000, 400, "between Weeping Cross and Baswich Lane"),
        (410, -980, "between Baswich Lane and Weeping Cross"),
        (-1_490, 200, "between its west end and a point 200 m from Baswich Lane"),
        (380, 430, "around Baswich Lane"),
        (-200, 400, "between a point 600 m from Baswich Lane and Baswich Lane"),
    ],
)
def test_it_is_called_after_what_meets_the_street_there(
    conn: Connection, road: int, one: float, other: float, words: str
) -> None:
    ground = areas.survey(conn, StreetArea(road, 60, (place(one), place(other, 3))))
    assert (ground.text, ground.where) == (
        f"Lichfield Road, Stafford, {words}", f"in Lichfield Road, Stafford, {words}",
    )  # fmt: skip
    assert ground.street_id == road
    assert shapely.from_wkb(bytes.fromhex(ground.geom)).length == pytest.approx(abs(one - other), abs=0.5)
    assert shapely.from_geojson(json.dumps(ground.whole)).length > 0.04


@pytest.mark.parametrize(
    ("kind", "name", "where"),
    [
        ("canal", "Trent and Mersey Canal", "along the Trent and Mersey Canal"),
        ("river", "River Sow", "along the River Sow"),
        ("railway", "West Coast Main Line", "along the West Coast Main Line"),
        ("numbered", "A34", "on the A34"),
    ],
)
def test_both_sides_of_a_canal_between_two_bridges_are_an_area(
    conn: Connection, road: int, kind: str, name: str, where: str
) -> None:
    make_street(conn, name="Navigation Way", line=[(-400, -200), (-400, 200)])
    line = make_street(conn, name=name, line=[(-1_500, 80), (-100, 90), (1_500, 80)])
    conn.execute("update streets set kind = %s, locality = '' where id = %s", (kind, line))
    (hit,) = search.search(conn, name, neighbourhoods=True)
    assert (hit.kind, hit.id, hit.is_street) == ("road" if kind == "numbered" else kind, line, True)
    assert search.search(conn, name) == []
    if kind != "numbered":
        slip = name.replace("Mers", "Mres").replace("River", "Rivre").replace("Coast", "Caost")
        assert search.search(conn, slip, neighbourhoods=True)[0].id == line
        assert line not in [one.id for one in search.search(conn, slip)]
    assert search.street(conn, line) is None
    ground = areas.survey(conn, StreetArea(line, 120, (place(-400, 90), place(400, 90))))
    assert ground.where == f"{where}, between Navigation Way and Baswich Lane"
    if kind != "numbered":
        assert name not in areas.survey(conn, geo.Circle(*place(-700, 85), 100)).text


def test_where_nothing_meets_a_street_its_ends_are_squares_of_the_grid(conn: Connection) -> None:
    make_force_area(conn)
    alone = make_street(conn, name="Moor Track", line=[(-1_500, 5), (1_500, 5)])
    ground = areas.survey(conn, StreetArea(alone, 60, (place(-400, 5), place(1_495, 5))))
    assert ground.text == "Moor Track, Stafford, between SJ 916 230 and its east end"


def test_of_a_street_that_is_gone_there_is_none(conn: Connection, road: int) -> None:
    with pytest.raises(AreaRefused, match="no longer on the map"):
        areas.survey(conn, StreetArea(road + 999, 60, (place(0), place(100))))
    with pytest.raises(AreaRefused, match="Area 2: The two ends"):
        areas.survey(conn, Several((StreetArea(road), StreetArea(road, 60, (place(0), place(1))))))


def test_what_meets_a_street_is_listed_along_it_between_its_own_ends(conn: Connection, road: int) -> None:
    make_street(conn, name="Mill Lane", line=[(-700, 150), (-700, 20)])
    conn.execute("update streets set locality = 'Stone' where name = 'Mill Lane' and st_xmin(geom) > %s", [EAST])
    make_street(conn, name="Towpath", line=[(0, -50), (0, 50)])
    conn.execute("update streets set kind = 'path' where name = 'Towpath'")
    found = streets.crossings(conn, road)
    assert [one.name for one in found] == [
        "its west end", "Weeping Cross", "Mill Lane, Stafford", "Baswich Lane", "Mill Lane, Stone", "its east end",
    ]  # fmt: skip
    at = next(one for one in found if one.name == "Baswich Lane")
    assert geo.to_grid(at.lon, at.lat) == pytest.approx((EAST + 400, NORTH), abs=0.2)


def test_narrowing_begins_with_a_kilometre_either_way_of_where_a_long_road_was_found(
    conn: Connection, road: int
) -> None:
    def metres(near: tuple[float, float] | None) -> list[int]:
        return sorted(round(geo.to_grid(lon, lat)[0] - EAST) for lat, lon in streets.usual_ends(conn, road, near))

    assert metres(place(300, 20)) == pytest.approx([-700, 1_300], abs=1)
    assert metres(place(1_400)) == pytest.approx([400, 1_500], abs=1)
    assert metres(None) == pytest.approx([-1_000, 1_000], abs=1)
