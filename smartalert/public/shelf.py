"""What many ask for at once: made anew every two seconds at most, by one of them while the others wait."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import ParamSpec, TypeVar

from cachetools import TTLCache, cached
from fastapi.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")
#: What many people ask for at once is read from the database this often, however many they are.
FRESH_S = 2
#: The most answers a process remembers; the largest are photographs.
MOST = 200


def for_a_moment(at_most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorates what reads the database: asked for meanwhile, by however many threads, it is read once."""
    return cached(TTLCache(at_most, FRESH_S), condition=Condition(), info=True)


def etag_of(body: bytes) -> str:
    """What a reader names to ask whether this has changed."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Made:
    """One answer, and what names it."""

    body: bytes
    etag: str


class Shelf:
    """Answers by name, for one event loop; the timer is in seconds."""

    def __init__(self, at_most: int = MOST, timer: Callable[[], float] = time.monotonic) -> None:
        self._made: TTLCache[str, Made] = TTLCache(at_most, FRESH_S, timer)
        self._making: dict[str, asyncio.Task[Made | None]] = {}

    async def take(self, name: str, make: Callable[[], bytes | None]) -> Made | None:
        """The answer of this name as of a moment ago; None, and nothing remembered, where make finds none."""
        if (there := self._made.get(name)) is not None:
            return there
        if name not in self._making:
            self._making[name] = asyncio.create_task(self._make(name, make))
        # Whoever hangs up must not leave the others without an answer.
        return await asyncio.shield(self._making[name])

    async def _make(self, name: str, make: Callable[[], bytes | None]) -> Made | None:
        try:
            body = await run_in_threadpool(make)
            if body is None:
                return None
            self._made[name] = made = Made(body, etag_of(body))
            return made
        finally:
            del self._making[name]

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()
