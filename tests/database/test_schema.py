"""The schema is what it was before its 33 steps were folded into 18, and each thing in it is defined once."""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import SQL, migrate
from tests.databases import Database

HERE = Path(__file__).parent
#: The catalogue of a database that the 33 steps had made.
BEFORE = HERE / "schema_before.txt"
#: … by this PostgreSQL; others word definitions differently.
BEFORE_ON = 15
#: The last of the folded steps: what is added later is another matter.
LAST = "0018_analyst"
#: What was changed on purpose since, as "function audit_policy()", and why.
ON_PURPOSE: dict[str, str] = {}
#: What was renamed since, everywhere: mail about the service itself was a riddle as "letters".
RENAMED = {
    "write_letter": "write_service_mail",
    "post_letter": "send_service_mail",
    "letter_id": "mail_id",
    "letters": "service_mails",
    "letter": "mail",
}
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
    """Makes a database with the folded steps, after some SQL of the test's own."""
    made, numbers = [], itertools.count()

    def make(first: str = "") -> psycopg.Connection:
        database = Database(cluster, f"schema_{os.getpid()}_{next(numbers)}")
        cluster.create_database(database.name)
        made.append((database, conn := database.connect(autocommit=True)))
        conn.execute(first)
        migrate(database.url(), Mode.TRAINING, LAST)
        return conn

    yield make
    for database, conn in made:
        conn.close()
        cluster.drop_database(database.name)


def catalogue(conn: psycopg.Connection) -> list[str]:
    """All that the database is and holds, a fact a line."""
    found = conn.execute((HERE / "schema_catalogue.sql").read_text())
    while found.nextset():
        pass
    facts = found.fetchall()
    lines = [f"{fact.kind} {fact.name}: {fact.fact}" for fact in facts]
    for fact in facts:
        if fact.kind == "table":
            lines += rows(conn, fact.name)
        elif fact.kind == "sequence":
            at = conn.execute(f"select last_value, is_called from {fact.name}").fetchone()
            lines.append(f"state of {fact.name}: {at.last_value} {at.is_called}")
    return sorted(lines)


def rows(conn: psycopg.Connection, table: str) -> list[str]:
    """What the steps wrote into a table, but not when."""
    times = (
        f"select coalesce(array_agg(attname::text), '{{}}') from pg_attribute where attrelid = '{table}'::regclass"
        " and atttypid = 'timestamptz'::regtype"
    )
    found = conn.execute(f"select (to_jsonb(t) - ({times}))::text as fields from {table} t")
    return [f"row of {table}: {row.fields}" for row in found]


def renamed(facts: str) -> str:
    """The facts as they read after what was renamed on purpose."""
    return re.sub(rf"\b({'|'.join(RENAMED)})(?![a-z])", lambda found: RENAMED[found[0]], facts)


def test_the_folded_steps_make_what_the_33_had_made(make):
    conn = make()
    if conn.info.server_version // 10_000 != BEFORE_ON:
        pytest.skip(f"what was there before is in the words of PostgreSQL {BEFORE_ON}")
    before, now = set(renamed(BEFORE.read_text()).splitlines()), set(catalogue(conn))
    expected = tuple(f"{thing}: " for thing in ON_PURPOSE)
    gone, new = ([fact for fact in facts if not fact.startswith(expected)] for facts in (before - now, now - before))
    assert (sorted(gone), sorted(new)) == ([], [])


def test_each_thing_is_defined_once(make):
    conn = make(SchemaManager.get_schema() + WATCH)
    again = "select kind, name from watch.seen where tag like 'CREATE%' group by kind, name having count(*) > 1"
    assert conn.execute(again).fetchall() == []
    assert conn.execute("select kind, name from watch.seen where tag = 'DROP'").fetchall() == []


def test_no_table_is_altered_that_could_have_been_made_so():
    """PostgreSQL 15 knows no storage in create table."""
    steps = [path.read_text() for path in sorted((SQL / "migrations").glob("*.sql")) if path.stem <= LAST]
    altered = re.findall(r"^alter .*", "\n".join(steps), re.MULTILINE | re.IGNORECASE)
    assert altered == [
        f"alter table {name} alter column jpeg set storage external;" for name in ("draft_photos", "alert_photos")
    ]
