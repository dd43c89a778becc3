"""What the control room's web server opens beside its screens, and to whom."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from smartalert.config import settings
from smartalert.control.doors import Doors
from tests.databases import Database
from tests.deployment import Deployment, deployment


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(module_database, tmp_path_factory.mktemp("doors"), workers=0, receipts=False) as running:
        yield running


async def open_to_all(scope: Scope, receive: Receive, send: Send) -> None:
    """Accepts every socket."""
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    await socket.close()


def opens(origin: str | None, *, host: str = "127.0.0.1:8501", scheme: str = "ws") -> bool:
    """Whether a page of that origin gets a socket."""
    headers = {"host": host} | ({"origin": origin} if origin is not None else {})
    client = TestClient(Doors(open_to_all), base_url=f"{scheme}://{host}")
    try:
        with client.websocket_connect(f"{scheme}://{host}/_stcore/stream", headers=headers):
            return True
    except WebSocketDisconnect as closed:
        return closed.code != 1008


def test_our_own_page_opens_its_socket() -> None:
    assert opens("http://127.0.0.1:8501")
    assert opens("https://smartalert.force.example", host="smartalert.force.example", scheme="wss")


@pytest.mark.parametrize(
    "origin",
    [
        None, "", "null", "http://127.0.0.1:9000", "http://localhost:8501",
        "http://127.0.0.1:8501.evil.example", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:x",
        "file://", "http://", "http://[", "127.0.0.1:8501",
    ],
)  # fmt: skip
def test_no_other_page_does(origin: str | None) -> None:
    assert not opens(origin)


def test_behind_a_proxy_the_address_that_officers_use_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_CONTROL_URL", "https://Smartalert.Force.example:443/")
    settings.cache_clear()
    try:
        assert opens("https://smartalert.force.example")
        assert not opens("http://127.0.0.1:8501")
        assert not opens("http://smartalert.force.example")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize(
    "path", ["metrics", "metrics/", "script-health-check", "agent/openapi.json", "agent/mcp", "healthy", "", "x"]
)
def test_streamlits_other_doors_are_shut(running: Deployment, room: str, path: str) -> None:
    assert httpx.get(f"{room}/_stcore/{path}").status_code == 404
    assert httpx.post(f"{room}/_stcore/{path}").status_code == 404


def test_what_screens_need_is_open(running: Deployment, room: str) -> None:
    assert httpx.get(f"{room}/_stcore/health").text == "ok"
    assert httpx.get(f"{room}/_stcore/host-config").status_code == 200
    assert httpx.get(f"{room}/health").json()["status"] == "ok"
