"""The server: HTTP as it should be, beyond loopback by the password only, clean to start and stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from smartalert.errors import SetupError
from smartalert.simulator import credentials, server, sign_in
from smartalert.simulator.wire import Request
from tests import PROJECT
from tests.simulator.conftest import Push
from tests.simulator_process import SimulatorProcess, free_port, own_address, simulator_process
from tests.waiting import PATIENCE_S


def raw(simulator: SimulatorProcess, request: bytes, answers: int = 1) -> bytes:
    host, port = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        got = b""
        while got.count(b"HTTP/1.1 ") < answers or not got.endswith(b"}"):
            piece = connection.recv(65_536)
            if not piece:
                break
            got += piece
    return got


def test_unknown_paths_are_not_found(simulator: SimulatorProcess) -> None:
    assert simulator.client.get("/nowhere").status_code == 404


def test_pipelined_requests_are_answered_in_order(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_latency_ms=100)
    slow = push().request
    head = b"".join(b"%b: %b\r\n" % pair for pair in slow.headers.raw)
    got = raw(
        simulator,
        b"POST %b HTTP/1.1\r\n%b\r\n%b" % (slow.url.raw_path, head, slow.content)
        + b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        answers=2,
    )
    assert got.index(b"messages/0:") < got.index(b'"ok"')


def test_what_is_no_http_ends_the_connection(simulator: SimulatorProcess) -> None:
    assert raw(simulator, b"\x16\x03\x01 hello\r\n\r\n") == b""
    assert simulator.client.get("/health").status_code == 200


def test_another_computer_sees_phones_and_inboxes_by_the_password_alone(simulator: SimulatorProcess) -> None:
    elsewhere = simulator.url.replace("127.0.0.1", own_address())
    with httpx.Client(base_url=elsewhere, trust_env=False, timeout=PATIENCE_S) as other:
        for path in ("/", "/residents", "/sim/phones", "/sim/ledger", "/static/residents.js", "/health"):
            assert other.get(path).status_code == 401
        assert other.get("/").headers["www-authenticate"].startswith("Basic ")
        assert other.post("/sim/reset", json={}).status_code == 401
        known = ("anybody", simulator.credentials.password)
        assert "EXERCISE" in other.get("/", auth=known).text
        assert other.post("/sim/faults", json={"push_hang": 0}, auth=known).status_code == 200
        assert other.post("/sim/faults", data={"push_hang": "1"}, auth=known).status_code == 415
        began = time.monotonic()
        assert other.get("/", auth=("trainer", "")).status_code == 401
        assert time.monotonic() - began > 0.9  # a wrong one has to wait


def test_nobody_but_this_machine_is_played_a_provider(simulator: SimulatorProcess) -> None:
    elsewhere = simulator.url.replace("127.0.0.1", own_address())
    mail = {"authorization": f"Bearer {simulator.credentials.sendgrid_api_key}"}
    for path in ("/v3/mail/send", "/token", f"/v1/projects/{simulator.credentials.project_id}/messages:send"):
        assert httpx.post(f"{elsewhere}{path}", json={}, headers=mail, trust_env=False).status_code == 404


LOCAL = {b"host": b"127.0.0.1:9000"}


@pytest.mark.parametrize(
    ("peer", "headers", "is_ours"),
    [
        ("127.0.0.1", LOCAL, True),
        ("127.0.0.1", {}, True),
        ("::1", {b"host": b"[::1]:9000"}, True),
        ("127.0.0.1", {b"host": b"localhost"}, True),
        ("127.0.0.1", {b"host": b"rebound.example"}, False),
        ("127.0.0.1", {b"host": b"localhost.rebound.example"}, False),
        ("127.0.0.1", {b"host": b"[broken"}, False),
        ("192.0.2.7", LOCAL, False),
        ("127.0.0.1", {**LOCAL, b"x-forwarded-for": b"127.0.0.1"}, False),
        ("127.0.0.1", {**LOCAL, b"forwarded": b"for=127.0.0.1"}, False),
        ("", LOCAL, False),
    ],
)
def test_only_who_sits_at_this_machine_is_asked_for_nothing(
    peer: str, headers: dict[bytes, bytes], is_ours: bool
) -> None:
    assert sign_in.is_local(peer, headers) is is_ours
    request = Request("GET", "/", "", headers, b"", is_ours)
    closed, asked = sign_in.refusal(request, ""), sign_in.refusal(request, "abcd")
    assert (closed and closed.status, asked and asked.status) == ((None, None) if is_ours else (403, 401))


@pytest.mark.parametrize(
    ("given", "is_right"),
    [
        (b"Basic " + b64encode(b"marsh:abcd2345"), True),
        (b"basic " + b64encode(b": ABCD2345 "), True),
        (b"Basic " + b64encode(b"abcd2345"), False),
        (b"Basic " + b64encode(b"x:abcd2345:"), False),
        (b"Basic abcd2345", False),
        (b"Basic \xff", False),
        (b"Basic", False),
        (b"Bearer " + b64encode(b"x:abcd2345"), False),
        (b"", False),
    ],
)
def test_the_password_is_taken_whatever_the_user_is_called(given: bytes, is_right: bool) -> None:
    request = Request("GET", "/", "", {b"authorization": given}, b"", is_local=False)
    assert (sign_in.refusal(request, "abcd2345") is None) is is_right


def test_a_form_cannot_turn_a_knob(simulator: SimulatorProcess) -> None:
    answer = simulator.client.post("/sim/faults", data={"push_hang": "1"})
    assert answer.status_code == 415


def test_it_cannot_listen_where_this_machine_is_not(tmp_path: Path) -> None:
    keys = credentials.ensure(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(SetupError, match=r"cannot listen on 192\.0\.2\.1"):
        server.run(host="192.0.2.1", port=0, credentials=keys, events_url=None, receipts_url=None)


def test_it_refuses_to_report_beyond_this_machine(tmp_path: Path) -> None:
    keys = credentials.ensure(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(SetupError, match="reports to this machine only"):
        server.run(host="127.0.0.1", port=0, credentials=keys, events_url="https://example.org/x", receipts_url=None)


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path, simulator: SimulatorProcess) -> None:
    port = simulator.url.rpartition(":")[2]
    command = [sys.executable, "-m", "smartalert.simulator", "--port", port, "--credentials", str(tmp_path)]
    ended = subprocess.run(command, check=False, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "smartalert.simulator", "--port", str(free_port()), "--credentials", str(tmp_path)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline().startswith("Simulator ready on http://127.0.0.1:")
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (0, "")


def test_credentials_are_made_once_and_follow_the_port(tmp_path: Path) -> None:
    first = credentials.ensure(tmp_path / "keys", "http://127.0.0.1:9000")
    again = credentials.ensure(tmp_path / "keys", "http://127.0.0.1:9001/")
    assert first.sendgrid_api_key == again.sendgrid_api_key
    assert first.webhook_public_key == again.webhook_public_key
    assert '"token_uri": "http://127.0.0.1:9001/token"' in again.service_account.read_text()
    assert again.environment["SMARTALERT_FCM_ENDPOINT"] == "http://127.0.0.1:9001"
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys").iterdir()}
    assert set(modes.values()) == {"0o600"}
    assert os.stat(tmp_path / "keys").st_mode & 0o777 == 0o700


def test_reset_empties_the_world_and_puts_the_knobs_back(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_latency_ms=5)
    push()
    simulator.reset()
    assert simulator.ledger() == {"pushes": {}, "mails": {}, "push_doubles": 0, "mail_doubles": 0}
    assert simulator.client.get("/sim/faults").json()["push_latency_ms"] == 0
    assert push().status_code == 200


def test_two_simulators_live_beside_each_other(tmp_path: Path, simulator: SimulatorProcess) -> None:
    with simulator_process(tmp_path) as other:
        assert other.url != simulator.url
        assert other.stats()["push_accepted"] == 0
