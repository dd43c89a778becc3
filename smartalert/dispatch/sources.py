"""What may leave, whatever it is: claimed, then offered to a provider, then recorded, by one function of the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from smartalert.database.connection import Connection
from smartalert.providers.provider import Addressee, Message, Outcome, PermanentFailure, TemporaryFailure
from smartalert.wording import Channel

#: What became of a claim whose channel was switched off before its turn.
CHANNEL_OFF = PermanentFailure("the person switched this channel off")
#: What a worker that could not finish says of claims that were with the provider and have no outcome.
LEFT_OPEN = TemporaryFailure("the worker could not finish", perhaps_accepted=True)
#: What it says of claims that it had not begun to offer.
NOT_OFFERED = TemporaryFailure("the worker could not finish")

#: One thing in a worker's hands, as its source knows it.
Claimed = TypeVar("Claimed")


@dataclass(frozen=True, slots=True)
class Batch(Generic[Claimed]):
    """Claims that get the same message on the same channel."""

    channel: Channel
    message: Message
    claims: Sequence[Claimed]
    #: By the force's own mail relay, and not by the channel's provider.
    by_relay: bool = False
    #: The drill it is part of: each has providers of its own.
    drill: int | None = None


class Source(Protocol[Claimed]):
    """One kind of what may leave."""

    def claim(self, conn: Connection, now: datetime) -> Sequence[Batch[Claimed]]:
        """Take what is due into this worker's hands, so that nobody else offers it; empty when nothing is."""

    def addressee(self, message: Message, claim: Claimed) -> Addressee | None:
        """Whom one claim is for, under a reference of its own; None where the channel is off."""

    def record(self, conn: Connection, outcomes: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
        """Write what became of the claims of one batch; written twice, it changes nothing."""
