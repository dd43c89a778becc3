"""Whether an event post came from SendGrid."""

from functools import cache

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
