"""What is to happen later in the simulated world: phones that come back, mail that arrives, people who look."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

#: More than any exercise has waiting; beyond it the newest is forgotten rather than memory filled.
MOST_WAITING = 500_000


class Timetable:
    """Calls by the time they are due; equal times keep their order."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._due)

    def at(self, when: float, call: Callable[..., None], *args: Any) -> None:
        """Call it once the clock has reached `when` (Unix seconds)."""
        if len(self._due) < MOST_WAITING:
            heapq.heappush(self._due, (when, next(self._numbers), call, args))

    def run_due(self, now: float, at_most: int = 500) -> None:
        """Make the calls due by now, so many at a time that requests never wait long behind them."""
        for _ in range(at_most):
            if not self._due or self._due[0][0] > now:
                return
            _, _, call, args = heapq.heappop(self._due)
            call(*args)

    def clear(self) -> None:
        """Forget everything."""
        self._due.clear()
