"""`up`, whole, for tests: started as somebody starts it, read until it says something, and stopped."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from smartalert.database.cluster import Cluster
from tests import PROJECT
from tests.simulator_process import free_port
from tests.waiting import PATIENCE_S, eventually

RESIDENTS = 1_200
PORTS = ("control", "public", "simulator")


@dataclass
class Running:
    """One `up` and what it has said so far."""

    process: subprocess.Popen[str]
    folder: Path
    ports: dict[str, int]
    said: str = ""

    def read_until(self, words: str) -> str:
        """Read what it says up to a line with these words."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return line
        pytest.fail(f"{words!r} was never said: {self.said}")

    def get(self, name: str, path: str, accept: str = "*/*") -> str:
        """What one of its servers answers."""
        return httpx.get(
            f"http://127.0.0.1:{self.ports[name]}{path}", headers={"Accept": accept}, timeout=PATIENCE_S
        ).text


def command(folder: Path, ports: dict[str, int]) -> list[str]:
    """`up` with few residents."""
    options = [word for name, port in ports.items() for word in (f"--{name}-port", str(port))]
    up = [sys.executable, "-m", "smartalert", "up", "--data-dir", str(folder), "--residents", str(RESIDENTS)]
    return [*up, *options]


@contextmanager
def up(folder: Path, *before: str, history: bool = False, **environment: str) -> Iterator[Running]:
    """Run `up` until it is ready, and stop it at the end."""
    ports = {name: free_port() for name in PORTS}
    process = subprocess.Popen(
        [*before, *command(folder, ports), *["--history"] * history],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(process, folder, ports)
    try:
        running.read_until("Stop with Ctrl-C")
        yield running
    finally:
        process.terminate()
        running.said += process.communicate(timeout=PATIENCE_S)[0]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_quiet(running: Running) -> None:
    """Wait until every port and the database are closed."""
    eventually(lambda: not any(map(listening, running.ports.values())) and not Cluster(running.folder).running())
