"""The one seam to outside services: a provider gets a message and who it is for, and answers with an outcome each.

Providers know no alert and no database. What they say is believed of nobody: an outcome holds words and numbers that
every screen, log and table can take, whatever the other side answered.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from smartalert.cleaning import OURS_BEGINS, OURS_ENDS

#: The most that is kept of a provider's words, in characters.
LONGEST_WORDS = 300
#: No provider makes anybody wait longer before the next try, whatever it asks.
LONGEST_WAIT_S = 900.0
#: A provider that refuses everybody for longer is asked again after so long, once: an urgent alert cannot wait for a
#: figure that may be absurd, or another's. Quotas are counted by the minute.
ASK_AGAIN_S = 60.0


def placeholder(name: str) -> str:
    """What stands in a message's words for each person's own value: no cleaned text holds it, whatever was typed."""
    return f"{OURS_BEGINS}{name}{OURS_ENDS}"


#: The personal value that is the one-click link of a mail, and a placeholder for it in the words.
UNSUBSCRIBE = placeholder("unsubscribe")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What everyone on one channel gets of one alert; the wording is final."""

    #: Public identifier of the alert.
    alert_id: str
    title: str
    #: Plain text: the lock screen's words, or the mail's text part.
    text: str
    #: The mail's HTML part; empty for phones.
    html: str
    urgent: bool
    expires_at: datetime
    #: Address of a photograph, placeholders in it or not; empty where there is none. Phones fetch it themselves.
    image: str = ""
    #: Further facts for the app, strings only: FCM takes nothing else in data.
    data: dict[str, str] = field(default_factory=dict)
    #: Identifier of the first alert it follows: what a phone shows of it gives way, mail programs thread by it.
    thread: str = ""
    #: Of mails only.
    attachments: tuple[Attachment, ...] = ()

    @property
    def tag(self) -> str:
        """What a later message must share to take this one's place."""
        return self.thread or self.alert_id


@dataclass(frozen=True, slots=True)
class Addressee:
    """One delivery: an opaque reference of ours and the address its provider knows."""

    #: Our reference to the delivery, never a name: it comes back in receipts.
    reference: str
    #: FCM registration token or e-mail address. Never logged.
    address: str = field(repr=False)
    #: Placeholder in the message's words → this person's own value: a link or code of ours, never what somebody typed,
    #: as it goes into HTML as it is. UNSUBSCRIBE is the one-click link of a mail.
    personal: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The provider accepted it. Nothing is known of its arrival."""

    provider_reference: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_reference", fit(self.provider_reference))


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """Worth another try, not sooner than retry_after_s seconds from now."""

    reason: str
    retry_after_s: float | None = None
    #: The provider may have accepted it all the same (cut connection, time-out).
    perhaps_accepted: bool = False
    #: The provider is refusing everybody (429): the whole channel waits, not only this one.
    whole_channel: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", fit(self.reason))
        object.__setattr__(self, "retry_after_s", bounded(self.retry_after_s))


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """This message will never be taken; the address may be fine."""

    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", fit(self.reason))


@dataclass(frozen=True, slots=True)
class AddressGone:
    """The address is dead: its channel is switched off for the person."""

    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", fit(self.reason))


def fit(words: str) -> str:
    """Words of any origin on one line that can be stored and shown: no NUL, no half of a character, nothing unseen."""
    words = words[:LONGEST_WORDS]
    return words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)


def bounded(seconds: float | None) -> float | None:
    """A wait that a provider asked for, as long as we wait at all; None where it asked for no number."""
    return None if seconds is None or math.isnan(seconds) else min(max(0.0, seconds), LONGEST_WAIT_S)


Outcome = HandedOver | TemporaryFailure | PermanentFailure | AddressGone
#: Called once for each addressee, with its reference, as soon as its outcome is known.
Report = Callable[[str, Outcome], None]


class Provider(Protocol):
    """One outside service."""

    #: The most addressees one call may carry.
    batch_size: int
    #: A repeat does no harm (phones collapse it by alert id), so a crash may be answered by sending again.
    repeat_is_harmless: bool

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        """Hand the message over for every addressee and report each exactly once; a provider's fault never raises."""

    async def aclose(self) -> None:
        """Close pooled connections."""
