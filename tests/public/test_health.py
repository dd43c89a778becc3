"""The public service's health page tells the truth about the database, to people and to programs."""

import os
from collections.abc import Iterator

import httpx
import pytest

from smartalert.database import connection
from tests.databases import TEMPLATE, Database
from tests.processes import answers, end, start, wait_until_it_answers
from tests.simulator_process import free_port
from tests.waiting import eventually


@pytest.fixture
def health(database: Database) -> Iterator[str]:
    """The health page's address, of a public service on this test's database."""
    port = free_port()
    environment = {**os.environ, "SMARTALERT_FORCE_NAME": "Dorset & <Co>"}
    process = start("smartalert", "public", "--port", str(port), environment=environment, forked=True)
    address = f"http://127.0.0.1:{port}/health"
    try:
        wait_until_it_answers(address, process)
        yield address
    finally:
        end([process])


def test_a_database_that_goes_away_is_said_and_so_is_its_return(health: str, database: Database) -> None:
    assert httpx.get(health).json() == {"status": "ok", "mode": "training"}
    database.cluster.drop_database(database.name)
    eventually(lambda: httpx.get(health).status_code == 503)
    assert httpx.get(health).json() == {
        "status": "unavailable", "mode": "training", "reason": "The database cannot be reached"
    }  # fmt: skip
    page = httpx.get(health, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "The database cannot be reached" in page.text
    database.cluster.create_database(database.name, TEMPLATE)
    eventually(lambda: answers(health))


def test_one_that_was_migrated_meanwhile_or_takes_no_changes_is_said(health: str, database: Database) -> None:
    for statement, reason in (
        ("update alembic_version set version_num = '9999_newer'", "of another version"),
        (f"alter database {database.name} set default_transaction_read_only = on", "takes no changes"),
    ):
        with database.connect(autocommit=True) as conn:
            conn.execute(statement)
        eventually(lambda: httpx.get(health).status_code == 503)
        said = httpx.get(health)
        assert (said.status_code, reason in said.json()["reason"]) == (503, True)
        with database.connect(autocommit=True) as conn:
            conn.execute("set default_transaction_read_only = off")
            conn.execute("update alembic_version set version_num = %s", [connection.newest_step()])
            conn.execute(f"alter database {database.name} reset default_transaction_read_only")
        eventually(lambda: answers(health))


def test_a_person_reads_words(health: str) -> None:
    page = httpx.get(health, headers={"Accept": "text/html,*/*;q=0.8"})
    assert "Everything is working" in page.text
    assert "Dorset &amp; &lt;Co&gt;, public service, training mode." in page.text
