"""Figures of people: each one recomputed here from the raw rows, in tens."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import psycopg
import pytest

from smartalert.engagement import published, rollups, sign_ups
from smartalert.engagement.periods import Period, Step, months_between
from smartalert.engagement.sign_ups import FACTS, Dimension
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
        rollups.count_all_due(conn, datetime(2026, 11, 24, 9, tzinfo=UTC))
    return module_database


@pytest.fixture
def conn(counted: Database) -> Iterator[psycopg.Connection]:
    """As the role that screens read as."""
    with counted.rolled_back("smartalert_engagement") as conn:
        yield conn


@pytest.fixture
def owner(counted: Database) -> Iterator[psycopg.Connection]:
    with counted.rolled_back() as conn:
        yield conn


def raw(owner: psycopg.Connection, fact: str, period: Period, also: str = "true") -> int:
    """People of whom it holds within the period, from their own rows."""
    row = owner.execute(
        f"select count(*) from subscribers where {also} and ({fact} at time zone 'Europe/London')::date >= %s"
        f" and ({fact} at time zone 'Europe/London')::date < %s",
        (period.start, period.before),
    ).fetchone()
    return int(row[0])


@pytest.mark.parametrize("period", [YEAR, MAY, Period(date(2026, 5, 6), date(2026, 5, 9))])
def test_totals_are_less_than_ten_from_what_the_rows_say(
    conn: psycopg.Connection, owner: psycopg.Connection, period: Period
) -> None:
    found = sign_ups.totals(conn, period)
    facts = [raw(owner, fact, period) for fact in ("signed_up_at", "confirmed_at", "left_at")]
    for shown, true in zip((found.started, found.confirmed, found.left), facts, strict=True):
        assert shown % 10 == 0
        assert abs(shown - true) <= 9
    since = Period(date(2025, 1, 1), period.before)
    assert abs(found.active - raw(owner, "confirmed_at", since) + raw(owner, "left_at", since)) <= 18


@pytest.mark.parametrize("step", list(Step))
def test_a_curve_leaves_no_step_out_and_adds_up(
    conn: psycopg.Connection, owner: psycopg.Connection, step: Step
) -> None:
    points = sign_ups.over_time(conn, YEAR, step)
    assert [point.start for point in points] == YEAR.steps(step)
    known = [point for point in points if point.confirmed is not None]
    for point in known:
        true = raw(owner, "signed_up_at", Period(max(point.start, YEAR.start), step.next(point.start)))
        assert abs(point.started - true) <= 9
    total = sign_ups.totals(conn, YEAR)
    assert sum(point.confirmed for point in known) == total.confirmed
    assert sum(point.left for point in known) == total.left
    assert known[-1].active == total.active
    assert points[-1].confirmed is None or not points[-1].whole


@pytest.mark.parametrize("dimension", list(Dimension))
def test_months_add_up_to_their_period_in_every_dimension(conn: psycopg.Connection, dimension: Dimension) -> None:
    autumn = Period(date(2026, 1, 1), date(2026, 11, 1))
    for fact in FACTS[dimension]:
        months = sign_ups.by_month(conn, autumn, dimension, fact)
        assert len(months) == 10
        for row in sign_ups.by(conn, autumn, dimension):
            counts = [labels[row.label] for labels in months.values()]
            assert getattr(row, fact) == (counts[-1] if fact == "active" else sum(counts))


def test_a_neighbourhoods_figures_are_less_than_ten_from_what_the_rows_say(
    conn: psycopg.Connection, owner: psycopg.Connection
) -> None:
    west, east = sign_ups.by(conn, YEAR, Dimension.NEIGHBOURHOOD)
    assert (west.label, east.label) == ("Westside", "Eastside")
    for row, lives in ((west, "st_x(point) < 392000"), (east, "st_x(point) > 392000")):
        inside = f"id in (select subscriber_id from places where {lives})"
        assert abs(row.active - raw(owner, "confirmed_at", YEAR, f"left_at is null and {inside}")) <= 9
        assert row.left is None


def test_a_district_is_its_neighbourhoods_added_up(conn: psycopg.Connection) -> None:
    (middle,) = sign_ups.by(conn, YEAR, Dimension.DISTRICT)
    inside = sign_ups.by(conn, YEAR, Dimension.NEIGHBOURHOOD)
    assert middle.confirmed == sum(row.confirmed for row in inside)
    assert middle.active == sum(row.active for row in inside)


def test_reasons_are_less_than_ten_from_what_the_rows_say(conn: psycopg.Connection, owner: psycopg.Connection) -> None:
    known = dict(owner.execute("select left_reason, count(*) from subscribers where left_at < '2026-11-01' group by 1"))
    shown = {row.value: row.left for row in sign_ups.by(conn, YEAR, Dimension.REASON)}
    assert set(shown) <= set(known)
    assert all(abs(shown.get(reason, 0) - people) <= 9 for reason, people in known.items())


def test_only_days_and_months_that_are_over_are_published(conn: psycopg.Connection) -> None:
    assert published.until(conn) == published.Until(TODAY, date(2026, 11, 1))
    november = Period.of_month(2026, 11)
    assert sign_ups.by_month(conn, november, Dimension.DISTRICT, "confirmed") == {}
    last = sign_ups.over_time(conn, november, Step.DAY)
    assert [point.confirmed is None for point in last] == [point.start >= TODAY for point in last]


def test_coverage_is_people_per_thousand_residents(conn: psycopg.Connection) -> None:
    east, west = sorted(sign_ups.coverage(conn, YEAR.before), key=lambda row: row.name)
    assert (west.residents, west.district) == (8000, "Middle")
    assert west.per_1000 == west.active / 8
    assert east.active % 10 == 0


def test_how_long_people_stay_is_the_periods_own(conn: psycopg.Connection, owner: psycopg.Connection) -> None:
    """A period life table, counted once more from the rows; a later month changes nothing of an earlier period."""
    spring = Period(date(2026, 1, 1), date(2026, 7, 1))
    rows = owner.execute(
        """select confirmed_at at time zone 'Europe/London' as joined, left_at at time zone 'Europe/London' as gone
           from subscribers where confirmed_at is not null"""
    ).fetchall()
    curve = sign_ups.staying(conn, spring)
    assert [row.label for row in curve[:2]] == ["the same month", "1 or 2 months"]
    firsts = sorted(map(int, sign_ups.STAYS))
    for point, first, beyond in zip(curve, firsts, [*firsts[1:], 10**6], strict=False):
        left = stayed = 0
        for start in spring.steps(Step.MONTH):
            end = Step.MONTH.next(start)
            for row in rows:
                if row.joined.date() < end and first <= months_between(row.joined, start) < beyond:
                    left += bool(row.gone) and start <= row.gone.date() < end
                    stayed += not row.gone or row.gone.date() >= end
        assert abs(point.left - left) <= 9
        assert abs(point.months_of_people - left - stayed) <= 9 * (1 + len(spring.steps(Step.MONTH)))
    assert curve[0].share == 1 - curve[0].left / curve[0].months_of_people
    assert [row.share for row in curve] == sorted((row.share for row in curve), reverse=True)


def test_what_is_forgotten_of_a_person_still_counts_for_the_whole_force(owner: psycopg.Connection) -> None:
    asked = "select sum(started) as started, sum(confirmed) as confirmed from sign_up_days where dimension = 'all'"
    before = owner.execute(asked).fetchone()
    (person,) = owner.execute("select min(id) from subscribers where confirmed_at is not null").fetchone()
    owner.execute("delete from subscribers where id = %s", (person,))
    rollups.count_due(owner, datetime.now(UTC))
    assert owner.execute(asked).fetchone() == before


def test_a_past_that_was_made_up_afterwards_is_published_from_its_first_day(owner: psycopg.Connection) -> None:
    asked = "select * from shown_people order by dimension, value, fact, before"
    kept = owner.execute(asked).fetchall()
    assert kept
    rollups.publish_again(owner)
    assert owner.execute(asked).fetchall() == []
    rollups.publish_people(owner, datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert owner.execute(asked).fetchall() == kept


def test_the_last_month_is_compared_with_the_one_before() -> None:
    assert Period.of_month(2026, 3).previous() == Period.of_month(2026, 2)
    assert Period(date(2026, 4, 1), date(2026, 7, 1)).previous() == Period(date(2026, 1, 1), date(2026, 4, 1))
    assert Period(date(2026, 5, 6), date(2026, 5, 9)).previous() == Period(date(2026, 5, 3), date(2026, 5, 6))
