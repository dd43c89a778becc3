"""The simulator's HTTP/1.1 server: httptools on uvloop, so that a connection can be cut or left hanging at will."""

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import aiohttp
import httptools
import uvloop

from smartalert.errors import SetupError
from smartalert.simulator import control_api, fcm, residents_page, sendgrid
from smartalert.simulator.credentials import Credentials
from smartalert.simulator.sign_in import RELAYED, is_local, is_loopback
from smartalert.simulator.wire import Answer, Request, json_answer
from smartalert.simulator.world import World
from smartalert.simulator.worlds import Worlds

log = logging.getLogger(__name__)
MOST_BODY_BYTES = 31 * 1024 * 1024
#: The headers anybody here looks at; the rest cost time and memory.
KEPT_HEADERS = frozenset((b"authorization", b"content-type", b"host", *RELAYED))
TICK_S = 0.02
ROUTES = control_api.ROUTES | residents_page.ROUTES
NO_DRILL = Answer(
    404, b"This drill has just begun, or was long ago. Reload this page in a few seconds.",
    b"content-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\n",
)  # fmt: skip
POST_TIMEOUT = aiohttp.ClientTimeout(total=10)


def run(*, host: str, port: int, credentials: Credentials, events_url: str | None, receipts_url: str | None) -> None:
    """Serve until SIGTERM or SIGINT; prints one line when ready. SetupError on a port that is taken.

    Providers are played on loopback always, and only what is there is reported to. On another host too, the phones
    and inboxes can be looked at by whoever knows the password.
    """
    for url in (events_url, receipts_url):
        _only_loopback(urlsplit(url).hostname or "" if url else "127.0.0.1")
    password = "" if is_loopback(host) else credentials.password
    worlds = Worlds(lambda: World(credentials, events_url=events_url, receipts_url=receipts_url, password=password))
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(worlds, host, port))


def _only_loopback(host: str) -> None:
    # A name is looked up, and may lead elsewhere: localhost too.
    if host == "localhost" or not is_loopback(host):
        raise SetupError(f"The simulator reports to this machine only: {host!r} is not a loopback address.")


def _hosts(host: str) -> str | list[str]:
    """Where to listen; loopback is always among it."""
    return host if is_loopback(host) or host == "0.0.0.0" else ["127.0.0.1", host]  # noqa: S104


async def _serve(worlds: Worlds, host: str, port: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    # Nearly everything kept lives until the next reset: looking through it for garbage would cost a third of the speed.
    gc.set_threshold(50_000, 50, 100)
    try:
        server = await loop.create_server(lambda: Connection(worlds, loop), _hosts(host), port, backlog=4096)
    except OSError as error:
        raise SetupError(f"The simulator cannot listen on {host}:{port}: {error.strerror or error}.") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with aiohttp.ClientSession(timeout=POST_TIMEOUT) as session:
        beats = [asyncio.create_task(beat(worlds, session)) for beat in (_events, _acknowledgements, _answers)]
        print(f"Simulator ready on http://{host}:{server.sockets[0].getsockname()[1]}", flush=True)
        await stop.wait()
        server.close()
        for world in worlds:
            world.events.clear()
        for beat in beats:
            beat.cancel()
        await asyncio.gather(*beats, return_exceptions=True)


async def _events(worlds: Worlds, session: aiohttp.ClientSession) -> None:
    last_post = 0.0
    while True:
        await asyncio.sleep(TICK_S)
        posts = time.monotonic() - last_post > 0.25
        if posts:
            last_post = time.monotonic()
        for world in worlds:
            knobs = world.faults
            world.timetable.run_due(time.time())
            if posts:
                world.events.post_due(
                    session, disorder=knobs.event_disorder, seed=knobs.seed, retry_s=knobs.event_retry_s
                )


async def _acknowledgements(worlds: Worlds, session: aiohttp.ClientSession) -> None:
    while True:
        started = time.monotonic()
        await asyncio.gather(
            *(one.acknowledgements.post_due(session, max(1, one.faults.receipts_per_s // 10)) for one in worlds)
        )
        await asyncio.sleep(max(0.01, 0.1 - (time.monotonic() - started)))


async def _answers(worlds: Worlds, session: aiohttp.ClientSession) -> None:
    while True:
        await asyncio.gather(*(world.answers.post_due(session) for world in worlds))
        await asyncio.sleep(0.1)


def answer(worlds: Worlds, request: Request) -> Answer:
    """The answer of whichever simulated service this path belongs to, in the world that it names."""
    world, request = worlds.addressed(request)
    if world is None:
        return NO_DRILL
    if request.method == "POST" and request.is_local:
        if request.path.endswith("/messages:send"):
            return fcm.send(world, request)
        if request.path == "/v3/mail/send":
            return sendgrid.send(world, request)
        if request.path == "/token":
            return world.tokens.issue(request)
    handler = ROUTES.get((request.method, request.path))
    if handler is None:
        return json_answer({"error": "There is nothing here."}, 404)
    return control_api.answer(handler, world, request)


class Connection(asyncio.Protocol):
    """One connection: reads requests, answers them in order, cuts or hangs when told."""

    def __init__(self, worlds: Worlds, loop: asyncio.AbstractEventLoop) -> None:
        self._worlds, self._loop = worlds, loop
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller connects."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        self._parser = httptools.HttpRequestParser(self)
        self._worlds.everyday.ledger.happened["connections"] += 1

    def data_received(self, data: bytes) -> None:
        """Bytes arrive; what is no HTTP ends the connection."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.abort()

    def on_message_begin(self) -> None:
        """httptools: a request begins."""
        self._url, self._size = b"", 0
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        """httptools: the target, perhaps in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: one header, whole."""
        name = name.lower()
        if name in KEPT_HEADERS:
            self._headers[name] = value
        elif name == b"expect":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """httptools: a piece of the body; one beyond all bounds ends the connection."""
        self._size += len(body)
        if self._size > MOST_BODY_BYTES:
            self._transport.abort()
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        """httptools: the request is whole; it is answered after those before it."""
        path, _, query = self._url.decode("latin1").partition("?")
        method = self._parser.get_method().decode()
        local = is_local(self._peer, self._headers)
        request = Request(method, path, query, self._headers, b"".join(self._body), local)
        if self._busy:
            self._waiting.append((request, self._parser.should_keep_alive()))
        else:
            self._answer(request, self._parser.should_keep_alive())

    def _answer(self, request: Request, keep_alive: bool) -> None:
        try:
            reply = answer(self._worlds, request)
        except Exception:
            # httptools would make it look like a cut line: a mistake of ours must never pass for a fault somebody set.
            log.exception("The simulator itself failed on %s %s", request.method, request.path)
            reply = json_answer({"error": "The simulator itself failed; its log says why."}, 500)
        if reply.delay_s > 0:
            self._busy = True
            self._loop.call_later(reply.delay_s, self._reply, reply, keep_alive)
        else:
            self._reply(reply, keep_alive)

    def _reply(self, reply: Answer, keep_alive: bool) -> None:
        self._busy = False
        if self._transport.is_closing():
            return
        if reply.cut:
            self._transport.abort()
            return
        self._transport.write(reply.encoded(keep_alive=keep_alive))
        if not keep_alive:
            self._transport.close()
        elif self._waiting:
            self._answer(*self._waiting.popleft())
