"""The provider simulator in a process of its own, for tests."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from smartalert.simulator import credentials
from smartalert.simulator.credentials import Credentials
from tests.processes import end, start, wait_until_it_answers
from tests.waiting import PATIENCE_S


@dataclass
class SimulatorProcess:
    """A running simulator and what tests ask of it."""

    url: str
    credentials: Credentials
    client: httpx.Client
    pid: int

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


def own_address() -> str:
    """This machine's on its network; where it has none, another of loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


@contextmanager
def simulator_process(
    folder: Path,
    *,
    events_url: str | None = None,
    receipts_url: str | None = None,
    host: str = "127.0.0.1",
    forked: bool = True,
) -> Iterator[SimulatorProcess]:
    """Start a simulator on a free port with its keys in this folder; stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = credentials.ensure(folder, url)
    words = ["--host", host, "--port", str(port), "--credentials", str(folder)]
    for option, value in (("--events-url", events_url), ("--receipts-url", receipts_url)):
        words += [option, value] if value else []
    process = start("smartalert.simulator", *words, environment=os.environ, forked=forked)
    try:
        with httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False) as client:
            wait_until_it_answers(f"{url}/health", process)
            yield SimulatorProcess(url, keys, client, process.pid)
    finally:
        end([process])
