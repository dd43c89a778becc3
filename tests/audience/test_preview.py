"""Who would be told: exact, the edge included, and the same in preview and ledger."""

from datetime import timedelta

import psycopg
import pytest

from smartalert.audience import density
from smartalert.audience.interests import Sector, Topic
from smartalert.audience.preview import Choice, Preview, count_audience
from smartalert.database.connection import Connection
from smartalert.geography import areas
from smartalert.geography.geo import Circle, StreetArea
from smartalert.wording import Channel
from tests.factories import LAT, LON, NOW, make_force_area, make_neighbourhoods, make_street, make_subscriber

URGENT = Choice(urgent=True)


@pytest.fixture(autouse=True)
def ground(conn: Connection) -> areas.Ground:
    make_force_area(conn)
    return areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=500))


def people(conn: Connection, ground: areas.Ground, choice: Choice = URGENT) -> int:
    return count_audience(conn, ground, choice, NOW).people


def test_ada_inside_is_told_and_ben_outside_is_not(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, at=(0, 100))
    make_subscriber(conn, at=(0, 600))
    assert people(conn, ground) == 1


def test_a_subscriber_on_the_edge_is_included(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, at=(0, 499.99))
    make_subscriber(conn, at=(300.0, 399.99))
    make_subscriber(conn, at=(0, 500.02))
    assert people(conn, ground) == 2


def test_someone_with_three_places_inside_counts_once(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, at=[(0, 0), (10, 10), (2_000, 0), (-40, 7)])
    assert count_audience(conn, ground, URGENT, NOW) == Preview(people=1, push=1, email=1)


def test_someone_whose_second_place_is_inside_is_told(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, at=[(5_000, 0), (10, 10)])
    assert people(conn, ground) == 1


def reach(conn: Connection, person: int, *reaches_m: int) -> None:
    """Let this person's places reach so far, in their order."""
    for number, reach_m in enumerate(reaches_m):
        conn.execute(
            "update places set reach_m = %s where subscriber_id = %s and place_no = %s", (reach_m, person, number)
        )
    conn.execute("select refresh_audience(%s)", ([person],))


def test_an_alert_that_comes_within_a_places_reach_is_for_them(conn: Connection, ground: areas.Ground) -> None:
    reach(conn, make_subscriber(conn, at=(0, 1_499.9)), 1_000)
    reach(conn, make_subscriber(conn, at=(0, 1_500.1)), 1_000)
    reach(conn, make_subscriber(conn, at=(3_499.9, 0)), 3_000)
    assert people(conn, ground) == 2


def test_someone_with_places_of_several_reaches_inside_counts_once(conn: Connection, ground: areas.Ground) -> None:
    reach(conn, make_subscriber(conn, at=[(0, 900), (0, 0), (0, 1_400), (5, 5)]), 500, 0, 1_000, 3_000)
    reach(conn, make_subscriber(conn, at=[(0, 1_100), (0, 0)]), 500, 0)
    assert count_audience(conn, ground, URGENT, NOW) == Preview(people=2, push=2, email=2)


def test_no_other_reach_is_accepted(conn: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        reach(conn, make_subscriber(conn), 3_001)


def test_everyone_left_out_is_counted_with_one_reason(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn)
    make_subscriber(conn, confirmed_at=None, paused_until=NOW + timedelta(days=1))
    make_subscriber(conn, paused_until=NOW + timedelta(days=1))
    make_subscriber(conn, paused_until=NOW - timedelta(days=1))
    make_subscriber(conn, channels=())
    make_subscriber(conn, left_at=NOW)
    assert count_audience(conn, ground, URGENT, NOW) == Preview(
        people=2, push=2, email=2, not_told={"unconfirmed": 1, "paused": 1, "channel off": 1}
    )


def test_an_update_goes_only_to_those_who_chose_its_topic(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, topics=Topic.CYCLE | Topic.HORSE)
    make_subscriber(conn, topics=Topic.HORSE)
    make_subscriber(conn, topics=Topic.CYCLE, updates=False)
    update = Choice(urgent=False, topics=int(Topic.CYCLE))
    preview = count_audience(conn, ground, update, NOW)
    assert (preview.people, preview.not_told) == (1, {"urgent only": 1, "topic": 1})


def test_topics_and_sectors_together_read_or(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, topics=Topic.RURAL)
    make_subscriber(conn, sector=Sector.FARMING.number)
    make_subscriber(conn, sector=Sector.RETAIL.number)
    make_subscriber(conn)
    choice = Choice(urgent=True, topics=int(Topic.RURAL), sectors=Sector.FARMING.bit)
    preview = count_audience(conn, ground, choice, NOW)
    assert (preview.people, preview.not_told) == (2, {"topic": 1, "sector": 1})


def test_a_channel_that_is_not_chosen_carries_nothing(conn: Connection, ground: areas.Ground) -> None:
    make_subscriber(conn, channels=(Channel.PUSH,))
    make_subscriber(conn, channels=(Channel.EMAIL,))
    preview = count_audience(conn, ground, Choice(urgent=True, channels=Channel.EMAIL.bit), NOW)
    assert preview == Preview(people=1, push=0, email=1, not_told={"channel off": 1})


def test_a_street_area_follows_the_streets_line(conn: Connection) -> None:
    street = make_street(conn, line=[(-200, 0), (0, 0), (0, 300)])
    make_subscriber(conn, at=(-150, 39.99))
    make_subscriber(conn, at=(-150, 40.01))
    make_subscriber(conn, at=(30, 250))
    make_subscriber(conn, at=(0, 339))
    ground = areas.survey(conn, StreetArea(street_id=street, buffer_m=40))
    assert (people(conn, ground), ground.text) == (3, "Tannery Row, Stafford")


def test_neighbourhoods_share_everyone_told_between_them(conn: Connection, ground: areas.Ground) -> None:
    make_neighbourhoods(conn)
    for x in (-100, -50, 0, 50):
        make_subscriber(conn, at=(x, 0))
    points = density.told_points(conn, ground, URGENT, NOW)
    counts = density.by_neighbourhood(conn, ground, points)
    assert dict(zip(counts["neighbourhood"], counts["people"], strict=True)).keys() == {"Westside", "Eastside"}
    assert counts["people"].sum() == 4


def test_a_cell_with_few_people_is_not_drawn(conn: Connection, ground: areas.Ground) -> None:
    for at in [(10, 10), (12, 12), (14, 14), (310, 10)]:
        make_subscriber(conn, at=at)
    cells = density.density(density.told_points(conn, ground, URGENT, NOW), cell_m=100)
    assert list(cells["people"]) == [3]


def test_nobody_is_an_answer_everywhere(conn: Connection, ground: areas.Ground) -> None:
    points = density.told_points(conn, ground, URGENT, NOW)
    assert count_audience(conn, ground, URGENT, NOW) == Preview(people=0, push=0, email=0)
    assert density.density(points, cell_m=100).empty
    assert density.by_neighbourhood(conn, ground, points).empty
