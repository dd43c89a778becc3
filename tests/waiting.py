"""The one way to wait in a test: for a condition, however busy the machine is; never for a fixed time."""

import time
from collections.abc import Callable

#: What comes in the end comes by then, also where others keep every core busy. Nothing waits as long that succeeds.
PATIENCE_S = 90.0
PATIENCE_MS = 1_000 * PATIENCE_S
#: A look costs something too, often a connection: they come more slowly the longer one waits.
FIRST_LOOK_S, LAST_LOOK_S = 0.01, 0.25


def eventually(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until the condition holds; fails when it does not in time."""
    until, pause = time.monotonic() + within_s, FIRST_LOOK_S
    while not condition():
        assert time.monotonic() < until, f"Not within {within_s} s."
        time.sleep(pause)
        pause = min(1.5 * pause, LAST_LOOK_S)
