"""Limits count in the database: every process sees every other's attempts."""

from datetime import timedelta

from smartalert.database import connection
from smartalert.subscribers.rate_limits import attempt
from tests.databases import Database


def allowed(database: Database, who: str = "192.0.2.7", *, per: timedelta = timedelta(days=9_000)) -> bool:
    """One attempt by a process of its own."""
    with connection.transaction(database.engine("smartalert_public")) as conn:
        return attempt(conn, "letters", who, 3, per)


def test_processes_share_one_count_and_keep_no_address(database: Database) -> None:
    assert [allowed(database) for _ in range(5)] == [True, True, True, False, False]
    assert allowed(database, "198.51.100.1"), "somebody else has a count of their own"
    with database.connect() as conn:
        assert "192.0.2.7" not in str(conn.execute("select key::text from attempts").fetchall())


def test_a_new_window_counts_anew(database: Database) -> None:
    for _ in range(3):
        allowed(database)
    with database.connect() as conn:
        conn.execute("update attempts set window_start = window_start - interval '1 day'")
    assert allowed(database)
