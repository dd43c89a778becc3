"""What a provider's trouble may be in a drill: the simulator's knobs that leave no trace on a resident."""

#: Shares of a provider's answers that go wrong, of which only one happens to a request.
GO_WRONG = (
    ("push_too_many", "push_internal", "push_unavailable", "push_cut_before", "push_accept_then_cut", "push_hang"),
    ("mail_too_many", "mail_unavailable", "mail_cut_before", "mail_accept_then_cut", "mail_hang"),
)
#: Each and the most of it. An app that was removed would be removed in every world, so that is none of them.
KNOBS = {
    **dict.fromkeys((*GO_WRONG[0], *GO_WRONG[1], "mail_defer", "phone_offline"), 1),
    **dict.fromkeys(("push_latency_ms", "push_jitter_ms", "mail_latency_ms"), 60_000),
    "retry_after_s": 3_600,
    "hang_s": 600,
    "event_delay_ms": 600_000,
    "phone_offline_s": 86_400,
}


def wrong(faults: dict[str, float]) -> str:
    """What is wrong with a provider's trouble; empty where nothing is."""
    if unknown := [name for name in faults if name not in KNOBS]:
        return f"no provider is in trouble by “{unknown[0]}”: write some of {', '.join(KNOBS)}"
    if beyond := [name for name, value in faults.items() if not 0 <= value <= KNOBS[name]]:
        return f"`{beyond[0]}` goes from 0 to {KNOBS[beyond[0]]:,}"
    for group in GO_WRONG:
        if sum(faults.get(name, 0) for name in group) > 1:
            return f"{', '.join(name for name in group if name in faults)} together cannot be more than 1"
    return ""
