"""What the worker may rely on, whichever provider it has."""

import asyncio
import logging
import os
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from smartalert.providers.provider import (
    Addressee,
    AddressGone,
    HandedOver,
    Outcome,
    PermanentFailure,
    TemporaryFailure,
)
from tests.providers.services import SERVICES, Service, Told, hand_over, make_message
from tests.simulator_process import SimulatorProcess, free_port

MIXED = ("too_many", "unavailable", "cut_before", "accept_then_cut")


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    """Each provider in turn."""
    return request.param


def only_outcome(told: Told) -> Outcome:
    """The outcome that all have in common."""
    outcomes = {type(outcome) for _, outcome in told}
    assert len(outcomes) == 1, outcomes
    return told[0][1]


def temporary(told: Told) -> TemporaryFailure:
    """The temporary failure that all have in common."""
    outcome = only_outcome(told)
    assert isinstance(outcome, TemporaryFailure)
    return outcome


def test_everybody_is_handed_over_once(service: Service, simulator: SimulatorProcess) -> None:
    told = hand_over(service.provider(simulator), make_message(), service.addressees(1_200))
    assert isinstance(only_outcome(told), HandedOver)
    assert Counter(reference for reference, _ in told) == Counter(f"{service.name}-{n}" for n in range(1_200))
    assert set(service.accepted(simulator).values()) == {1}
    assert len(service.accepted(simulator)) == 1_200


def test_a_provider_reference_comes_with_what_was_handed_over(service: Service, simulator: SimulatorProcess) -> None:
    outcome = only_outcome(hand_over(service.provider(simulator), make_message(), service.addressees(1)))
    assert isinstance(outcome, HandedOver)
    assert outcome.provider_reference


def test_nobody_to_tell_is_no_error(service: Service, simulator: SimulatorProcess) -> None:
    assert hand_over(service.provider(simulator), make_message(), []) == []


