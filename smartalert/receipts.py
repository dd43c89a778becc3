"""What providers and phones report later. The ledger moves only forward, so repeats and wrong order change nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smartalert.db import Connection, queries
from smartalert.tokens import BadLink, Reference

#: SendGrid event → what it means to us. Opens and clicks are not tracked. A soft bounce ("blocked") is no dead address.
RECEIPT_OF = {
    "processed": "handed_over",
    "deferred": "handed_over",
    "delivered": "delivered",
    "bounce": "address_gone",
    "dropped": "failed",
    "spamreport": "address_gone",
    "unsubscribe": "address_gone",
}


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
            references = [Reference.parse(part) for part in str(event.get("delivery", "")).split(",")]
            at = datetime.fromtimestamp(int(event["timestamp"]), UTC)
        except (BadLink, KeyError, ValueError, TypeError, OverflowError):
            continue
        if meaning:
            receipts += [Receipt(reference, meaning, at, reason_of(event)) for reference in references]
    return receipts


def reason_of(event: Mapping[str, Any]) -> str | None:
    """Why a mail failed, without the address that SendGrid likes to repeat in it."""
    words = {
        "bounce": "the mail server refused it",
        "dropped": "SendGrid did not try: the address failed before",
        "spamreport": "marked as spam by the person",
        "unsubscribe": "unsubscribed in the mail program",
    }
    return words.get(event["event"])


def record(conn: Connection, receipts: list[Receipt]) -> int:
    """Write them into the ledger; how many deliveries they told about."""
    if not receipts:
        return 0
    found: int = queries("receipts").record(
        conn,
        alert_ids=[r.reference.alert_id for r in receipts],
        subscriber_ids=[r.reference.subscriber_id for r in receipts],
        channels=[r.reference.channel for r in receipts],
        events=[r.event for r in receipts],
        times=[r.at for r in receipts],
        reasons=[r.reason for r in receipts],
    )
    return found
