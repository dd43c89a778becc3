"""The command line: every verb explains itself, and what goes wrong is one clear sentence."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smartalert.database import owner
from tests import PROJECT
from tests.databases import Database
from tests.processes import run_to_its_end
from tests.simulator_process import free_port


def smartalert(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command in the given environment."""
    return run_to_its_end("smartalert", *words, environment={**os.environ, **environment})


def test_help_names_every_verb() -> None:
    words = subprocess.check_output([sys.executable, "-m", "smartalert", "--help"], cwd=PROJECT, text=True)
    for verb in ("up", "control", "worker", "public", "simulator", "migrate", "import", "residents", "audit"):
        assert f" {verb} " in words


def test_migrating_twice_applies_nothing_the_second_time(database: Database) -> None:
    again = smartalert("migrate", DATABASE_URL=database.url())
    assert (again.returncode, again.stdout) == (0, "The database is up to date.\n")


def test_a_training_database_never_becomes_live(database: Database) -> None:
    refused = smartalert("migrate", DATABASE_URL=database.url(), SMARTALERT_MODE="live")
    assert refused.returncode == 1
    assert "This database is training for ever" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "mode", "said"),
    [
        (["missing-child"], "live", "a live deployment sends to real people"),
        (["lost-dog"], "training", "There is no demonstration of “lost-dog”. There is: missing-child."),
        (["missing-child", "--record", "film.avi"], "training", "give it the ending .gif or .webp"),
    ],
)  # fmt: skip
def test_a_demonstration_that_cannot_be_is_one_sentence(words: list[str], mode: str, said: str, tmp_path: Path) -> None:
    refused = smartalert("demo", *words, "--data-dir", str(tmp_path), DATABASE_URL="", SMARTALERT_MODE=mode)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("verb", ["migrate", "up"])
def test_a_database_that_does_not_answer_is_one_sentence(verb: str, tmp_path: Path) -> None:
    ports = {f"SMARTALERT_{name}_PORT": str(free_port()) for name in ("CONTROL", "PUBLIC", "SIMULATOR")}
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    refused = smartalert(verb, "--data-dir", str(tmp_path), DATABASE_URL=nowhere, **ports)
    assert refused.returncode == 1
    assert "The database cannot be reached" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("verb", ["control", "public", "worker"])
def test_a_process_without_a_database_says_how_to_get_one(verb: str, tmp_path: Path) -> None:
    refused = smartalert(verb, DATABASE_URL="", SMARTALERT_DATA_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert "python -m smartalert up" in refused.stderr
    assert "DATABASE_URL" in refused.stderr


@pytest.mark.parametrize("what", ["streets", "postcodes", "area", "neighbourhoods"])
def test_a_bad_file_is_one_sentence(what: str, database: Database, tmp_path: Path) -> None:
    (tmp_path / "bad.geojson").write_text("no such thing")
    refused = smartalert("import", what, str(tmp_path / "bad.geojson"), DATABASE_URL=database.url())
    assert refused.returncode == 1
    assert "bad.geojson" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_verifying_the_audit_says_whether_it_is_unbroken(database: Database, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database.url(), "SMARTALERT_SECRET_KEY": "only for tests"}
    with database.connect() as conn:
        conn.execute("insert into audit (officer, action) values ('x', 'issued'), ('x', 'stopped')")
    whole = smartalert("audit", "verify", **environment)
    assert (whole.returncode, whole.stdout[:34]) == (0, "2 entries and 0 seals, unbroken. T")
    with database.connect() as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("update audit set officer = 'y' where action = 'issued'")
    broken = smartalert("audit", "verify", **environment)
    assert broken.returncode == 1
    assert "position 1, is not what was written there" in broken.stdout


def test_the_story_of_an_alert_that_never_was_is_one_sentence(database: Database) -> None:
    refused = smartalert("audit", "export", "7", DATABASE_URL=database.url(), SMARTALERT_SECRET_KEY="only for tests")
    assert (refused.returncode, refused.stderr) == (1, "There is no alert 7.\n")


def test_up_is_never_live(tmp_path: Path) -> None:
    refused = smartalert("up", "--data-dir", str(tmp_path / "live"), SMARTALERT_MODE="live")
    assert refused.returncode == 1
    assert "`up` is for training" in refused.stderr
    assert not (tmp_path / "live").exists()


def test_what_the_machine_lacks_is_named_where_it_cannot_be_installed(tmp_path: Path) -> None:
    for program in ("sh", "id"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    command = [str(PROJECT / ".ci" / "provide"), "chromium"]
    refused = subprocess.run(
        command, cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "Please install, then run this again:\n  - Chromium" in refused.stderr


def test_ctrl_c_while_libraries_are_loaded_is_heard_right_after() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    loaded = False

    def load() -> None:
        nonlocal loaded
        with owner.loading():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            loaded = True

    try:
        with pytest.raises(KeyboardInterrupt):
            load()
    finally:
        signal.signal(signal.SIGINT, before)
    assert loaded


CTRL_C_IN_A_FINALIZER = """
import signal, sys, time
from smartalert import __main__ as line

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

@line.cli.command()
def wait():
    Finalized()
    time.sleep(60)

sys.argv[1:] = ["wait"]
line.main()
"""


def test_ctrl_c_that_python_drops_in_a_finalizer_comes_again() -> None:
    stopped = subprocess.run(
        [sys.executable, "-c", CTRL_C_IN_A_FINALIZER], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert stopped.returncode == 130
    assert stopped.stderr.strip() == "Stopped. What was not finished was not kept: begin it again."
