"""Rows of queries as dataclasses of their own; connections that are kept, and what a transaction on one costs."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from smartalert.database import connection
from smartalert.database.connection import Connection, row_as, rows_as
from smartalert.worker.app import psycopg_url
from tests.databases import Database


@dataclass(frozen=True, slots=True)
class Street:
    name: str
    houses: int


def test_rows_are_read_by_name_in_whatever_order(conn: Connection) -> None:
    found = conn.execute("select n as houses, 'Street ' || n as name from generate_series(1, 2) n")
    assert rows_as(Street, found) == [Street("Street 1", 1), Street("Street 2", 2)]


def test_one_row_or_none(conn: Connection) -> None:
    assert row_as(Street, conn.execute("select 'Mill Lane' as name, 3 as houses").fetchone()) == Street("Mill Lane", 3)
    assert row_as(Street, conn.execute("select 1 where false").fetchone()) is None


@pytest.mark.parametrize("columns", ["'Mill Lane' as name", "'Mill Lane' as name, 3 as houses, 4 as more"])
def test_a_column_that_is_missing_or_too_many_is_refused(conn: Connection, columns: str) -> None:
    with pytest.raises(TypeError):
        rows_as(Street, conn.execute(f"select {columns}"))
    with pytest.raises(TypeError):
        row_as(Street, conn.execute(f"select {columns}").fetchone())


def test_a_connection_that_the_database_ended_is_replaced_unnoticed(database: Database) -> None:
    engine = database.engine("smartalert_control")
    with connection.reading(engine) as held, connection.reading(engine) as other:
        ended = [conn.info.backend_pid for conn in (held, other)]
    with database.connect(autocommit=True) as conn:
        for pid in ended:
            conn.execute("select pg_terminate_backend(%s, 5000)", (pid,))
    with connection.transaction(engine) as conn:
        assert conn.info.backend_pid not in ended
        assert conn.execute("select 1").fetchone() == (1,)


def test_one_that_has_something_to_say_is_asked_and_kept(database: Database) -> None:
    engine = database.engine("smartalert_control")
    with connection.transaction(engine) as conn:
        conn.execute("listen news")
        pid = conn.info.backend_pid
    with database.connect("smartalert_control", autocommit=True) as conn:
        conn.execute("notify news")
    with connection.reading(engine) as conn:
        assert conn.info.backend_pid == pid


def test_a_transaction_asks_nothing_but_what_it_is_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = database.engine("smartalert_control")
    with connection.reading(engine) as conn:
        conn.execute("select 1")
    asked: list[object] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: psycopg.Cursor[object], query: str, *said: object, **more: object) -> object:
        asked.append(query)
        return execute(cursor, query, *said, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    with connection.reading(engine) as conn:
        conn.execute("select 2")
    assert asked == ["select 2"]


def test_of_several_hosts_the_one_that_takes_writes_is_found(database: Database, tmp_path: Path) -> None:
    hosts = f"host={tmp_path},{database.cluster.socket_folder}&port=5432,5432"
    url = f"postgresql+psycopg://smartalert_worker@/{database.name}?{hosts}&target_session_attrs=read-write"
    engine = connection.make_engine(url)
    with connection.transaction(engine) as conn:
        assert conn.execute("select current_database()::text as name").fetchone().name == database.name
    engine.dispose()
    with psycopg.connect(psycopg_url(url)) as directly:
        assert directly.info.dbname == database.name


def test_hosts_with_their_ports_are_said_to_libpq_in_its_own_way() -> None:
    url = "postgresql+psycopg://w:p%40ss@/db?host=one:5432&host=two:6543&target_session_attrs=read-write"
    assert conninfo_to_dict(psycopg_url(url)) == {
        "user": "w", "password": "p@ss", "dbname": "db", "host": "one,two", "port": "5432,6543",
        "target_session_attrs": "read-write",
    }  # fmt: skip
