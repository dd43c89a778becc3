"""The schema is what it was before its 33 steps are folded into fewer."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import migrate
from tests.database import Database

HERE = Path(__file__).parent
#: The catalogue of a database that the 33 steps had made.
BEFORE = HERE / "schema_before.txt"
#: … by this PostgreSQL; others word definitions differently.
BEFORE_ON = 15


@pytest.fixture
def made(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """A database that has just been made."""
    database = Database(cluster, f"schema_{os.getpid()}")
    cluster.create_database(database.name)
    migrate(database.url(), Mode.TRAINING)
    with database.connect() as conn:
        yield conn
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


def test_the_schema_is_what_was_written_down(made):
    if made.info.server_version // 10_000 != BEFORE_ON:
        pytest.skip(f"what was there before is in the words of PostgreSQL {BEFORE_ON}")
    assert catalogue(made) == BEFORE.read_text().splitlines()
