"""The server: HTTP as it should be, loopback only, clean to start and stop."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from smartalert.errors import SetupError
from smartalert.simulator import credentials, server
from tests import PROJECT
from tests.simulator.conftest import Push
from tests.simulator_process import SimulatorProcess, free_port, simulator_process
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


def test_another_name_for_this_machine_is_not_served(simulator: SimulatorProcess) -> None:
    answer = simulator.client.get("/sim/phones", headers={"host": "rebound.example"})
    assert answer.status_code == 403


def test_a_form_cannot_turn_a_knob(simulator: SimulatorProcess) -> None:
    answer = simulator.client.post("/sim/faults", data={"push_hang": "1"})
    assert answer.status_code == 415


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", ""])  # noqa: S104
def test_it_refuses_to_listen_beyond_this_machine(tmp_path: Path, host: str) -> None:
    keys = credentials.ensure(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(SetupError, match="keeps to this machine"):
        server.run(host=host, port=0, credentials=keys, events_url=None, receipts_url=None)


def test_it_refuses_to_report_beyond_this_machine(tmp_path: Path) -> None:
    keys = credentials.ensure(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(SetupError, match="keeps to this machine"):
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
