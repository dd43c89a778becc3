"""How far a long step has come, and how long it still takes: one line on a terminal, now and then a line elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Say = Callable[[str], None]
T = TypeVar("T")
#: Seconds before anything is shown: most steps are over by then. Between two looks at a terminal; between two lines.
AFTER_S, EVERY_S, LINE_EVERY_S = 2.0, 0.5, 10.0
#: Takes a terminal back to the beginning of an empty line.
CLEAR = "\r\033[K"


def silent(_words: str) -> None:
    """Say nothing."""


class Progress:
    """One step: what it is, how much there is of it, and how much is done."""

    def __init__(self, what: str, total: float, say: Say = silent) -> None:
        self.what, self.total, self.done, self._say = what, total, 0.0, say
        self._started_at = self._moved_at = time.monotonic()

    def advance(self, by: float = 1) -> None:
        """So much more is done."""
        self.done += by
        self._moved_at = time.monotonic()

    def say(self, words: str) -> None:
        """Say something else meanwhile, in a line of its own."""
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
            sys.stdout.flush()
        self._say(words)

    def words(self, now: float) -> str:
        """The line: while the first part is not done, nobody knows how long it takes."""
        share = min(self.done / self.total, 1.0) if self.total else 1.0
        if not share:
            return f"{self.what}: {now - self._started_at:.0f} s so far"
        needs_s = (self._moved_at - self._started_at) / share
        left_s = max(needs_s - (now - self._started_at), 0)
        return f"{self.what}: {100 * share:.0f} %, {in_words(left_s)}"


def in_words(left_s: float) -> str:
    """How long that is, as exactly as anybody knows."""
    if left_s < 1:
        return "done in a moment"
    return f"{left_s:.0f} s left" if left_s < 100 else f"{left_s / 60:.0f} min left"


@contextmanager
def progress(what: str, total: float, say: Say) -> Iterator[Progress]:
    """Show how far the step in this block has come. On a terminal one line changes; elsewhere `say` gets lines."""
    step = Progress(what, total, say)
    over = threading.Event()
    shown = threading.Thread(target=_on_terminal if sys.stdout.isatty() else _in_lines, args=[step, over, say])
    shown.daemon = True
    shown.start()
    try:
        yield step
    finally:
        over.set()
        shown.join()


def shown(what: str, parts: Sequence[T], say: Say) -> Iterable[T]:
    """These, one after the other, while it is shown how many are done."""
    with progress(what, len(parts), say) as step:
        for part in parts:
            yield part
            step.advance()


def _on_terminal(step: Progress, over: threading.Event, _say: Say) -> None:
    if over.wait(AFTER_S):
        return
    while True:
        sys.stdout.write(f"{CLEAR}{step.words(time.monotonic())}")
        sys.stdout.flush()
        if over.wait(EVERY_S):
            break
    sys.stdout.write(CLEAR)
    sys.stdout.flush()


def _in_lines(step: Progress, over: threading.Event, say: Say) -> None:
    pause = AFTER_S
    while not over.wait(pause):
        say(step.words(time.monotonic()))
        pause = LINE_EVERY_S
