"""Figures of people: each one recomputed here from the raw rows, and none under ten to be read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import psycopg
import pytest

from smartalert.engagement import rollups, sign_ups, suppression
from smartalert.engagement.periods import Period, Step, months_between
from smartalert.engagement.sign_ups import Dimension, SignUps
from smartalert.subscribers.subscriptions import LEFT_REASONS
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import make_force_area, make_neighbourhoods, make_subscriber

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
MAY = Period.of_month(2026, 5)
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def counted(module_database: Database) -> Database:
    """Two neighbourhoods: 300 people in the west, 40 in the east, a few of whom left."""
    with module_database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute(
            "update neighbourhoods set district = 'Middle', residents = case code when 'W' then 8000 else 900 end"
        )
        random = Random(5)
        for number in range(340):
            at = datetime(2026, 1, 2, 12, tzinfo=UTC) + timedelta(hours=random.randrange(24 * 240))
            person = make_subscriber(
                conn,
                at=(-400 if number < 300 else 400, 0),
                channels=(Channel.PUSH,) if number % 3 else (Channel.EMAIL,),
                topics=random.randrange(8),
                heard_of=random.choice(("friend", "leaflet", "leaflet", "news")),
                signed_up_at=at,
                confirmed_at=None if number % 20 == 0 else at + timedelta(hours=3),
            )
            if number % 9 == 1 and number % 20:
                reason, left = random.choice(list(LEFT_REASONS)), at + timedelta(days=random.randrange(1, 90))
                conn.execute("select depart(%s, %s, %s)", (person, reason, left))
        rollups.count_due(conn, datetime.now(UTC))
    return module_database


@pytest.fixture
def conn(counted: Database) -> Iterator[psycopg.Connection]:
    """As the control room's role."""
    with counted.connect("smartalert_control") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def owner(counted: Database) -> Iterator[psycopg.Connection]:
    with counted.connect() as conn:
        yield conn
        conn.rollback()


def raw(owner: psycopg.Connection, fact: str, period: Period, also: str = "true") -> int:
    """People of whom it holds within the period, from their own rows."""
    row = owner.execute(
        f"select count(*) from subscribers where {also} and ({fact} at time zone 'Europe/London')::date >= %s"
        f" and ({fact} at time zone 'Europe/London')::date < %s",
        (period.start, period.before),
    ).fetchone()
    return int(row[0])


@pytest.mark.parametrize("period", [YEAR, MAY, Period(date(2026, 5, 6), date(2026, 5, 9))])
def test_totals_are_what_the_rows_say(conn: psycopg.Connection, owner: psycopg.Connection, period: Period) -> None:
    found = sign_ups.totals(conn, period)
    (active,) = owner.execute(
        "select count(*) from subscribers where confirmed_at < %(b)s and (left_at is null or left_at >= %(b)s)",
        {"b": datetime(period.before.year, period.before.month, period.before.day, tzinfo=UTC)},
    ).fetchone()
    facts = [raw(owner, fact, period) for fact in ("signed_up_at", "confirmed_at", "left_at")]
    assert [found.started, found.confirmed, found.left] == [None if 0 < fact < 10 else fact for fact in facts]
    # the test's days are UTC's, and one hour away from London's in summer
    assert abs(found.active - active) <= 6


@pytest.mark.parametrize("step", list(Step))
def test_a_curve_leaves_no_step_out_and_hides_what_is_small(
    conn: psycopg.Connection, owner: psycopg.Connection, step: Step
) -> None:
    points = sign_ups.over_time(conn, YEAR, step, today=TODAY)
    assert [point.start for point in points] == YEAR.steps(step)
    for point in points[1:-1]:
        true = raw(owner, "signed_up_at", Period(point.start, step.next(point.start)))
        assert point.started in (true, None)
        assert point.started is None or point.started == 0 or point.started >= 10
    assert points[-1].active == sign_ups.totals(conn, YEAR).active
    assert not points[-1].whole


def test_a_neighbourhoods_figures_are_what_the_rows_say_to_the_nearest_ten(
    conn: psycopg.Connection, owner: psycopg.Connection
) -> None:
    west, east = sign_ups.by(conn, YEAR, Dimension.NEIGHBOURHOOD)
    assert (west.label, east.label) == ("Westside", "Eastside")
    lives = "id in (select subscriber_id from places where st_x(point) < 392000)"
    stays = raw(owner, "confirmed_at", YEAR, f"left_at is null and {lives}")
    assert west.active == (stays + 5) // 10 * 10
    # 4 of the east's leavers would be the whole force's less the west's
    assert (west.left, east.left) == (None, None)


