"""Phones tell the public service what arrived and what was opened: a few at a time, never a flood, failures borne."""

import asyncio
from collections import Counter, deque

import aiohttp

#: A handful of phones speak at once; the rest wait, and past the bound the oldest is forgotten.
AT_ONCE, MOST_WAITING = 6, 200_000
TRIES, BETWEEN_TRIES_S = 3, 1.0


class Acknowledgements:
    """Posts {"receipt", "event"} to the public service. Without an address it keeps silent."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MOST_WAITING)
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, receipt: str, event: str) -> None:
        """Queue one acknowledgement: "delivered" or "opened"."""
        if self._url:
            self._waiting.append((receipt, event))

    def clear(self) -> None:
        """Forget what waits and what was counted."""
        self._waiting.clear()
        self.counts.clear()

    async def post_due(self, session: aiohttp.ClientSession, at_most: int) -> None:
        """Post up to so many, a few at a time; returns when all are through."""
        batch = [self._waiting.popleft() for _ in range(min(at_most, len(self._waiting)))]
        queue = iter(batch)

        async def one_phone_after_another() -> None:
            for receipt, event in queue:
                await self._post(session, receipt, event)

        await asyncio.gather(*(one_phone_after_another() for _ in range(min(AT_ONCE, len(batch)))))

    async def _post(self, session: aiohttp.ClientSession, receipt: str, event: str) -> None:
        assert self._url  # noqa: S101  # nothing waits without an address
        for attempt in range(TRIES):
            try:
                told = {"receipt": receipt, "event": event}
                async with session.post(self._url, json=told, allow_redirects=False) as answer:
                    if answer.status < 500:
                        self.counts["receipts_taken" if answer.status < 300 else "receipts_refused"] += 1
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(BETWEEN_TRIES_S * 2**attempt)
        self.counts["receipts_lost"] += 1
