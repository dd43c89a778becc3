"""How a running deployment is told to stop: by a signal that raises in whatever runs, and is not lost there."""

import logging
import signal
from types import FrameType
from typing import NoReturn

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long a stop has to be heard, in seconds.
AGAIN_S = 5.0


class Stopped(KeyboardInterrupt):
    """Somebody asked us to stop. Of this family, so that psycopg ends the query that is under way."""


def listen() -> None:
    """From now on a signal to stop raises Stopped."""
    for number in STOPS:
        # nohup means it for SIGHUP; a shell's "&" ignores SIGINT too, and nobody means that
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)
    signal.signal(signal.SIGALRM, _raise)


def was_asked() -> bool:
    """Was there one? Whatever breaks after it, a query that was under way for example, is part of the stop."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def heard() -> None:
    """It is being done: no need to raise again."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    """Raise, and again until it is heard: Python and its libraries drop what is raised in a finalizer or in C."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)  # once is enough: what follows takes seconds
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    logging.disable()  # of what a library meets now that its query was ended
    raise Stopped
