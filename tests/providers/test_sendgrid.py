"""SendGrid: what goes over the wire, what each answer means, and that one bad address costs nobody else."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from smartalert.providers.provider import (
    UNSUBSCRIBE,
    Addressee,
    HandedOver,
    PermanentFailure,
    TemporaryFailure,
    placeholder,
)
from smartalert.providers.sendgrid.answers import Answer, outcome_of, refused_places
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.providers.sendgrid.mail import request_body
from tests.providers.services import SENDER, hand_over, make_message
from tests.simulator_process import SimulatorProcess
from tests.waiting import eventually

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 3, 2, 21, 15, tzinfo=UTC)
LINK = "https://alerts.example.test/u/ada-token"
#: Where a person's own link stands in the words.
TELL = placeholder("tell")
ADA = Addressee("ada", "ada@example.test", {UNSUBSCRIBE: LINK, TELL: "https://alerts.example.test/a/ada"})


def provider(simulator: SimulatorProcess, **options: Any) -> SendGrid:
    return SendGrid(
        simulator.credentials.sendgrid_api_key, endpoint=simulator.url, sender=SENDER, **{"timeout_s": 15.0, **options}
    )


def recorded(name: str, **headers: str) -> Answer:
    return Answer(int(name.split("-")[1]), (PAYLOADS / f"{name}.json").read_bytes(), headers)


def test_a_reader_gets_their_own_links_and_a_one_click_way_out(simulator: SimulatorProcess) -> None:
    message = make_message(
        text=f"Seen him? {TELL}\nLeave: {UNSUBSCRIBE}",
        html=f"<a href='{TELL}'>Tell us</a> <a href='{UNSUBSCRIBE}'>Leave</a>",
    )
    ben = Addressee("ben", "ben@example.test", {UNSUBSCRIBE: "https://alerts.example.test/u/ben", TELL: "B"})
    simulator.faults(event_delay_ms=0)
    hand_over(provider(simulator), message, [ADA, ben])
    mail = _arrived(simulator, "ada@example.test")
    assert mail["text"] == f"Seen him? https://alerts.example.test/a/ada\nLeave: {LINK}"
    assert f"<a href='{LINK}'>" in mail["html"]
    assert mail["headers"]["List-Unsubscribe"] == f"<{LINK}>"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["from"] == "Staffordshire Police <alerts@staffordshire.example>"
    assert mail["custom_args"] == {"alert": message.alert_id, "delivery": "ada"}


@pytest.mark.parametrize("name", ["tell", "unsubscribe", "page", "report", "choices", "receipt", "secret", "token"])
def test_no_words_are_taken_for_a_placeholder(simulator: SimulatorProcess, name: str) -> None:
    words = f"Front-{name}-thief, the multiple-{name}-only card, -{name}-, %{name}%, {{{{{name}}}}}"
    simulator.faults(event_delay_ms=0)
    hand_over(provider(simulator), make_message(title=words, text=f"{words} {TELL}", html=f"{words} {TELL}"), [ADA])
    mail = _arrived(simulator, "ada@example.test")
    assert mail["subject"] == words
    assert mail["text"] == mail["html"] == f"{words} https://alerts.example.test/a/ada"


def test_tags_are_drawn_for_each_request() -> None:
    (one,), (other,) = (
        [body["substitutions"] for body in request_body(make_message(), SENDER, [ADA])["personalizations"]]
        for _ in range(2)
    )
    assert sorted(one.values()) == sorted(other.values()) == sorted(ADA.personal.values())
    assert not set(one) & set(other)
    assert all(tag.isascii() for tag in one)


def test_sendgrid_learns_nothing_it_could_track(simulator: SimulatorProcess) -> None:
    body = request_body(make_message(), SENDER, [ADA])
    assert {part["enable"] for part in body["tracking_settings"].values()} == {False}
    assert body["categories"] == ["urgent-alert"]
    assert body["reply_to"] == {"email": "control@staffordshire.example"}
    assert request_body(make_message(urgent=False), SENDER, [ADA])["categories"] == ["neighbourhood-update"]


def test_two_people_may_share_an_address(simulator: SimulatorProcess) -> None:
    couple = [Addressee("ada", "home@example.test"), Addressee("ben", "home@example.test")]
    told = hand_over(provider(simulator), make_message(), couple)
    assert {type(outcome) for _, outcome in told} == {HandedOver}
    assert simulator.ledger()["mails"] == {"ada": 1, "ben": 1}


def test_a_thousand_people_are_one_request(simulator: SimulatorProcess) -> None:
    people = [Addressee(f"p{n}", f"p{n}@example.test") for n in range(1_000)]
    hand_over(provider(simulator), make_message(), people)
    assert simulator.stats()["mail_requests"] == 1


def test_one_that_sendgrid_refuses_by_name_costs_nobody_else(simulator: SimulatorProcess) -> None:
    # SendGrid takes at most 10,000 bytes of our reference: the whole request is refused, naming one place in it.
    people = [Addressee(f"p{n}", f"p{n}@example.test") for n in range(1_000)]
    for place in (0, 17, 999):
        people[place] = Addressee(f"{place}-" + "x" * 10_000, f"p{place}@example.test")
    told = hand_over(provider(simulator), make_message(), people)
    refused = [reference for reference, outcome in told if isinstance(outcome, PermanentFailure)]
    assert sorted(reference.split("-")[0] for reference in refused) == ["0", "17", "999"]
    assert len(simulator.ledger()["mails"]) == 997
    assert set(simulator.ledger()["mails"].values()) == {1}
    assert simulator.stats()["mail_requests"] == 4


def test_a_batch_full_of_refusals_is_given_up_before_it_becomes_a_flood(simulator: SimulatorProcess) -> None:
    people = [Addressee(f"{n}-" + "x" * 10_000, f"p{n}@example.test") for n in range(60)]
    told = hand_over(provider(simulator), make_message(), people)
    assert sum(isinstance(outcome, PermanentFailure) for _, outcome in told) == 50
    left = [outcome for _, outcome in told if isinstance(outcome, TemporaryFailure)]
    assert {outcome.perhaps_accepted for outcome in left} == {False}
    assert simulator.stats()["mail_requests"] == 50


def test_a_request_too_large_goes_in_halves() -> None:
    people = [Addressee(f"p{n}", f"p{n}@example.test") for n in range(10)]
    with _taking_at_most(3) as (url, taken):
        told = hand_over(SendGrid("SG.k", endpoint=url, sender=SENDER), make_message(), people)
    assert {type(outcome) for _, outcome in told} == {HandedOver}
    assert sorted(taken) == sorted(person.address for person in people)


def test_a_mail_too_large_for_one_reader_fails_for_good() -> None:
    with _taking_at_most(0) as (url, _):
        ((_, outcome),) = hand_over(SendGrid("SG.k", endpoint=url, sender=SENDER), make_message(), [ADA])
    assert isinstance(outcome, PermanentFailure)


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@example.test", "a b@example.test", "x" * 250 + "@example.test"]
)
def test_what_is_no_address_is_not_shown_to_sendgrid(simulator: SimulatorProcess, address: str) -> None:
    ((_, outcome),) = hand_over(provider(simulator), make_message(), [Addressee("odd", address)])
    assert isinstance(outcome, PermanentFailure)
    assert simulator.stats()["mail_requests"] == 0


def test_a_refused_key_stops_the_channel_in_words_for_an_operator(simulator: SimulatorProcess) -> None:
    stranger = SendGrid("SG.a.stranger", endpoint=simulator.url, sender=SENDER)
    ((_, outcome),) = hand_over(stranger, make_message(), [ADA])
    assert outcome.whole_channel
    assert not outcome.perhaps_accepted
    assert outcome.reason.startswith("SendGrid refused our key")


def test_a_sender_sendgrid_does_not_know_is_said_in_its_words() -> None:
    outcome = outcome_of(recorded("sendgrid-403-unverified-sender"), NOW)
    assert outcome.whole_channel
    assert "SMARTALERT_SENDER" in outcome.reason
    assert "verified Sender Identity" in outcome.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sendgrid-400-no-content", PermanentFailure),
        ("sendgrid-413-too-large", PermanentFailure),
        ("sendgrid-401-bad-key", TemporaryFailure),
        ("sendgrid-403-unverified-sender", TemporaryFailure),
        ("sendgrid-429-too-many", TemporaryFailure),
        ("sendgrid-500-internal", TemporaryFailure),
    ],
)
def test_each_answer_of_sendgrid_has_its_meaning(name: str, expected: type) -> None:
    assert isinstance(outcome_of(recorded(name), NOW), expected)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'{"errors": "no"}', b"\xff"])
@pytest.mark.parametrize("status", [200, 302, 400, 403, 429, 502])
def test_an_answer_that_is_none_of_sendgrids_never_raises(status: int, body: bytes) -> None:
    answer = Answer(status, body)
    assert refused_places(answer, 3) == {}
    assert not isinstance(outcome_of(answer, NOW), HandedOver)


def test_sendgrid_says_when_its_quota_starts_anew() -> None:
    reset = recorded("sendgrid-429-too-many", **{"X-RateLimit-Reset": str(int(NOW.timestamp()) + 23)})
    assert outcome_of(reset, NOW).retry_after_s == 23
    assert outcome_of(recorded("sendgrid-429-too-many", **{"Retry-After": "5"}), NOW).retry_after_s == 5
    assert outcome_of(recorded("sendgrid-429-too-many"), NOW).retry_after_s == 60


def test_a_refusal_by_name_tells_which_and_why_without_the_address() -> None:
    assert list(refused_places(recorded("sendgrid-400-no-valid-address"), 5)) == [1]
    assert sorted(refused_places(recorded("sendgrid-400-several-named"), 5)) == [0, 2]
    assert refused_places(recorded("sendgrid-400-no-content"), 5) == {}
    assert refused_places(recorded("sendgrid-400-no-valid-address"), 1) == {}
    (why,) = refused_places(recorded("sendgrid-400-duplicate-in-one"), 5).values()
    assert "unique" in why.reason
    assert "ada" not in why.reason


def test_a_key_is_never_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.somebody.elses")
    with pytest.raises(ValueError, match="key"):
        SendGrid("", endpoint="http://127.0.0.1:1", sender=SENDER)


def test_a_line_cut_before_the_request_was_written_left_nothing_behind() -> None:
    with _resetting() as url:
        ((_, outcome),) = hand_over(
            SendGrid("SG.k", endpoint=url, sender=SENDER), make_message(html="x" * 20_000_000), [ADA]
        )
    assert outcome == TemporaryFailure("SendGrid could not be reached.", retry_after_s=10.0)


def test_mails_do_not_hold_up_the_loop(simulator: SimulatorProcess) -> None:
    simulator.faults(mail_latency_ms=3_000)
    people = [Addressee(f"p{n}", f"p{n}@example.test") for n in range(4_000)]
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)

    async def run() -> None:
        mails, watching = provider(simulator), asyncio.create_task(watch())
        await mails.hand_over(make_message(), people, lambda *what: None)
        watching.cancel()
        await mails.aclose()

    asyncio.run(run())
    # Far below the time SendGrid takes, with room for a busy machine.
    assert longest < 2.5


def _arrived(simulator: SimulatorProcess, address: str) -> dict[str, Any]:
    arrived: dict[str, dict[str, Any]] = {}
    eventually(lambda: arrived.update((mail["to"], mail) for mail in simulator.mails()) or address in arrived)
    return arrived[address]


@contextmanager
def _taking_at_most(people: int) -> Iterator[tuple[str, list[str]]]:
    """A SendGrid that calls all larger requests too large, and the addresses it took."""
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fits = len(body["personalizations"]) <= people
            taken.extend(own["to"][0]["email"] for own in body["personalizations"] if fits)
            self.send_response(202 if fits else 413)
            self.send_header("X-Message-Id", "m")
            self.end_headers()
            self.wfile.write(b"" if fits else (PAYLOADS / "sendgrid-413-too-large.json").read_bytes())

        def log_message(self, *what: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()


@contextmanager
def _resetting() -> Iterator[str]:
    """A server that resets every connection at once."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def cut() -> None:
            connection, _ = listener.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.close()

        threading.Thread(target=cut, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_mail_programs_show_a_thread_together(simulator: SimulatorProcess) -> None:
    simulator.faults(event_delay_ms=0)
    hand_over(provider(simulator), make_message(thread="the-first-alert"), [ADA])
    headers = _arrived(simulator, "ada@example.test")["headers"]
    root = f"<the-first-alert@{SENDER.email.rpartition('@')[2]}>"
    assert (headers["References"], headers["In-Reply-To"]) == (root, root)
