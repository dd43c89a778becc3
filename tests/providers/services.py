"""Every provider against the running simulator, in words the contract test shares."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smartalert.providers.fcm.client import Fcm
from smartalert.providers.provider import Addressee, Message, Outcome, Provider
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.providers.sendgrid.mail import Sender
from tests.simulator_process import SimulatorProcess

Told = list[tuple[str, Outcome]]
SENDER = Sender("alerts@staffordshire.example", "Staffordshire Police", reply_to="control@staffordshire.example")


@dataclass(frozen=True)
class Service:
    """One provider, how to reach it and what its simulator calls the faults they all have."""

    name: str
    build: Callable[[str, Path, str, float], Provider]
    #: Fault knobs begin with it.
    knob: str
    dead_address: str
    #: Changes that make a message nobody can take.
    malformed: dict[str, object]

    def provider(self, simulator: SimulatorProcess, *, timeout_s: float = 15.0, url: str = "") -> Provider:
        keys = simulator.credentials
        return self.build(url or simulator.url, keys.service_account, keys.sendgrid_api_key, timeout_s)

    def address(self, number: int) -> str:
        return f"android-{number:04d}-token:APA91b" if self.name == "fcm" else f"resident-{number}@example.test"

    def addressees(self, count: int) -> list[Addressee]:
        return [Addressee(f"{self.name}-{n}", self.address(n)) for n in range(count)]

    def accepted(self, simulator: SimulatorProcess) -> dict[str, int]:
        """Times accepted by address (push) or reference (mail)."""
        return simulator.ledger()["pushes" if self.name == "fcm" else "mails"]


def _fcm(url: str, account: Path, key: str, timeout_s: float) -> Provider:
    return Fcm(account, endpoint=url, timeout_s=timeout_s)


def _sendgrid(url: str, account: Path, key: str, timeout_s: float) -> Provider:
    return SendGrid(key, endpoint=url, sender=SENDER, timeout_s=timeout_s)


SERVICES = (
    Service("fcm", _fcm, "push", "UNREG-its-app-was-removed", {"data": {"google.reserved": "x"}}),
    Service("sendgrid", _sendgrid, "mail", "no address at all", {"text": ""}),
)


def make_message(**changes: object) -> Message:
    """An urgent alert that runs out in an hour."""
    facts = {
        "alert_id": "0192f0c1-7d3e-7b44-9a10-1f2e3d4c5b6a",
        "title": "EXERCISE Bogus caller in Market Square",
        "text": 'A man said "water board" at the door. Do not let him in. Call 999.',
        "html": "",
        "urgent": True,
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
    }
    return Message(**{**facts, **changes})


def hand_over(provider: Provider, message: Message, addressees: Sequence[Addressee]) -> Told:
    """Everything reported for one call, in order, in a loop of its own; the provider is closed afterwards."""
    told: Told = []

    async def run() -> None:
        try:
            await provider.hand_over(message, addressees, lambda reference, outcome: told.append((reference, outcome)))
        finally:
            await provider.aclose()

    asyncio.run(run())
    return told
