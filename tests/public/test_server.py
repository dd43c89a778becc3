"""Clients that are slow on purpose: cut off, while everybody else is served."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from smartalert.public import server
from tests.databases import Database
from tests.processes import end, start, wait_until_it_answers
from tests.simulator_process import free_port
from tests.waiting import eventually

#: What a test gives each part of a request, in the place of seconds that people need.
SOON_S = 0.4
Address = tuple[str, int]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """How long the body was; on /large ten megabytes."""
    request = Request(scope, receive)
    text = "x" * 10_000_000 if scope["path"] == "/large" else str(len(await request.body()))
    await PlainTextResponse(text)(scope, receive, send)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """A server whose clients have little time."""
    for name in ("HEADERS_S", "BODY_S", "ANSWER_S"):
        monkeypatch.setattr(server, name, SOON_S)
    config = uvicorn.Config(echo, port=free_port(), http=server.Hurrying, lifespan="off", log_level="critical")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    eventually(lambda: running.started)
    yield "127.0.0.1", config.port
    running.should_exit = True
    thread.join()


def cut_after_s(address: Address, first: bytes, then: bytes = b"x", *, every_s: float = 0.05) -> float:
    """Send this, then one piece after the other; after how many seconds the server has ended the connection."""
    with socket.create_connection(address) as client:
        client.sendall(first)
        client.settimeout(every_s)
        started = time.monotonic()
        while time.monotonic() - started < 50 * SOON_S:
            with suppress(TimeoutError):
                if not client.recv(65_536):
                    break
            try:
                client.sendall(then)
            except OSError:
                break
        return time.monotonic() - started


BEGUN = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"G", b""),
        (b"", b"\r\n"),
        (BEGUN, b"X-Slow: 1\r\n"),
        (BEGUN + b"Content-Length: 5000\r\n\r\n", b"x"),
        (BEGUN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", b""),
    ],
    ids=["nothing", "one letter", "empty lines", "headers", "body", "chunks", "after an answer", "a second request"],
)
def test_whoever_dribbles_is_cut_off(hurried: Address, first: bytes, then: bytes) -> None:
    assert cut_after_s(hurried, first, then) < 10 * SOON_S
    assert httpx.post(f"http://{hurried[0]}:{hurried[1]}", content=b"abc").text == "3"


def test_whoever_does_not_take_the_answer_is_cut_off(hurried: Address) -> None:
    with socket.create_connection(hurried) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(5 * SOON_S)
        taken = 0
        with suppress(ConnectionError):
            while part := client.recv(65_536):
                taken += len(part)
        assert taken < 10_000_000


def test_a_body_that_comes_steadily_may_take_longer(hurried: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly() -> Iterator[bytes]:
        for _ in range(10):
            time.sleep(SOON_S / 4)
            yield bytes(10_000)

    assert httpx.post(f"http://{hurried[0]}:{hurried[1]}", content=slowly()).text == "100000"


def test_headers_are_bounded(hurried: Address) -> None:
    with socket.create_connection(hurried) as client:
        with suppress(ConnectionError):
            client.sendall(BEGUN + b"X-Long: " + b"x" * 40_000)
            for _ in range(100):
                client.sendall(b"x" * 40_000)
        with suppress(ConnectionError):
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [100, 40_000, 63_000, 100_000, 1_000_000])
@pytest.mark.parametrize("in_one_piece", [True, False])
def test_a_large_body_is_no_header_however_it_is_cut_into_pieces(
    hurried: Address, monkeypatch: pytest.MonkeyPatch, size: int, in_one_piece: bool
) -> None:
    monkeypatch.setattr(server, "BODY_S", 10.0)
    head = BEGUN + f"Content-Length: {size}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection(hurried) as client:
        if in_one_piece:
            client.sendall(head + b"x" * size)
        else:
            client.sendall(head)
            time.sleep(0.1)
            client.sendall(b"x" * size)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.endswith(str(size).encode())
    assert answer.startswith(b"HTTP/1.1 200")


def test_the_public_service_goes_on_while_hundreds_dribble(database: Database) -> None:
    port = free_port()
    process = start("smartalert", "public", "--port", str(port), environment={**os.environ}, forked=False)
    address, held = f"http://127.0.0.1:{port}", []
    try:
        wait_until_it_answers(f"{address}/health", process)
        for _ in range(300):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"GET /alerts HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            held.append(client)
        began = time.monotonic()
        assert httpx.get(f"{address}/alerts", timeout=60).status_code == 200
        for client in held:
            client.settimeout(60)
            assert client.recv(100) == b""
        assert time.monotonic() - began < 3 * server.HEADERS_S
    finally:
        for client in held:
            client.close()
        end([process])
