"""The private cluster: started once however many ask, gone with whoever started it, and back after every crash."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartalert.database.cluster import Cluster
from smartalert.errors import SetupError
from tests import PROJECT
from tests.databases import FAST
from tests.waiting import eventually

START = f"""
import sys, time
from pathlib import Path
from smartalert.database.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]), {FAST!r}).start()
print(cluster.connect().execute("select pg_postmaster_start_time()::text").fetchone()[0], flush=True)
time.sleep(60)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder of the test's own; its server, if any is left, is stopped."""
    folder = tmp_path_factory.mktemp("c")
    yield folder
    Cluster(folder).stop(force=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a cluster that was made before: to make one is most of what a start costs."""
    folder = tmp_path_factory.mktemp("made")
    with Cluster(folder, FAST):
        pass
    yield folder
    Cluster(folder).stop(force=True)


def supervisor(folder: Path, *before: str) -> subprocess.Popen[str]:
    """A process that starts the cluster and then idles."""
    command = [*before, sys.executable, "-c", START, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT)


def started_at(process: subprocess.Popen[str]) -> str:
    """When the server that this supervisor uses was started."""
    assert process.stdout
    line = process.stdout.readline().strip()
    assert line or not process.stderr, process.stderr.read() if process.stderr else ""
    return line


def end(*processes: subprocess.Popen[str]) -> None:
    """Kill and reap."""
    for process in processes:
        process.kill()
        process.communicate()


def test_what_was_written_is_there_after_a_restart(made: Path) -> None:
    cluster = Cluster(made, FAST)
    with cluster:
        cluster.connect().execute("create table noted as select 42 as it")
    assert not cluster.running()
    with cluster:
        assert cluster.connect().execute("select it from noted").fetchone() == (42,)


def test_four_starts_at_once_give_one_server(folder: Path) -> None:
    four = [supervisor(folder) for _ in range(4)]
    try:
        assert len({started_at(process) for process in four}) == 1
    finally:
        end(*four)


def test_the_server_ends_with_a_killed_supervisor(made: Path) -> None:
    process = supervisor(made)
    started_at(process)
    assert Cluster(made).running()
    end(process)
    eventually(lambda: not Cluster(made).running())


def test_a_killed_server_recovers_at_the_next_start(folder: Path) -> None:
    cluster = Cluster(folder, {"shared_buffers": "64MB"}).start()
    cluster.connect().execute("create table noted as select 42 as it")
    with cluster.connect():  # a session still open at the time makes the server's memory linger
        os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        with Cluster(folder) as again:
            assert again.connect().execute("select it from noted").fetchone() == (42,)


def test_a_second_command_does_not_stop_the_server_of_the_first(made: Path) -> None:
    with Cluster(made, FAST) as first:
        with Cluster(made, FAST):
            pass
        assert first.running()


def test_a_number_taken_by_another_program_since_is_not_taken_for_the_server(made: Path) -> None:
    with Cluster(made, FAST) as cluster:
        words = (cluster.data / "postmaster.pid").read_text().splitlines()
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *words[1:]]) + "\n")
    (cluster.data / "postmaster.pid").chmod(0o644)
    with Cluster(made, FAST) as cluster:
        assert cluster.running()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(SetupError, match="max_connections"):
        Cluster(folder, {"max_connections": "none"}).start()


def test_a_folder_with_a_long_name_still_gets_a_socket(folder: Path) -> None:
    deep = folder / ("long" * 20)
    deep.mkdir()
    with Cluster(deep, FAST) as cluster:
        assert cluster.running()
    cluster.socket_folder.rmdir()


def test_memory_and_planner_are_set_for_matching(cluster: Cluster) -> None:
    with cluster.connect() as conn:
        settings = dict(conn.execute("select name, setting from pg_settings").fetchall())
    assert settings["jit"] == "off"
    assert settings["max_parallel_workers_per_gather"] == "0"
    assert settings["max_connections"] == "100"
    assert settings["listen_addresses"] == ""


@as_root
def test_root_runs_it_in_a_folder_closed_to_everybody_else(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with Cluster(closed, FAST) as cluster:
        assert cluster.running()
        assert cluster.data.stat().st_uid == 0


@as_root
def test_an_ordinary_user_runs_it_and_so_may_root_later(nobodys_home: Path) -> None:
    home = nobodys_home
    process = supervisor(home, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
    try:
        started_at(process)
        assert Cluster(home).data.stat().st_uid == 65534
    finally:
        end(process)
    eventually(lambda: not Cluster(home).running())
    with Cluster(home, FAST) as cluster:
        assert cluster.running()
