"""Signed references and links: proof that a link or a receipt came from a message of ours."""

import hashlib
from typing import NamedTuple

from itsdangerous import BadSignature

from smartalert.config import signer
from smartalert.database.connection import row_number
from smartalert.errors import SmartAlertError
from smartalert.providers import provider
from smartalert.providers.provider import placeholder
from smartalert.wording import Channel

#: Replaced for each person when the message is handed over.
RECEIPT, REPORT, PAGE, CHOICES = map(placeholder, ("receipt", "report", "page", "choices"))
UNSUBSCRIBE = provider.UNSUBSCRIBE
#: Where an alert's photograph is, as long as it may be seen.
PHOTO = f"{PAGE}/photo.jpg"


#: Placeholder → what stands there where words are only shown.
SHOWN = {mark: f"[{name}]" for mark, name in (
    (UNSUBSCRIBE, "link to stop"), (REPORT, "link to report"), (PAGE, "link to the page"), (CHOICES, "link to choices"),
)}  # fmt: skip


def shown(words: str) -> str:
    """Words of a message for a reader who is nobody's addressee."""
    for mark, name in SHOWN.items():
        words = words.replace(mark, name)
    return words


class BadLink(SmartAlertError):
    """This link is not one of ours, or was changed on its way."""


class Reference(NamedTuple):
    """One delivery, without a name: what custom_args, receipts and links carry."""

    alert_id: int
    subscriber_id: int
    channel: str
    #: Shows the database that its bearer was written to: only the worker knows whose address it is made of.
    proof: str = ""

    def __str__(self) -> str:
        return "-".join(map(str, self if self.proof else self[:3]))

    def to(self, address: str) -> "Reference":
        """The same with its proof, as the database's address_proof() has it."""
        made_of = f"{self.subscriber_id} {address}"
        return self._replace(proof=hashlib.sha256(made_of.encode()).hexdigest()[:20])

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read what str() wrote; raises BadLink."""
        alert, _, rest = text.partition("-")
        subscriber, _, rest = rest.partition("-")
        channel, _, proof = rest.partition("-")
        alert_id, subscriber_id = row_number(alert), row_number(subscriber)
        if alert_id is None or subscriber_id is None or channel not in list(Channel):
            raise BadLink
        return cls(alert_id, subscriber_id, channel, proof)


def sign(purpose: str, reference: Reference) -> str:
    """The reference with its signature for one purpose, fit for a URL."""
    return signer(purpose).sign(str(reference)).decode()


def sign_all(purpose: str, references: list[Reference]) -> str:
    """Several references of one person under one signature, for a message with several deliveries.

    The first one's proof is that of all: a push has room for no more.
    """
    return signer(purpose).sign(",".join(map(str, references))).decode()


def read_all(purpose: str, token: str) -> list[Reference]:
    """The references, one or several, that were signed for this purpose; raises BadLink."""
    try:
        first, *rest = map(Reference.parse, signer(purpose).unsign(token).decode().split(","))
    except (BadSignature, UnicodeError):
        raise BadLink from None
    return [first, *(one._replace(proof=first.proof) for one in rest)]


def read(purpose: str, token: str) -> Reference:
    """The reference that was signed for this purpose; raises BadLink."""
    try:
        return Reference.parse(signer(purpose).unsign(token).decode())
    except (BadSignature, UnicodeError):
        raise BadLink from None
