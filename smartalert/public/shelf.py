"""What many ask for at once: made anew every two seconds at most, by one of them while the others wait."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

#: What many people ask for at once is read from the database this often, however many they are.
FRESH_S = 2
#: The most answers a process remembers; the largest are photographs.
MOST = 200


def tick() -> int:
    """Changes when it is time to look at the database again."""
    return int(time.monotonic() / FRESH_S)


def etag_of(body: bytes) -> str:
    """What a reader names to ask whether this has changed."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Made:
    """One answer, and when it was made."""

    body: bytes
    etag: str
    tick: int


class Shelf:
    """Answers by name, for one event loop."""

    def __init__(self) -> None:
        self._made: dict[str, Made] = {}
        self._making: dict[str, asyncio.Task[Made | None]] = {}

    async def take(self, name: str, make: Callable[[], bytes | None]) -> Made | None:
        """The answer of this name as of a moment ago; None, and nothing remembered, where make finds none."""
        there = self._made.get(name)
        if there is not None and there.tick == tick():
            return there
        if name not in self._making:
            self._making[name] = asyncio.create_task(self._make(name, make))
        # Whoever hangs up must not leave the others without an answer.
        return await asyncio.shield(self._making[name])

    async def _make(self, name: str, make: Callable[[], bytes | None]) -> Made | None:
        try:
            at, body = tick(), await run_in_threadpool(make)
            self._made.pop(name, None)
            if body is None:
                return None
            self._made[name] = made = Made(body, etag_of(body), at)
            if len(self._made) > MOST:
                del self._made[next(iter(self._made))]
            return made
        finally:
            del self._making[name]

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()
