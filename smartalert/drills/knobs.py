"""What a provider's trouble may be in a drill: the simulator's knobs that leave no trace on a resident."""

from dataclasses import dataclass

#: Shares of a provider's answers that go wrong, of which only one happens to a request.
GO_WRONG = (
    ("push_too_many", "push_internal", "push_unavailable", "push_cut_before", "push_accept_then_cut", "push_hang"),
    ("mail_too_many", "mail_unavailable", "mail_cut_before", "mail_accept_then_cut", "mail_hang"),
)


@dataclass(frozen=True, slots=True)
class Knob:
    """One of them: what it does, the most of it, and with what an author begins."""

    words: str
    begin: float = 1.0
    at_most: float = 1.0
    #: Empty: a share of all, from 0 to 1.
    unit: str = ""


#: An app that was removed would be removed in every world, so that is none of them.
KNOBS = {
    "push_latency_ms": Knob("Pushes are slow", 6_000, 60_000, "ms"),
    "push_jitter_ms": Knob("Pushes are slow, give or take", 2_000, 60_000, "ms"),
    "push_unavailable": Knob("Pushes are refused"),
    "push_too_many": Knob("Pushes are refused as too many"),
    "push_internal": Knob("Pushes fail by the provider’s error"),
    "push_cut_before": Knob("Pushes: the line breaks before they are taken"),
    "push_accept_then_cut": Knob("Pushes: the line breaks after they are taken"),
    "push_hang": Knob("Pushes are never answered"),
    "phone_offline": Knob("Phones are switched off", 0.5),
    "phone_offline_s": Knob("Phones come back after", 60, 86_400, "s"),
    "mail_latency_ms": Knob("E-mails are slow", 6_000, 60_000, "ms"),
    "mail_unavailable": Knob("E-mails are refused"),
    "mail_too_many": Knob("E-mails are refused as too many"),
    "mail_cut_before": Knob("E-mails: the line breaks before they are taken"),
    "mail_accept_then_cut": Knob("E-mails: the line breaks after they are taken"),
    "mail_hang": Knob("E-mails are never answered"),
    "mail_defer": Knob("E-mails arrive at the second try", 0.5),
    "event_delay_ms": Knob("E-mails arrive and are reported after", 60_000, 600_000, "ms"),
    "retry_after_s": Knob("Refused as too many, asked to wait for", 30, 3_600, "s"),
    "hang_s": Knob("Never answered: the line is held for", 60, 600, "s"),
}


def wrong(faults: dict[str, float]) -> str:
    """What is wrong with a provider's trouble; empty where nothing is."""
    if unknown := [name for name in faults if name not in KNOBS]:
        return f"no provider is in trouble by “{unknown[0]}”: write some of {', '.join(KNOBS)}"
    if beyond := [name for name, value in faults.items() if not 0 <= value <= KNOBS[name].at_most]:
        return f"`{beyond[0]}` goes from 0 to {KNOBS[beyond[0]].at_most:,g}"
    for group in GO_WRONG:
        if sum(faults.get(name, 0) for name in group) > 1:
            return f"{', '.join(name for name in group if name in faults)} together cannot be more than 1"
    return ""
