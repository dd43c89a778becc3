"""The schema: applied once, whoever comes first; for one mode for ever; each role with its own rights and no more."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.connection import Connection
from smartalert.database.migrations import SQL, migrate
from smartalert.errors import ModeRefused, SetupError
from tests.databases import Database
from tests.factories import make_force_area, make_subscriber, stale_matches

REFUSED = {
    "smartalert_control": [
        "select address from contacts",
        "select * from subscribers",
        "select * from places",
        "update alerts set headline = 'x'",
        "update drafts set officer = 'x'",
        "update procrastinate_jobs set status = 'todo'",
        "update deliveries set delivered_at = now()",
        "delete from deliveries",
        "update audit set action = 'x'",
        "delete from audit",
        "update deployment set mode = 'live'",
    ],
    "smartalert_worker": [
        "insert into alerts default values",
        "update messages set body = 'x'",
        "delete from contacts",
        "update contacts set address = 'x'",
        "select * from subscribers",
        "delete from audit",
    ],
    "smartalert_public": [
        "select * from subscribers",
        "select * from contacts",
        "select * from places",
        "select * from audience_places",
        "select * from deliveries",
        "select * from audience(null, 1, true, 0, 0, 3, now())",
        "insert into audit (officer, action) values ('x', 'x')",
        "select * from secrets",
        "select * from service_mails",
        "select * from attempts",
        "select * from audience_places_derived",
        "select * from procrastinate_jobs",
        "insert into service_mails (address) values ('x@training.example')",
        "select whose('x', array['session'])",
        "select who_is('x')",
        "select new_secret(1, 'session', '1 hour')",
        "select use_secret('x', 'link')",
        "select write_choices(1, '{}')",
        "select write_service_mail('x@training.example', '{}')",
        "select write_letter('x@training.example', 'link', 'mine')",
        "select queue_service_mail(1)",
        "select refresh_audience(array[1])",
        "select switch_off(array[1], 'email', array['x'])",
        "select forget_what_is_over()",
    ],
}
#: What says of a database which step it is at, as it was left by the numbering that ended with the first release.
AT_A_STEP = """
create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key);
insert into alembic_version values ('{step}');
create table deployment (
  only_row   boolean primary key default true check (only_row),
  mode       text not null check (mode in ('live', 'training')),
  created_at timestamptz not null default now()
);
insert into deployment (mode) values ('training');
"""


@pytest.fixture
def at_step(cluster: Cluster) -> Iterator[Callable[[str], Database]]:
    """Makes a database that says it is at some step."""
    database = Database(cluster, f"at_a_step_{os.getpid()}")

    def make(step: str) -> Database:
        cluster.create_database(database.name)
        with database.connect() as conn:
            conn.execute(AT_A_STEP.format(step=step))
        return database

    yield make
    cluster.drop_database(database.name)


@pytest.mark.parametrize(("role", "statement"), [(role, s) for role, all_ in REFUSED.items() for s in all_])
def test_postgresql_refuses_what_a_role_has_no_business_with(conn: Connection, role: str, statement: str) -> None:
    conn.execute(f"set local role {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


def test_not_even_the_owner_rewrites_the_audit_or_the_mode(conn: Connection) -> None:
    conn.execute("insert into audit (officer, action) values ('x', 'looked')")
    for statement in ("update audit set action = 'y'", "delete from audit", "update deployment set mode = 'live'"):
        with pytest.raises(psycopg.errors.RaiseException), conn.transaction():
            conn.execute(statement)


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert migrate(database.url(), Mode.TRAINING) == []


def test_a_database_keeps_its_mode(database: Database) -> None:
    with pytest.raises(ModeRefused, match="training for ever"):
        migrate(database.url(), Mode.LIVE)


def test_two_processes_that_migrate_at_once_apply_each_step_once(cluster: Cluster) -> None:
    cluster.create_database("both_at_once")
    try:
        url = cluster.url(database="both_at_once")
        with ThreadPoolExecutor(2) as both:
            steps = list(both.map(lambda _: migrate(url, Mode.TRAINING), range(2)))
        assert sorted(map(len, steps)) == [0, len(list((SQL / "migrations").glob("*.sql")))]
    finally:
        cluster.drop_database("both_at_once")


@pytest.mark.parametrize("step", ["0001", "0018", "0038"])
def test_a_data_folder_of_the_numbering_before_the_first_release_is_to_be_removed(at_step, step):
    old = at_step(step)
    with pytest.raises(SetupError) as refused:
        migrate(old.url(), Mode.TRAINING)
    assert str(refused.value) == (
        "This database was made before the first release and cannot be brought up to date: "
        f"remove the folder {os.environ['SMARTALERT_DATA_DIR']} and start again."
    )
    with old.connect() as conn:
        tables = conn.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
        assert [table.tablename for table in tables] == ["alembic_version", "deployment"]


def test_where_a_database_was_given_another_must_be_made(database: Database) -> None:
    with database.connect() as conn:
        conn.execute("update alembic_version set version_num = '0038'")
    with pytest.raises(SetupError, match=r"cannot be brought up to date: make another database\.$"):
        migrate(database.url(), Mode.TRAINING)


def test_a_database_of_a_newer_release_is_left_alone(at_step):
    with pytest.raises(SetupError, match="brought to 0099_later by a newer Smart Alert"):
        migrate(at_step("0099_later").url(), Mode.TRAINING)


def test_the_matching_table_equals_what_it_is_derived_from(conn: Connection) -> None:
    make_force_area(conn)
    for topics in range(20):
        make_subscriber(conn, topics=topics, at=[(0, 0), (topics, 5)])
    assert stale_matches(conn) == 0
