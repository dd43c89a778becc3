"""What providers answer is untrusted: wherever it leads, however long it takes or is, whatever words are in it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from smartalert.errors import NotAllowed
from smartalert.providers import identity
from smartalert.providers.fcm import credentials
from smartalert.providers.fcm.client import Fcm
from smartalert.providers.identity import Identity, Unreachable
from smartalert.providers.provider import (
    Addressee,
    AddressGone,
    HandedOver,
    Outcome,
    PermanentFailure,
    Provider,
    TemporaryFailure,
)
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.providers.transport import NotReached, PooledTransport
from tests import PROJECT
from tests.providers.rogue import Rogue, cuts, drips, floods, hangs, raw, rogue, says
from tests.providers.services import SENDER, Told, hand_over, make_message
from tests.waiting import PATIENCE_S

TOKEN = raw("200 OK", b'{"access_token": "good", "expires_in": 3599}')
TAKEN = {"fcm": raw("200 OK", b'{"name": "projects/p/messages/1"}'), "sendgrid": raw("202 Accepted")}
#: Statuses that lead elsewhere.
REDIRECTS = ["300", "301", "302", "303", "307", "308"]
#: Far more than an answer may take, and far less than a patient reader would.
DEADLINE_S, LATEST_S = 1.0, 30.0
PEOPLE = 5


@pytest.fixture(scope="module")
def key() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return private.private_bytes(*form).decode()


@pytest.fixture
def server() -> Iterator[Rogue]:
    """Gives a token to whoever asks; the rest is a test's."""
    with rogue(hangs()) as running:
        running.by_path["/token"] = says(TOKEN)
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Rogue]:
    """Where nobody may ever be led; it would take anything."""
    with rogue(says(TAKEN["fcm"])) as running:
        yield running


@pytest.fixture
def account(server: Rogue, key: str, tmp_path: Path) -> Path:
    file = tmp_path / "account.json"
    facts = {"type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": key}
    facts |= {"client_email": "us@p.example", "token_uri": f"{server.url}/token"}
    file.write_text(json.dumps(facts))
    return file


@pytest.fixture(params=["fcm", "sendgrid"])
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def provider(service: str, server: Rogue, account: Path, timeout_s: float = 15.0) -> Provider:
    if service == "fcm":
        return Fcm(account, endpoint=server.url, timeout_s=timeout_s)
    return SendGrid("SG.secret", endpoint=server.url, sender=SENDER, timeout_s=timeout_s)


def people(count: int = PEOPLE) -> list[Addressee]:
    return [Addressee(f"p{n}", f"resident-{n}@example.test") for n in range(count)]


def told_by(service: str, server: Rogue, account: Path, timeout_s: float = 15.0) -> Outcome:
    """What all of a few people are told alike, within the time."""
    started = time.monotonic()
    told = hand_over(provider(service, server, account, timeout_s), make_message(), people())
    assert time.monotonic() - started < LATEST_S
    assert len(told) == PEOPLE
    assert len({repr(outcome) for _, outcome in told if not isinstance(outcome, TemporaryFailure)}) <= 1
    return told[0][1]


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_provider_leads_us_elsewhere(service, server, account, elsewhere, status):
    server.behaviour = says(raw(f"{status} Elsewhere", b"", f"Location: {elsewhere.url}/taken"))
    outcome = told_by(service, server, account)
    assert elsewhere.asked == []
    assert isinstance(outcome, TemporaryFailure)
    assert (outcome.whole_channel, outcome.perhaps_accepted) == (True, False)
    assert "sent us elsewhere" in outcome.reason


@pytest.mark.parametrize("status", REDIRECTS)
def test_the_token_endpoint_leads_our_assertion_nowhere(server, account, elsewhere, status):
    server.by_path["/token"] = says(raw(f"{status} Elsewhere", b"", f"Location: {elsewhere.url}/token"))
    outcome = told_by("fcm", server, account)
    assert elsewhere.asked == []
    assert isinstance(outcome, TemporaryFailure)
    assert (outcome.whole_channel, outcome.perhaps_accepted) == (True, False)
    assert [asked.path for asked in server.asked] == ["/token"]


