"""What the database is asked for a health page, and what is said when it is frozen, full, or not the one we need."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection, health
from smartalert.database.cluster import Cluster
from smartalert.database.health import Problem, Watch, look
from smartalert.database.migrations import migrate
from smartalert.errors import SetupError
from tests.databases import FAST, Database, live_database
from tests.waiting import eventually

PUBLIC = "smartalert_public"
ROLES = (PUBLIC, "smartalert_control", "smartalert_worker", "smartalert_engagement")


@pytest.mark.parametrize("role", ROLES)
def test_each_process_may_look_at_a_database_that_is_well(database: Database, role: str) -> None:
    assert look(database.url(role), Mode.TRAINING) is None


def test_a_look_leaves_nothing_behind(database: Database) -> None:
    look(database.url(PUBLIC), Mode.TRAINING)
    with database.connect() as conn:
        row = conn.execute("select temp_files, temp_bytes from pg_stat_database where datname = %s", [database.name])
        assert row.fetchone().temp_files > 0 or wait_for_statistics(database)
        left = conn.execute("select count(*) as files from pg_ls_tmpdir()").fetchone()
        assert left.files == 0


def wait_for_statistics(database: Database) -> bool:
    """PostgreSQL tells of files a moment later."""

    def told() -> bool:
        with database.connect() as conn:
            row = conn.execute("select temp_files from pg_stat_database where datname = %s", [database.name]).fetchone()
            return bool(row.temp_files)

    eventually(told)
    return True


def test_a_database_that_is_not_there_is_said(database: Database) -> None:
    database.cluster.drop_database(database.name)
    assert look(database.url(PUBLIC), Mode.TRAINING) is Problem.AWAY


def test_one_that_takes_no_changes_is_not_well(database: Database) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute(f"alter database {database.name} set default_transaction_read_only = on")
    assert look(database.url(PUBLIC), Mode.TRAINING) is Problem.READ_ONLY


def test_one_without_room_for_what_is_written_is_full(database: Database) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute(f"alter database {database.name} set temp_file_limit = '512kB'")
    assert look(database.url(PUBLIC), Mode.TRAINING) is Problem.FULL


@pytest.mark.parametrize("step", ["0002_geography", "9999_of_a_newer_smart_alert"])
def test_one_of_another_schema_is_said_and_refused(database: Database, step: str) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute("update alembic_version set version_num = %s", [step])
    assert look(database.url(PUBLIC), Mode.TRAINING) is Problem.OTHER_SCHEMA
    for role in ROLES:
        with pytest.raises(
            SetupError, match=f"is at {step}, this Smart Alert is written for {connection.newest_step()}"
        ):
            connection.engine(role)


def test_one_of_the_other_mode_is_said(cluster: Cluster) -> None:
    with live_database(cluster) as live:
        assert look(live.url(PUBLIC), Mode.TRAINING) is Problem.OTHER_MODE
        assert look(live.url(PUBLIC), Mode.LIVE) is None


@pytest.mark.parametrize("off", [timedelta(hours=7), timedelta(hours=-1), timedelta(seconds=-9)])
def test_a_machine_whose_clock_is_not_the_databases_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    monkeypatch.setattr(connection, "utc_now", lambda: utc_now() + off)
    assert look(database.url(PUBLIC), Mode.TRAINING) is Problem.OTHER_TIME


def test_one_that_was_never_migrated_is_of_another_schema(cluster: Cluster) -> None:
    cluster.create_database("empty_health")
    try:
        assert look(cluster.url(PUBLIC, "empty_health"), Mode.TRAINING) is Problem.OTHER_SCHEMA
    finally:
        cluster.drop_database("empty_health")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that holds 400 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("only who may mount can make a small disk")
    disk.chmod(0o711)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_noticed_before_it_fails_and_so_is_room_again(small_disk: Path) -> None:
    with Cluster(small_disk / "var", {**FAST, "max_wal_size": "64MB", "shared_buffers": "64MB"}) as cluster:
        migrate(cluster.url(), Mode.TRAINING)
        assert look(cluster.url(PUBLIC), Mode.TRAINING) is None
        assert small_write(cluster)
        filler = small_disk / "filler"
        subprocess.run(["sh", "-c", f"cat /dev/zero > {filler} 2>/dev/null"], check=False)
        assert look(cluster.url(PUBLIC), Mode.TRAINING) is Problem.FULL
        assert small_write(cluster)  # neither this nor a read would have told
        filler.unlink()
        assert look(cluster.url(PUBLIC), Mode.TRAINING) is None


def small_write(cluster: Cluster) -> bool:
    """A row that fits into a page which is there."""
    with cluster.connect(role=PUBLIC) as conn:
        return conn.execute("select attempt('test', 'me', '1 hour', 5)").fetchone() == (True,)


@pytest.fixture
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of the test's own, to be stopped by a signal; it goes on at the end."""
    with Cluster(tmp_path_factory.mktemp("frozen"), FAST) as cluster:
        migrate(cluster.url(), Mode.TRAINING)
        yield cluster
        os.kill(server(cluster), signal.SIGCONT)


