"""The analyst's role: reads figures in tens, and nothing else that is ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert.database.connection import Connection
from smartalert.engagement import analyst_tables, rollups
from tests.databases import Database
from tests.factories import make_force_area, make_neighbourhoods, make_subscriber

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
VIEWS = {"analyst_sign_ups", "analyst_coverage", "analyst_alerts", "analyst_as_of"}
#: What was never about a person: the stores' own counts, and what the force did to be known.
COUNTS = {"download_days", "campaigns"}
#: PostGIS's own, which everybody may read and which hold nothing of ours.
GEOGRAPHY = {"spatial_ref_sys", "geometry_columns", "geography_columns"}


@pytest.fixture(scope="module")
def published(module_database: Database) -> Database:
    """60 people in the west, 3 in the east; published by the worker's role."""
    with module_database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        for number in range(63):
            at = NOW - timedelta(days=60 + number % 20)
            make_subscriber(conn, at=(-400 if number < 60 else 400, 0), signed_up_at=at, confirmed_at=at)
    with module_database.connect("smartalert_worker") as conn:
        rollups.keep(conn, NOW)
    return module_database


@pytest.fixture
def conn(published: Database) -> Iterator[Connection]:
    with published.rolled_back("smartalert_analyst") as conn:
        yield conn


def test_the_analyst_may_read_figures_and_no_table_of_people(conn: psycopg.Connection) -> None:
    may = conn.execute("""
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
          and c.relkind in ('r', 'v', 'm', 'p', 'S', 'f')
          and case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage, select, update')
                   else has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
                     or has_any_column_privilege(c.oid, 'select, insert, update, references') end""").fetchall()
    assert {row.relname for row in may} - GEOGRAPHY == VIEWS | COUNTS


def test_the_analyst_may_call_nothing_that_acts_with_the_owners_rights(conn: psycopg.Connection) -> None:
    may = conn.execute("""
        select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname = 'public' and has_function_privilege(p.oid, 'execute')
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""").fetchall()
    assert {row.proname for row in may} == {"whose_figures"}


@pytest.mark.parametrize(
    "attempt",
    [
        "select address from contacts", "select point from places", "select * from subscribers",
        "select subscriber_id from deliveries", "select saw from responses", "select * from sign_up_days",
        "select * from analysis_sign_ups", "select * from audience_places", "select home_neighbourhood(1)",
        "select count_due(now(), 1, '0')", "delete from analyst_sign_ups",
    ],
)  # fmt: skip
def test_the_analyst_is_refused_everything_about_people(conn: psycopg.Connection, attempt: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(attempt)


def test_three_people_of_one_neighbourhood_are_none_or_ten(conn: psycopg.Connection) -> None:
    rows = conn.execute("select * from analyst_sign_ups where dimension = 'neighbourhood'").fetchall()
    assert {row.label for row in rows} <= {"Westside", "Eastside"}
    assert all(row.confirmed % 10 == row.active % 10 == 0 and row.leavers is None for row in rows)
    coverage = {row.neighbourhood: row.active for row in conn.execute("select * from analyst_coverage")}
    assert coverage["Westside (W)"] == 60
    assert coverage["Eastside (E)"] in (0, 10)


def test_every_row_says_that_it_is_an_exercise(conn: psycopg.Connection) -> None:
    assert {row.deployment for row in conn.execute("select deployment from analyst_sign_ups")} == {"EXERCISE"}
    (at,) = conn.execute("select published_at from analyst_as_of").fetchone()
    assert at == NOW


def test_it_is_written_again_after_an_hour_only(published: Database) -> None:
    with published.connect("smartalert_worker") as conn:
        assert not analyst_tables.publish_if_due(conn, NOW + timedelta(minutes=59))
        assert analyst_tables.publish_if_due(conn, NOW + timedelta(minutes=61))
        conn.rollback()