@pytest.mark.parametrize("at", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("status", REDIRECTS)
def test_the_forces_sign_in_leads_our_secret_nowhere(server, elsewhere, status, at):
    claims = metadata(server.url)
    by_path = {
        "/.well-known/openid-configuration": claims,
        "/token": {"access_token": "a", "id_token": "a.b.c", "token_type": "Bearer"},
        "/keys": {"keys": []},
    }
    server.by_path = {path: says(in_json(what)) for path, what in by_path.items()}
    server.by_path[at] = says(raw(f"{status} Elsewhere", b"", f"Location: {elsewhere.url}{at}"))
    with pytest.raises(Unreachable):
        sign_in(server)
    assert elsewhere.asked == []


def test_what_the_forces_sign_in_says_of_itself_is_no_setting_of_ours(server, elsewhere):
    """Authlib hands every word of it to its client: one of them would have it follow, and another forget our bounds."""
    odd = {"follow_redirects": True, "event_hooks": {}, "verify": False, "timeout": None}
    server.by_path["/.well-known/openid-configuration"] = says(in_json(metadata(server.url) | odd))
    server.by_path["/token"] = says(raw("307 Elsewhere", b"", f"Location: {elsewhere.url}/token"))
    with pytest.raises(Unreachable):
        sign_in(server)
    assert elsewhere.asked == []


def metadata(url: str) -> dict[str, object]:
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/keys",
    }


def in_json(what: object) -> bytes:
    return raw("200 OK", json.dumps(what).encode(), "Content-Type: application/json")


def sign_in(server: Rogue) -> object:
    """As far as a browser's way back from the provider."""

    async def both() -> object:
        begun = await Identity(server.url, "us", "secret", "openid").begin("http://127.0.0.1/back")
        answer = {"code": "x", "state": begun["state"]}
        return await Identity(server.url, "us", "secret", "openid").finish(answer, begun)

    return asyncio.run(both())


NONSENSE = [
    b"", b"null", b"7", b"[]", b'"x"', b"[" * 100_000, b"\xff", b'{"error": 7}', b'{"issuer": 7, "jwks_uri": []}',
    b'{"authorization_endpoint": 7, "token_endpoint": {}}', b'{"keys": 7}', b'{"keys": [7, {"kty": "\\u0000"}]}',
    b'{"access_token": 7, "id_token": 7}', b'{"access_token": "a", "id_token": "\\ud800.b.c", "expires_in": 1e999}',
    b'{"id_token": ["a"], "access_token": {}, "expires_in": "never"}',
]  # fmt: skip


@pytest.mark.parametrize("at", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_from_the_forces_sign_in_lets_nobody_in_and_breaks_nothing(server, at, nonsense):
    answers = {
        "/.well-known/openid-configuration": metadata(server.url),
        "/token": {"access_token": "a", "id_token": "e30.e30.c", "token_type": "Bearer"},
        "/keys": {"keys": []},
    }
    server.by_path = {path: says(in_json(what)) for path, what in answers.items()}
    server.by_path[at] = says(raw("200 OK", nonsense, "Content-Type: application/json"))
    with pytest.raises(NotAllowed):
        sign_in(server)


@pytest.mark.parametrize("at", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("fault", ["drips", "floods"])
def test_a_sign_in_that_does_not_end_is_given_up(server, monkeypatch, at, fault):
    monkeypatch.setattr(identity, "TIMEOUT_S", DEADLINE_S)
    answers = {
        "/.well-known/openid-configuration": metadata(server.url),
        "/token": {"access_token": "a", "id_token": "a.b.c", "token_type": "Bearer"},
        "/keys": {"keys": []},
    }
    server.by_path = {path: says(in_json(what)) for path, what in answers.items()}
    server.by_path[at] = {"drips": drips(in_json(answers[at]), 0.2), "floods": floods(lambda: server, "200 OK", 100)}[
        fault
    ]
    started = time.monotonic()
    with pytest.raises(NotAllowed):
        sign_in(server)
    assert time.monotonic() - started < LATEST_S
    assert server.sent < 20_000_000


def test_the_rest_of_an_answer_that_does_not_come_takes_nothing_back(server, account):
    """SendGrid's 202 says all there is to say."""
    head, _, body = raw("202 Accepted", b"x" * 500).partition(b"\r\n\r\n")
    server.behaviour = drips(body, 0.2, head + b"\r\n\r\n")
    assert isinstance(told_by("sendgrid", server, account, DEADLINE_S), HandedOver)
    server.behaviour = cuts(raw("202 Accepted", b"x" * 500)[:-499])
    assert isinstance(told_by("sendgrid", server, account), HandedOver)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 507, 599])
