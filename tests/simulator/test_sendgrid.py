"""SendGrid's mail/send: what it takes, what it refuses and in which words."""

from typing import Any

import pytest
from sendgrid import SendGridAPIClient

from tests.simulator.conftest import Mail
from tests.simulator_process import SimulatorProcess
from tests.waiting import eventually


def test_a_request_is_accepted_whole(simulator: SimulatorProcess, mail: Mail) -> None:
    answer = mail("ada@example.org", "ben@example.org")
    assert answer.status_code == 202
    assert answer.content == b""
    assert answer.headers["x-message-id"]
    assert simulator.ledger()["mails"] == {"ref-ada@example.org": 1, "ref-ben@example.org": 1}


def test_a_repeated_request_is_a_double(simulator: SimulatorProcess, mail: Mail) -> None:
    mail("ada@example.org")
    mail("ada@example.org")
    assert simulator.ledger()["mail_doubles"] == 1


def test_a_thousand_readers_are_allowed_and_one_more_is_not(mail: Mail) -> None:
    readers = [f"reader{n}@example.org" for n in range(1_001)]
    assert mail(*readers[:1_000]).status_code == 202
    refused = mail(*readers)
    assert refused.status_code == 400
    assert "limited to 1000 personalizations" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("parts", "field", "words"),
    [
        ({"personalizations": []}, "personalizations", "at least one personalization"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to", "to parameter is required"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to", "valid address"),
        (
            {"personalizations": [{"to": [{"email": "a@b.uk"}], "cc": [{"email": "A@b.uk"}]}]},
            "personalizations.0",
            "should be unique",
        ),
        (
            {"personalizations": [{"to": [{"email": "a@b.uk"}], "custom_args": {"x": "y" * 10_001}}]},
            "personalizations.0.custom_args",
            "10000 bytes",
        ),
        (
            {"personalizations": [{"to": [{"email": "a@b.uk"}], "headers": {"Reply-To": "x"}}]},
            "personalizations.0.headers.Reply-To",
            "reserved",
        ),
        ({"from": {}}, "from.email", "from object must be provided"),
        ({"subject": ""}, "subject", "subject is required"),
        ({"content": []}, "content", "content parameter is required"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value", "at least one character"),
    ],
)
def test_a_malformed_request_is_told_why(
    simulator: SimulatorProcess, mail: Mail, parts: dict[str, Any], field: str, words: str
) -> None:
    answer = mail("ada@example.org", **parts)
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert words in error["message"]
    assert simulator.ledger()["mails"] == {}


def test_a_wrong_key_is_refused(simulator: SimulatorProcess) -> None:
    answer = simulator.client.post("/v3/mail/send", json={}, headers={"authorization": "Bearer SG.wrong"})
    assert answer.status_code == 401


def test_sandbox_mode_checks_and_accepts_nothing(simulator: SimulatorProcess, mail: Mail) -> None:
    assert mail("ada@example.org", mail_settings={"sandbox_mode": {"enable": True}}).status_code == 200
    assert simulator.ledger()["mails"] == {}


def test_the_inbox_shows_the_mail_as_its_reader_gets_it(simulator: SimulatorProcess, mail: Mail) -> None:
    simulator.faults(event_delay_ms=0)
    personalization = {
        "to": [{"email": "Ada@example.org"}],
        "headers": {"List-Unsubscribe": "<https://alerts.example/u/1>"},
        "substitutions": {"-name-": "Ada"},
        "custom_args": {"alert_id": "A1"},
    }
    content = [{"type": "text/plain", "value": "Dear -name-"}, {"type": "text/html", "value": "<p>Dear -name-</p>"}]
    mail(personalizations=[personalization], content=content)
    eventually(simulator.mails)
    (shown,) = simulator.mails(alert_id="A1", q="ada@")
    assert shown["from"] == "Staffordshire Police <alerts@staffordshire.example>"
    assert (shown["text"], shown["html"]) == ("Dear Ada", "<p>Dear Ada</p>")
    assert shown["headers"]["List-Unsubscribe"] == "<https://alerts.example/u/1>"
    assert simulator.mails(alert_id="A2") == []


def test_sendgrids_own_client_gets_through(simulator: SimulatorProcess) -> None:
    client = SendGridAPIClient(simulator.credentials.sendgrid_api_key, host=simulator.url)
    body = {
        "personalizations": [{"to": [{"email": "ada@example.org"}]}],
        "from": {"email": "alerts@staffordshire.example"},
        "subject": "EXERCISE",
        "content": [{"type": "text/plain", "value": "Words"}],
    }
    assert client.client.mail.send.post(request_body=body).status_code == 202
    assert simulator.ledger()["mails"] == {"ada@example.org": 1}
