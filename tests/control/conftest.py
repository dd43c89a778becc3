"""The map's test page on a free port, for as long as the module needs it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from smartalert.control import access
from tests import PROJECT
from tests.conftest import forget_settings
from tests.databases import Database
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def map_page() -> Iterator[str]:
    """Address of a running map_page.py."""
    command = [sys.executable, "-m", "tests.control.alert_map.map_app"]
    server = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert port, "the map's test page did not start"
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_S)


@pytest.fixture
def control_room(module_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is a training control room on the module's database."""
    monkeypatch.setenv("DATABASE_URL", module_database.url())
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    access._serializer.cache_clear()
    yield
    forget_settings()
