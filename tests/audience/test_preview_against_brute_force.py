"""The audience function against an independent count: shapely distances over every place, no SQL of ours.

Every sixth place has a reach of its own: an area within so many metres of it is theirs too.
"""

import numpy as np
import pytest
import shapely
from shapely.ops import substring

from smartalert.audience import density, outside, preview, tens
from smartalert.audience.preview import Choice, Preview, count_audience
from smartalert.database.connection import Connection, queries
from smartalert.geography import areas, geo, widening
from smartalert.geography.geo import Circle, NamedArea, OneArea, Outline, Several, StreetArea, from_grid, to_grid
from smartalert.wording import Channel
from tests.factories import EAST, NORTH, NOW, make_force_area

PEOPLE = 4_000
BOTH = Channel.PUSH.bit | Channel.EMAIL.bit


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(20_161_122)


@pytest.fixture
def places(conn: Connection, rng: np.random.Generator) -> np.ndarray:
    """Columns person, place_no, topics, sector, channels, updates, confirmed, reach_m, x, y; every third has two."""
    make_force_area(conn)
    people = np.r_[np.arange(PEOPLE), np.arange(0, PEOPLE, 3)]
    facts = np.c_[
        rng.integers(0, 4_096, PEOPLE) & rng.integers(0, 4_096, PEOPLE), rng.choice([0, 0, 0, 1, 3, 12], PEOPLE),
        rng.choice([0, 1, 2, 3], PEOPLE, p=[0.05, 0.35, 0.25, 0.35]), rng.random(PEOPLE) < 0.6,
        rng.random(PEOPLE) < 0.95,
    ]  # fmt: skip
    spots = np.c_[EAST, NORTH] + rng.normal(0, 1_500, (len(people), 2)).round(1)
    reaches = rng.choice([0, 500, 1_000, 2_000, 3_000], len(people), p=[0.84, 0.04, 0.04, 0.04, 0.04])
    table = np.c_[people + 1, np.r_[np.zeros(PEOPLE), np.ones(len(people) - PEOPLE)], facts[people], reaches, spots]
    with conn.cursor().copy(
        "copy audience_places (subscriber_id, place_no, topics, sector, channels, updates, confirmed, reach_m, point)"
        " from stdin"
    ) as copy:
        for person, number, topics, sector, channels, updates, confirmed, reach, x, y in table:
            whole = map(int, (person, number, topics, sector, channels))
            point = f"SRID=27700;POINT({float(x)!r} {float(y)!r})"
            copy.write_row((*whole, bool(updates), bool(confirmed), int(reach), point))
    conn.execute(
        "update audience_places m set"
        "  earlier = case when e.reach_m = 0 then st_multi(e.point) end,"
        "  earlier_reaching = case when e.reach_m > 0 then st_multi(st_force3dm(e.point, e.reach_m)) end"
        " from audience_places e where m.place_no = 1 and e.subscriber_id = m.subscriber_id and e.place_no = 0"
    )
    return table


def near(places: np.ndarray, area: shapely.Geometry, within_m: float) -> np.ndarray:
    """Which places the area reaches, or reach the area."""
    return shapely.distance(shapely.points(places[:, -2:]), area) <= within_m + places[:, -3]


def count(places: np.ndarray, inside: np.ndarray, choice: Choice) -> Preview:
    """The same rules, written again from the issue's words."""
    told, left_out = {}, {}
    for person, _, topics, sector, channels, updates, confirmed, *_ in places[inside]:
        narrowed = choice.topics or choice.sectors
        chosen = int(topics) & choice.topics or (1 << int(sector)) & choice.sectors
        if not confirmed:
            left_out[person] = "unconfirmed"
        elif not choice.urgent and not updates:
            left_out[person] = "urgent only"
        elif narrowed and not chosen:
            left_out[person] = "sector" if sector and choice.sectors else "topic"
        elif not int(channels) & choice.channels:
            left_out[person] = "channel off"
        else:
            told[person] = int(channels) & choice.channels
    masks = list(told.values())
    reasons = list(left_out.values())
    return Preview(
        people=len(told),
        push=sum(mask & 1 for mask in masks),
        email=sum(mask >> 1 for mask in masks),
        not_told={reason: reasons.count(reason) for reason in preview.NOT_TOLD if reason in reasons},
    )


def random_choice(rng: np.random.Generator) -> Choice:
    return Choice(
        urgent=bool(rng.random() < 0.5),
        topics=int(rng.choice([0, 0, 1, 6, 1_024])),
        sectors=int(rng.choice([0, 0, 1 << 3, 1 << 1 | 1 << 12])),
        channels=int(rng.choice([1, 2, 3])),
    )


