"""The supervisor: a crashed process comes back, one that cannot start is given up in words, all end together."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartalert.database.log_files import LogFile
from smartalert.errors import SetupError
from smartalert.training import supervisor
from smartalert.training.supervisor import Child, Restarts
from tests.simulator_process import free_port
from tests.waiting import eventually


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Child]:
    """The provider simulator as a child of this process."""
    port = free_port()
    environment = {"SMARTALERT_SIMULATOR_PORT": str(port), "SMARTALERT_DATA_DIR": str(tmp_path)}
    child = Child(
        "simulator", tmp_path / "log", environment, lambda: supervisor.answers(f"http://127.0.0.1:{port}/health")
    )
    child.start()
    yield child
    supervisor.stop([child])


def test_a_killed_process_comes_back_and_it_is_said(simulator: Child) -> None:
    said: list[str] = []
    supervisor.wait_until_ready([simulator], said.append)
    first = simulator.pid
    simulator.signal(supervisor.signal.SIGKILL)
    eventually(lambda: simulator.tend(said.append) or simulator.pid not in (first, None))
    assert any(
        "The simulator process ended (killed by SIGKILL); starting it again in 0.5 s." in words for words in said
    )


def test_all_end_within_seconds(simulator: Child) -> None:
    supervisor.wait_until_ready([simulator], print)
    started = time.monotonic()
    supervisor.stop([simulator])
    assert time.monotonic() - started < supervisor.STOP_WITHIN_S
    assert simulator.pid is None


def test_a_process_that_never_starts_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    worker = Child("worker", tmp_path / "log", {}, lambda: False)
    said: list[str] = []
    with pytest.raises(
        SetupError, match=r"(?s)worker process does not start.*The private database in .* is not running"
    ):
        supervisor.wait_until_ready([worker], said.append)
    assert len(said) >= supervisor.TRIES_AT_FIRST - 1


def test_a_log_is_closed_to_others(simulator: Child) -> None:
    assert simulator.log.path.stat().st_mode & 0o077 == 0


def test_what_crashes_again_and_again_is_given_up_with_its_log_named(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "worker.log")
    with os.fdopen(log.open(), "ab") as file:
        file.write(b"KeyError: 'token'\n")
    restarts = Restarts("worker process", log)
    said: list[str] = []
    pauses = [restarts.ended("exit code 1", said.append) for _ in range(supervisor.TRIES_IN_A_ROW - 1)]
    assert pauses == [0.5, 1, 2, 4, 8, 16]
    assert all(f"Its log, {log.path}, ends:\n    KeyError: 'token'" in words for words in said)
    with pytest.raises(SetupError, match=r"(?s)The worker process does not start \(exit code 1\).*KeyError"):
        restarts.ended("exit code 1", said.append)


def test_what_lived_for_a_while_or_missed_the_database_begins_its_count_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restarts = Restarts("worker process", LogFile(tmp_path / "worker.log"))
    for _ in range(2 * supervisor.TRIES_IN_A_ROW):
        restarts.started()
        restarts.ended("exit code 1", print)
        restarts.forgive()
        assert restarts.due
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER_S", -1)
    for _ in range(2 * supervisor.TRIES_IN_A_ROW):
        restarts.started()
        assert restarts.ended("exit code 1", print) == supervisor.FIRST_PAUSE_S
