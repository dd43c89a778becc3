"""What providers and phones report later. The ledger moves only forward, so repeats and wrong order change nothing."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from smartalert.clock import utc_now
from smartalert.database.connection import Connection, queries
from smartalert.dispatch.links import BadLink, Reference
from smartalert.providers.sendgrid.events import Event, understood
from smartalert.wording import Channel


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing reported of one delivery."""

    reference: Reference
    event: str
    at: datetime
    reason: str | None = None


def from_sendgrid(events: Iterable[object]) -> list[Receipt]:
    """The receipts in one post of SendGrid's event webhook; events that name no delivery of ours are passed over."""
    return [
        Receipt(reference, event.meaning, event.at, event.reason)
        for event in understood(events, utc_now())
        for reference in references(event)
    ]


def references(event: Event) -> list[Reference]:
    """The mails of ours that an event is about: a digest carries several deliveries. None for other mails.

    The address it went to is the proof: whoever has another by now is told of nothing.
    """
    found = []
    for part in event.delivery.split(","):
        with suppress(BadLink):
            found.append(Reference.parse(part))
    mails = [reference for reference in found if reference.channel == Channel.EMAIL]
    return [mail.to(event.address) if event.address else mail for mail in mails]


def record(conn: Connection, receipts: list[Receipt]) -> int:
    """Write them into the ledger; how many deliveries they told about."""
    if not receipts:
        return 0
    return int(queries("dispatch/receipts").record(conn, **columns(receipts)))


def record_proven(conn: Connection, receipts: list[Receipt]) -> int:
    """The same of receipts from outside: those whose reference lacks the right proof are passed over."""
    if not receipts:
        return 0
    proofs = [r.reference.proof for r in receipts]
    return int(queries("dispatch/receipts").record_proven(conn, **columns(receipts), proofs=proofs))


def columns(receipts: list[Receipt]) -> dict[str, list[object]]:
    """As the database's functions take them."""
    return {
        "alert_ids": [r.reference.alert_id for r in receipts],
        "subscriber_ids": [r.reference.subscriber_id for r in receipts],
        "channels": [r.reference.channel for r in receipts],
        "events": [r.event for r in receipts],
        "times": [r.at for r in receipts],
        "reasons": [r.reason for r in receipts],
    }


def record_events(conn: Connection, events: Iterable[object]) -> None:
    """Write what one post of SendGrid's reports of deliveries."""
    record_proven(conn, from_sendgrid(events))


def record_bounces(conn: Connection, events: Iterable[object]) -> None:
    """Switch off dead addresses that SendGrid reports without saying which delivery it was: late bounces, and mails
    about the service. Where one delivery alone can have been it, that one failed."""
    heard = understood(events, utc_now())
    gone = [event for event in heard if event.meaning == "address_gone" and event.address and not references(event)]
    if gone:
        queries("dispatch/receipts").record_bounces(
            conn,
            addresses=[event.address for event in gone],
            message_ids=[event.message_id for event in gone],
            times=[event.at for event in gone],
            reasons=[event.reason for event in gone],
        )
