"""When a provider must be left alone: shared by all calls of one process."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from smartalert.providers.provider import Outcome, TemporaryFailure


class Gate:
    """Shut while a provider refuses everybody; whoever comes meanwhile gets the same refusal without asking.

    Ours, for a rate limiter makes callers wait, and these are to be told for how long.
    """

    def __init__(self) -> None:
        self._open_at = 0.0
        self._refusal = TemporaryFailure("")

    def see(self, outcome: Outcome) -> None:
        """Shut for as long as a refusal of the whole channel says, or longer where it is already shut for longer."""
        if isinstance(outcome, TemporaryFailure) and outcome.whole_channel:
            self._open_at = max(self._open_at, monotonic() + (outcome.retry_after_s or 0.0))
            self._refusal = outcome

    def refusal(self) -> TemporaryFailure | None:
        """Why and for how long it is still shut; None when it is open."""
        left_s = self._open_at - monotonic()
        return replace(self._refusal, retry_after_s=left_s) if left_s > 0 else None


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Retry-After in seconds, whether it was given as seconds or as a date; None without a usable one."""
    value = (headers.get("Retry-After") or "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
