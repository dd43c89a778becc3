"""One message to one person as RFC 5322 has it, signed with DKIM where the relay does not sign."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import dkim

from smartalert.clock import utc_now
from smartalert.providers.provider import UNSUBSCRIBE, Addressee, Message
from smartalert.providers.sendgrid.mail import Sender

#: What a DKIM signature covers.
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post"]


@dataclass(frozen=True, slots=True)
class Signer:
    """A DKIM key: who signs, and the key in PEM."""

    domain: str
    selector: str
    key: bytes

    def signed(self, mail: bytes) -> bytes:
        """The mail with its signature; raises ValueError where the key is none."""
        try:
            header: bytes = dkim.sign(
                mail, self.selector.encode(), self.domain.encode(), self.key, include_headers=SIGNED
            )
        except dkim.DKIMException as error:
            raise ValueError(str(error)) from error
        return header + mail


def written(message: Message, sender: Sender, addressee: Addressee, signer: Signer | None) -> bytes:
    """As it goes over the wire; raises ValueError where it cannot be written."""
    mail = EmailMessage(policy=SMTP)
    domain = sender.email.rpartition("@")[2]
    mail["From"] = Address(sender.name, addr_spec=sender.email)
    mail["To"] = addressee.address
    mail["Subject"] = filled(message.title, addressee)
    mail["Date"] = format_datetime(utc_now())
    # The same whenever it is made: a mailbox that gets one twice can tell.
    mail["Message-ID"] = f"<{addressee.reference}.{message.alert_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if sender.reply_to:
        mail["Reply-To"] = sender.reply_to
    if message.thread:
        mail["References"] = mail["In-Reply-To"] = f"<{message.thread}@{domain}>"
    if link := addressee.personal.get(UNSUBSCRIBE):
        mail["List-Unsubscribe"] = f"<{link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(filled(message.text, addressee))
    if message.html:
        mail.add_alternative(filled(message.html, addressee), subtype="html")
    raw = mail.as_bytes()
    return signer.signed(raw) if signer else raw


def filled(words: str, addressee: Addressee) -> str:
    """The words with this person's own values in the place of their names: links and codes of ours, safe in HTML."""
    for name in sorted(addressee.personal, key=len, reverse=True):
        words = words.replace(name, addressee.personal[name])
    return words
