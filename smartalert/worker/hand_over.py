"""What the tasks of one worker share, and how it hands deliveries over and records what became of them."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartalert.alerts import lifecycle, photos
from smartalert.channel import Channel
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.dispatch import deliveries, jobs, links, service_mail
from smartalert.dispatch.deliveries import Claim
from smartalert.dispatch.links import Reference, sign
from smartalert.providers import for_deployment
from smartalert.providers.provider import Addressee, Message, Outcome, Provider

T = TypeVar("T")
#: Small enough that a killed worker repeats few pushes, large enough that claiming costs little.
CLAIM_AT_ONCE = {Channel.PUSH: 64, Channel.EMAIL: 1_000}


class Worker:
    """What the tasks of one process share: the database, the providers and the lock that says it lives."""

    def __init__(self, engine: Engine, mode: Mode) -> None:
        self.engine = engine
        self.mode = mode
        self.providers: dict[Channel, Provider] = for_deployment(settings(), mode)
        #: Its advisory lock's number, the mark on every delivery it holds.
        self.number = random.SystemRandom().randrange(1, 2**31)
        self.messages: dict[tuple[int, str], Message] = {}
        #: Why this worker must end.
        self.trouble: Exception | None = None

    async def in_transaction(self, work: Callable[..., T], *args: Any, **facts: Any) -> T:
        """Run work(conn, …) in one short transaction, off the event loop."""

        def run_it() -> T:
            with connection.transaction(self.engine) as conn:
                return work(conn, *args, **facts)

        return await asyncio.to_thread(run_it)

    async def hand_over(self, alert_id: int, channel: Channel) -> bool:
        """Claim one batch, hand it over, record it; False when nothing was due."""
        claims = await self.in_transaction(
            deliveries.claim_batch, alert_id, channel, worker=self.number, limit=CLAIM_AT_ONCE[channel], now=utc_now()
        )
        if not claims:
            return False
        waiting = {str(Reference(alert_id, claim.subscriber_id, channel)): claim for claim in claims}
        outcomes: list[tuple[Claim, Outcome]] = []
        try:
            await self.offer(alert_id, channel, waiting, outcomes)
        finally:
            outcomes += [(claim, deliveries.LEFT_OPEN) for claim in waiting.values()]
            await self.record(alert_id, channel, outcomes)
        return True

    async def offer(
        self, alert_id: int, channel: Channel, waiting: dict[str, Claim], outcomes: list[tuple[Claim, Outcome]]
    ) -> None:
        """Hand claimed deliveries to their provider; each moves from waiting to outcomes as its outcome is known."""
        message = await self.message(alert_id, channel)
        for key in [key for key, claim in waiting.items() if claim.address is None]:
            outcomes.append((waiting.pop(key), deliveries.CHANNEL_OFF))

        def report(reference: str, outcome: Outcome) -> None:
            outcomes.append((waiting.pop(reference), outcome))

        addressees = [addressee(message, alert_id, channel, claim) for claim in waiting.values()]
        if addressees:
            await self.providers[channel].hand_over(message, addressees, report)

    async def record(self, alert_id: int, channel: Channel, outcomes: list[tuple[Claim, Outcome]]) -> None:
        """Write outcomes, patiently; a worker that cannot is in trouble and must end, so that others take over."""
        harmless = self.providers[channel].repeat_is_harmless
        for wait_s in (0.2, 1.0, 5.0, None):
            try:
                await self.in_transaction(
                    deliveries.record, alert_id, channel, outcomes,
                    worker=self.number, now=utc_now(), repeat_is_harmless=harmless,
                )  # fmt: skip
            except (psycopg.Error, SQLAlchemyError) as error:
                if wait_s is None:
                    self.trouble = error
                    raise
                await asyncio.sleep(wait_s)
            else:
                return

    async def post(self, letter_id: int) -> None:
        """Hand one letter over, unless somebody has had it: a letter, like any mail, is never doubled."""
        letter = await self.in_transaction(service_mail.claim, letter_id, utc_now())
        if letter is None:
            return
        outcomes: list[Outcome] = []
        await self.providers[Channel(letter.channel)].hand_over(
            letter.message, [letter.addressee], lambda _, outcome: outcomes.append(outcome)
        )
        await self.in_transaction(service_mail.record, letter, outcomes[0], utc_now())

    async def message(self, alert_id: int, channel: Channel) -> Message:
        """The frozen words of an alert, read once, after a look at what this database is."""
        if (alert_id, channel) not in self.messages:
            self.messages[alert_id, channel] = await self.in_transaction(read_message, alert_id, channel)
        return self.messages[alert_id, channel]

    async def wait_for_retries(self, alert_id: int, channel: Channel) -> None:
        """Leave a job behind for deliveries that are due later."""

        def leave(conn: connection.Connection) -> None:
            due = deliveries.next_due(conn, alert_id, channel)
            alert = lifecycle.load(conn, alert_id)
            if due is not None and alert.release_at <= utc_now():
                jobs.call_again(conn, alert_id, channel, urgent=alert.urgent, at=due)

        await self.in_transaction(leave)


def addressee(message: Message, alert_id: int, channel: Channel, claim: Claim) -> Addressee:
    """Whom one claimed delivery is for, with their own links; the page is everybody's, to be passed on."""
    reference, base = Reference(alert_id, claim.subscriber_id, channel), settings().public_base
    personal = {
        links.REPORT: f"{base}/report/{sign('report', reference)}",
        links.PAGE: f"{base}/alerts/{message.alert_id}",
    }
    if channel is Channel.PUSH:
        personal[links.RECEIPT] = sign("receipt", reference)
    else:
        personal[links.CHOICES] = f"{base}/my-alerts"
        personal[links.UNSUBSCRIBE] = f"{base}/unsubscribe/{sign('unsubscribe', reference)}"
    return Addressee(str(reference), claim.address or "", personal)


def read_message(conn: connection.Connection, alert_id: int, channel: Channel) -> Message:
    """One channel's frozen words, as the providers take them."""
    alert = lifecycle.load(conn, alert_id)
    words = lifecycle.words(conn, alert_id)[channel]
    data = {
        "receipt": links.RECEIPT,
        "report": links.REPORT,
        "page": links.PAGE,
        "incident": alert.incident_number,
        "area": alert.area_desc,
    }
    alt = photos.alt_shown(conn, alert_id)
    if alt:
        data["image_alt"] = alt
    return Message(
        alert_id=str(alert.identifier),
        title=words.title,
        text=words.body,
        html=words.html,
        urgent=alert.urgent,
        expires_at=alert.expires_at,
        data=data if channel is Channel.PUSH else {},
        image=links.PHOTO if alt else "",
        thread=str(alert.thread),
    )