def test_what_a_provider_answers_with_5xx_it_has_not_taken(service, server, account, status):
    server.behaviour = says(raw(f"{status} No", b"no", "Retry-After: 30"))
    outcome = told_by(service, server, account)
    assert isinstance(outcome, TemporaryFailure)
    assert not outcome.perhaps_accepted
    assert outcome.retry_after_s == 30


@pytest.mark.parametrize("status", [401, 404, 405, 407, 408, 409, 410, 415, 418, 421, 425, 451])
def test_what_is_not_the_services_own_answer_is_about_no_addressee(service, server, account, status):
    """A proxy, a captive portal or a wrong address: nobody is given up, nobody switched off."""
    server.behaviour = says(raw(f"{status} No", b"<html>the proxy of your house</html>"))
    outcome = told_by(service, server, account)
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.whole_channel


def test_a_400_that_is_not_the_services_own_is_about_no_addressee(service, server, account):
    server.behaviour = says(raw("400 Bad Request", b"<html>registration token</html>"))
    assert isinstance(told_by(service, server, account), TemporaryFailure)


class Busy(NamedTuple):
    """A status that says when to come again, how long we wait without, and at least."""

    status: int
    usual_s: float
    least_s: float


#: What Retry-After says → how long that is; None where it says nothing.
WAITS = {
    "7": 7, "-5": None, "nan": None, "inf": None, "1e9": None, "": None, "1000000000": 900, "1" * 400: 900,
    "Wed, 21 Oct 2099 07:28:00 GMT": 900, "Wed, 21 Oct 1999 07:28:00 GMT": 0,
    "Mon, 99999999999 Jan 2026 00:00:00 GMT": None, "Fri, 31 Dec 9999 23:59:59 GMT": 900,
    "\xff\xfe": None, "٣": None, "²": None,
}  # fmt: skip


