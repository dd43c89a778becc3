"""What the tasks of one worker share, and how whatever is due leaves: claimed, offered, recorded."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine

from smartalert.audit import restorations
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import outages
from smartalert.dispatch.sources import CHANNEL_OFF, LEFT_OPEN, NOT_OFFERED, Batch, Claimed, Source
from smartalert.errors import ClockWrong, ModeRefused, NotLetGo
from smartalert.monitoring import counts
from smartalert.providers.lease import Lease
from smartalert.providers.pace import Pace
from smartalert.providers.provider import Addressee, Message, Outcome, Provider
from smartalert.providers.residents import Residents
from smartalert.wording import Channel

T = TypeVar("T")
#: How long a worker waits before each further try to write outcomes down.
PATIENCE_S = (0.2, 1.0, 5.0)


class Worker:
    """What the tasks of one process share: the database, the providers and the lock that says it lives."""

    def __init__(
        self,
        engine: Engine,
        mode: Mode,
        providers: Mapping[Channel, Provider],
        lease: Lease | None = None,
        relay: Provider | None = None,
        *,
        of_drill: Callable[[int], Mapping[Channel, Provider]] | None = None,
        residents: Residents | None = None,
        paces: Mapping[Channel, Pace] | None = None,
    ) -> None:
        self.engine = engine
        self.mode = mode
        self.providers = providers
        #: The second road for mail, where the force has one.
        self.relay = relay
        #: How fast the providers are asked; shared with the other workers.
        self.paces = paces or {}
        #: In training: makes a drill's own providers; and those that were made, by drill.
        self._of_drill = of_drill
        self.drills: dict[int, Mapping[Channel, Provider]] = {}
        #: In training: who answers in drills.
        self.residents = residents
        #: Its advisory lock's number, the mark on every delivery it holds.
        self.number = random.SystemRandom().randrange(1, 2**31)
        #: Leave to send, as long as it is heard of; its providers ask for it as well.
        self.lease = lease or Lease()
        #: The frozen words of alerts and the drill that each is part of, by alert and channel, read once.
        self.messages: dict[tuple[int, Channel], tuple[Message, int | None]] = {}
        #: Why this worker must end.
        self.trouble: Exception | None = None

    def provider(self, channel: Channel, drill: int | None = None) -> Provider:
        """Who is asked to take what leaves: a drill's own provider, whom nobody else's trouble keeps waiting."""
        if drill is None or self._of_drill is None:
            return self.providers[channel]
        if drill not in self.drills:
            self.drills[drill] = self._of_drill(drill)
        return self.drills[drill][channel]

    async def close_drills(self, but: Collection[int] = ()) -> None:
        """Close the connections of drills, but for these; whoever needs them again opens new ones."""
        for drill in [drill for drill in self.drills if drill not in but]:
            for provider in self.drills.pop(drill).values():
                await provider.aclose()

    async def aclose(self) -> None:
        """Close all that was opened to the outside."""
        await self.close_drills()
        for provider in self.providers.values():
            await provider.aclose()
        if self.residents:
            await self.residents.aclose()

    async def in_transaction(self, work: Callable[..., T], *args: Any) -> T:
        """Run work(conn, …) in one short transaction, off the event loop."""

        def run_it() -> T:
            with connection.transaction(self.engine) as conn:
                return work(conn, *args)

        return await asyncio.to_thread(run_it)

    async def by_the_clock(self, work: Callable[..., T], *args: Any) -> T:
        """Run work(conn, …, now) in one short transaction, by the database's clock; this machine's decides nothing."""
        return await self.in_transaction(lambda conn: work(conn, *args, queries("worker/life").moment(conn).now))

    async def hand_over(self, source: Source[Claimed]) -> bool:
        """Claim what is due, offer it, record what became of it; False when nothing was due.

        Every claim is recorded once, whatever breaks meanwhile, and no transaction is open across the network.
        """
        claimed = await self.claim(source)
        waiting = deque(claimed)
        try:
            while waiting:
                message = waiting[0].message
                addressed = [(claim, source.addressee(message, claim)) for claim in waiting[0].claims]
                if not self.lease.holds():
                    break
                await self.offer(source, waiting.popleft(), addressed)
        finally:
            for batch in waiting:
                await self.record(source, [(claim, NOT_OFFERED) for claim in batch.claims])
        return bool(claimed)

    async def claim(self, source: Source[Claimed]) -> Sequence[Batch[Claimed]]:
        """Take what is due, if this database and this machine's clock are still what they must be."""
        try:
            return await self.in_transaction(self.claim_if_fit, source)
        except (ModeRefused, ClockWrong, NotLetGo) as trouble:
            self.trouble = trouble
            raise

    def claim_if_fit(self, conn: Connection, source: Source[Claimed]) -> Sequence[Batch[Claimed]]:
        """The same in its transaction. Raises ModeRefused, ClockWrong or NotLetGo, and claims nothing."""
        before = utc_now()
        moment = queries("worker/life").moment(conn)
        connection.check_skew(before, moment.clock, utc_now())
        if moment.mode != self.mode:
            raise ModeRefused(f"This worker is set to {self.mode}, the database is {moment.mode}.")
        if moment.is_held:
            restorations.require_let_go(conn)
        return source.claim(conn, moment.now)

    async def offer(
        self, source: Source[Claimed], batch: Batch[Claimed], addressed: Sequence[tuple[Claimed, Addressee | None]]
    ) -> None:
        """Hand one batch over to its provider and record it; the first outcome of each claim counts."""
        outcomes: dict[str, Outcome] = {}
        heard: list[Outcome] = []

        def report(reference: str, outcome: Outcome) -> None:
            outcomes.setdefault(reference, outcome)

        try:
            if addressees := [addressee for _, addressee in addressed if addressee]:
                relayed = self.relay if batch.by_relay else None
                provider = relayed or self.provider(batch.channel, batch.drill)
                await provider.hand_over(batch.message, addressees, report)
            if not batch.by_relay:
                heard = list(outcomes.values())  # broken off, they would say more of us than of the provider
        finally:
            told = [
                (claim, outcomes.get(addressee.reference, LEFT_OPEN) if addressee else CHANNEL_OFF)
                for claim, addressee in addressed
            ]
            if batch.drill is None:
                counts.batch("relay" if batch.by_relay else batch.channel, outcomes.values())
            await self.record(source, told, batch, heard)

    async def record(
        self,
        source: Source[Claimed],
        outcomes: Sequence[tuple[Claimed, Outcome]],
        batch: Batch[Claimed] | None = None,
        heard: Sequence[Outcome] = (),
    ) -> None:
        """Write outcomes, patiently, and in its world what was heard of the channel's provider.

        A worker that cannot is in trouble and must end, so that others take over.
        """

        def write_down(conn: Connection, now: datetime) -> None:
            source.record(conn, outcomes, now)
            if batch is not None and heard:
                harmless = self.provider(batch.channel).repeat_is_harmless
                connection.enter_world(conn, batch.drill)
                outages.see(conn, batch.channel, heard, now, repeat_is_harmless=harmless)

        for wait_s in (*PATIENCE_S, None):
            try:
                await self.by_the_clock(write_down)
            except Exception as error:  # whatever it is, claims that nobody ends must not stay with one that lives
                if wait_s is None:
                    self.trouble = error
                    raise
                await asyncio.sleep(wait_s)
            else:
                return