def test_too_many_requests_make_the_whole_channel_wait(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_too_many": 1.0}, retry_after_s=40)
    failure = temporary(hand_over(service.provider(simulator), make_message(), service.addressees(300)))
    assert failure.whole_channel
    assert not failure.perhaps_accepted
    assert 35 < failure.retry_after_s <= 41


def test_while_the_channel_waits_nobody_is_asked(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_too_many": 1.0}, retry_after_s=40)
    provider = service.provider(simulator)
    told: Told = []

    async def run() -> None:
        for _ in range(2):
            await provider.hand_over(make_message(), service.addressees(1), lambda *what: told.append(what))
        await provider.aclose()

    asyncio.run(run())
    assert temporary(told[1:]).whole_channel
    assert 30 < temporary(told[1:]).retry_after_s <= 41
    assert simulator.stats()[f"{service.knob}_requests"] == 1


def test_a_provider_that_says_it_is_broken_has_accepted_nothing(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_unavailable": 1.0})
    failure = temporary(hand_over(service.provider(simulator), make_message(), service.addressees(3)))
    assert not failure.perhaps_accepted
    assert not failure.whole_channel
    assert failure.retry_after_s >= 10


@pytest.mark.parametrize("fault", ["cut_before", "accept_then_cut"])
def test_a_cut_connection_may_have_accepted_it(service: Service, simulator: SimulatorProcess, fault: str) -> None:
    simulator.faults(**{f"{service.knob}_{fault}": 1.0})
    failure = temporary(hand_over(service.provider(simulator), make_message(), service.addressees(3)))
    assert failure.perhaps_accepted
    assert not failure.whole_channel
    # Nothing was repeated behind our back.
    assert set(service.accepted(simulator).values()) <= {1}
    assert len(service.accepted(simulator)) == (3 if fault == "accept_then_cut" else 0)


def test_a_provider_that_hangs_is_given_up(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_hang": 1.0}, hang_s=60)
    started = time.monotonic()
    failure = temporary(hand_over(service.provider(simulator, timeout_s=0.5), make_message(), service.addressees(3)))
    assert failure.perhaps_accepted
    assert time.monotonic() - started < 40


def test_where_nobody_listens_nothing_was_accepted(service: Service, simulator: SimulatorProcess) -> None:
    provider = service.provider(simulator, url=f"http://127.0.0.1:{free_port()}")
    failure = temporary(hand_over(provider, make_message(), service.addressees(3)))
    assert not failure.perhaps_accepted
    assert failure.retry_after_s >= 10


def test_a_dead_address_costs_nobody_else(service: Service, simulator: SimulatorProcess) -> None:
    people = service.addressees(40)
    people[17] = Addressee("dead", service.dead_address)
    told = dict(hand_over(service.provider(simulator), make_message(), people))
    assert isinstance(told.pop("dead"), AddressGone | PermanentFailure)
    assert {type(outcome) for outcome in told.values()} == {HandedOver}
    assert len(told) == 39


def test_a_message_nobody_can_take_fails_for_good(service: Service, simulator: SimulatorProcess) -> None:
    message = make_message(**service.malformed)
    failure = only_outcome(hand_over(service.provider(simulator), message, service.addressees(3)))
    assert isinstance(failure, PermanentFailure)
    assert len(failure.reason) > 20


def test_an_expired_alert_is_not_handed_over(service: Service, simulator: SimulatorProcess) -> None:
    message = make_message(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    told = hand_over(service.provider(simulator), message, service.addressees(3))
    assert isinstance(only_outcome(told), PermanentFailure)
    assert service.accepted(simulator) == {}


def test_in_any_disorder_each_is_told_once(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_{fault}": 0.15 for fault in MIXED}, retry_after_s=1)
    people = service.addressees(2_300)
    people[5] = Addressee("dead", service.dead_address)
    told = hand_over(service.provider(simulator), make_message(), people)
    assert Counter(reference for reference, _ in told) == Counter(person.reference for person in people)


def test_whoever_is_cut_short_still_hears_of_each_once(service: Service, simulator: SimulatorProcess) -> None:
    simulator.faults(**{f"{service.knob}_latency_ms": 20_000})
    provider, told = service.provider(simulator), []
    people = service.addressees(18_000)

    async def run() -> None:
        task = asyncio.create_task(provider.hand_over(make_message(), people, lambda *what: told.append(what)))
        while not await asyncio.to_thread(service.accepted, simulator):
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await provider.aclose()

    asyncio.run(run())
    assert Counter(reference for reference, _ in told) == Counter(person.reference for person in people)
    temporary(told)
    # What was under way is in doubt; what had not had its turn is not.
    doubtful = {reference for reference, outcome in told if outcome.perhaps_accepted}
    accepted = service.accepted(simulator)
    assert accepted
    assert {p.reference for p in people if p.address in accepted or p.reference in accepted} <= doubtful
    assert len(doubtful) < len(people)


def test_no_address_is_ever_logged(
    service: Service, simulator: SimulatorProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    people = [*service.addressees(20), Addressee("dead", service.dead_address)]
    hand_over(service.provider(simulator), make_message(), people)
    simulator.faults(**{f"{service.knob}_{fault}": 0.25 for fault in MIXED})
    hand_over(service.provider(simulator), make_message(), people)
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert not [person.address for person in people if person.address in logged]


def test_no_address_is_in_a_person_written_out(service: Service) -> None:
    person = Addressee("reference", service.address(1), {"-receipt-": "secret"})
    assert service.address(1) not in repr(person)
    assert "secret" not in repr(person)


def test_closing_leaves_no_connection_and_no_thread(service: Service, simulator: SimulatorProcess) -> None:
    provider = service.provider(simulator)

    async def run() -> tuple[set[str], set[str]]:
        await asyncio.to_thread(os.getpid)  # the loop and its own threads are there before we count
        before = _sockets()
        await provider.hand_over(make_message(), service.addressees(50), lambda *what: None)
        await provider.aclose()
        await asyncio.sleep(0.05)
        return before, _sockets()

    before, after = asyncio.run(run())
    assert after - before == set()  # what earlier tests left open may close meanwhile
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sendgrid")]


def _sockets() -> set[str]:
    """The sockets that this process has open."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:  # the listing's own handle
            continue
    return {name for name in found if name.startswith("socket:")}
