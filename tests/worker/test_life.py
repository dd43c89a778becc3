"""A worker lives as long as it is heard of, by the database's clock, and leaves when it is told to."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.dispatch import jobs
from smartalert.errors import ClockWrong, ModeRefused
from smartalert.wording import Channel
from smartalert.worker import app, hand_over, life
from smartalert.worker.hand_over import Worker
from tests import PROJECT
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft
from tests.waiting import PATIENCE_S, eventually
from tests.worker.test_app import settle
from tests.worker.test_hand_over import KINDS, PEOPLE, Kind, Taker, employ, owner, secrets, states

__all__ = ["employ", "owner", "secrets"]  # fixtures

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment whose worker a test starts, with people who need no second officer."""
    with deployment(database, tmp_path, workers=0) as made:
        with database.connect(autocommit=True) as conn:
            conn.execute("delete from approval_policy where rule = 'second person'")
        yield made


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets this process's clock so far off."""

    def shift(by: timedelta) -> None:
        monkeypatch.setattr(connection, "utc_now", lambda: utc_now() + by)
        monkeypatch.setattr(life, "utc_now", lambda: utc_now() + by)
        monkeypatch.setattr(hand_over, "utc_now", lambda: utc_now() + by)

    return shift


@pytest.mark.parametrize("by", [timedelta(hours=7), timedelta(hours=-1), timedelta(seconds=8), timedelta(seconds=-8)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_worker_whose_clock_is_off_offers_nothing_and_ends_with_words(owner, employ, shift, kind: Kind, by):
    facts = kind.due(owner)
    provider = Taker()
    worker = employ(provider)
    shift(by)
    with pytest.raises(ClockWrong, match="ahead of the" if by > timedelta() else "behind the"):
        asyncio.run(kind.run(worker, facts))
    assert provider.asked == 0
    assert isinstance(worker.trouble, ClockWrong)
    assert set(states(owner, kind)) <= {"pending", "open"}


def test_a_clock_that_is_a_little_off_is_nothing_to_say(owner, employ, shift):
    facts = KINDS[0].due(owner)
    shift(timedelta(seconds=4))
    asyncio.run(KINDS[0].run(employ(Taker()), facts))
    assert states(owner, KINDS[0]) == ["handed_over"] * PEOPLE


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_database_of_another_mode_is_noticed_before_each_batch(owner, employ, kind: Kind):
    facts = kind.due(owner)
    provider = Taker()
    worker = employ(provider)
    worker.mode = Mode.LIVE
    with pytest.raises(ModeRefused):
        asyncio.run(kind.run(worker, facts))
    assert provider.asked == 0
    assert isinstance(worker.trouble, ModeRefused)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_was_claimed_before_a_long_sleep_is_not_offered_after_it(owner, employ, kind: Kind):
    """Others may have taken it over meanwhile. It goes back as what was never offered."""
    facts = kind.due(owner)
    provider = Taker()
    worker = employ(provider)
    worker.lease.renew(lambda: 60.0)
    singly = kind.name in {"service mail", "calls of approvers"}
    asyncio.run(asyncio.wait_for(kind.run(worker, facts), 30) if singly else once(worker, kind))
    assert provider.asked == 0


async def once(worker: Worker, kind: Kind) -> None:
    """One batch of a kind that is claimed until nothing is left."""
    from smartalert.dispatch.link_tests import LinkTestSource
    from smartalert.worker.alerts import AlertSource
    from smartalert.worker.digests import DigestSource

    sources = {
        "pushes": lambda: AlertSource(worker, 1, Channel.PUSH),
        "mails": lambda: AlertSource(worker, 1, Channel.EMAIL),
        "digests": lambda: DigestSource(worker),
        "link tests": lambda: LinkTestSource(Channel.PUSH),
    }
    await worker.hand_over(sources[kind.name]())


def test_a_process_whose_clock_is_off_does_not_start(database: Database, shift) -> None:
    shift(timedelta(minutes=-3))
    with pytest.raises(ClockWrong, match="180 seconds behind the database"):
        connection.check_mode(database.engine("smartalert_public"), Mode.TRAINING)


def test_every_job_has_a_worker_that_looks_for_it(conn) -> None:
    for channel in Channel:
        for urgent in (True, False):
            jobs.queue_dispatch(conn, 1, channel, deliveries=1, urgent=urgent)
            jobs.queue_retry(conn, 1, channel, urgent=urgent, at=utc_now())
    deferred = {row[0] for row in conn.execute("select distinct queue_name from procrastinate_jobs").fetchall()}
    by_task = {task.queue for task in app.app.tasks.values() if task.name != "dispatch"} - {"builtin", "default"}
    assert deferred | by_task == set(app.PLACES)


def test_nothing_holds_a_process_that_was_told_to_go() -> None:
    words = "import threading, time; from smartalert.worker.app import be_gone_within; be_gone_within(0.5)"
    held = subprocess.Popen([sys.executable, "-c", f"{words}; threading.Event().wait()"], cwd=PROJECT)
    assert held.wait(PATIENCE_S) == 1


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not on this machine")
def test_a_worker_whose_clock_jumps_ends_and_expires_nothing(running: Deployment, tmp_path: Path) -> None:
    settle(running.database, 30)
    clock, honest = tmp_path / "clock", dict(running.environment)
    running.environment |= {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    running.forked = False  # a library is put before others when a program is started
    alerts = []
    for jump, words in (("+7h", "ahead of the"), ("-1h", "behind the")):
        clock.write_text("+0")
        worker = running.start_worker()
        eventually(lambda: living(running.database) == 1)
        clock.write_text(jump)
        alerts.append(running.issue(complete_draft()))
        assert worker.wait(PATIENCE_S) == 1
        assert words in last_words(running.database)
        for alert_id in alerts:
            assert running.states(alert_id) == {("push", "pending"): 30, ("email", "pending"): 30}
    assert running.simulator.ledger()["pushes"] == {}
    running.environment, running.forked = honest, True
    running.start_worker()
    for alert_id in alerts:
        states = running.wait_until_done(alert_id)
        assert {state for _, state in states} <= {"handed_over", "delivered"}


@pytest.mark.parametrize("sessions", ["engine", "procrastinate", "heartbeat"])
def test_every_session_of_a_worker_is_bounded_and_known_as_its_own(database: Database, sessions: str) -> None:
    """Those that were open before it was a worker, and those it opens later; the lock is the last of the bounds."""
    engine = database.engine("smartalert_worker")
    engine.connect().close()
    worker = Worker(engine, Mode.TRAINING, {})
    life.bound_engine(worker)
    address = app.psycopg_url(database.url("smartalert_worker"))
    with database.connect() as owner:
        if sessions == "engine":
            with connection.transaction(engine), connection.transaction(engine):
                owners = open_sessions(owner)
        elif sessions == "procrastinate":
            owners = asyncio.run(owners_of_jobs(worker, address, owner))
        else:
            owners = asyncio.run(owners_of_life(worker, address, owner))
    engine.dispose()
    assert set(owners) == {worker.number}


async def owners_of_jobs(worker: Worker, address: str, owner: psycopg.Connection) -> list[int]:
    with app.app.replace_connector(app.connector(worker, address)):
        async with app.app.open_async():
            return open_sessions(owner)


async def owners_of_life(worker: Worker, address: str, owner: psycopg.Connection) -> list[int]:
    async with life.of(worker, address):
        return open_sessions(owner)


def open_sessions(owner: psycopg.Connection) -> list[int]:
    """Whose each session of the role is; none's, where it bears no mark."""
    rows = owner.execute(
        "select l.classid::bigint from pg_stat_activity a"
        " left join pg_locks l on l.pid = a.pid and l.locktype = 'advisory' and l.objid::bigint = a.pid"
        " where a.usename = 'smartalert_worker' and a.datname = current_database()"
    )
    return [row[0] for row in rows]


def test_a_worker_that_waits_for_its_provider_leaves_when_it_is_told_to(running: Deployment) -> None:
    """Before `up` or Docker would kill it; what was under way is in doubt, what was not waits for others."""
    settle(running.database, 300)
    running.simulator.faults(mail_hang=1.0, push_hang=1.0, hang_s=60)
    worker = running.start_worker()
    alert_id = running.issue(complete_draft())
    eventually(lambda: running.simulator.stats().get("mail_requests") and running.simulator.stats()["push_requests"])
    began = time.monotonic()
    worker.terminate()
    worker.wait(PATIENCE_S)
    # 7.5 s, and what a busy machine makes of them.
    assert time.monotonic() - began < 15
    left = running.states(alert_id)
    assert left == {("push", "pending"): 300, ("email", "unknown"): 300}


def test_mails_that_hang_hold_up_no_push_and_no_service_mail(running: Deployment) -> None:
    """More of them wait than a worker ever had places; nobody waits for their fifteen seconds."""
    settle(running.database, 1_500)
    running.simulator.faults(mail_hang=1.0, hang_s=60)
    running.start_worker()
    for _ in range(14):
        running.issue(complete_draft(channels=["email"]))
    eventually(lambda: running.simulator.stats().get("mail_requests", 0) >= 8)
    alert_id = running.issue(complete_draft(channels=["push"]))
    running.wait_until_done(alert_id)
    with running.database.connect() as conn:
        seconds = conn.execute(
            "select extract(epoch from max(d.handed_over_at) - a.release_at) from deliveries d"
            " join alerts a on a.id = d.alert_id where a.id = %s group by a.release_at",
            (alert_id,),
        ).fetchone()
    assert seconds[0] < 14


def living(database: Database) -> int:
    with database.connect() as conn:
        return int(conn.execute("select count(*) from living_workers()").fetchone()[0])


def last_words(database: Database) -> str:
    with database.connect() as conn:
        return str(
            conn.execute(
                "select last_words from workers where ended_at is not null order by ended_at desc limit 1"
            ).fetchone()[0]
        )
