"""The day's digest: one message a person and channel, with the updates they did not get singly.

Each update's delivery stays the ledger's row. All rows of one digest are claimed, handed over and recorded together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

from smartalert.clock import LONDON
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.dispatch import deliveries, links
from smartalert.dispatch.deliveries import Claim
from smartalert.dispatch.links import Reference, sign, sign_all
from smartalert.dispatch.sources import Batch
from smartalert.providers.provider import Addressee, Message, Outcome
from smartalert.wording import EXERCISE, Channel, Wording, render
from smartalert.worker.hand_over import Worker

#: People and channels in one worker's hands at once.
AT_ONCE = 500
#: Deliveries that one receipt speaks for; the rest of a longer digest stays "handed over".
MOST_IN_A_RECEIPT = 40
#: A phone shows no more headlines than this.
HEADLINES_ON_A_PHONE = 5


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person gets on one channel: the updates, by alert id. No address: the channel is off."""

    channel: Channel
    subscriber_id: int
    alert_ids: tuple[int, ...]
    attempts: int
    claimed_at: datetime
    address: str | None = field(repr=False)

    @property
    def references(self) -> list[Reference]:
        """Its deliveries, as receipts name them."""
        return [Reference(alert_id, self.subscriber_id, self.channel) for alert_id in self.alert_ids]

    @property
    def reference(self) -> str:
        """The same in one string."""
        return ",".join(map(str, self.references[:MOST_IN_A_RECEIPT]))


@dataclass(frozen=True, slots=True)
class Update:
    """What a digest says of one update."""

    id: int
    identifier: UUID
    headline: str
    description: str
    instruction: str
    contact: str
    incident_number: str
    area_desc: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """One delivery of a digest, as it is claimed."""

    channel: str
    subscriber_id: int
    alert_id: int
    attempts: int
    claimed_at: datetime
    address: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigestSource:
    """Every digest that is due. Safe to ask at any time, by any number of workers."""

    worker: Worker

    def claim(self, conn: Connection, now: datetime) -> list[Batch[Digest]]:
        """Take due digests into this worker's hands, those with the same updates in one batch."""
        queries("worker/digests").take_turns(conn)
        leave_out(conn, now)
        rows = rows_as(
            ClaimedRow,
            queries("worker/digests").claim(conn, worker=self.worker.number, now=now, limit=AT_ONCE),
        )
        together = sorted(gather(rows), key=lambda one: (one.channel, one.alert_ids))
        return [
            Batch(channel, read_message(conn, alert_ids, channel, self.worker.mode, now), list(same))
            for (channel, alert_ids), same in groupby(together, key=lambda one: (one.channel, one.alert_ids))
        ]

    def addressee(self, message: Message, digest: Digest) -> Addressee | None:
        """Whom one digest is for, with their own links."""
        if digest.address is None:
            return None
        base, first = settings().public_base, digest.references[0]
        personal = {links.PAGE: f"{base}/alerts"}
        if digest.channel is Channel.PUSH:
            others = digest.references[1:MOST_IN_A_RECEIPT]
            personal[links.RECEIPT] = sign_all("receipt", [first.to(digest.address), *others])
        else:
            personal[links.CHOICES] = f"{base}/my-alerts"
            personal[links.UNSUBSCRIBE] = f"{base}/unsubscribe/{sign('unsubscribe', first.to(digest.address))}"
        return Addressee(digest.reference, digest.address, personal)

    def record(self, conn: Connection, outcomes: Sequence[tuple[Digest, Outcome]], now: datetime) -> None:
        """Write what became of each digest into the rows of all its updates: tried again, they stay together."""
        channel, alert_ids = outcomes[0][0].channel, outcomes[0][0].alert_ids
        harmless = self.worker.providers[channel].repeat_is_harmless
        told = [
            (Claim(one.subscriber_id, one.attempts, one.claimed_at, one.address), outcome) for one, outcome in outcomes
        ]
        states = deliveries.new_states(conn, channel, told, now, harmless)
        for alert_id in alert_ids:
            deliveries.write_down(conn, alert_id, channel, told, states, worker=self.worker.number, now=now)


def leave_out(conn: Connection, now: datetime) -> None:
    """Updates that are over, stopped or replaced end here, each in its named state."""
    over: list[int] = [row.alert_id for row in queries("worker/digests").over(conn, now=now)]
    for alert_id in over:
        queries("dispatch/deliveries").expire(conn, alert_id=alert_id, now=now)


def gather(rows: Iterable[ClaimedRow]) -> Iterator[Digest]:
    """The digests that claimed deliveries make, one a person and channel."""
    ordered = sorted(rows, key=lambda row: (row.channel, row.subscriber_id, row.alert_id))
    for (channel, person), group in groupby(ordered, key=lambda row: (row.channel, row.subscriber_id)):
        held = list(group)
        attempts = max(row.attempts for row in held)
        yield Digest(
            Channel(channel), person, tuple(row.alert_id for row in held), attempts, held[0].claimed_at, held[0].address
        )


def read_message(conn: Connection, alert_ids: Sequence[int], channel: Channel, mode: Mode, now: datetime) -> Message:
    """The words of a digest of these updates; phones keep the day's one of them."""
    updates = rows_as(Update, queries("worker/digests").updates(conn, alert_ids=list(alert_ids)))
    words = word(updates, mode)[channel]
    return Message(
        alert_id=f"digest-{now.astimezone(LONDON):%Y-%m-%d}",
        title=words.title,
        text=words.body,
        html=words.html,
        urgent=False,
        expires_at=max(update.expires_at for update in updates),
        data={"receipt": links.RECEIPT, "page": links.PAGE} if channel is Channel.PUSH else {},
    )


def word(updates: Sequence[Update], mode: Mode) -> dict[Channel, Wording]:
    """Channel → a digest's wording, exactly as it will be handed over."""
    exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
    count = "1 update" if len(updates) == 1 else f"{len(updates)} updates"
    facts: dict[str, object] = {
        "exercise": exercise,
        "force": settings().force_name,
        "sender": settings().sender,
        "host": settings().public_host,
        "count": count,
        "updates": updates,
        "base": settings().public_base,
        "limit": settings().updates_a_week,
        "shown": HEADLINES_ON_A_PHONE,
        "page": links.PAGE,
        "choices": links.CHOICES,
        "unsubscribe": links.UNSUBSCRIBE,
    }
    title = f"{exercise}{settings().force_name}: {count} today"
    return {
        Channel.PUSH: Wording(title, render("worker/digest_push.txt", facts)),
        Channel.EMAIL: Wording(title, render("worker/digest.txt", facts), render("worker/digest.html", facts)),
    }
