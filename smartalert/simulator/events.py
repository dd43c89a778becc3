"""SendGrid's signed event webhook: batches of events, tried again until they are taken or too old."""

import asyncio
import base64
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

#: Bounds of one post and of posts at once; SendGrid posts about each second or at 768 kB.
MOST_IN_A_BATCH, AT_ONCE, MOST_WAITING = 1_000, 3, 500_000
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0


def body_of(events: list[dict[str, Any]]) -> bytes:
    """The bytes SendGrid signs: a JSON array with CRLF after each event and at the end."""
    return b"[" + b",\r\n".join(map(orjson.dumps, events)) + b"]\r\n"


class EventPost:
    """Posts events to the webhook. Without an address they are counted and forgotten."""

    def __init__(self, url: str | None, private_key: Path) -> None:
        self._url = url
        key = load_pem_private_key(private_key.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("SendGrid signs with ECDSA.")
        self._key = key
        self._waiting: list[dict[str, Any]] = []
        self._posting: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event: dict[str, Any]) -> None:
        """Queue one event for the next batch."""
        self.counts[f"event_{event['event']}"] += 1
        if self._url and len(self._waiting) < MOST_WAITING:
            self._waiting.append(event)

    def clear(self) -> None:
        """Forget what waits, stop what is being tried again, and start counting anew."""
        self._waiting.clear()
        for task in self._posting:
            task.cancel()
        self.counts.clear()

    def post_due(self, session: aiohttp.ClientSession, *, disorder: float, seed: int, retry_s: float) -> None:
        """Start posting what waits, while few enough posts are under way."""
        while self._waiting and len(self._posting) < AT_ONCE:
            batch, self._waiting = self._waiting[:MOST_IN_A_BATCH], self._waiting[MOST_IN_A_BATCH:]
            mixed = random.Random(f"{seed}|{batch[0]['sg_event_id']}")
            if mixed.random() < disorder:
                mixed.shuffle(batch)
            task = asyncio.create_task(self._post(session, batch, retry_s))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def _post(self, session: aiohttp.ClientSession, batch: list[dict[str, Any]], retry_s: float) -> None:
        body, until, wait = body_of(batch), time.monotonic() + retry_s, FIRST_WAIT_S
        while not await self._taken(session, body):
            if time.monotonic() + wait > until:
                self.counts["events_lost"] += len(batch)
                return
            self.counts["event_posts_repeated"] += 1
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)
        self.counts["events_taken"] += len(batch)

    async def _taken(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        assert self._url  # noqa: S101  # nothing waits without an address
        try:
            async with session.post(self._url, data=body, headers=self._signed(body), allow_redirects=False) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
