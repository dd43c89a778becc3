"""Logs of processes that we start: kept over restarts, closed to others, and bounded."""

import os
import subprocess
from pathlib import Path

import pytest

from smartalert.database import log_files
from smartalert.database.log_files import LogFile


def said(log: LogFile, *words: str) -> None:
    """A process starts, and says this."""
    with os.fdopen(log.open(), "ab") as file:
        subprocess.run(["printf", "%s", *words], stdout=file, check=True)


def test_what_a_crashed_process_said_is_there_after_its_successor_started(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "worker.log")
    said(log, "Traceback of the first\n")
    said(log, "the second starts\n")
    assert log.path.read_text() == "Traceback of the first\nthe second starts\n"
    assert log.last_words() == "the second starts\n"
    assert log.path.stat().st_mode & 0o077 == 0


def test_a_log_is_bounded_while_its_process_goes_on_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "LARGEST_BYTES", 1_000)
    log = LogFile(tmp_path / "worker.log")
    with os.fdopen(log.open(), "ab", buffering=0) as file:
        for number in range(300):
            file.write(f"line {number:05}\n".encode())
            log.bound()
    older = tmp_path / "worker.log.1"
    assert log.path.stat().st_size <= 1_011
    assert older.stat().st_size <= 1_000
    assert older.stat().st_mode & 0o077 == 0
    assert log.path.read_text().endswith("line 00299\n")
    numbers = [int(line.split()[1]) for line in (older.read_text() + log.path.read_text()).splitlines() if line[5:]]
    assert numbers[-90:] == list(range(210, 300))


def test_of_a_log_nobody_wrote_there_are_no_last_words(tmp_path: Path) -> None:
    assert LogFile(tmp_path / "none.log").last_words() == ""