def server(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_a_frozen_database_is_said_and_so_is_its_return(frozen: Cluster) -> None:
    watch = Watch(lambda: look(frozen.url(PUBLIC), Mode.TRAINING), fresh_s=0)
    assert watch.problem() is None
    os.kill(server(frozen), signal.SIGSTOP)
    assert watch.problem() in (Problem.FROZEN, Problem.AWAY)
    started = time.monotonic()
    assert {watch.problem() for _ in range(1_000)} | {watch.known()} <= {Problem.FROZEN, Problem.AWAY}
    assert time.monotonic() - started < health.TURNS * health.TURN_S, "whoever asks later waits for nothing"
    assert sum(thread.name == "database health" for thread in threading.enumerate()) == 1
    os.kill(server(frozen), signal.SIGCONT)
    eventually(lambda: watch.problem() is None)
    assert watch.known() is None


@dataclass
class Slow:
    """A look that ends when a test says so, but for the first."""

    may_end: threading.Event = field(default_factory=threading.Event)
    looks: int = 0

    def __call__(self) -> None:
        self.looks += 1
        if self.looks > 1:
            self.may_end.wait()


def test_a_screen_waits_for_no_look_and_a_health_page_for_the_one_that_is_under_way() -> None:
    slow = Slow()
    watch = Watch(slow, fresh_s=0)
    assert watch.known() is None
    started = time.monotonic()
    assert [watch.known() for _ in range(1_000)] == [None] * 1_000
    assert time.monotonic() - started < health.TURNS * health.TURN_S

    async def many() -> list[Problem | None]:
        asking = [asyncio.create_task(watch.problem_soon()) for _ in range(1_000)]
        await asyncio.sleep(0)
        asking[0].cancel()  # somebody hangs up
        slow.may_end.set()
        return await asyncio.gather(*asking[1:])

    assert asyncio.run(many()) == [None] * 999
    assert slow.looks == 2


def test_what_is_known_serves_all_who_ask_for_two_seconds() -> None:
    slow = Slow()
    watch = Watch(slow)
    assert {watch.problem() for _ in range(1_000)} | {watch.known() for _ in range(1_000)} == {None}
    assert slow.looks == 1


def test_what_was_known_long_ago_is_not_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    watch = Watch(slow)
    assert watch.known() is None
    monkeypatch.setattr(health, "KNOWN_S", 0.0)
    monkeypatch.setattr(health, "TURN_S", 0.01)
    watch._fresh_s = 0
    assert watch.known() is Problem.FROZEN
    slow.may_end.set()
    eventually(lambda: watch.known() is None)


def test_a_busy_machine_is_no_frozen_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clocks come late: so does the answer, however many seconds that takes."""
    slow, turns = Slow(), []
    late = threading.Thread.join

    def join_late(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "database health":
            turns.append(1)
            late(thread, 2.5 * health.TURN_S)
            if len(turns) == 2 * health.TURNS:
                slow.may_end.set()
                late(thread)
        else:
            late(thread, timeout)

    monkeypatch.setattr(health, "TURN_S", 0.01)
    monkeypatch.setattr(health, "TURNS", 8)
    monkeypatch.setattr(threading.Thread, "join", join_late)
    watch = Watch(slow, fresh_s=0)
    assert [watch.problem(), watch.problem()] == [None, None]
    assert len(turns) >= 2 * health.TURNS


def test_a_look_that_stumbles_is_no_good_news(caplog: pytest.LogCaptureFixture) -> None:
    def stumble() -> None:
        raise RuntimeError("nobody thought of this")

    assert Watch(stumble).problem() is Problem.AWAY
    assert "nobody thought of this" in caplog.text
