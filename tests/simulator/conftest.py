"""Fixtures: one simulator process for all these tests, emptied before each, and a listener it reports to."""

from collections.abc import Callable, Iterator
from typing import Any

import google.auth.transport.requests
import httpx
import pytest
from google.oauth2 import service_account

from tests.simulator.listener import Listener, listening
from tests.simulator_process import SimulatorProcess, simulator_process

ADA = "android-ada"
FIREBASE = "https://www.googleapis.com/auth/firebase.messaging"
Push = Callable[..., httpx.Response]
Mail = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def one_listener() -> Iterator[Listener]:
    """The listener all tests share."""
    with listening() as listener:
        yield listener


@pytest.fixture(scope="session")
def one_simulator(tmp_path_factory: pytest.TempPathFactory, one_listener: Listener) -> Iterator[SimulatorProcess]:
    """The simulator all tests share, reached from other computers too."""
    folder = tmp_path_factory.mktemp("simulator")
    urls = {"events_url": f"{one_listener.url}/events", "receipts_url": f"{one_listener.url}/v1/receipts"}
    with simulator_process(folder, **urls, host="0.0.0.0") as simulator:  # noqa: S104
        yield simulator


@pytest.fixture
def listener(one_listener: Listener, simulator: SimulatorProcess) -> Listener:
    """The listener, empty and willing."""
    one_listener.posted.clear()
    one_listener.status = 204
    return one_listener


@pytest.fixture
def simulator(one_simulator: SimulatorProcess) -> SimulatorProcess:
    """The simulator with an empty world."""
    one_simulator.reset()
    return one_simulator


def access_token(simulator: SimulatorProcess) -> str:
    """A token fetched by Google's own library with the service account's file."""
    account = service_account.Credentials.from_service_account_file(
        str(simulator.credentials.service_account), scopes=[FIREBASE]
    )
    account.refresh(google.auth.transport.requests.Request())
    return account.token


@pytest.fixture
def push(simulator: SimulatorProcess) -> Push:
    """Send one FCM message; the body's message may be given whole."""
    authorization = f"Bearer {access_token(simulator)}"

    def send(token: str = ADA, message: dict[str, Any] | None = None, **data: Any) -> httpx.Response:
        body = {"message": message if message is not None else {"token": token, "data": data}}
        path = f"/v1/projects/{simulator.credentials.project_id}/messages:send"
        return simulator.client.post(path, json=body, headers={"authorization": authorization})

    return send


@pytest.fixture
def mail(simulator: SimulatorProcess) -> Mail:
    """Send one mail request to these readers; anything else replaces a part of it."""

    def send(*readers: str, **parts: Any) -> httpx.Response:
        body = {
            "personalizations": [
                {"to": [{"email": reader}], "custom_args": {"reference": f"ref-{reader}", "alert_id": "A1"}}
                for reader in readers
            ],
            "from": {"email": "alerts@staffordshire.example", "name": "Staffordshire Police"},
            "subject": "EXERCISE: Bogus caller in Stafford",
            "content": [{"type": "text/plain", "value": "Plain words"}, {"type": "text/html", "value": "<p>Words</p>"}],
            **parts,
        }
        authorization = f"Bearer {simulator.credentials.sendgrid_api_key}"
        return simulator.client.post("/v3/mail/send", json=body, headers={"authorization": authorization})

    return send
