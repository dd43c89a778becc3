"""Entries of the audit as they are searched and taken away."""

import csv
import io

from smartalert.audit import entries
from smartalert.audit.entries import Action, Search
from smartalert.database import connection
from tests.databases import Database
from tests.factories import OFFICER


def test_a_search_finds_the_newest_first_and_its_table_says_the_same(database: Database) -> None:
    made = database.engine("smartalert_control")
    with connection.transaction(made) as conn:
        entries.record(conn, OFFICER, Action.SIGNED_IN)
        entries.record(conn, OFFICER, Action.TRIED_AGAIN, alert_id=7, before="2", after="4", why="They asked")
        entries.record(conn, "admin.foster", Action.SIGNED_OUT)
    with connection.transaction(made) as conn:
        found = entries.search(conn, Search(officer=OFFICER), at_most=10)
        assert [(row.position, row.action) for row in found] == [(2, Action.TRIED_AGAIN), (1, Action.SIGNED_IN)]
        assert [row.position for row in entries.search(conn, Search(), at_most=1, before=3)] == [2]
        table = entries.table(conn, Search(officer=OFFICER), "admin.foster").decode("utf-8-sig")
    assert [(row["action"], row["why"]) for row in csv.DictReader(io.StringIO(table))] == [
        ("tried again", "They asked"),
        ("signed in", ""),
    ]
    with connection.transaction(made) as conn:
        (taken,) = entries.search(conn, Search(action=Action.EXPORTED_AUDIT), at_most=10)
    assert taken.detail == {"entries": 2, "search": {"officer": OFFICER}}
