"""Link tests, end to end through worker, simulator and public service: what they find, and that they are no alert."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from smartalert.config import TEST_ADDRESSES
from smartalert.database.cluster import Cluster
from smartalert.dispatch import jobs, link_tests
from smartalert.dispatch.link_tests import ChannelState
from tests.conftest import forget_settings
from tests.databases import fresh_database
from tests.deployment import Deployment, deployment
from tests.waiting import eventually

NOTHING_WRONG = {
    "push_unavailable": 0, "push_too_many": 0, "push_latency_ms": 0, "mail_unavailable": 0, "mail_too_many": 0,
    "mail_drop": 0, "event_delay_ms": 100, "phone_delivered_ms": 50, "retry_after_s": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def room(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A worker, a simulator and a public service that takes receipts."""
    with fresh_database(cluster) as made, deployment(made, tmp_path_factory.mktemp("links")) as running:
        yield running


def lines(room: Deployment, at: datetime | None = None) -> dict[str, ChannelState]:
    with room.database.connect("smartalert_control") as conn:
        return link_tests.channel_states(conn, at or datetime.now(UTC))


def one_cycle(room: Deployment, **faults: float) -> dict[str, ChannelState]:
    """Turn knobs, let the worker test both channels once; how the lines stand then."""
    room.simulator.faults(**{**NOTHING_WRONG, **faults})
    began = datetime.now(UTC)
    with room.database.connect("smartalert_control") as conn:
        jobs.queue_link_tests(conn)
        conn.commit()
    eventually(
        lambda: {line.tested_at > began for line in lines(room).values()} == {True} and len(lines(room)) == 2, 60
    )
    return lines(room)


def test_both_channels_are_tested_to_the_phone_and_the_mailbox_and_back(room):
    found = one_cycle(room)
    assert {channel: line.state for channel, line in found.items()} == {"push": "good", "email": "good"}
    for line in found.values():
        assert line.since is None
        assert 0 < line.handed_over_s < link_tests.GIVEN_UP_S
        assert 0 <= line.arrives_s < link_tests.LATE_S["push"]


def test_a_test_is_no_alert_reaches_nobody_and_counts_nowhere(room):
    one_cycle(room)
    assert room.simulator.phones(limit=10) == []
    assert room.simulator.mails(limit=10) == []
    assert room.simulator.ledger() == {"pushes": {}, "mails": {}, "push_doubles": 0, "mail_doubles": 0}
    with room.database.connect() as conn:
        for table in ("alerts", "deliveries", "messages"):
            assert conn.execute(f"select count(*) from {table}").fetchone() == (0,)


@pytest.mark.parametrize(
    ("faults", "channel", "state"),
    [
        ({"push_unavailable": 1}, "push", "failed"),
        ({"push_too_many": 1}, "push", "failed"),
        ({"push_latency_ms": 2_500}, "push", "slow"),
        ({"mail_unavailable": 1}, "email", "failed"),
        ({"mail_too_many": 1}, "email", "failed"),
        ({"mail_drop": 1}, "email", "failed"),
    ],
    ids=str,
)
def test_a_fault_shows_within_one_cycle_and_recovers_with_the_next(room, faults, channel, state):
    began = datetime.now(UTC)
    broken = one_cycle(room, **faults)
    assert broken[channel].state == state
    assert broken[channel].since > began
    other = {"push": "email", "email": "push"}[channel]
    assert broken[other].state == "good"
    eventually(lambda: one_cycle(room)[channel].state == "good")
    assert lines(room)[channel].since is None


def test_mails_that_do_not_arrive_are_slow_since_they_began_to_and_late_by_as_long(room):
    room.simulator.faults(**{**NOTHING_WRONG, "event_delay_ms": 400_000})
    with room.database.connect("smartalert_control") as conn:
        jobs.queue_link_tests(conn)
        conn.commit()
    began = datetime.now(UTC)
    eventually(lambda: count(room, "handed_over_at > %s", began) == 2)
    late = lines(room, datetime.now(UTC) + timedelta(minutes=5))["email"]
    assert (late.state, round(late.arrives_s / 60)) == ("slow", 5)
    assert abs(late.since - began) < timedelta(seconds=10)
    one_cycle(room)


def count(room: Deployment, condition: str, *values: object) -> int:
    with room.database.connect() as conn:
        return int(conn.execute(f"select count(*) from link_tests where {condition}", values).fetchone()[0])


def test_a_receipt_nobody_signed_moves_nothing(room):
    answer = httpx.post(
        f"{room.public_url}/webhooks/phones",
        json={"receipt": "link-test-1.forged", "event": "delivered"},
        trust_env=False,
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(("role", "statement"), [
    ("smartalert_public", "select * from link_tests"),
    ("smartalert_public", "update link_tests set arrived_at = now()"),
    ("smartalert_control", "insert into link_tests (channel, started_at) values ('push', now())"),
    ("smartalert_worker", "update link_tests set arrived_at = now()"),
])  # fmt: skip
def test_no_role_may_make_up_a_result(conn, role, statement):
    conn.execute(f"set local role {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


def test_tests_are_due_every_few_minutes_or_never(conn, monkeypatch):
    now = datetime.now(UTC)
    monkeypatch.setenv("SMARTALERT_TEST_EVERY_MINUTES", "3")
    forget_settings()
    assert link_tests.is_due(conn, now)
    link_tests.begin(conn, "push", now)
    assert not link_tests.is_due(conn, now + timedelta(minutes=2))
    assert link_tests.is_due(conn, now + timedelta(minutes=3))
    monkeypatch.setenv("SMARTALERT_TEST_EVERY_MINUTES", "0")
    forget_settings()
    assert not link_tests.is_due(conn, now + timedelta(days=1))
    forget_settings()


def test_old_tests_are_forgotten(conn):
    now = datetime.now(UTC)
    link_tests.begin(conn, "push", now - timedelta(days=8))
    link_tests.begin(conn, "push", now)
    link_tests.forget(conn, now)
    assert [row.channel for row in conn.execute("select channel from link_tests")] == ["push"]


def test_a_line_whose_tests_stopped_says_nothing(conn):
    now = datetime.now(UTC)
    test_id = link_tests.begin(conn, "push", now - timedelta(hours=1))
    conn.execute("update link_tests set handed_over_at = started_at, arrived_at = started_at where id = %s", (test_id,))
    assert link_tests.channel_states(conn, now) == {}


def test_training_tests_the_simulators_own_addresses_and_live_only_those_it_was_given(monkeypatch):
    assert link_tests.addresses() == TEST_ADDRESSES
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    forget_settings()
    assert link_tests.addresses() == {}
    monkeypatch.setenv("SMARTALERT_TEST_MAIL", "lines@staffordshire.police.uk")
    forget_settings()
    assert link_tests.addresses() == {"email": "lines@staffordshire.police.uk"}
    monkeypatch.undo()
    forget_settings()
