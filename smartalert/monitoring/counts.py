"""What one process counts of itself. Nothing is counted by person, and no label names anybody or an alert."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import procrastinate
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartalert.monitoring.logs import UNDER_WAY
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure
from smartalert.wording import Channel

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "smartalert_requests", "Requests answered, by method and class of status.", ("method", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "smartalert_request_seconds",
    "How long requests took until they were answered whole.",
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
    registry=REGISTRY,
)
JOBS = Counter("smartalert_jobs_done", "Jobs that ended, by task and how.", ("task", "outcome"), registry=REGISTRY)
#: Batches and not messages: how many mails one alert took is how many people live where it was for.
BATCHES = Counter(
    "smartalert_batches",
    "Batches offered to a provider, once under each outcome that any of its messages had.",
    ("way", "outcome"),
    registry=REGISTRY,
)
OUTCOMES = {HandedOver: "handed_over", PermanentFailure: "refused", AddressGone: "address_gone"}
#: Other words that a client thinks up count as one.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Requests:
    """Counts what is asked of an application, and gives each request a number that its lines in the log carry."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # Never taken back: a server's own word about a request that failed comes later, in the same task.
        UNDER_WAY.set({"request": secrets.token_hex(8)})
        try:
            return await self.app(scope, receive, send_and_note)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(method, f"{status // 100}xx").inc()
            REQUEST_SECONDS.observe(time.perf_counter() - began)


async def job(call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, _worker: object) -> Any:
    """Counts a job that a worker does, and has its lines in the log carry its number."""
    task = context.job.task_name
    UNDER_WAY.set({"job": str(context.job.id), "task": task})
    outcome = "failed"
    try:
        result = await call_next()
        outcome = "done"
        return result
    finally:
        JOBS.labels(task, outcome).inc()


def batch(way: str, outcomes: Iterable[Outcome]) -> None:
    """Count one batch under each of the outcomes that its messages had: by a channel's provider, or the relay."""
    for word in {in_a_word(outcome) for outcome in outcomes}:
        BATCHES.labels(way, word).inc()


def in_a_word(outcome: Outcome) -> str:
    """What became of one message."""
    if isinstance(outcome, TemporaryFailure):
        return "in_doubt" if outcome.perhaps_accepted else "try_again"
    return OUTCOMES[type(outcome)]


# Served from the first moment: what appears with its first failure would hide that one.
for _way in (*Channel, "relay"):
    for _word in (*OUTCOMES.values(), "try_again", "in_doubt"):
        BATCHES.labels(_way, _word)
