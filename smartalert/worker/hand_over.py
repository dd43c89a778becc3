"""What the tasks of one worker share, and how whatever is due leaves: claimed, offered, recorded."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.dispatch.sources import CHANNEL_OFF, LEFT_OPEN, NOT_OFFERED, Batch, Claimed, Source
from smartalert.providers.provider import Addressee, Message, Outcome, Provider
from smartalert.wording import Channel

T = TypeVar("T")
#: How long a worker waits before each further try to write outcomes down.
PATIENCE_S = (0.2, 1.0, 5.0)


class Worker:
    """What the tasks of one process share: the database, the providers and the lock that says it lives."""

    def __init__(self, engine: Engine, mode: Mode, providers: Mapping[Channel, Provider]) -> None:
        self.engine = engine
        self.mode = mode
        self.providers = providers
        #: Its advisory lock's number, the mark on every delivery it holds.
        self.number = random.SystemRandom().randrange(1, 2**31)
        #: The frozen words of alerts, by alert and channel, read once.
        self.messages: dict[tuple[int, Channel], Message] = {}
        #: Why this worker must end.
        self.trouble: Exception | None = None

    async def in_transaction(self, work: Callable[..., T], *args: Any, **facts: Any) -> T:
        """Run work(conn, …) in one short transaction, off the event loop."""

        def run_it() -> T:
            with connection.transaction(self.engine) as conn:
                return work(conn, *args, **facts)

        return await asyncio.to_thread(run_it)

    async def hand_over(self, source: Source[Claimed]) -> bool:
        """Claim what is due, offer it, record what became of it; False when nothing was due.

        Every claim is recorded once, whatever breaks meanwhile, and no transaction is open across the network.
        """
        claimed = await self.in_transaction(source.claim, utc_now())
        waiting = deque(claimed)
        try:
            while waiting:
                message = waiting[0].message
                addressed = [(claim, source.addressee(message, claim)) for claim in waiting[0].claims]
                await self.offer(source, waiting.popleft(), addressed)
        finally:
            for batch in waiting:
                await self.record(source, [(claim, NOT_OFFERED) for claim in batch.claims])
        return bool(claimed)

    async def offer(
        self, source: Source[Claimed], batch: Batch[Claimed], addressed: Sequence[tuple[Claimed, Addressee | None]]
    ) -> None:
        """Hand one batch over to its provider and record it; the first outcome of each claim counts."""
        outcomes: dict[str, Outcome] = {}

        def report(reference: str, outcome: Outcome) -> None:
            outcomes.setdefault(reference, outcome)

        try:
            if addressees := [addressee for _, addressee in addressed if addressee]:
                await self.providers[batch.channel].hand_over(batch.message, addressees, report)
        finally:
            told = [
                (claim, outcomes.get(addressee.reference, LEFT_OPEN) if addressee else CHANNEL_OFF)
                for claim, addressee in addressed
            ]
            await self.record(source, told)

    async def record(self, source: Source[Claimed], outcomes: Sequence[tuple[Claimed, Outcome]]) -> None:
        """Write outcomes, patiently; a worker that cannot is in trouble and must end, so that others take over."""
        for wait_s in (*PATIENCE_S, None):
            try:
                await self.in_transaction(source.record, outcomes, utc_now())
            except (psycopg.Error, SQLAlchemyError) as error:
                if wait_s is None:
                    self.trouble = error
                    raise
                await asyncio.sleep(wait_s)
            else:
                return
