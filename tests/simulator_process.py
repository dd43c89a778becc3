"""The provider simulator in a process of its own, for tests."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from smartalert.simulator import credentials
from smartalert.simulator.credentials import Credentials
from tests import PROJECT

READY_WITHIN_S = 30


@dataclass
class SimulatorProcess:
    """A running simulator and what tests ask of it."""

    url: str
    credentials: Credentials
    client: httpx.Client

    def faults(self, **knobs: float) -> dict[str, Any]:
        """Turn knobs; all knobs as they are then."""
        return self._checked(self.client.post("/sim/faults", json=knobs))

    def stats(self) -> dict[str, Any]:
        """Counts by name."""
        return self._checked(self.client.get("/sim/stats"))

    def ledger(self, alert_id: str | None = None) -> dict[str, Any]:
        """Times accepted: {"pushes": {token: n}, "mails": {reference: n}, "push_doubles", "mail_doubles"}."""
        return self._checked(self.client.get("/sim/ledger", params={"alert_id": alert_id} if alert_id else None))

    def phones(self, **search: Any) -> list[dict[str, Any]]:
        """The phones reached, newest first; search by limit, alert_id, q."""
        return self._checked(self.client.get("/sim/phones", params=search))["phones"]

    def mails(self, **search: Any) -> list[dict[str, Any]]:
        """The mails that arrived, newest first; search by limit, alert_id, q."""
        return self._checked(self.client.get("/sim/inboxes", params=search))["mails"]

    def open(self, token: str, tag: str) -> bool:
        """A person opens an alert; whether there was one to open."""
        return self._checked(self.client.post("/sim/open", json={"token": token, "tag": tag}))["opened"]

    def expire_tokens(self) -> None:
        """Make every access token stale."""
        self._checked(self.client.post("/sim/expire-tokens", json={}))

    def reset(self) -> None:
        """Empty the world and put all knobs back."""
        self._checked(self.client.post("/sim/reset", json={}))

    @staticmethod
    def _checked(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        return answer.json()


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def simulator_process(
    folder: Path, *, events_url: str | None = None, receipts_url: str | None = None
) -> Iterator[SimulatorProcess]:
    """Start a simulator on a free port with its keys in this folder; stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = credentials.ensure(folder, url)
    command = [sys.executable, "-m", "smartalert.simulator", "--port", str(port), "--credentials", str(folder)]
    for option, value in (("--events-url", events_url), ("--receipts-url", receipts_url)):
        command += [option, value] if value else []
    process = subprocess.Popen(command, cwd=PROJECT)
    try:
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            _wait_until_healthy(client, process)
            yield SimulatorProcess(url, keys, client)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_healthy(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, f"The simulator ended with {process.returncode}."
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"The simulator was not ready within {READY_WITHIN_S} s.")


def eventually(condition: Callable[[], object], within_s: float = 10) -> None:
    """Wait until the condition holds; fails when it does not in time."""
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, f"Not within {within_s} s."
        time.sleep(0.02)
