"""What providers and phones report later. The ledger moves only forward, so repeats and wrong order change nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.dispatch.links import BadLink, Reference
from smartalert.providers.sendgrid.events import RECEIPT_OF, reason_of


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing reported of one delivery."""

    reference: Reference
    event: str
    at: datetime
    reason: str | None = None


def from_sendgrid(events: Iterable[Mapping[str, Any]]) -> list[Receipt]:
    """The receipts in one post of SendGrid's event webhook; events that name no delivery of ours are passed over."""
    receipts = []
    for event in events:
        meaning = RECEIPT_OF.get(event.get("event", ""))
        if meaning == "address_gone" and event.get("type") == "blocked":
            meaning = "failed"
        try:
            # A digest carries several deliveries.
            address = str(event.get("email", "")).lower()
            parts = map(Reference.parse, str(event.get("delivery", "")).split(","))
            references = [one.to(address) if address else one for one in parts]
            at = datetime.fromtimestamp(int(event["timestamp"]), UTC)
        except (BadLink, KeyError, ValueError, TypeError, OverflowError):
            continue
        if meaning:
            receipts += [Receipt(reference, meaning, at, reason_of(event)) for reference in references]
    return receipts


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
