"""Google's FCM v1: what it takes, what it refuses and in which words."""

from typing import Any

import pytest
from pyfcm import FCMNotification
from pyfcm.errors import FCMNotRegisteredError

from tests.simulator.conftest import Push
from tests.simulator_process import SimulatorProcess


def code_of(body: dict[str, Any]) -> str:
    return next((d["errorCode"] for d in body["error"]["details"] if "errorCode" in d), "")


def test_a_message_is_accepted_and_counted(simulator: SimulatorProcess, push: Push) -> None:
    answer = push("android-ada", alert_id="A1", title="Missing child", text="Have you seen her?")
    assert answer.status_code == 200
    assert answer.json()["name"].startswith(f"projects/{simulator.credentials.project_id}/messages/0:")
    assert simulator.ledger()["pushes"] == {"android-ada": 1}


def test_a_repeat_is_a_double_in_the_ledger_and_one_card_on_the_phone(simulator: SimulatorProcess, push: Push) -> None:
    for alert in ("A1", "A1", "A2"):
        push("android-ada", alert_id=alert, title="T", text="t")
    assert simulator.ledger()["pushes"] == {"android-ada": 3}
    assert simulator.ledger()["push_doubles"] == 1
    assert simulator.ledger("A1")["pushes"] == {"android-ada": 2}
    assert [card["tag"] for card in simulator.phones()[0]["cards"]] == ["A2", "A1"]


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("UNREG-1", 404, "UNREGISTERED"),
        ("BAD-1", 400, "INVALID_ARGUMENT"),
        ("MISMATCH-1", 403, "SENDER_ID_MISMATCH"),
        ("with space", 400, "INVALID_ARGUMENT"),
    ],
)
def test_magic_tokens_are_refused(push: Push, token: str, status: int, code: str) -> None:
    answer = push(token)
    assert answer.status_code == status
    assert code_of(answer.json()) == code


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"data": {}}, "Recipient of the message is not set"),
        ({"token": "t", "data": {"n": 1}}, "Invalid value at 'message.data[0].value' (TYPE_STRING), 1"),
        ({"token": "t", "data": {"from": "x"}}, "Invalid data payload key: from"),
        ({"token": "t", "data": {"google.x": "x"}}, "Invalid data payload key"),
        ({"token": "t", "data": {"text": "x" * 4_100}}, "Android message is too big"),
        ({"token": "t", "android": {"ttl": 60}}, "Invalid value at 'message.android.ttl'"),
        ({"token": "t", "android": {"ttl": "2419201s"}}, "Invalid value at 'message.android.ttl'"),
        ({"token": "t", "datum": {}}, 'Unknown name "datum"'),
        ([], "Invalid JSON payload"),
    ],
)
def test_a_malformed_message_is_told_why(push: Push, message: Any, words: str) -> None:
    answer = push(message=message)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_4096_bytes_of_data_are_just_allowed(push: Push) -> None:
    assert push("t", text="é" * 2_046).status_code == 200
    assert push("t", text="é" * 2_046 + "x").status_code == 400


def test_another_project_is_forbidden(simulator: SimulatorProcess, push: Push) -> None:
    answer = push()
    theirs = simulator.client.post(
        "/v1/projects/theirs/messages:send",
        content=b"{}",
        headers=dict(answer.request.headers) | {"content-length": "2"},
    )
    assert theirs.status_code == 403


def test_pyfcm_gets_through_and_understands_refusals(simulator: SimulatorProcess) -> None:
    client = FCMNotification(
        service_account_file=str(simulator.credentials.service_account), project_id=simulator.credentials.project_id
    )
    client.FCM_END_POINT_BASE = f"{simulator.url}/v1/projects"
    assert "name" in client.notify(fcm_token="android-ada", data_payload={"alert_id": "A1"})
    with pytest.raises(FCMNotRegisteredError):
        client.notify(fcm_token="UNREG-2", data_payload={"alert_id": "A1"})
