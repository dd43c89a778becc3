"""What providers and phones report later. The ledger moves only forward, so repeats and wrong order change nothing."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from smartalert.database.connection import Connection, queries
from smartalert.dispatch.links import BadLink, Reference
from smartalert.providers.sendgrid.events import Event
from smartalert.wording import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing reported of one delivery."""

    reference: Reference
    event: str
    at: datetime
    reason: str | None = None
    #: Where it went, if that is said: an address that is not the person's any more switches nothing off.
    address: str = field(default="", repr=False)


def from_sendgrid(events: Iterable[Event]) -> list[Receipt]:
    """What events say of deliveries; those that name none of ours are passed over."""
    return [
        Receipt(reference, event.meaning, event.at, event.reason, event.address)
        for event in events
        for reference in references(event)
    ]


def references(event: Event) -> list[Reference]:
    """The mails of ours that an event is about: a digest carries several deliveries. None for other mails."""
    found = []
    for part in event.delivery.split(","):
        with suppress(BadLink):
            found.append(Reference.parse(part))
    return [reference for reference in found if reference.channel == Channel.EMAIL]


def record(conn: Connection, receipts: list[Receipt]) -> int:
    """Write them into the ledger; how many deliveries they told about."""
    if not receipts:
        return 0
    return int(
        queries("dispatch/receipts").record(
            conn,
            alert_ids=[r.reference.alert_id for r in receipts],
            subscriber_ids=[r.reference.subscriber_id for r in receipts],
            channels=[r.reference.channel for r in receipts],
            events=[r.event for r in receipts],
            times=[r.at for r in receipts],
            reasons=[r.reason for r in receipts],
            addresses=[r.address for r in receipts],
        )
    )


def record_phones(conn: Connection, receipts: list[Receipt]) -> int:
    """Write what phones report of themselves; those whose reference lacks the right proof are passed over."""
    if not receipts:
        return 0
    return int(
        queries("dispatch/receipts").record_phones(
            conn,
            alert_ids=[r.reference.alert_id for r in receipts],
            subscriber_ids=[r.reference.subscriber_id for r in receipts],
            events=[r.event for r in receipts],
            times=[r.at for r in receipts],
            proofs=[r.reference.proof for r in receipts],
        )
    )


def record_events(conn: Connection, events: Iterable[Event]) -> None:
    """Write what SendGrid reports of deliveries."""
    record(conn, from_sendgrid(events))


def record_resets(conn: Connection, events: Iterable[Event]) -> None:
    """In training: once phones and inboxes were emptied, whoever their faults switched off is reached again."""
    if any(event.meaning == "exercise_reset" for event in events):
        queries("dispatch/receipts").give_back(conn)


def record_bounces(conn: Connection, events: Iterable[Event]) -> None:
    """Switch off dead addresses that SendGrid reports without saying which delivery it was: late bounces, and mails
    about the service. Where one delivery alone can have been it, that one failed."""
    gone = [event for event in events if event.meaning == "address_gone" and event.address and not references(event)]
    if gone:
        queries("dispatch/receipts").record_bounces(
            conn,
            addresses=[event.address for event in gone],
            message_ids=[event.message_id for event in gone],
            times=[event.at for event in gone],
            reasons=[event.reason for event in gone],
        )
