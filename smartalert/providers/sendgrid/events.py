"""What SendGrid posts about mails: whether it came from SendGrid, and what each event means to us."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from sendgrid.helpers.eventwebhook import EventWebhook

#: SendGrid event → what it means to us. Opens and clicks are not tracked.
RECEIPT_OF = {
    "processed": "handed_over",
    "deferred": "handed_over",
    "delivered": "delivered",
    "bounce": "address_gone",
    "dropped": "failed",
    "spamreport": "address_gone",
    "unsubscribe": "address_gone",
    "group_unsubscribe": "address_gone",
    # Of an exercise alone: its trainer has emptied the phones and inboxes.
    "exercise_reset": "exercise_reset",
}
#: Why a mail failed, without the address that SendGrid likes to repeat in its own words.
REASONS = {
    "bounce": "the mail server refused it",
    "dropped": "SendGrid did not try",
    "spamreport": "marked as spam by the person",
    "unsubscribe": "unsubscribed in the mail program",
    "group_unsubscribe": "unsubscribed in the mail program",
}
#: SendGrid's reasons not to try that are about the address, from its own list → what they say of it. The others are
#: about our account or words: Invalid SMTPAPI header, Spam Content, Recipient List over Package Quota.
BAD_ADDRESS = {
    "bounced address": "SendGrid did not try: the mail server refused it before",
    "invalid": "SendGrid did not try: mail cannot reach such an address",
    "spam reporting address": "SendGrid did not try: marked as spam by the person before",
    "unsubscribed address": "SendGrid did not try: unsubscribed in the mail program before",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing SendGrid reports."""

    #: One of RECEIPT_OF's.
    meaning: str
    at: datetime
    #: The references that the mail carried, as we gave them; empty for late bounces, which SendGrid reports without.
    delivery: str
    #: Whom the mail went to, in lower case; empty where it does not say.
    address: str = field(repr=False)
    #: What SendGrid called the mail when it took it.
    message_id: str
    reason: str | None


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


def is_key(public_key: str) -> bool:
    """Is it one that signatures can be checked with?"""
    try:
        return bool(public_key and _verifier(public_key))
    except ValueError:
        return False


@cache
def _verifier(public_key: str) -> EventWebhook:
    return EventWebhook(public_key)


def members(body: bytes) -> list[object]:
    """The events of a post as they came; raises ValueError where it is no list in JSON.

    One that JSON allows and Python cannot hold, for its depth or a number's length, stands there as None.
    """
    try:
        given = json.loads(body)
    except (RecursionError, ValueError):
        given = [member(part) for part in parts(body.decode())]
    if not isinstance(given, list):
        raise ValueError("This is no list.")
    return given


#: What tells where a member ends: brackets and commas, but not those in strings, which may lack their end.
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)

#: Digits without end are too many for an int.
_DECODER = json.JSONDecoder(parse_int=float)


def parts(text: str) -> Iterator[str]:
    """The members of a list in JSON, each in its own text; raises ValueError where it is none."""
    text = text.strip()
    depth, begins = 0, 1
    for mark in _MARKS.finditer(text):
        depth += (mark[0] in "[{") - (mark[0] in "]}")
        if mark[0] == "," and depth == 1:
            yield text[begins : mark.start()]
            begins = mark.end()
    if depth or not (text.startswith("[") and text.endswith("]")):
        raise ValueError("This is no whole list.")
    yield text[begins:-1]


def member(text: str) -> object:
    """One member by itself."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return None


def understood(events: Iterable[object], now: datetime) -> list[Event]:
    """The events that say something to us. What cannot be understood costs only itself."""
    return [event for given in events if (event := read(given, now))]


def read(given: object, now: datetime) -> Event | None:
    """One event; None where it says nothing to us."""
    if not isinstance(given, dict):
        return None
    name, at = text(given.get("event")), time_of(given.get("timestamp"), now)
    if name not in RECEIPT_OF or at is None:
        return None
    meaning, reason = RECEIPT_OF[name], REASONS.get(name)
    if name == "bounce" and text(given.get("type")) not in {"bounce", ""}:
        meaning = "failed"  # "blocked": refused for now, which says nothing against the address
    if name == "dropped" and (said := " ".join(text(given.get("reason")).lower().split())) in BAD_ADDRESS:
        meaning, reason = "address_gone", BAD_ADDRESS[said]
    return Event(
        meaning, at, text(given.get("delivery")), text(given.get("email")).strip().lower(),
        text(given.get("sg_message_id")).partition(".")[0], reason,
    )  # fmt: skip


def text(given: object) -> str:
    """A value that a database can hold as text; empty for everything else."""
    if not isinstance(given, str) or "\0" in given:
        return ""
    return given.encode(errors="ignore").decode()


def time_of(given: object, now: datetime) -> datetime | None:
    """A Unix timestamp, as a number or in digits; never later than now. None for what is none."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        seconds = float(given)
        return min(datetime.fromtimestamp(math.floor(seconds), UTC), now) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
