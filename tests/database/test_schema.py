"""The schema is read once: each thing in it is defined once, and nothing is altered that could have been made so."""

import itertools
import os
import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import SQL, migrate
from tests.databases import Database

#: Notes what each statement made or took away, as PostgreSQL itself reports it.
WATCH = """
create schema watch;
create table watch.seen (tag text, kind text, name text);
create function watch.note() returns event_trigger language plpgsql as $$ begin
  insert into watch.seen select command_tag, object_type, object_identity from pg_event_trigger_ddl_commands()
  where not in_extension;
end $$;
create function watch.note_dropped() returns event_trigger language plpgsql as $$ begin
  insert into watch.seen select 'DROP', object_type, object_identity from pg_event_trigger_dropped_objects();
end $$;
create event trigger made on ddl_command_end execute function watch.note();
create event trigger dropped on sql_drop execute function watch.note_dropped();
"""


@pytest.fixture
def make(cluster: Cluster) -> Iterator[Callable[[str], psycopg.Connection]]:
    """Makes a database with every step, after some SQL of the test's own."""
    made, numbers = [], itertools.count()

    def make(first: str = "") -> psycopg.Connection:
        database = Database(cluster, f"schema_{os.getpid()}_{next(numbers)}")
        cluster.create_database(database.name)
        made.append((database, conn := database.connect(autocommit=True)))
        conn.execute(first)
        migrate(database.url(), Mode.TRAINING)
        return conn

    yield make
    for database, conn in made:
        conn.close()
        cluster.drop_database(database.name)


def test_each_thing_is_defined_once(make):
    conn = make(SchemaManager.get_schema() + WATCH)
    again = "select kind, name from watch.seen where tag like 'CREATE%' group by kind, name having count(*) > 1"
    assert conn.execute(again).fetchall() == []
    assert conn.execute("select kind, name from watch.seen where tag = 'DROP'").fetchall() == []


def test_no_table_is_altered_that_could_have_been_made_so():
    """PostgreSQL 15 knows no storage in create table."""
    steps = [path.read_text() for path in sorted((SQL / "migrations").glob("*.sql"))]
    altered = re.findall(r"^alter .*", "\n".join(steps), re.MULTILINE | re.IGNORECASE)
    assert altered == [
        f"alter table {name} alter column {column} set storage external;"
        for name, column in (
            ("event_posts", "body"),
            ("draft_photos", "jpeg"),
            ("alert_photos", "jpeg"),
            ("ground_map_parts", "body"),
        )
    ]
