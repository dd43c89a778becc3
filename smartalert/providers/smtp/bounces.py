"""What mail servers report of mails that went by the relay: DSN (RFC 3464), sent to a return path that names the mail.

Anybody can write to that address, so it carries a signature of ours: nobody else can make one up.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from smartalert.config import signer
from smartalert.providers.smtp.client import DEAD

#: No report that says anything is longer. Bytes.
LONGEST = 1_000_000
#: Where a mail server leaves the address that a report was sent to.
SENT_TO = ("to", "delivered-to", "x-original-to", "envelope-to")
_TAG = re.compile(r"(\d{1,18}-\d{1,18}-email)\.([0-9a-f]{20})(?![0-9a-f])", re.IGNORECASE)
REFUSED, GONE = "the mail server refused it", "the mail server does not know the address"


@dataclass(frozen=True, slots=True)
class Bounce:
    """One thing reported of one delivery: delivered, failed or address_gone."""

    reference: str
    meaning: str
    reason: str | None


def tag(reference: str) -> str:
    """The reference with its signature, in letters that survive whatever a mail server does to an address."""
    return f"{reference}.{_signature(reference)}"


def return_path(mailbox: str, reference: str) -> str:
    """Where reports of one mail go: bounces+1-2-email.0f3c…@force.police.uk."""
    name, _, domain = mailbox.rpartition("@")
    return f"{name}+{tag(reference)}@{domain}"


def read(raw: bytes) -> list[Bounce]:
    """What one mail to the return path reports; nothing where it is no report, or not about a mail of ours."""
    if len(raw) > LONGEST:
        return []
    mail = message_from_bytes(raw, policy=compat32)
    statuses = list(_statuses(mail))
    return [
        Bounce(reference, meaning, reason)
        for reference in sorted(_references(mail, statuses))
        for meaning, reason in _meanings(statuses)
    ]


def _signature(reference: str) -> str:
    return hashlib.sha256(signer("bounce").get_signature(reference)).hexdigest()[:20]


def _statuses(mail: Message) -> Iterator[Message]:
    """The blocks of each delivery-status part: one about the mail, then one for each recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            yield from (block for block in blocks if isinstance(block, Message)) if isinstance(blocks, list) else ()


def _references(mail: Message, statuses: list[Message]) -> set[str]:
    said = [str(value) for name in SENT_TO for value in mail.get_all(name, [])]
    said += [str(block.get("original-envelope-id", "")) for block in statuses]
    found = (match for text in said for match in _TAG.finditer(text[:1_000]))
    return {
        name.lower() for name, proof in (match.groups() for match in found)
        if hmac.compare_digest(proof.lower(), _signature(name.lower()))
    }  # fmt: skip


def _meanings(statuses: list[Message]) -> Iterator[tuple[str, str | None]]:
    for block in statuses:
        action, status = (str(block.get(name, "")).strip().lower() for name in ("action", "status"))
        if action == "delivered":
            yield "delivered", None
        elif action == "failed":
            is_gone = f"{status} ".startswith(DEAD)
            yield ("address_gone", GONE) if is_gone else ("failed", REFUSED)
