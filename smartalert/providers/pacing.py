"""How much is asked of a provider at once, and when it must be left alone: shared by all calls of one process."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from smartalert.providers.provider import ASK_AGAIN_S, Outcome, TemporaryFailure
from smartalert.providers.transport import Answer

#: How long everybody waits where a provider does not say: its quotas are counted by the minute.
QUOTA_WAIT_S = 60.0
#: The same where something else answered in its place: that may pass soon, and one question is enough to know.
ASTRAY_WAIT_S = 15.0


class Places:
    """Room for so many requests at once; whatever routine ones wait for, half of it is left to urgent ones."""

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        self._of_routine = _Both(asyncio.Semaphore(max(1, most // 2)), self._all)

    def one(self, *, urgent: bool) -> AbstractAsyncContextManager[None]:
        """Hold one place for the time of one request."""
        return self._all if urgent else self._of_routine


class _Both(AbstractAsyncContextManager[None]):
    """Two semaphores, always taken in one order."""

    def __init__(self, first: asyncio.Semaphore, second: asyncio.Semaphore) -> None:
        self._first, self._second = first, second

    async def __aenter__(self) -> None:
        await self._first.acquire()
        try:
            await self._second.acquire()
        except BaseException:
            self._first.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._second.release()
        self._first.release()


class Gate:
    """Shut while a provider refuses everybody; whoever comes meanwhile gets the same refusal without asking.

    Once in ASK_AGAIN_S one is let through, and opens it for all where it is answered. Ours, for a rate limiter makes
    callers wait, and these are to be told for how long.
    """

    def __init__(self) -> None:
        self._open_at = self._ask_at = 0.0
        self._asking = False
        self._refusal = TemporaryFailure("")

    def see(self, answered: Outcome) -> None:
        """Shut for as long as a refusal of the whole channel says, or longer where it is already shut for longer."""
        if isinstance(answered, TemporaryFailure) and answered.whole_channel:
            now = monotonic()
            self._open_at = max(self._open_at, now + (answered.retry_after_s or 0.0))
            self._ask_at, self._asking = max(self._ask_at, now + ASK_AGAIN_S), False
            self._refusal = answered
        elif self._asking and not isinstance(answered, TemporaryFailure):
            self._open_at, self._asking = 0.0, False

    def refusal(self) -> TemporaryFailure | None:
        """Why, and when to come again; None for whoever may ask."""
        now = monotonic()
        if now >= self._open_at:
            return None
        if now >= self._ask_at:
            self._ask_at, self._asking = now + ASK_AGAIN_S, True
            return None
        return replace(self._refusal, retry_after_s=min(self._open_at, self._ask_at) - now)


def retry_after_s(answer: Answer, now: datetime) -> float | None:
    """Retry-After in seconds, whether it was given as seconds or as a date; None without a usable one."""
    value = answer.header("retry-after")
    if value.isdecimal():
        return float(value)  # any number of digits: the longest are infinite
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError, IndexError, OverflowError):  # no date, one without a zone, or none of this calendar
        return None


def not_from_there(service: str, answer: Answer, setting: str) -> TemporaryFailure:
    """An answer that says nothing about the message: a redirect, which we never follow, or not the service's own."""
    sent_on = 300 <= answer.status_code < 400
    what = "sent us elsewhere" if sent_on else "is not answering as itself"
    words = f"{service} {what} (status {answer.status_code}). Check {setting}, and the proxy if there is one."
    return TemporaryFailure(words, ASTRAY_WAIT_S, whole_channel=True)