@pytest.mark.parametrize("busy", [Busy(429, 60, 1), Busy(503, 10, 10)], ids=lambda busy: busy.status)
@pytest.mark.parametrize("asked", WAITS, ids=range(len(WAITS)))
def test_nobody_is_made_to_wait_for_ever(service, server, account, busy, asked):
    head = f"HTTP/1.1 {busy.status} No\r\nRetry-After: ".encode() + asked.encode("utf-8" if asked == "٣" else "latin1")
    server.behaviour = says(head + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    outcome = told_by(service, server, account)
    assert isinstance(outcome, TemporaryFailure)
    wait_s = WAITS[asked]
    expected = busy.usual_s if wait_s is None else max(wait_s, busy.least_s)
    assert outcome.retry_after_s == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("reset", ["9" * 30, "9" * 5_000, "0", "-1", "nan", "x"])
def test_sendgrids_quota_starts_anew_within_a_quarter_of_an_hour(server, account, reset):
    server.behaviour = says(raw("429 No", b"", f"X-RateLimit-Reset: {reset}"))
    outcome = told_by("sendgrid", server, account)
    assert isinstance(outcome, TemporaryFailure)
    assert outcome.retry_after_s is not None
    assert 1 <= outcome.retry_after_s <= 900


#: Inside the quotes of a JSON string.
ODD = [
    b"\\u0000", b"\\ud800", b"\\udfff\\ud800", b"a\\u0000b\\u202e\\u2028c", b"x" * 900_000, b"\x00", b"\xff\xfe",
    b"\\u001b[31m", b"\\r\\nX: y",
]  # fmt: skip
ERRORS = {
    "fcm": b'{"error": {"code": 400, "message": "%s", "status": "INVALID_ARGUMENT"}}',
    "sendgrid": b'{"errors": [{"message": "%s", "field": "personalizations.0.to"}, {"message": "%s"}]}',
}


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_words_of_a_provider_can_be_kept_and_shown(service, server, account, odd):
    server.behaviour = says(raw("400 No", ERRORS[service].replace(b"%s", odd)))
    told = hand_over(provider(service, server, account), make_message(), people())
    assert len(told) == PEOPLE
    for _, outcome in told:
        assert isinstance(outcome, PermanentFailure | TemporaryFailure | AddressGone)
        can_be_kept(outcome.reason)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_what_a_provider_calls_a_push_can_be_kept(server, account, odd):
    server.behaviour = says(raw("200 OK", b'{"name": "projects/p/messages/' + odd + b'"}'))
    outcome = told_by("fcm", server, account)
    assert isinstance(outcome, HandedOver)
    can_be_kept(outcome.provider_reference)


@pytest.mark.parametrize("odd", [b"\xff\xfe", b"\xc3\xa9", b"x" * 60_000, b"\t"], ids=range(4))
def test_what_a_provider_calls_a_mail_can_be_kept(server, account, odd):
    server.behaviour = says(
        b"HTTP/1.1 202 Accepted\r\nX-Message-Id: " + odd + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    outcome = told_by("sendgrid", server, account)
    assert isinstance(outcome, HandedOver)
    can_be_kept(outcome.provider_reference)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'{"errors": [' + b"{}," * 200_000 + b"{}]}"])
@pytest.mark.parametrize("status", [200, 202, 400, 403, 404, 429, 500])
def test_json_without_a_bottom_is_nothing_to_stumble_over(service, server, account, status, body):
    server.behaviour = says(raw(f"{status} X", body))
    told_by(service, server, account)


@pytest.mark.parametrize("token", [b'""', b"null", b"7", b'"a\\u0000b"', b'"a\\r\\nX: y"', b'"\\ud800"', b'"\xff"'])
def test_a_token_that_is_none_is_no_token(server, account, token):
    server.by_path["/token"] = says(raw("200 OK", b'{"access_token": ' + token + b', "expires_in": 1e999}'))
    outcome = told_by("fcm", server, account)
    assert isinstance(outcome, TemporaryFailure)
    assert (outcome.whole_channel, outcome.perhaps_accepted) == (True, False)


def can_be_kept(words: str) -> None:
    """PostgreSQL takes neither NUL nor halves of characters, and a screen or log nothing that is not seen."""
    assert len(words) <= 300
    assert words.isprintable()
    words.encode()


