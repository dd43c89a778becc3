"""Rows of queries as dataclasses of their own."""

from dataclasses import dataclass

import pytest

from smartalert.database.connection import Connection, row_as, rows_as


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
