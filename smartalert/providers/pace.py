"""How fast messages leave to a provider: evenly, urgent ones first, by a rate that workers may share."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

#: A share of a provider's rate ends so long after it was asked for, unless it is asked for again.
SHARE_LASTS_S = 2.0
#: What may leave at once after a pause: so many seconds' worth, or one message.
BURST_S = 0.1


class Pace:
    """So many messages a second, for one event loop; None: as many as come.

    Ours, for the libraries' limiters have one rate for ever and one queue: here the rate is a share that others'
    coming and going change, and what is urgent does not stand behind what is not.
    """

    def __init__(self, most_per_s: float | None) -> None:
        #: The provider's quota, of which this may be a share.
        self.most_per_s = most_per_s
        self._per_s = most_per_s or 0.0
        self._share_s: Callable[[], float] | None = None  # how old the share is, once the rate is shared
        self._ready, self._at = 0.0, monotonic()  # so many may leave, as of then
        self._urgent: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._routine: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._short = asyncio.Event()  # somebody waits who had not been reckoned with
        self._left, self._counted_at, self._demand = 0, monotonic(), 0.0

    async def acquire(self, amount: int = 1, *, urgent: bool = False) -> None:
        """Wait until so many messages may leave together."""
        if self.most_per_s is None:
            return
        if not (self._urgent or self._routine) and self._leave(amount):
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._routine).append((amount, waiting))
        if self._demand < self.most_per_s:
            self._short.set()
        self._release()
        await waiting

    def share(self) -> None:
        """From now on nothing leaves but by a share that was granted."""
        self._share_s, self._per_s = (lambda: SHARE_LASTS_S), 0.0

    def holds(self) -> float:
        """The share that this goes by; nothing once it has ended."""
        return 0.0 if self._has_ended() else self._per_s

    def grant(self, per_s: float, asked_s: Callable[[], float]) -> None:
        """Go on with this share; a stopwatch that was started before it was asked for."""
        self._refill()
        self._per_s, self._share_s = per_s, asked_s
        self._release()

    async def demand(self, within_s: float | None) -> float:
        """How many a second are wanted: nothing as long as none comes, and everything where some had to wait.

        Says so after `within_s` seconds, or at once when more is wanted than was said before.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._short.wait()
        except TimeoutError:
            pass
        now = monotonic()
        lately = self._left / max(now - self._counted_at, BURST_S)
        waits = self._short.is_set() or self._urgent or self._routine
        self._short.clear()
        self._left, self._counted_at = 0, now
        most = self.most_per_s or 0.0
        self._demand = most if waits else min(most, 2 * lately)
        return self._demand

    def _leave(self, amount: int) -> bool:
        if self._has_ended():
            return False
        self._refill(amount)
        # Whoever was woken comes by a hair too early, by the rounding of a timer.
        if self._ready < amount - 1e-6:
            return False
        self._ready -= amount
        self._left += amount
        return True

    def _has_ended(self) -> bool:
        return self._share_s is not None and self._share_s() >= SHARE_LASTS_S

    def _refill(self, amount: int = 1) -> None:
        now = monotonic()
        heads = [waiting[0][0] for waiting in (self._urgent, self._routine) if waiting]
        most = max(BURST_S * self._per_s, amount, *heads)
        self._ready = min(most, self._ready + (now - self._at) * self._per_s)
        self._at = now

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while waiting := self._urgent or self._routine:
            amount, who = waiting[0]
            if who.cancelled():
                waiting.popleft()
            elif self._leave(amount):
                waiting.popleft()
                who.set_result(None)
            else:
                if self._per_s > 0:
                    wait_s = max(0.001, (amount - self._ready) / self._per_s)
                    self._timer = asyncio.get_running_loop().call_later(wait_s, self._release)
                return
