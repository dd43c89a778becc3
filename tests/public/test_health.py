"""The public service's health page tells the truth about the database, to people and to programs."""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests import PROJECT
from tests.databases import TEMPLATE, Database
from tests.simulator_process import eventually, free_port


@pytest.fixture
def health(database: Database) -> Iterator[str]:
    """The health page's address, of a public service on this test's database."""
    port = free_port()
    command = [sys.executable, "-m", "smartalert", "public", "--port", str(port)]
    environment = {**os.environ, "SMARTALERT_FORCE_NAME": "Dorset & <Co>"}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/health"
    try:
        eventually(lambda: answers(address), within_s=30)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_database_that_goes_away_is_said_and_so_is_its_return(health: str, database: Database) -> None:
    assert httpx.get(health).json() == {"status": "ok", "mode": "training"}
    database.cluster.drop_database(database.name)
    away = httpx.get(health)
    assert (away.status_code, away.json()["status"]) == (503, "unavailable")
    page = httpx.get(health, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "The database cannot be reached" in page.text
    database.cluster.create_database(database.name, TEMPLATE)
    eventually(lambda: answers(health), within_s=10)


def test_a_person_reads_words(health: str) -> None:
    page = httpx.get(health, headers={"Accept": "text/html,*/*;q=0.8"})
    assert "Everything is working" in page.text
    assert "Dorset &amp; &lt;Co&gt;, public service, training mode." in page.text
