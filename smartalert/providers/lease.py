"""How long a worker may send without being heard of: one that slept may have been given up, and others do its work."""

from collections.abc import Callable

#: Others give up a worker that was not heard of for 30 s. Ten are left to what was on its way to the socket.
LASTS_S = 20.0


class Lease:
    """Leave to send. It holds as long as it is renewed, and until it is renewed for the first time."""

    def __init__(self) -> None:
        self._passed_s: Callable[[], float] = lambda: 0.0

    def renew(self, passed_s: Callable[[], float]) -> None:
        """The worker was heard of; a stopwatch that was started before it asked to be."""
        self._passed_s = passed_s

    def holds(self) -> bool:
        """Whether nobody can have given it up yet."""
        return self._passed_s() < LASTS_S


def always() -> bool:
    """Leave of whoever is nobody's worker."""
    return True
