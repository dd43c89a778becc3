"""The day's digest: one message a person and channel, with the updates they did not get singly.

Each update's delivery stays the ledger's row. All rows of one digest are claimed, handed over and recorded together.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from smartalert.channel import Channel
from smartalert.clock import LONDON
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import deliveries, links
from smartalert.dispatch.deliveries import CHANNEL_OFF, LEFT_OPEN, LOCK_SPACE, Claim
from smartalert.dispatch.links import Reference, sign, sign_all
from smartalert.providers.provider import Addressee, Message, Outcome, Provider
from smartalert.wording import EXERCISE, Wording, render

#: Advisory lock under which digests are claimed.
TURN = 7_023
#: People and channels in one worker's hands at once.
AT_ONCE = 500
#: Deliveries that one receipt speaks for; the rest of a longer digest stays "handed over".
MOST_IN_A_RECEIPT = 40
#: A phone shows no more headlines than this.
HEADLINES_ON_A_PHONE = 5

InTransaction = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person gets on one channel: the updates, by alert id. No address: the channel is off."""

    channel: Channel
    subscriber_id: int
    alert_ids: tuple[int, ...]
    attempts: int
    address: str | None = field(repr=False)

    @property
    def references(self) -> list[Reference]:
        """Its deliveries, as receipts name them."""
        return [Reference(alert_id, self.subscriber_id, self.channel) for alert_id in self.alert_ids]

    @property
    def reference(self) -> str:
        """The same in one string."""
        return ",".join(map(str, self.references[:MOST_IN_A_RECEIPT]))


async def run(
    providers: Mapping[Channel, Provider],
    in_transaction: InTransaction,
    worker: int,
    mode: Mode,
    now: Callable[[], datetime],
) -> int:
    """Hand over every digest that is due; how many. Safe to call at any time, from any number of workers."""
    await in_transaction(leave_out, now())
    handed = 0
    while claimed := await in_transaction(claim, worker=worker, now=now()):
        for (channel, alert_ids), same in groupby(claimed, key=lambda one: (one.channel, one.alert_ids)):
            batch = list(same)
            message = await in_transaction(read_message, alert_ids, channel, mode, now())
            outcomes: dict[str, Outcome] = {}
            try:
                await offer(providers[channel], message, batch, outcomes)
            finally:
                harmless = providers[channel].repeat_is_harmless
                await in_transaction(record, batch, outcomes, worker=worker, now=now(), harmless=harmless)
        handed += len(claimed)
    return handed


def leave_out(conn: Connection, now: datetime) -> None:
    """Updates that are over, stopped or replaced end here, each in its named state."""
    for row in queries("worker/digests").over(conn, now=now):
        queries("dispatch/deliveries").expire(conn, alert_id=row.alert_id, now=now)


def claim(conn: Connection, *, worker: int, now: datetime) -> list[Digest]:
    """Take due digests into this worker's hands, those with the same updates beside each other."""
    queries("worker/digests").take_turns(conn, space=TURN)
    leave_out(conn, now)
    rows = queries("worker/digests").claim(conn, worker=worker, now=now, lock_space=LOCK_SPACE, limit=AT_ONCE)
    ordered = sorted(rows, key=lambda row: (row.channel, row.subscriber_id, row.alert_id))
    digests = []
    for (channel, person), group in groupby(ordered, key=lambda row: (row.channel, row.subscriber_id)):
        held = list(group)
        attempts = max(row.attempts for row in held)
        digests.append(Digest(Channel(channel), person, tuple(row.alert_id for row in held), attempts, held[0].address))
    return sorted(digests, key=lambda one: (one.channel, one.alert_ids))


async def offer(provider: Provider, message: Message, batch: Sequence[Digest], outcomes: dict[str, Outcome]) -> None:
    """Hand one message over to all who get these very updates; outcomes come in by reference as they are known."""
    outcomes.update({one.reference: CHANNEL_OFF for one in batch if one.address is None})
    addressees = [addressee(one) for one in batch if one.address is not None]
    if addressees:
        await provider.hand_over(message, addressees, outcomes.__setitem__)


def record(
    conn: Connection,
    batch: Sequence[Digest],
    outcomes: Mapping[str, Outcome],
    *,
    worker: int,
    now: datetime,
    harmless: bool,
) -> None:
    """Write what became of each digest into the rows of all its updates: tried again, they stay together."""
    told = [
        (Claim(one.subscriber_id, one.attempts, one.address), outcomes.get(one.reference, LEFT_OPEN)) for one in batch
    ]
    standings = [deliveries.standing_of(outcome, claim.attempts, now, harmless) for claim, outcome in told]
    for alert_id in batch[0].alert_ids:
        deliveries.write_down(conn, alert_id, batch[0].channel, told, standings, worker=worker, now=now)


def addressee(digest: Digest) -> Addressee:
    """Whom one digest is for, with their own links."""
    base, first = settings().public_base, digest.references[0]
    personal = {links.PAGE: f"{base}/alerts"}
    if digest.channel is Channel.PUSH:
        personal[links.RECEIPT] = sign_all("receipt", digest.references[:MOST_IN_A_RECEIPT])
    else:
        personal[links.CHOICES] = f"{base}/my-alerts"
        personal[links.UNSUBSCRIBE] = f"{base}/unsubscribe/{sign('unsubscribe', first)}"
    return Addressee(digest.reference, digest.address or "", personal)


def read_message(conn: Connection, alert_ids: Sequence[int], channel: Channel, mode: Mode, now: datetime) -> Message:
    """The words of a digest of these updates; phones keep the day's one of them."""
    updates = list(queries("worker/digests").updates(conn, alert_ids=list(alert_ids)))
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


def word(updates: Sequence[Any], mode: Mode) -> dict[Channel, Wording]:
    """Channel → a digest's wording, exactly as it will be handed over."""
    exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
    count = "1 update" if len(updates) == 1 else f"{len(updates)} updates"
    facts: dict[str, object] = {
        "exercise": exercise,
        "force": settings().force_name,
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
