"""How far a long step has come, and how long it still takes: one line on a terminal, now and then a line elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
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

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 1.0

    def left_s(self, now: float) -> float | None:
        """How long it still takes: while the first part is not done, nobody knows."""
        if not self.share:
            return None
        return max((self._moved_at - self._started_at) / self.share - (now - self._started_at), 0)

    def words(self, now: float) -> str:
        """The line."""
        left_s = self.left_s(now)
        if left_s is None:
            return f"{self.what}: {now - self._started_at:.0f} s so far"
        return f"{self.what}: {100 * self.share:.0f} %, {in_words(left_s)}"


def in_words(left_s: float) -> str:
    """How long that is, as exactly as anybody knows."""
    if left_s < 1:
        return "done in a moment"
    return f"{left_s:.0f} s left" if left_s < 100 else f"{left_s / 60:.0f} min left"


#: Who follows the steps of this block at another screen.
_follow: ContextVar[Callable[[Progress], None] | None] = ContextVar("follow", default=None)


@contextmanager
def followed(by: Callable[[Progress], None]) -> Iterator[None]:
    """Give each step of this block, when it begins, to somebody who looks at it elsewhere."""
    before = _follow.set(by)
    try:
        yield
    finally:
        _follow.reset(before)


@contextmanager
def progress(what: str, total: float, say: Say) -> Iterator[Progress]:
    """Show how far the step in this block has come. On a terminal one line changes; elsewhere `say` gets lines."""
    step = Progress(what, total, say)
    if follow := _follow.get():
        follow(step)
        yield step
        return
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
