"""The address of a process's own by which operators watch it: /metrics, /alive and /ready. Nobody else reaches it."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import PackageNotFoundError, version
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smartalert.config import settings
from smartalert.database import connection, health
from smartalert.errors import SetupError
from smartalert.monitoring.counts import REGISTRY

log = logging.getLogger(__name__)
STILL = "It is starting, or stands still"
#: A process says each second that its loop turns; one that has not for so long is not alive.
BEATS_S, STILL_S = 1.0, 15.0


class Pulse:
    """Whether this process's loop turns, and why it cannot do its work though it does."""

    def __init__(self) -> None:
        self.beat_at: float | None = None
        #: Asked when somebody wants to know whether the process is ready: why not, or nothing.
        self.trouble: Callable[[], str] = str

    @property
    def alive(self) -> bool:
        """Whether it has turned lately; not before it has begun."""
        return self.beat_at is not None and time.monotonic() - self.beat_at < STILL_S


#: This process's.
PULSE = Pulse()


@asynccontextmanager
async def beating(trouble: Callable[[], str] = str) -> AsyncIterator[None]:
    """Let others see that this loop turns; around all that a process does once it has begun."""

    async def beat() -> None:
        while True:
            PULSE.beat_at = time.monotonic()
            await asyncio.sleep(BEATS_S)

    PULSE.trouble = trouble
    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        PULSE.beat_at = None


class State(Collector):
    """What this process is, whether it is ready, and how many of its connections to the database are in use."""

    def __init__(self, process: str) -> None:
        self.process, self.role = process, f"smartalert_{process}"

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are no other's, and asking would begin a look."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """As it is now."""
        info = GaugeMetricFamily(
            "smartalert_info", "What runs here; always 1.", labels=("process", "mode", "version", "schema")
        )
        info.add_metric([self.process, settings().mode, running_version(), connection.newest_step()], 1)
        yield info
        yield GaugeMetricFamily(
            "smartalert_ready", "Whether this process can do its work.", value=float(not why_not_ready(self.role))
        )
        if PULSE.alive:
            pool: Any = connection.engine(self.role).pool
            family = GaugeMetricFamily(
                "smartalert_pool_connections", "Connections to the database, by state.", labels=("state",)
            )
            for state, n in (("in_use", pool.checkedout()), ("free", pool.size() - pool.checkedout())):
                family.add_metric([state], n)
            yield family


def running_version() -> str:
    """The version of Smart Alert; “source” where it was never installed as a package."""
    try:
        return version("smartalert")
    except PackageNotFoundError:
        return "source"


def why_not_ready(role: str) -> str:
    """Why this process cannot do its work, in words; empty where it can."""
    if not PULSE.alive:
        return STILL
    return PULSE.trouble() or health.watch(role).problem() or ""


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each who asks; none keeps the process from ending."""

    daemon_threads = True


class ServerOf6(Server):
    """The same for an address of IPv6."""

    address_family = socket.AF_INET6


class Handler(WSGIRequestHandler):
    """Waits for nobody, and writes nothing into the log about who asked."""

    timeout = 10

    def log_message(self, *_: object) -> None:
        """Nothing."""


def application(process: str, also: Iterable[Collector]) -> WSGIApplication:
    """What answers at that address."""
    registry, role = CollectorRegistry(), f"smartalert_{process}"
    ProcessCollector(registry=registry)
    for collector in (REGISTRY, State(process), *also):
        registry.register(collector)
    metrics: WSGIApplication = make_wsgi_app(registry)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"] if environ["REQUEST_METHOD"] in ("GET", "HEAD") else ""
        try:
            if path == "/metrics":
                return metrics(environ, start_response)
            if path == "/alive":
                return say(start_response, "" if PULSE.alive else STILL)
            if path == "/ready":
                return say(start_response, why_not_ready(role))
        except Exception as error:  # wsgiref would write it past the log
            log.exception("%s could not be answered", path)
            return say(start_response, type(error).__name__)
        start_response("404 Not Found", [("content-type", "text/plain")])
        return [b"/metrics, /alive, /ready\n"]

    return answer


def say(start_response: StartResponse, problem: str) -> list[bytes]:
    """200, or 503 and why, as /health says it."""
    facts = {"status": "unavailable", "reason": problem} if problem else {"status": "ok"}
    start_response("503 Service Unavailable" if problem else "200 OK", [("content-type", "application/json")])
    return [json.dumps({**facts, "mode": settings().mode}).encode()]


@contextmanager
def watched(process: str, also: Iterable[Collector] = ()) -> Iterator[None]:
    """Answer at this process's address as long as the block lasts; nowhere where none is set. Raises SetupError."""
    ours = settings()
    if ours.metrics_port is None:
        yield
        return
    if ours.metrics_port in (ours.control_port, ours.public_port, ours.simulator_port):
        raise SetupError(f"SMARTALERT_METRICS_PORT is {ours.metrics_port}, which is another's: give it one of its own.")
    kind = ServerOf6 if ":" in ours.metrics_host else Server
    try:
        server = make_server(ours.metrics_host, ours.metrics_port, application(process, also), kind, Handler)
    except OSError as error:
        raise SetupError(
            f"SMARTALERT_METRICS_HOST and SMARTALERT_METRICS_PORT, {ours.metrics_host} and {ours.metrics_port}, "
            f"cannot be listened on: {error.strerror}."
        ) from None
    with server:
        threading.Thread(target=server.serve_forever, name="monitoring", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
