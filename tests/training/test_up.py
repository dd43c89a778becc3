"""`up`, whole: Ctrl-C at any moment of a first start is one sentence and the next start makes all of it; what it starts
answers, comes back when killed, tells a second copy where it is, and ends completely."""

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from smartalert.database.cluster import Cluster
from tests import PROJECT
from tests.databases import Database
from tests.simulator_process import free_port
from tests.training.whole import PORTS, Running, command, listening, up, wait_until_quiet
from tests.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.early

#: It takes three seconds alone; what has not ended by itself is killed after eight.
AT_MOST_S = 30
#: What `up` says in turn, and how long after it somebody presses Ctrl-C, each in another kind of work; nothing: since
#: Python was started, whose own first tenth of a second is not ours. Each costs a start, seconds of a core.
MOMENTS = [
    ("", 0.3),  # our own libraries are loaded
    ("", 1.2),  # the folder is held, the ports are looked at
    ("private database", 0.1),  # PostgreSQL makes its files
    ("private database", 1.5),  # and starts; tables are made
    ("Drawing", 0.3),  # libraries in C are loaded
    ("Drawing", 1),  # and compute
    ("Settling", 0.7),  # the first rows are copied
    ("Living", 0.2),  # what was drawn is there
    ("Living", 2.5),  # a long query is under way
    ("Starting control", 0.5),  # the others load
]
WHOLE = """
select (select count(*) from subscribers) > 1200 as people, (select count(*) from phone_days) > 2 * 360 as phones,
       (select count(*) from download_days) > 0 as reports, (select count(*) from force_area) as areas,
       (select count(distinct source_id) - count(*) from streets) as doubled"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a deployment: the first test has its starts interrupted, the next have what comes after run on."""
    return tmp_path_factory.mktemp("up") / "var"


