"""Starts the processes of `up`, watches them, starts a crashed one again with back-off, and ends them all together."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from smartalert.database.log_files import LogFile
from smartalert.database.progress import Say, progress
from smartalert.errors import SetupError

ROOT = Path(__file__).parents[2]
#: Seconds to wait before what ended starts again: doubled each time, until it has lived for a while.
FIRST_PAUSE_S, LONGEST_PAUSE_S, HEALTHY_AFTER_S = 0.5, 30.0, 60.0
#: What ends this often without ever having been ready, or so often in a row soon after, is not mended by another try.
TRIES_AT_FIRST, TRIES_IN_A_ROW = 3, 7
#: A worker ends the batch it has in hand, which may wait for a slow provider.
STOP_WITHIN_S = 8.0
LAST_LINES = 12


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A health page that leads elsewhere is none."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


#: Asks what runs here, past any proxy that the environment names.
_HERE = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


class Restarts:
    """When something that has ended starts again: later each time, and not for ever."""

    def __init__(self, name: str, log: LogFile) -> None:
        self.name, self.log = name, log
        self._in_a_row, self._started_at, self._again_at = 0, time.monotonic(), 0.0

    @property
    def due(self) -> bool:
        """Whether its pause is over."""
        return time.monotonic() >= self._again_at

    def started(self) -> None:
        """It starts now."""
        self._started_at = time.monotonic()

    def forgive(self) -> None:
        """It ended for want of something else, which is back: that counts for nothing."""
        self._in_a_row, self._again_at = 0, 0.0

    def ended(self, how: str, say: Say, *, most: int = TRIES_IN_A_ROW) -> float:
        """Say that it ended; how many seconds to wait. Raises SetupError, with its last words, when that is no use."""
        if time.monotonic() - self._started_at > HEALTHY_AFTER_S:
            self._in_a_row = 0
        self._in_a_row += 1
        if self._in_a_row >= most:
            raise SetupError(f"The {self.name} does not start ({how}).{self._last_lines()}")
        pause_s: float = min(FIRST_PAUSE_S * 2 ** (self._in_a_row - 1), LONGEST_PAUSE_S)
        self._again_at = time.monotonic() + pause_s
        say(f"The {self.name} ended ({how}); starting it again in {pause_s:g} s.{self._last_lines()}")
        return pause_s

    def _last_lines(self) -> str:
        return f"\n{lines}" if (lines := last_lines(self.log)) else ""


def last_lines(log: LogFile) -> str:
    """The last lines of a log, indented, under its name."""
    lines = log.last_words().splitlines()[-LAST_LINES:]
    return "\n".join([f"Its log, {log.path}, ends:", *(f"    {line}" for line in lines)]) if lines else ""


class Child:
    """One of our processes: its verb, its log, and how to tell that it is ready."""

    def __init__(self, verb: str, log: Path, environment: Mapping[str, str], ready: Callable[[], bool]) -> None:
        self.verb, self.log = verb, LogFile(log)
        self.was_ready = False
        self.restarts = Restarts(f"{verb} process", self.log)
        self._environment, self._asks_ready = environment, ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its number while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, tied to the life of the calling thread: call this from the main thread."""
        tie = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        command = [*tie, sys.executable, "-m", "smartalert", self.verb]
        with os.fdopen(self.log.open(), "ab") as log:
            # In a session of its own: Ctrl-C is for the supervisor, which then ends the others in order.
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )
        self.restarts.started()

    def tend(self, say: Say) -> None:
        """Note that it has become ready or died, and start it again when its pause is over."""
        self.log.bound()
        if self._process is None:
            if self.restarts.due:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._process = None
            self.restarts.ended(end_of(code), say, most=TRIES_IN_A_ROW if self.was_ready else TRIES_AT_FIRST)
        elif not self.was_ready:
            self.was_ready = self._asks_ready()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def answers(url: str) -> bool:
    """Whether a health page says that all is well."""
    try:
        with _HERE.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until_ready(children: Sequence[Child], say: Say, timeout_s: float = 90) -> None:
    """Return when every child is ready; SetupError names those that are not in time."""
    end = time.monotonic() + timeout_s
    with progress("Waiting until all of them answer", len(children), say) as step:
        while waiting := [child for child in children if not child.was_ready]:
            for child in children:
                child.tend(step.say)
            if answering := sum(child.was_ready for child in waiting):
                step.advance(answering)
            if time.monotonic() > end:
                words = "\n".join(f"{child.verb}. {last_lines(child.log)}" for child in waiting)
                raise SetupError(f"Not ready after {timeout_s:.0f} s: {words}")
            time.sleep(0.2)


def stop(children: Sequence[Child]) -> None:
    """Ask all to end, and after a few seconds make them."""
    for child in children:
        child.signal(signal.SIGTERM)
    end = time.monotonic() + STOP_WITHIN_S
    while any(child.pid for child in children) and time.monotonic() < end:
        time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)


def end_of(code: int | None) -> str:
    """How a process ended, in words; None where it was not ours to know."""
    if code is None:
        return "stopped by somebody else"
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
