"""Whether an event post came from SendGrid."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sendgrid.helpers.eventwebhook import EventWebhook


def is_signed(body: bytes, signature: str, timestamp: str, public_key: str) -> bool:
    """Did the holder of the key (base64 DER, as SendGrid shows it) sign exactly this body, trailing CRLF included?

    Without a key nobody did.
    """
    if not public_key:
        return False
    try:
        return bool(_verifier(public_key).verify_signature(body.decode(), signature, timestamp))
    except (ValueError, UnicodeError):
        return False


@cache
def _verifier(public_key: str) -> EventWebhook:
    return EventWebhook(public_key)


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


def reason_of(event: Mapping[str, Any]) -> str | None:
    """Why a mail failed, without the address that SendGrid likes to repeat in it."""
    words = {
        "bounce": "the mail server refused it",
        "dropped": "SendGrid did not try: the address failed before",
        "spamreport": "marked as spam by the person",
        "unsubscribe": "unsubscribed in the mail program",
    }
    return words.get(event["event"])