def test_circles(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(40):
        x, y = EAST + rng.normal(0, 1_500), NORTH + rng.normal(0, 1_500)
        radius = float(rng.uniform(50, 3_000))
        lon, lat = from_grid(x, y)
        circle = Circle(lat=lat, lon=lon, radius_m=radius)
        inside = near(places, shapely.Point(to_grid(lon, lat)), radius)
        choice = random_choice(rng)
        assert count_audience(conn, areas.survey(conn, circle), choice, NOW) == count(places, inside, choice)


def test_people_are_counted_without_sorting_them(conn: Connection, places: np.ndarray) -> None:
    lon, lat = from_grid(EAST, NORTH)
    ground = areas.survey(conn, Circle(lat=lat, lon=lon, radius_m=3_000))
    asked, arguments = queries("audience/preview"), preview.parameters(ground, Choice(urgent=True), NOW)
    asked.never_sort(conn)
    plan = conn.execute(f"explain {asked.preview.sql}", arguments).fetchall()
    assert not any("Sort" in line for (line,) in plan)
    count_audience(conn, ground, Choice(urgent=True), NOW)
    assert conn.execute("show enable_sort").fetchone() == ("on",)


def test_someone_exactly_on_the_edge(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    points = shapely.points(places[:, -2:])
    for target in rng.integers(0, len(places), 15):
        lon, lat = from_grid(places[target, -2] + 300, places[target, -1] + 400)
        centre = shapely.Point(to_grid(lon, lat))
        radius = float(shapely.distance(points[target], centre))
        inside = near(places, centre, radius)
        assert inside[target]
        choice = Choice(urgent=True)
        ground = areas.survey(conn, Circle(lat=lat, lon=lon, radius_m=radius))
        assert count_audience(conn, ground, choice, NOW) == count(places, inside, choice)


def test_streets(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    for number in range(25):
        start = np.array([EAST, NORTH]) + rng.normal(0, 1_200, 2)
        lines = [
            np.round(start + np.cumsum(rng.normal(0, 90, (rng.integers(2, 9), 2)), axis=0), 1)
            for _ in range(rng.integers(1, 4))
        ]
        street = shapely.MultiLineString(lines)
        (street_id,) = conn.execute(
            "insert into streets (name, source, source_id, geom) values ('Row', 'osm', %s, st_geomfromwkb(%s, 27700))"
            " returning id", (str(number), street.wkb),
        ).fetchone()  # fmt: skip
        buffer = float(rng.uniform(10, 200))
        inside = near(places, street, buffer)
        choice = random_choice(rng)
        ground = areas.survey(conn, StreetArea(street_id=street_id, buffer_m=buffer))
        assert count_audience(conn, ground, choice, NOW) == count(places, inside, choice)


def stretch_along(
    conn: Connection, rng: np.random.Generator, kind: str = "local"
) -> tuple[StreetArea, shapely.Geometry]:
    """A stretch of a winding street of two carriageways; and as shapely has it: of one what lies between the ends, of
    the other what lies beside that."""
    turns = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.15, 30))
    along = shapely.LineString(
        np.array([EAST, NORTH]) + rng.normal(0, 900, 2)
        + np.cumsum(np.c_[np.cos(turns), np.sin(turns)] * rng.uniform(20, 80, (30, 1)), axis=0)
    )  # fmt: skip
    beside = shapely.offset_curve(along, 15, quad_segs=4)
    start, end = np.sort(rng.uniform(0, along.length, 2))
    start = max(0.0, min(start, end - 30))
    (street_id,) = conn.execute(
        "insert into streets (name, kind, source, source_id, geom)"
        " values ('Way', %s, 'osm', gen_random_uuid()::text, st_multi(st_geomfromwkb(%s, 27700))) returning id",
        (kind, shapely.union_all([along, beside]).wkb),
    ).fetchone()  # fmt: skip
    ends = tuple(from_grid(*along.interpolate(at).coords[0])[::-1] for at in (start, end))
    stretch = substring(along, start, end)
    beside = shapely.intersection(beside, shapely.buffer(stretch, 40, cap_style="flat"))
    return StreetArea(street_id, float(rng.uniform(10, 200)), ends), shapely.union_all([stretch, beside])


def test_stretches(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    for number in range(30):
        area, stretch = stretch_along(conn, rng, ("local", "canal", "railway")[number % 3])
        inside = near(places, stretch, area.buffer_m)
        choice = random_choice(rng)
        assert count_audience(conn, areas.survey(conn, area), choice, NOW) == count(places, inside, choice)


def street_along(conn: Connection, rng: np.random.Generator) -> tuple[int, shapely.Geometry]:
    """A street of two to eight pieces; its id and line."""
    start = np.array([EAST, NORTH]) + rng.normal(0, 1_200, 2)
    line = np.round(start + np.cumsum(rng.normal(0, 90, (rng.integers(2, 9), 2)), axis=0), 1)
    street = shapely.MultiLineString([line])
    (street_id,) = conn.execute(
        "insert into streets (name, source, source_id, geom)"
        " values ('Row', 'osm', gen_random_uuid()::text, st_geomfromwkb(%s, 27700)) returning id", (street.wkb,),
    ).fetchone()  # fmt: skip
    return street_id, street


def outline_around(rng: np.random.Generator) -> tuple[Outline, shapely.Geometry]:
    """An outline of four to nine corners round some point, dented but never crossing itself."""
    middle = np.array([EAST, NORTH]) + rng.normal(0, 1_200, 2)
    bearings = np.linspace(0, 2 * np.pi, rng.integers(4, 10), endpoint=False)
    reaches = rng.uniform(150, 1_500, len(bearings))
    corners = [from_grid(*xy) for xy in middle + np.c_[np.sin(bearings), np.cos(bearings)] * reaches[:, None]]
    outline = Outline(tuple((lat, lon) for lon, lat in corners))
    return outline, shapely.Polygon([to_grid(lon, lat) for lat, lon in outline.corners])


def random_parts(
    conn: Connection, rng: np.random.Generator
) -> tuple[list[OneArea], list[tuple[shapely.Geometry, float]]]:
    """Two circles, a street, a stretch and an outline; and each as shapely has it, with its metres."""
    parts: list[OneArea] = []
    shapes: list[tuple[shapely.Geometry, float]] = []
    for _ in range(2):
        lon, lat = from_grid(*(np.array([EAST, NORTH]) + rng.normal(0, 1_500, 2)))
        radius = float(rng.uniform(50, 1_500))
        parts.append(Circle(lat=lat, lon=lon, radius_m=radius))
        shapes.append((shapely.Point(to_grid(lon, lat)), radius))
    street_id, street = street_along(conn, rng)
    parts.append(StreetArea(street_id=street_id, buffer_m=float(rng.uniform(10, 200))))
    shapes.append((street, parts[-1].buffer_m))
    stretch, line = stretch_along(conn, rng)
    parts.append(stretch)
    shapes.append((line, stretch.buffer_m))
    outline, polygon = outline_around(rng)
    return [*parts, outline], [*shapes, (polygon, 0.0)]


def test_two_circles_a_street_and_an_outline_as_one_area(
    conn: Connection, places: np.ndarray, rng: np.random.Generator
) -> None:
    for _ in range(25):
        parts, shapes = random_parts(conn, rng)
        order = rng.permutation(len(parts))
        inside = np.any([near(places, shape, metres) for shape, metres in shapes], axis=0)
        choice = random_choice(rng)
        ground = areas.survey(conn, Several(tuple(parts[n] for n in order)))
        assert count_audience(conn, ground, choice, NOW) == count(places, inside, choice)
        union = shapely.union_all([shape.buffer(metres, quad_segs=32) for shape, metres in shapes])
        (km2,) = conn.execute("select area_km2(%s::geometry, 0)", (ground.geom,)).fetchone()
        assert km2 == pytest.approx(union.area / 1e6, rel=1e-6)
        assert ground.reach_m == pytest.approx(shapely.minimum_bounding_radius(union), rel=0.01)


def test_an_outline_alone(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(25):
        outline, polygon = outline_around(rng)
        choice = random_choice(rng)
        inside = near(places, polygon, 0)
        assert count_audience(conn, areas.survey(conn, outline), choice, NOW) == count(places, inside, choice)


def counted_twice(apart_m: float, radius: float) -> float:
    """The part of two circles, so far apart, that is in both: who is in one place of two, and so in the other."""
    if not apart_m or apart_m >= 2 * radius:
        return 0.0
    both = shapely.intersection(*shapely.buffer(shapely.points([[0, 0], [apart_m, 0]]), radius, quad_segs=32))
    return float(both.area / (np.pi * radius**2))


def test_figures_in_motion_are_within_sixty_and_a_fifth_of_the_exact_ones(
    conn: Connection, places: np.ndarray, rng: np.random.Generator
) -> None:
    lon, lat = from_grid(EAST, NORTH)
    row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
    tile = tens.Tile(8, int((lon + 180) / 360 * 2**8), int(row * 2**8))
    for _ in range(5):
        choice = random_choice(rng)
        found = [ten for far in (False, True) for ten in tens.tens(conn, tile, choice, NOW, reaching=far)]
        for _ in range(10):
            x, y = EAST + rng.normal(0, 1_500), NORTH + rng.normal(0, 1_500)
            radius = float(rng.uniform(50, 3_000))
            about = 0.0
            for ten in found:
                away = np.hypot(*(np.c_[to_grid(*ten.at.T)] - (x, y)).T)
                within = np.count_nonzero(away <= radius + ten.reach_m)
                about += tens.TEN * within * (1 - counted_twice(ten.apart_m, radius + ten.reach_m))
            lon, lat = from_grid(x, y)
            ground = areas.survey(conn, Circle(lat=lat, lon=lon, radius_m=radius))
            exact = count_audience(conn, ground, choice, NOW).people
            assert abs(about - exact) <= 60 + exact / 5


def test_points_are_those_of_the_preview(conn: Connection, places: np.ndarray) -> None:
    lon, lat = from_grid(EAST, NORTH)
    ground = areas.survey(conn, Circle(lat=lat, lon=lon, radius_m=1_000))
    points = density.told_points(conn, ground, Choice(urgent=True, channels=BOTH), NOW)
    assert len(points) == count_audience(conn, ground, Choice(urgent=True, channels=BOTH), NOW).people
    assert 1_000 < points.distance(shapely.Point(to_grid(lon, lat))).max() <= 4_000


def with_a_hole(conn: Connection, rng: np.random.Generator) -> tuple[NamedArea, shapely.Geometry]:
    """A neighbourhood of two pieces, one of which goes round another's ground."""
    middle = shapely.Point(np.array([EAST, NORTH]) + rng.normal(0, 800, 2))
    pieces = [
        middle.buffer(900, 4).difference(middle.buffer(420, 3)),
        shapely.transform(middle, lambda xy: xy + 2_000).buffer(300),
    ]
    border = shapely.MultiPolygon(pieces)
    code = str(rng.integers(1 << 40))
    conn.execute(
        "insert into neighbourhoods (code, name, geom) values (%s, 'Round', st_geomfromwkb(%s, 27700))",
        (code, border.wkb),
    )
    return NamedArea(code), border


def test_who_lies_just_outside(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    """Everybody whom the wider area reaches and this one does not, whatever it is made of, holes and parts and all."""
    for _ in range(12):
        parts, shapes = random_parts(conn, rng)
        named, border = with_a_hole(conn, rng)
        drawn = [*zip(parts, ([shape] for shape in shapes), strict=True), (named, [(border, 0.0)])]
        choice = random_choice(rng)
        for area, pieces in [
            *drawn,
            (Several(tuple(parts)), shapes),
            (Several((named, parts[0])), [(border, 0.0), shapes[0]]),
        ]:
            ground = areas.survey(conn, area)
            inside = np.any([near(places, shape, metres) for shape, metres in pieces], axis=0)
            people = outside.untold(conn, ground, choice, NOW, 300)
            for by_m in (17, 250, 300):
                wider = np.any([near(places, shape, metres + by_m) for shape, metres in pieces], axis=0)
                beyond = count(places, wider, choice).people - count(places, inside, choice).people
                assert np.count_nonzero(people["metres"] <= by_m) == beyond


def test_widening_takes_in_just_those(conn: Connection, places: np.ndarray, rng: np.random.Generator) -> None:
    """A circle and a street grow by just so much; an outline holds all of them and hardly more."""
    everybody = Choice(urgent=True)
    for _ in range(12):
        parts, shapes = random_parts(conn, rng)
        parts[0] = Circle(lat=parts[0].lat, lon=parts[0].lon, radius_m=min(parts[0].radius_m, 1_200))
        shapes[0] = (shapes[0][0], parts[0].radius_m)
        for area, pieces in [*zip(parts, ([shape] for shape in shapes), strict=True), (Several(tuple(parts)), shapes)]:
            drawn = widening.wider(areas.survey(conn, area), 250)
            told = count_audience(conn, areas.survey(conn, geo.area_from(drawn)), everybody, NOW).people
            least, most = (
                count(places, np.any([near(places, s, m + by) for s, m in pieces], axis=0), everybody).people
                for by in (250, 275)
            )
            assert least <= told <= most
            if isinstance(area, Circle):
                assert told == least