def test_ctrl_c_at_any_moment_is_one_sentence(folder: Path) -> None:
    """The first test: what it leaves behind is what the others' deployment is made of."""
    for words, after_s in MOMENTS:
        ports = {name: free_port() for name in PORTS}  # others may have taken those of the start before
        process = subprocess.Popen(
            [*command(folder, ports), "--history"],
            cwd=PROJECT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        running = Running(process, folder, ports)
        if words:
            running.read_until(words)
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        running.said += process.communicate(timeout=PATIENCE_S)[0]
        assert "Traceback" not in running.said, (words, after_s, running.said)
        assert "rror" not in running.said, (words, after_s, running.said)
        assert re.search(r"Stopped[^\n]*\.\n$", running.said), (words, after_s, running.said)
        wait_until_quiet(running)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    """One deployment for the tests that leave it standing."""
    with up(folder, history=True) as running:
        yield running


def test_the_start_after_all_that_were_interrupted_makes_all_of_it(running: Running) -> None:
    with Cluster(running.folder).connect() as conn:
        assert conn.execute(WHOLE).fetchone() == (True, True, True, 1, 0)


def refusal(folder: Path, ports: dict[str, int]) -> str:
    """What an `up` says that may not start."""
    refused = subprocess.run(
        command(folder, ports), cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    return refused.stderr


def test_everything_answers_and_the_addresses_are_said(running: Running) -> None:
    assert running.get("control", "/_stcore/health") == "ok"
    assert "ok" in running.get("simulator", "/health")
    for name in PORTS:
        assert f"http://127.0.0.1:{running.ports[name]}" in running.said


def test_the_health_page_speaks_json_to_programs_and_words_to_people(running: Running) -> None:
    assert running.get("public", "/health") == '{"status":"ok","mode":"training"}'
    page = running.get("public", "/health", accept="text/html,*/*")
    assert "Everything is working" in page
    assert "training mode" in page


def test_keys_and_logs_are_closed_to_others(running: Running) -> None:
    closed = [running.folder / "secret-key", running.folder / "training.env", *running.folder.glob("logs/*")]
    assert len(closed) == 7
    for path in closed:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_second_copy_in_the_folder_is_told_where_the_first_is(running: Running) -> None:
    words = refusal(running.folder, {name: free_port() for name in PORTS})
    assert f"already running in {running.folder}, as process {running.process.pid}" in words
    assert f"http://127.0.0.1:{running.ports['control']}" in words


def test_a_taken_port_is_named_and_a_free_one_offered_as_a_command(running: Running, tmp_path: Path) -> None:
    words = refusal(tmp_path / "other", {**running.ports, "public": free_port()})
    assert f"{running.ports['control']} (control room), {running.ports['simulator']} (simulator)" in words
    offered = re.search(r"up --control-port (\d+) ", words)
    assert offered
    assert not listening(int(offered[1]))


def test_a_killed_worker_comes_back(running: Running) -> None:
    pid = worker_of(running)
    os.kill(pid, signal.SIGKILL)
    running.read_until("The worker process ended (killed by SIGKILL); starting it again")
    eventually(lambda: worker_of(running) not in (0, pid))


def worker_of(running: Running) -> int:
    """The process number of its worker, 0 while there is none."""
    return processes_of(running).get("worker", 0)


def processes_of(running: Running) -> dict[str, int]:
    """The process number of each verb that runs."""
    found = {}
    for pid in children_of(running.process.pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            found[Path(f"/proc/{pid}/cmdline").read_text().strip("\0").split("\0")[-1]] = pid
    return found


def database_of(running: Running) -> int:
    """The process number of its PostgreSQL."""
    return int((running.folder / "cluster" / "pgdata" / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGQUIT])
def test_a_killed_database_comes_back_and_all_but_the_worker_outlive_it(
    running: Running, number: signal.Signals
) -> None:
    before, worker = processes_of(running), worker_of(running)
    os.kill(database_of(running), number)
    running.read_until("The private database ended")
    running.read_until("The private database runs again")
    eventually(lambda: worker_of(running) not in (0, worker))
    after = processes_of(running)
    assert {name: after[name] for name in PORTS} == {name: before[name] for name in PORTS}
    for name in ("control", "public"):
        assert '"ok"' in running.get(name, "/health")
    for _ in range(12):  # each of the pool's connections was the old database's
        assert httpx.get(f"http://127.0.0.1:{running.ports['public']}/alerts", timeout=PATIENCE_S).status_code == 200
    assert "Nothing is left running" not in running.said


def test_a_frozen_database_is_said_by_both_services(running: Running) -> None:
    group = [database_of(running), *children_of(database_of(running))]
    before = {name: processes_of(running)[name] for name in PORTS}
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    try:
        readers = [threading.Thread(target=read, args=[running, "public", "/alerts"]) for _ in range(60)]
        for reader in readers:  # more than the service has threads
            reader.start()
        running.read_until("The database does not answer")
        for name in ("control", "public"):
            started = time.monotonic()
            said = httpx.get(f"http://127.0.0.1:{running.ports[name]}/health", timeout=PATIENCE_S)
            assert time.monotonic() - started < AT_MOST_S
            assert (said.status_code, said.json()["status"]) == (503, "unavailable")
    finally:
        for pid in reversed(group):
            os.kill(pid, signal.SIGCONT)
    running.read_until("The database is well again")
    for reader in readers:
        reader.join()
    for name in ("control", "public"):
        eventually(lambda name=name: '"ok"' in running.get(name, "/health"))
    assert {name: processes_of(running)[name] for name in PORTS} == before
    eventually(lambda: worker_of(running))  # one that could not say that it lives has ended itself


def read(running: Running, name: str, path: str) -> None:
    with suppress(httpx.HTTPError):
        running.get(name, path)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_health_verb_says_whether_anything_can_leave(running: Running) -> None:
    words = [sys.executable, "-m", "smartalert", "health", "--data-dir", str(running.folder)]

    def well() -> bool:
        said = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return (said.returncode, said.stdout) == (0, "The database is well, and a worker is at work.\n")

    eventually(well)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_it_in_a_home_closed_to_others(nobodys_home: Path) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
    if subprocess.run([*nobody, "test", "-x", sys.executable], check=False).returncode:
        pytest.skip(f"{sys.executable} leads into a folder that only root may enter")
    with up(nobodys_home / "var", *nobody, HOME=str(nobodys_home)) as running:
        assert running.get("control", "/_stcore/health") == "ok"


def test_the_database_of_database_url_takes_the_place_of_the_cluster(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as conn:  # a street is enough for a county: none is drawn
        conn.execute(
            "insert into streets (name, locality, kind, source, source_id, geom) values"
            " ('Long Lane', 'Elsewhere', 'local', 'training', 'T1', 'srid=27700;multilinestring((0 0, 9 9))')"
        )
    with up(tmp_path / "var", DATABASE_URL=database.url()) as running:
        assert '"ok"' in running.get("public", "/health")
    assert "Settling" not in running.said
    assert not (tmp_path / "var" / "cluster").exists()


def test_stopping_leaves_nothing_and_starting_again_keeps_the_county(running: Running) -> None:
    """The last test: it stops what the others look at."""
    started = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    running.read_until("Nothing is left running")
    assert running.process.wait(PATIENCE_S) == 0
    assert time.monotonic() - started < AT_MOST_S
    wait_until_quiet(running)
    with up(running.folder) as second:
        assert "Drawing" not in second.said
        assert "Settling" not in second.said
        second.process.kill()
        second.process.wait()
        wait_until_quiet(second)