def test_an_assertion_is_what_google_asks_for(server, account):
    server.behaviour = says(TAKEN["fcm"])
    told_by("fcm", server, account)
    (asked,) = [one for one in server.asked if one.path == "/token"]
    form = parse_qs(asked.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert form["assertion"][0].count(".") == 2
    assert {one.headers["authorization"] for one in server.asked if one.path != "/token"} == {"Bearer good"}


def test_the_old_token_serves_while_a_new_one_does_not_come(server, account, monkeypatch):
    monkeypatch.setattr(credentials, "RENEWED_AFTER_S", 0.0)
    server.behaviour = says(TAKEN["fcm"])
    push = Fcm(account, endpoint=server.url)
    told: Told = []
    slowest = 0.0

    async def run() -> None:
        nonlocal slowest
        await push.hand_over(make_message(), people(), lambda *what: told.append(what))
        server.by_path["/token"] = hangs()
        for _ in range(3):
            started = time.monotonic()
            await push.hand_over(make_message(), people(), lambda *what: told.append(what))
            slowest = max(slowest, time.monotonic() - started)
        await push.aclose()

    asyncio.run(run())
    assert {type(outcome) for _, outcome in told} == {HandedOver}
    assert len(told) == 4 * PEOPLE
    assert slowest < 10


def test_routine_messages_that_hang_do_not_hold_an_urgent_one(service, server, account):
    """Ten times as many as there are places wait for an answer; the urgent one is through all the same."""
    hanging, urgent = provider(service, server, account), make_message()

    async def run() -> Told:
        told: Told = []
        routine = [
            asyncio.create_task(hanging.hand_over(make_message(urgent=False), people(20), lambda *what: None))
            for _ in range(160)
        ]
        while len(server.asked) < 8:
            await asyncio.sleep(0.02)
        server.behaviour = says(TAKEN[service])
        await asyncio.wait_for(hanging.hand_over(urgent, people(), lambda *what: told.append(what)), 12)
        for task in routine:
            task.cancel()
        await asyncio.gather(*routine, return_exceptions=True)
        await hanging.aclose()
        return told

    told = asyncio.run(run())
    assert {type(outcome) for _, outcome in told} == {HandedOver}


def test_a_provider_that_hangs_is_left_at_once(service, server, account):
    """Whoever must stop does not wait for an answer; who had been asked is in doubt."""
    stopped, told = provider(service, server, account), []

    async def run() -> float:
        task = asyncio.create_task(stopped.hand_over(make_message(), people(), lambda *what: told.append(what)))
        while not [one for one in server.asked if one.path != "/token"]:
            await asyncio.sleep(0.02)
        started = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stopped.aclose()
        return time.monotonic() - started

    assert asyncio.run(run()) < min(5.0, PATIENCE_S)
    assert len(told) == PEOPLE
    assert all(outcome.perhaps_accepted for _, outcome in told)


@pytest.mark.parametrize("asked_before", [0, 1])
def test_whoever_has_no_leave_to_send_begins_no_request_and_ends_none(server, asked_before):
    """It may have been given up while it slept; an officer may have had the mail sent again."""
    leave = iter([True] * asked_before)
    sender = PooledTransport(connections=1, timeout_s=15, keep_open=False, may_send=lambda: next(leave, False))
    with pytest.raises(NotReached):
        asyncio.run(sender.post(server.url, b"x" * 200_000, {}))
    assert server.asked == []


SLEEPER = """
import asyncio, sys
from smartalert.clock import stopwatch
from smartalert.providers import lease, transport
lease.LASTS_S = 1.0
leave = lease.Lease()
sender = transport.PooledTransport(connections=1, timeout_s=60, keep_open=False, may_send=leave.holds)
async def post():
    print("begins", flush=True)
    leave.renew(stopwatch())
    try:
        await sender.post(sys.argv[1], b"x" * 30_000_000, {})
    except transport.NotReached:
        print("not reached", flush=True)
asyncio.run(post())
"""


def test_a_process_that_was_stopped_in_the_middle_of_a_request_does_not_end_it_when_it_wakes():
    """The other side reads nothing until it sleeps, and then whatever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        words = [sys.executable, "-c", SLEEPER, f"http://127.0.0.1:{listening.getsockname()[1]}/"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as sleeper:
            assert sleeper.stdout.readline() == "begins\n"
            line, _ = listening.accept()
            received = line.recv(1_000)
            os.kill(sleeper.pid, signal.SIGSTOP)
            time.sleep(1.2)
            os.kill(sleeper.pid, signal.SIGCONT)
            with suppress(ConnectionError):
                while part := line.recv(1_000_000):
                    received += part
            line.close()
            assert sleeper.stdout.read() == "not reached\n"
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 30000000" in head.lower()
    assert len(body) < 30_000_000
