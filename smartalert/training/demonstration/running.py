"""The deployment that a demonstration plays in: what runs in the data folder already, or everything, for as long."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smartalert.config import Settings, override
from smartalert.errors import SetupError
from smartalert.training import up
from smartalert.training.up import Say

#: What is asked to stop ends its batch first.
STOPS_WITHIN_S = 30


@contextmanager
def deployment(given: Settings, residents: int, seed: int, say: Say) -> Iterator[None]:
    """Use what runs in this folder and leave it running; else start it as `make demo` does, and stop it after."""
    if ports := up.ports_of_running(given.data_dir):
        say("Smart Alert runs here already: the demonstration plays in that, and leaves it running.")
        override(**ports)
        yield
        return
    words = ["up", "--residents", str(residents), "--seed", str(seed), "--history"]
    process = subprocess.Popen(
        [sys.executable, "-m", "smartalert", *words], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    ready = threading.Event()
    reader = threading.Thread(target=_pass_on, args=(process, ready, say), daemon=True)
    reader.start()
    try:
        ready.wait()
        if process.poll() is not None:
            raise SetupError("Smart Alert did not start, so there is nothing to demonstrate.")
        override()
        yield
    finally:
        process.terminate()
        process.wait(STOPS_WITHIN_S)
        reader.join(STOPS_WITHIN_S)


def _pass_on(process: "subprocess.Popen[str]", ready: threading.Event, say: Say) -> None:
    """Repeat what it says, and note when it is ready or has ended."""
    for line in process.stdout or ():
        say(line.rstrip("\n"))
        if line.startswith(up.READY):
            ready.set()
    process.wait()
    ready.set()
