"""Who takes what leaves: our own simulator, and another that shares no code with the product, where it is there."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx
import pytest

from tests import DATA
from tests.processes import end, wait_until_it_answers
from tests.simulator_process import SimulatorProcess, free_port, simulator_process

OTHER = DATA.parent / "bench" / "provider_sim.py"


@dataclass(frozen=True)
class Simulator:
    """One that runs: what a client needs, and what it has taken, by phone and by delivery."""

    url: str
    account: Path
    api_key: str
    reset: Callable[[], object]
    taken: Callable[[str], tuple[Counter[str], Counter[str]]]
    #: Sets faults of its own by rules, as its head lists them; ours has knobs instead.
    rules: Callable[[list[dict[str, object]]], object] | None = None


@contextmanager
def ours(folder: Path) -> Iterator[Simulator]:
    """The product's own."""
    with simulator_process(folder) as running:
        keys = running.credentials
        yield Simulator(
            running.url, keys.service_account, keys.sendgrid_api_key, running.reset, lambda _: taken_by_ours(running)
        )


def taken_by_ours(running: SimulatorProcess) -> tuple[Counter[str], Counter[str]]:
    """Times accepted, by token and by delivery."""
    ledger = running.ledger()
    return Counter(ledger["pushes"]), Counter(ledger["mails"])


@contextmanager
def another(folder: Path) -> Iterator[Simulator]:
    """The other; skips where it is not there."""
    if not OTHER.exists():
        pytest.skip("The other simulator is not part of the project.")
    port = next(port for port in iter(free_port, None) if port < 65_000)
    url, admin = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    process = Popen([sys.executable, OTHER, "--port", str(port), "--keys", folder], env=os.environ)
    try:
        wait_until_it_answers(f"{admin}/stats", process)
        with httpx.Client(base_url=admin, trust_env=False) as client:
            keys = json.loads((folder / "env.json").read_text())
            yield Simulator(
                url, folder / "service-account.json", keys["SMARTALERT_SENDGRID_API_KEY"],
                lambda: client.post("/reset"), lambda alert: taken_by_another(client, alert),
                lambda rules: client.post("/rules", json=rules),
            )  # fmt: skip
    finally:
        end([process])


def taken_by_another(client: httpx.Client, alert: str) -> tuple[Counter[str], Counter[str]]:
    """The same; it names mails by delivery and address."""
    ledger = client.get("/ledger", params={"alert": alert}).json()
    mails = {name.partition(" ")[0]: times for name, times in ledger.get("mails", {}).items()}
    return Counter(ledger.get("pushes", {})), Counter(mails)
