"""SendGrid's signed event webhook: what it says, how it is signed, and how it insists."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from sendgrid.helpers.eventwebhook import EventWebhook

from smartalert.simulator import credentials
from smartalert.simulator.events import body_of
from tests.simulator.conftest import Mail
from tests.simulator.listener import Listener, Posted
from tests.simulator_process import SimulatorProcess, simulator_process
from tests.waiting import eventually


def events_of(posted: list[Posted]) -> list[dict[str, Any]]:
    return [event for post in posted if post.path == "/events" for event in json.loads(post.body)]


def names_of(posted: list[Posted]) -> Counter[str]:
    return Counter(event["event"] for event in events_of(posted))


def test_a_mail_is_processed_and_then_delivered(simulator: SimulatorProcess, listener: Listener, mail: Mail) -> None:
    simulator.faults(event_delay_ms=100)
    mail("ada@example.org")
    posted = listener.wait(lambda posted: names_of(posted)["delivered"])
    processed, delivered = events_of(posted)
    assert [processed["event"], delivered["event"]] == ["processed", "delivered"]
    assert delivered["email"] == "ada@example.org"
    assert delivered["reference"] == "ref-ada@example.org"
    assert delivered["response"].startswith("250")
    assert processed["sg_message_id"] == delivered["sg_message_id"]
    assert processed["sg_event_id"] != delivered["sg_event_id"]


def test_sendgrids_own_verifier_accepts_the_raw_body_and_no_other(
    simulator: SimulatorProcess, listener: Listener, mail: Mail
) -> None:
    mail("ada@example.org", "ben@example.org")
    post = listener.wait(lambda posted: posted)[0]
    signature = post.headers["X-Twilio-Email-Event-Webhook-Signature"]
    timestamp = post.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    verifier = EventWebhook(simulator.credentials.webhook_public_key)
    body = post.body.decode()
    assert body.endswith("]\r\n")
    assert verifier.verify_signature(body, signature, timestamp)
    assert not verifier.verify_signature(body.rstrip(), signature, timestamp)
    assert not verifier.verify_signature(body.replace("ada", "eve"), signature, timestamp)


def test_a_refused_batch_is_posted_again_until_it_is_taken(
    simulator: SimulatorProcess, listener: Listener, mail: Mail
) -> None:
    listener.status = 500
    mail("ada@example.org")
    listener.wait(lambda posted: len(posted) >= 2)
    listener.status = 204
    eventually(lambda: simulator.stats().get("events_taken", 0) >= 2)
    bodies = [post.body for post in listener.posted]
    assert max(map(bodies.count, bodies)) >= 2


def test_a_batch_nobody_takes_is_given_up_in_the_end(
    simulator: SimulatorProcess, listener: Listener, mail: Mail
) -> None:
    listener.status = 500
    simulator.faults(event_retry_s=1)
    mail("ada@example.org")
    eventually(lambda: simulator.stats().get("events_lost", 0) >= 1)


def test_bounces_are_the_addresses_own_and_later_mail_is_dropped(
    simulator: SimulatorProcess, listener: Listener, mail: Mail
) -> None:
    simulator.faults(event_delay_ms=0, mail_bounce=1)
    mail("gone@example.org")
    bounce = next(e for e in events_of(listener.wait(lambda p: names_of(p)["bounce"])) if e["event"] == "bounce")
    assert (bounce["type"], bounce["status"]) == ("bounce", "5.1.1")
    simulator.faults(mail_bounce=0)
    mail("gone@example.org")
    dropped = events_of(listener.wait(lambda p: names_of(p)["dropped"]))[-1]
    assert dropped["reason"] == "Bounced Address"
    assert simulator.mails() == []


def test_mails_can_be_dropped_put_off_and_opened(simulator: SimulatorProcess, listener: Listener, mail: Mail) -> None:
    simulator.faults(event_delay_ms=0, mail_drop=1)
    mail("ada@example.org")
    listener.wait(lambda posted: names_of(posted) == {"dropped": 1})
    simulator.faults(mail_drop=0, mail_defer=1, mail_opened=1, phone_opened_s=0)
    mail("ben@example.org")
    posted = listener.wait(lambda posted: names_of(posted)["open"])
    assert names_of(posted) == {"dropped": 1, "processed": 1, "deferred": 1, "delivered": 1, "open": 1}


def test_a_repeated_event_keeps_its_identifier(simulator: SimulatorProcess, listener: Listener, mail: Mail) -> None:
    simulator.faults(event_delay_ms=0, event_repeat=1)
    mail("ada@example.org")
    posted = listener.wait(lambda posted: sum(names_of(posted).values()) == 4)
    assert sorted(Counter(event["sg_event_id"] for event in events_of(posted)).values()) == [2, 2]


def test_events_can_come_in_the_wrong_order(simulator: SimulatorProcess, listener: Listener, mail: Mail) -> None:
    simulator.faults(event_disorder=1)
    readers = [f"reader{n}@example.org" for n in range(30)]
    mail(*readers)
    posted = listener.wait(lambda posted: names_of(posted)["processed"] == 30)
    order = [event["email"] for event in events_of(posted) if event["event"] == "processed"]
    assert sorted(order) == sorted(readers)
    assert order != readers


def test_a_thousand_mails_are_told_of_in_few_posts(simulator: SimulatorProcess, listener: Listener, mail: Mail) -> None:
    simulator.faults(event_delay_ms=50)
    mail(*(f"reader{n}@example.org" for n in range(1_000)))
    posted = listener.wait(lambda posted: names_of(posted)["delivered"] == 1_000)
    assert len(posted) <= 6
    assert max(len(json.loads(post.body)) for post in posted) <= 1_000


def test_without_an_address_nothing_is_posted(tmp_path: Path) -> None:
    with simulator_process(tmp_path) as quiet:
        body = {
            "personalizations": [{"to": [{"email": "ada@example.org"}]}],
            "from": {"email": "alerts@staffordshire.example"},
            "subject": "EXERCISE",
            "content": [{"type": "text/plain", "value": "Words"}],
        }
        headers = {"authorization": f"Bearer {quiet.credentials.sendgrid_api_key}"}
        assert quiet.client.post("/v3/mail/send", json=body, headers=headers).status_code == 202
        eventually(quiet.mails)
        assert quiet.stats()["waiting"]["events"] == 0


def test_the_signed_body_is_an_array_with_a_line_for_each_event(tmp_path: Path) -> None:
    assert body_of([{"a": 1}, {"b": 2}]) == b'[{"a":1},\r\n{"b":2}]\r\n'
    assert len(credentials.ensure(tmp_path, "http://127.0.0.1:1").webhook_public_key) == 124
