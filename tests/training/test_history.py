"""The made-up year: everything in it came about as real events do, and nothing of it is left to be done."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from smartalert import engagement, reach
from smartalert.cluster import Cluster
from smartalert.config import Mode
from smartalert.engagement import Dimension, Period, Step
from smartalert.errors import ModeRefused, SetupError
from smartalert.migrations import migrate
from smartalert.training import history
from tests.database import Database
from tests.factories import EAST, NORTH, make_force_area, make_neighbourhoods, stale_matches

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LATELY = Period(date(2026, 8, 17), date(2026, 11, 25))


def silent(_: str) -> None:
    pass


PEOPLE = """
with made as (
  insert into subscribers (topics, signed_up_at, confirmed_at)
  select n %% 4096, at, at from (select n, %(now)s - n * interval '8 hours' as at from generate_series(1, 1500) n) each
  returning id
), reached as (
  insert into contacts (subscriber_id, channel, address)
  select id, 'push'::channel, 'token-' || id from made
  union all select id, 'email', id || '@training.example' from made where id %% 2 = 0
)
insert into places (subscriber_id, place_no, point)
select id, 0, st_setsrid(st_makepoint(%(east)s + id * 7919 %% 6000, %(north)s + id * 104729 %% 6000), 27700) from made
"""


@pytest.fixture(scope="module")
def lived(module_database: Database) -> Database:
    """1,500 people in a small town, and fourteen weeks of their past."""
    with module_database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute(PEOPLE, {"now": NOW, "east": EAST, "north": NORTH})
        conn.execute("select refresh_audience(array(select id from subscribers))")
    history.make(module_database.url(), 3, silent, now=NOW, alerts_a_week=2, weeks=14)
    return module_database


@pytest.fixture
def conn(lived: Database) -> Iterator[psycopg.Connection]:
    with lived.connect() as conn:
        yield conn
        conn.rollback()


def value(conn: psycopg.Connection, query: str) -> object:
    return conn.execute(query).fetchone()[0]


def test_alerts_of_a_year_reached_the_people_of_their_day(conn: psycopg.Connection) -> None:
    months = reach.by(conn, LATELY, "month")
    assert len(months) >= 3
    early = value(
        conn,
        """select count(*) from deliveries d join alerts a on a.id = d.alert_id
           join subscribers s on s.id = d.subscriber_id
           where s.confirmed_at > a.release_at or s.left_at < a.issued_at""",
    )
    assert early == 0


def test_people_came_stayed_and_left(conn: psycopg.Connection) -> None:
    points = engagement.over_time(conn, LATELY, Step.MONTH, today=NOW.date())
    assert points[-1].active > points[0].active
    total = engagement.totals(conn, LATELY)
    assert total.left > 20
    assert total.started > total.confirmed
    assert sum(row.left or 0 for row in engagement.by(conn, LATELY, Dimension.REASON)) > 20


def test_nothing_is_left_to_be_done(conn: psycopg.Connection) -> None:
    assert stale_matches(conn) == 0
    assert value(conn, "select count(*) from procrastinate_jobs") == 0
    assert value(conn, "select count(*) from figures_due") == 0
    assert value(conn, "select count(*) from deliveries where state in ('pending', 'sending', 'unknown')") == 0
    assert value(conn, "select count(*) from responses where verdict is null") == 0


def test_the_databases_clock_is_its_own_again(conn: psycopg.Connection) -> None:
    for table, column in history.CLOCKS:
        default = value(
            conn,
            "select column_default from information_schema.columns"
            f" where table_name = '{table}' and column_name = '{column}'",
        )
        assert default == "now()"


def test_the_audit_tells_the_year_in_its_own_time_and_its_chain_is_whole(conn: psycopg.Connection) -> None:
    first, last = conn.execute("select min(at), max(at) from audit").fetchone()
    assert NOW - timedelta(weeks=14, days=1) < first < last < NOW
    assert value(conn, "select count(*) from audit_chain") == value(conn, "select count(*) from audit")


def test_every_message_said_exercise(conn: psycopg.Connection) -> None:
    assert (
        value(conn, "select count(*) from messages where title not like 'EXERCISE%' and body not like 'EXERCISE%'") == 0
    )
    assert value(conn, "select bool_and(status = 'Exercise') from alerts") is True


def test_a_past_can_be_made_up_once_only(lived: Database) -> None:
    with pytest.raises(SetupError, match="already"):
        history.make(lived.url(), 3, silent, now=NOW)


def test_a_live_deployment_has_no_made_up_past(cluster: Cluster) -> None:
    cluster.create_database("live_past")
    try:
        migrate(cluster.url(database="live_past"), Mode.LIVE)
        with pytest.raises(ModeRefused):
            history.make(cluster.url(database="live_past"), 3, silent, now=NOW)
    finally:
        cluster.drop_database("live_past")
