"""The files by which a force puts Smart Alert into operation: linted by others, about commands and settings there are.

`tests/monitoring/test_processes.py` runs what they start.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from compose_spec import PyOptions

from smartalert.config import Settings
from tests import PROJECT
from tests.databases import Database

DEPLOY = PROJECT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "smartalert"}
LOGINS = ("control_app", "public_app", "worker_app")


def test_hadolint_finds_nothing_in_the_image():
    hadolint = Path(sys.executable).parent / "hadolint"
    said = subprocess.run([hadolint, DEPLOY / "Dockerfile"], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("file", [DEPLOY / "compose.yaml", PROJECT / "compose.yaml"], ids=["force", "training"])
def test_each_compose_file_is_as_the_specification_has_it(file):
    assert PyOptions(apply_merge=True).from_yaml(file.read_text()).validate() is None


@pytest.mark.parametrize("name", OURS)
def test_each_container_of_ours_writes_nowhere_but_where_it_may_and_has_no_power(name):
    ours = OURS[name]
    assert ours["read_only"]
    assert ours["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in ours["security_opt"]
    assert "ports" not in ours, "only the proxy is reached from outside"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
def test_systemd_understands_each_unit(tmp_path):
    for unit in [*UNITS, DEPLOY / "systemd" / "smartalert.target"]:
        # verify looks for the program, which is here elsewhere
        words = unit.read_text().replace("/opt/smartalert/.venv/bin/python", sys.executable)
        (tmp_path / unit.name.replace("@", "@1")).write_text(words)
    said = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())], check=False, capture_output=True, text=True
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_units_and_containers_start_the_same_and_each_process_has_both():
    started = {re.search(r"-m smartalert (\w+)", unit.read_text())[1] for unit in UNITS}
    assert started == {"control", "public", "worker", "importer"}
    assert {ours["command"][0] for ours in OURS.values()} == started | {"migrate"}


@pytest.mark.parametrize("file", [*DEPLOY.glob("*.example"), DEPLOY / "Dockerfile", *UNITS], ids=lambda file: file.name)
def test_each_setting_that_a_file_names_is_one(file):
    named = set(re.findall(r"\b(SMARTALERT_\w+)=", file.read_text()))
    assert named <= {f"SMARTALERT_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture
def made(database: Database) -> Iterator[Database]:
    """A database whose cluster has no such logins before, nor after."""
    yield database
    with database.connect(autocommit=True) as conn:
        for login in LOGINS:
            conn.execute(f"drop role if exists {login}")


def test_each_process_gets_a_login_that_is_in_its_role_and_no_other_and_again_a_new_password(made):
    passwords = {f"{name}_DATABASE_PASSWORD": f"it's {name}" for name in ("CONTROL", "PUBLIC", "WORKER")}
    address = made.url().replace("+psycopg", "")
    secrets = []
    for _ in range(2):
        subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={DEPLOY / 'logins.sql'}", address],
            env=os.environ | passwords, check=True, capture_output=True,
        )  # fmt: skip
        with made.connect() as conn:
            secrets.append(logins(conn))
    assert [(login, role) for login, role, _ in secrets[0]] == [
        (login, f"smartalert_{login.removesuffix('_app')}") for login in LOGINS
    ]
    assert all(secret.startswith("SCRAM-SHA-256$") for found in secrets for _, _, secret in found)
    assert not {secret for *_, secret in secrets[0]} & {secret for *_, secret in secrets[1]}


def logins(conn: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Each login, what it is a member of, and its secret."""
    return conn.execute(
        "select l.rolname::text as login, r.rolname::text as role, l.rolpassword as secret"
        " from pg_authid l join pg_auth_members m on m.member = l.oid"
        " join pg_roles r on r.oid = m.roleid where l.rolname = any(%s) order by 1, 2",
        (list(LOGINS),),
    ).fetchall()
