"""Ctrl-C at any moment of a first start is one sentence, and the next start makes all of it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from smartalert.database.cluster import Cluster
from tests import PROJECT
from tests.simulator_process import free_port
from tests.training.whole import PORTS, Running, command, up, wait_until_quiet
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.early

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


def test_ctrl_c_at_any_moment_is_one_sentence_and_the_next_start_makes_all_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    for words, after_s in MOMENTS:
        ports = {name: free_port() for name in PORTS}  # others may have taken those of the start before
        process = subprocess.Popen(
            [*command(folder, ports, residents=1_200), "--history"],
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
    with up(folder, history=True) as running, Cluster(folder).connect() as conn:
        assert conn.execute(WHOLE).fetchone() == (True, True, True, 1, 0)
