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

from smartalert.errors import SetupError

ROOT = Path(__file__).parents[2]
Say = Callable[[str], None]
#: Seconds to wait before a crashed process starts again: doubled each time, until it has lived for a while.
FIRST_PAUSE_S, LONGEST_PAUSE_S, HEALTHY_AFTER_S = 0.5, 30.0, 60.0
#: A process that dies this often without ever having been ready will not come up by another try.
TRIES_AT_FIRST = 3
#: A worker ends the batch it has in hand, which may wait for a slow provider.
STOP_WITHIN_S = 8.0
LAST_LINES = 12


class Child:
    """One of our processes: its verb, its log, and how to tell that it is ready."""

    def __init__(self, verb: str, log: Path, environment: Mapping[str, str], ready: Callable[[], bool]) -> None:
        self.verb, self.log = verb, log
        self.was_ready = False
        self._environment, self._asks_ready = environment, ready
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at, self._start_again_at = 0.0, 0.0
        self._deaths, self._pause_s = 0, FIRST_PAUSE_S

    @property
    def pid(self) -> int | None:
        """Its number while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, tied to the life of the calling thread: call this from the main thread."""
        tie = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        command = [*tie, sys.executable, "-m", "smartalert", self.verb]
        self.log.unlink(missing_ok=True)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
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
        self._started_at = time.monotonic()

    def tend(self, say: Say) -> None:
        """Note that it has become ready or died, and start it again when its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._mourn(code, say)
        elif not self.was_ready:
            self.was_ready = self._asks_ready()

    def _mourn(self, code: int, say: Say) -> None:
        self._process = None
        self._deaths += 1
        if time.monotonic() - self._started_at > HEALTHY_AFTER_S:
            self._pause_s = FIRST_PAUSE_S
        if not self.was_ready and self._deaths >= TRIES_AT_FIRST:
            raise SetupError(f"The {self.verb} process does not start ({_end_of(code)}).\n{self.last_lines()}")
        say(f"The {self.verb} process ended ({_end_of(code)}); starting it again in {self._pause_s:g} s.")
        if lines := self.last_lines():
            say(lines)
        self._start_again_at = time.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def last_lines(self) -> str:
        """The last lines of its log, indented."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def answers(url: str) -> bool:
    """Whether a health page says that all is well."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until_ready(children: Sequence[Child], say: Say, timeout_s: float = 90) -> None:
    """Return when every child is ready; SetupError names those that are not in time."""
    end = time.monotonic() + timeout_s
    while waiting := [child for child in children if not child.was_ready]:
        for child in children:
            child.tend(say)
        if time.monotonic() > end:
            words = "\n".join(f"{child.verb}, last words:\n{child.last_lines()}" for child in waiting)
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


def _end_of(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
