"""How fast deliveries were handed over, arrived and were answered, from counts by slices of seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartalert.engagement.published import ENOUGH

#: Handed over within so many seconds of release is what we promise; promise_s() of the database.
PROMISE_S = 60
#: The slice of seconds that ends with it, as the database's slice().
PROMISED = 43
#: Each slice takes so much longer than the one before.
GROWTH = PROMISE_S ** (1 / PROMISED)


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast deliveries were handed over, or arrived; None: too few to say. Seconds are at most a tenth too high."""

    in_time: float | None = None
    p50_s: float | None = None
    p95_s: float | None = None


def of(lists: Iterable[Sequence[int]]) -> Speed:
    """How fast all these were handed over; counts by slice."""
    together = added(lists)
    total = int(together.sum())
    if total < ENOUGH:
        return Speed()
    return Speed(float(together[: PROMISED + 1].sum()) / total, within(together, 0.5), within(together, 0.95))


@dataclass(frozen=True, slots=True)
class OutInTime:
    """Alerts of which 95 % of the deliveries were handed over in time, among those with deliveries enough to say."""

    in_time: int
    alerts: int

    @property
    def share(self) -> float | None:
        """None of no alert."""
        return self.in_time / self.alerts if self.alerts else None


def out_in_time(rows: Iterable[Any], within_s: float) -> OutInTime:
    """The urgent ones of these alerts, as read() gives them."""
    took = [of([row.hand_overs]).p95_s for row in rows if row.urgent]
    known = [one for one in took if one is not None]
    return OutInTime(sum(one <= within_s * (1 + 1e-9) for one in known), len(known))


def added(lists: Iterable[Sequence[int]]) -> Any:
    """Counts by slice, added up: an array of numpy's."""
    rows = list(lists)
    total = np.zeros(max(map(len, rows), default=0), dtype=int)
    for row in rows:
        total[: len(row)] += np.array(row, dtype=int)
    return total


def within(together: Any, share: float) -> float | None:
    """Seconds in which so many of all these happened, at most a tenth too high; None where there are too few."""
    upto = together.cumsum()
    if not len(upto) or upto[-1] < ENOUGH:
        return None
    return float(GROWTH ** int(np.searchsorted(upto, share * upto[-1])))
