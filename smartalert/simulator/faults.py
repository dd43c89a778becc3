"""The knobs that make the simulated services slow, busy or broken: seeded, so that the same run fails the same way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any


class KnobRefused(ValueError):
    """A knob does not exist, or does not turn that far."""


def dice(seed: int, *parts: object) -> float:
    """A number from 0 up to 1 that depends on the seed and the parts alone."""
    text = f"{seed}|{'|'.join(map(str, parts))}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def _knob(default: float, words: str, unit: str, at_most: float) -> Any:
    return field(default=default, metadata={"words": words, "unit": unit, "at_most": at_most})


def _share(words: str, default: float = 0.0) -> Any:
    return _knob(default, words, "share", 1.0)


@dataclass(frozen=True)
class Faults:
    """Every knob. A share is a part of all, 0 to 1; the rest say their unit in their name."""

    seed: int = _knob(1, "Seed: the same seed fails the same messages", "number", 2**31)

    push_latency_ms: float = _knob(0.0, "Google answers after", "ms", 60_000)
    push_jitter_ms: float = _knob(0.0, "give or take up to", "ms", 60_000)
    push_too_many: float = _share("Google says: too many (429)")
    #: 0 leaves the header out, as Google sometimes does.
    retry_after_s: int = _knob(10, "and asks to wait", "s", 3_600)
    push_quota_per_minute: int = _knob(0, "Most that Google accepts in a minute (0: no limit)", "number", 10**7)
    push_internal: float = _share("Google has an error (500)")
    push_unavailable: float = _share("Google is unavailable (503)")
    push_invalid: float = _share("Google calls the message invalid (400)")
    push_cut_before: float = _share("The connection breaks before Google accepts it")
    push_accept_then_cut: float = _share("Google accepts it, then the connection breaks")
    push_accept_then_503: float = _share("Google accepts it, but says it is unavailable (503)")
    push_hang: float = _share("Google never answers")
    hang_s: float = _knob(60.0, "for", "s", 600)
    #: By token, for good: an app that was removed stays removed.
    push_unregistered: float = _share("People have removed the app")

    mail_latency_ms: float = _knob(0.0, "SendGrid answers after", "ms", 60_000)
    mail_too_many: float = _share("SendGrid says: too many (429)")
    mail_unavailable: float = _share("SendGrid has an error (5xx)")
    mail_cut_before: float = _share("The connection breaks before SendGrid accepts it")
    mail_accept_then_cut: float = _share("SendGrid accepts it, then the connection breaks")
    mail_hang: float = _share("SendGrid never answers")
    mail_bounce: float = _share("E-mails that come back")
    mail_drop: float = _share("E-mails that SendGrid does not send")
    mail_defer: float = _share("E-mails that arrive at the second try")
    mail_opened: float = _share("E-mails that SendGrid reports as opened")
    event_delay_ms: float = _knob(500.0, "E-mail arrives and is reported after", "ms", 600_000)
    event_repeat: float = _share("E-mail reports that come twice")
    event_disorder: float = _share("E-mail reports that come in the wrong order")
    event_retry_s: float = _knob(60.0, "SendGrid keeps trying to report for", "s", 86_400)

    phone_offline: float = _share("Phones that are switched off")
    phone_offline_s: float = _knob(30.0, "and come back after", "s", 86_400)
    phone_delivered: float = _share("Phones that report arrival", default=1.0)
    phone_delivered_ms: float = _knob(400.0, "within", "ms", 600_000)
    phone_opened: float = _share("People who open the alert")
    phone_opened_s: float = _knob(20.0, "within", "s", 86_400)
    receipts_per_s: int = _knob(500, "Most reports of arrival in a second", "number", 5_000)

    def __post_init__(self) -> None:
        for knob in fields(self):
            value, at_most = getattr(self, knob.name), knob.metadata["at_most"]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise KnobRefused(f"{knob.name} takes a number, not {value!r}.")
            if knob.type is int and value != int(value):
                raise KnobRefused(f"{knob.name} takes a whole number, not {value}.")
            if not 0 <= value <= at_most:
                raise KnobRefused(f"{knob.name} goes from 0 to {at_most:g}, not {value}.")
        for group in (PUSH_DICE, MAIL_DICE):
            if sum(getattr(self, name) for name in group) > 1:
                raise KnobRefused(f"{', '.join(group)} together cannot be more than 1: they exclude one another.")

    def turned(self, knobs: Mapping[str, object]) -> "Faults":
        """The same with these knobs turned. KnobRefused names what is wrong; nothing is turned then."""
        unknown = [name for name in knobs if name not in asdict(self)]
        if unknown:
            raise KnobRefused(f"There is no knob {', '.join(unknown)}. There are: {', '.join(asdict(self))}.")
        return replace(self, **knobs)  # type: ignore[arg-type]  # __post_init__ checks each

    @property
    def active(self) -> list[str]:
        """The knobs that are not where they start."""
        return [knob.name for knob in fields(self) if getattr(self, knob.name) != knob.default]

    @cached_property
    def push_dice(self) -> tuple[tuple[str, float], ...]:
        """The push faults that can happen and how likely each is."""
        return tuple((name, getattr(self, name)) for name in PUSH_DICE if getattr(self, name))

    @cached_property
    def mail_dice(self) -> tuple[tuple[str, float], ...]:
        """The mail faults that can happen and how likely each is."""
        return tuple((name, getattr(self, name)) for name in MAIL_DICE if getattr(self, name))

    def happens(self, share: float, *parts: object) -> bool:
        """Whether a share strikes these parts; always the same answer under one seed."""
        return share > 0 and dice(self.seed, *parts) < share


#: Of these at most one happens to a request; their order is the order of the dice, so keep it.
PUSH_DICE = (
    "push_too_many",
    "push_internal",
    "push_unavailable",
    "push_invalid",
    "push_cut_before",
    "push_accept_then_cut",
    "push_hang",
    "push_accept_then_503",
)
MAIL_DICE = ("mail_too_many", "mail_unavailable", "mail_cut_before", "mail_accept_then_cut", "mail_hang")


def thrown(seed: int, table: tuple[tuple[str, float], ...], *parts: object) -> str | None:
    """The one fault of the table that strikes these parts, if any."""
    if not table:
        return None
    left = dice(seed, *parts)
    for name, share in table:
        if left < share:
            return name
        left -= share
    return None
