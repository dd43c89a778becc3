"""The public service's health page tells the truth about the database, to people and to programs."""

import os
from collections.abc import Iterator

import httpx
import pytest

from tests.databases import TEMPLATE, Database
from tests.processes import answers, end, start, wait_until_it_answers
from tests.simulator_process import free_port
from tests.waiting import eventually


@pytest.fixture
def health(database: Database) -> Iterator[str]:
    """The health page's address, of a public service on this test's database."""
    port = free_port()
    environment = {**os.environ, "SMARTALERT_FORCE_NAME": "Dorset & <Co>"}
    process = start("smartalert", "public", "--port", str(port), environment=environment, forked=False)
    address = f"http://127.0.0.1:{port}/health"
    try:
        wait_until_it_answers(address, process)
        yield address
    finally:
        end([process])


def test_a_database_that_goes_away_is_said_and_so_is_its_return(health: str, database: Database) -> None:
    assert httpx.get(health).json() == {"status": "ok", "mode": "training"}
    database.cluster.drop_database(database.name)
    away = httpx.get(health)
    assert (away.status_code, away.json()["status"]) == (503, "unavailable")
    page = httpx.get(health, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "The database cannot be reached" in page.text
    database.cluster.create_database(database.name, TEMPLATE)
    eventually(lambda: answers(health))


def test_a_person_reads_words(health: str) -> None:
    page = httpx.get(health, headers={"Accept": "text/html,*/*;q=0.8"})
    assert "Everything is working" in page.text
    assert "Dorset &amp; &lt;Co&gt;, public service, training mode." in page.text
