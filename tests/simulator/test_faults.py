"""The knobs: each does what it says, to the same messages under the same seed."""

import time

import httpx
import pytest

from smartalert.simulator.faults import Faults, KnobRefused
from tests.simulator.conftest import Mail, Push
from tests.simulator_process import SimulatorProcess


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"push_latency": 1}, "There is no knob push_latency"),
        ({"push_hang": 1.5}, "push_hang goes from 0 to 1, not 1.5"),
        ({"push_latency_ms": -1}, "push_latency_ms goes from 0"),
        ({"retry_after_s": 1.5}, "takes a whole number"),
        ({"mail_drop": "many"}, "mail_drop takes a number, not 'many'"),
        ({"push_hang": 0.6, "push_internal": 0.6}, "together cannot be more than 1"),
    ],
)
def test_a_wrong_knob_is_refused_and_nothing_is_turned(
    simulator: SimulatorProcess, knobs: dict[str, object], words: str
) -> None:
    answer = simulator.client.post("/sim/faults", json={"seed": 7, **knobs})
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert simulator.client.get("/sim/faults").json()["seed"] == 1


def test_turning_one_knob_leaves_the_others() -> None:
    once = Faults().turned({"push_hang": 0.5})
    twice = once.turned({"mail_drop": 0.1})
    assert (twice.push_hang, twice.mail_drop) == (0.5, 0.1)
    assert twice.active == ["push_hang", "mail_drop"]
    with pytest.raises(KnobRefused):
        once.turned({"seed": -1})


@pytest.mark.parametrize(
    ("knob", "status", "code"),
    [
        ("push_too_many", 429, "QUOTA_EXCEEDED"),
        ("push_internal", 500, "INTERNAL"),
        ("push_unavailable", 503, "UNAVAILABLE"),
        ("push_unregistered", 404, "UNREGISTERED"),
        ("push_invalid", 400, "INVALID_ARGUMENT"),
    ],
)
def test_a_push_fault_answers_as_google_and_accepts_nothing(
    simulator: SimulatorProcess, push: Push, knob: str, status: int, code: str
) -> None:
    simulator.faults(**{knob: 1})
    answer = push()
    assert answer.status_code == status
    assert answer.json()["error"]["details"][0]["errorCode"] == code
    assert simulator.ledger()["pushes"] == {}


def test_too_many_asks_to_wait(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_too_many=1, retry_after_s=7)
    assert push().headers["retry-after"] == "7"
    simulator.faults(retry_after_s=0)
    assert "retry-after" not in push().headers


def test_a_quota_refuses_the_rest_of_the_minute(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_quota_per_minute=2)
    answers = [push(f"t{n}") for n in range(7)]
    assert sum(answer.status_code == 429 for answer in answers) >= 3
    assert 1 <= int(next(a for a in answers if a.status_code == 429).headers["retry-after"]) <= 60


@pytest.mark.parametrize(("knob", "accepted"), [("push_cut_before", 0), ("push_hang", 0), ("push_accept_then_cut", 1)])
def test_a_cut_connection_tells_nothing(simulator: SimulatorProcess, push: Push, knob: str, accepted: int) -> None:
    simulator.faults(**{knob: 1}, hang_s=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        push()
    assert sum(simulator.ledger()["pushes"].values()) == accepted


def test_accepted_and_yet_unavailable(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_accept_then_503=1)
    assert push().status_code == 503
    assert simulator.ledger()["pushes"] == {"android-ada": 1}


def test_latency_is_kept(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_latency_ms=150)
    started = time.monotonic()
    push()
    assert 0.15 <= time.monotonic() - started < 15


def test_the_same_seed_strikes_the_same_messages(simulator: SimulatorProcess, push: Push) -> None:
    def run() -> list[int]:
        simulator.reset()
        simulator.faults(seed=3, push_unavailable=0.3, push_unregistered=0.2)
        return [push(f"token-{n}").status_code for n in range(60)]

    first = run()
    assert set(first) == {200, 404, 503}
    assert run() == first


def test_an_app_that_was_removed_stays_removed(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(push_unregistered=0.5)
    gone = [n for n in range(20) if push(f"token-{n}").status_code == 404]
    assert gone
    assert [n for n in range(20) if push(f"token-{n}").status_code == 404] == gone


@pytest.mark.parametrize(("knob", "status"), [("mail_too_many", 429), ("mail_unavailable", 503)])
def test_a_mail_fault_accepts_nothing(simulator: SimulatorProcess, mail: Mail, knob: str, status: int) -> None:
    simulator.faults(**{knob: 1}, retry_after_s=9)
    answer = mail("ada@example.org")
    assert answer.status_code == status
    assert simulator.ledger()["mails"] == {}
    if status == 429:
        assert 0 < int(answer.headers["x-ratelimit-reset"]) - time.time() < 10


@pytest.mark.parametrize(("knob", "accepted"), [("mail_cut_before", 0), ("mail_hang", 0), ("mail_accept_then_cut", 1)])
def test_a_cut_mail_request_tells_nothing(simulator: SimulatorProcess, mail: Mail, knob: str, accepted: int) -> None:
    simulator.faults(**{knob: 1}, hang_s=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        mail("ada@example.org")
    assert len(simulator.ledger()["mails"]) == accepted