def test_no_reason_given_by_few_can_be_read_or_worked_out(conn: psycopg.Connection, owner: psycopg.Connection) -> None:
    rows = sign_ups.by(conn, YEAR, Dimension.REASON)
    hidden = [row for row in rows if row.left is None]
    known = dict(owner.execute("select left_reason, count(*) from subscribers where left_at is not null group by 1"))
    assert len(rows) == len(known)
    assert all(row.left == known[row.value] >= 10 for row in rows if row.left is not None)
    assert len(hidden) != 1
    assert sum(known[row.value] for row in hidden) >= 10


def test_topics_are_counted_of_those_who_are_here(conn: psycopg.Connection, owner: psycopg.Connection) -> None:
    rows = {row.label: row for row in sign_ups.by(conn, YEAR, Dimension.TOPIC)}
    assert rows["Rural crime"].started == raw(owner, "signed_up_at", YEAR, "topics & 1 <> 0")
    assert rows["Rural crime"].left is None


@pytest.mark.parametrize("dimension", list(Dimension))
def test_nothing_under_ten_leaves_in_any_dimension(conn: psycopg.Connection, dimension: Dimension) -> None:
    for period in (YEAR, MAY):
        for row in sign_ups.by(conn, period, dimension):
            assert not [count for count in (row.started, row.confirmed, row.left) if count and count < 10]


def test_months_by_neighbourhood_add_up_or_are_hidden(conn: psycopg.Connection) -> None:
    table = sign_ups.by_month(conn, YEAR, Dimension.NEIGHBOURHOOD, "confirmed")
    assert len(table) == 12
    assert all(count is None or count == 0 or count >= 10 for line in table.values() for count in line.values())


def test_coverage_is_people_per_thousand_residents(conn: psycopg.Connection) -> None:
    east, west = sorted(sign_ups.coverage(conn, YEAR.before), key=lambda row: row.name)
    assert (west.residents, west.district) == (8000, "Middle")
    assert west.per_1000 == west.active / 8
    assert east.active == 30


def test_how_long_people_stay_is_kaplan_and_meiers_share(conn: psycopg.Connection, owner: psycopg.Connection) -> None:
    curve = sign_ups.staying(conn, TODAY)
    rows = owner.execute(
        """select confirmed_at at time zone 'Europe/London' as joined, left_at at time zone 'Europe/London' as gone
           from subscribers where confirmed_at is not null"""
    ).fetchall()
    share = 1.0
    for point in curve:
        lasted = [(months_between(r.joined, r.gone or TODAY), r.gone is not None) for r in rows]
        at_risk = [one for one in lasted if one[0] >= point.months]
        share *= 1 - sum(left for months, left in at_risk if months == point.months) / len(at_risk)
        assert point.people == len(at_risk)
        assert point.share == pytest.approx(share)
    assert 0.7 < curve[-1].share < 1


def test_what_is_forgotten_of_a_person_still_counts_for_the_whole_force(owner: psycopg.Connection) -> None:
    before = sign_ups.totals(owner, YEAR)
    (person,) = owner.execute("select min(id) from subscribers where confirmed_at is not null").fetchone()
    owner.execute("delete from subscribers where id = %s", (person,))
    rollups.count_due(owner, datetime.now(UTC))
    after = sign_ups.totals(owner, YEAR)
    assert (after.started, after.confirmed) == (before.started, before.confirmed)


def test_the_last_month_is_compared_with_the_one_before() -> None:
    assert Period.of_month(2026, 3).previous() == Period.of_month(2026, 2)
    assert Period(date(2026, 4, 1), date(2026, 7, 1)).previous() == Period(date(2026, 1, 1), date(2026, 4, 1))
    assert Period(date(2026, 5, 6), date(2026, 5, 9)).previous() == Period(date(2026, 5, 3), date(2026, 5, 6))


def test_hidden_counts_say_nothing_by_their_place() -> None:
    rows = [SignUps(str(n), str(n), 0, 0, 0, n) for n in (40, 7, 12)]
    assert [row.active for row in suppression.protect_rows(rows, ("active",))] == [40, None, None]
