"""How far a long step has come: said in time, on a terminal in one line, elsewhere in lines of their own."""

import os
import pty
import re
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from smartalert.database import progress
from smartalert.database.progress import Progress, in_words, shown
from tests import PROJECT

LONG = """
import time
from smartalert.database import progress
progress.AFTER_S, progress.EVERY_S = 0.2, 0.05
for _ in progress.shown("Settling", range(10), print):
    time.sleep(0.1)
print("Done.")
"""


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("AFTER_S", 0.2), ("EVERY_S", 0.05), ("LINE_EVERY_S", 0.1)):
        monkeypatch.setattr(progress, name, seconds)


def test_a_long_step_says_its_share_and_the_time_left_while_it_lasts(hurry: None) -> None:
    said: list[str] = []
    for _ in shown("Settling", range(20), said.append):
        time.sleep(0.05)
    assert len(said) >= 3
    shares = [int(re.fullmatch(r"Settling: (\d+) %, (\d+ s left|done in a moment)", words)[1]) for words in said]
    assert all(0 < before <= after < 100 for before, after in pairwise(shares))


def test_a_short_step_says_nothing() -> None:
    said: list[str] = []
    assert list(shown("Settling", [1, 2, 3], said.append)) == [1, 2, 3]
    assert said == []


def test_one_that_fails_says_no_more(hurry: None) -> None:
    said: list[str] = []

    def fail() -> None:
        with progress.progress("Settling", 2, said.append):
            time.sleep(0.3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    known = len(said)
    time.sleep(0.3)
    assert known == len(said) > 0


def test_the_time_left_runs_down_between_two_parts() -> None:
    step = Progress("Settling", 4)
    began = step._started_at
    assert step.words(began + 3) == "Settling: 3 s so far"
    step.done, step._moved_at = 1, began + 10
    assert step.words(began + 10) == "Settling: 25 %, 30 s left"
    assert step.words(began + 25) == "Settling: 25 %, 15 s left"
    assert step.words(began + 60) == "Settling: 25 %, done in a moment"


def test_long_times_are_said_in_minutes() -> None:
    assert in_words(0.4) == "done in a moment"
    assert in_words(99) == "99 s left"
    assert in_words(400) == "7 min left"


def test_nothing_at_all_is_no_step() -> None:
    assert list(shown("Settling", [], print)) == []
    assert "100 %" in Progress("Settling", 0).words(time.monotonic())


def test_a_terminal_shows_one_line_that_changes_and_is_gone_at_the_end() -> None:
    outer, inner = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", LONG], cwd=PROJECT, stdout=inner)
    os.close(inner)
    seen = b""
    try:
        while part := os.read(outer, 1_000):
            seen += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(outer)
    assert process.wait() == 0
    shown_lines = seen.decode().split("\r\033[K")
    assert sum("left" in line or "moment" in line for line in shown_lines) > 3
    assert "\n" not in "".join(shown_lines[:-1])
    assert shown_lines[-1].strip() == "Done."
