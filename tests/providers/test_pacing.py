"""A provider that refuses everybody is left alone, but never for longer than a minute without a question."""

import pytest

from smartalert.providers import pacing
from smartalert.providers.pacing import Gate
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure


def everybody(wait_s: float) -> TemporaryFailure:
    return TemporaryFailure("wait", wait_s, whole_channel=True)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pacing, "monotonic", clock)
    return clock


def asked_within(gate: Gate, clock: Clock, seconds: int, answer: Outcome) -> int:
    """Of somebody who comes every second, how many may ask, and get that answer."""
    asked = 0
    for _ in range(seconds):
        clock.now += 1
        if not gate.refusal():
            asked += 1
            gate.see(answer)
    return asked


@pytest.mark.parametrize(("wait_s", "asked"), [(30, 10), (120, 5), (900, 5), (1e13, 5)])
def test_whoever_asks_for_long_is_asked_once_a_minute(clock: Clock, wait_s: float, asked: int) -> None:
    gate = Gate()
    gate.see(everybody(wait_s))
    assert asked_within(gate, clock, 300, everybody(wait_s)) == asked


@pytest.mark.parametrize("answer", [HandedOver("x"), PermanentFailure("x"), AddressGone("x")])
def test_one_answer_opens_it_for_all(clock: Clock, answer: Outcome) -> None:
    gate = Gate()
    gate.see(everybody(1e13))
    assert asked_within(gate, clock, 59, answer) == 0
    assert asked_within(gate, clock, 60, answer) == 60


def test_what_was_under_way_when_it_shut_opens_nothing(clock: Clock) -> None:
    gate = Gate()
    gate.see(everybody(600))
    gate.see(HandedOver("under way before"))
    assert asked_within(gate, clock, 59, HandedOver("x")) == 0


def test_others_come_again_when_the_next_may_ask_not_later(clock: Clock) -> None:
    gate = Gate()
    gate.see(everybody(600))
    clock.now += 20
    refusal = gate.refusal()
    assert refusal is not None
    assert refusal.retry_after_s == pytest.approx(40)
    clock.now += 40
    assert gate.refusal() is None
    gate.see(TemporaryFailure("not reached", 10.0))
    refusal = gate.refusal()
    assert refusal is not None
    assert refusal.retry_after_s == pytest.approx(60), "a question that was lost opens nothing"
