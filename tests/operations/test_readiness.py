"""A live deployment starts whole or not at all, and says all that it lacks at once."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from psycopg.conninfo import conninfo_to_dict

from smartalert.config import Mode, Settings
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import migrate
from smartalert.operations.readiness import Process, address_problem, findings, missing
from tests.conftest import forget_settings
from tests.databases import Database
from tests.processes import run_to_its_end
from tests.simulator_process import free_port
from tests.waiting import eventually

WEBHOOK = base64.b64encode(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
#: Debian puts it where users do not look.
PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
ACCOUNT = {
    "token_uri": "https://oauth2.googleapis.com/token", "project_id": "force", "client_email": "a@b.iam",
    "private_key": "k",
}  # fmt: skip


@pytest.fixture(scope="module")
def live(cluster: Cluster) -> Iterator[Database]:
    made = Database(cluster, f"ready_{free_port()}")
    cluster.create_database(made.name)
    migrate(made.url(), Mode.LIVE)
    yield made
    cluster.drop_database(made.name)


@pytest.fixture
def whole(live: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings of a live deployment that lacks nothing."""
    account = tmp_path / "google.json"
    account.write_text(json.dumps(ACCOUNT))
    given = {
        "DATABASE_URL": live.url(),
        "SMARTALERT_MODE": "live",
        "SMARTALERT_DATA_DIR": str(tmp_path),
        "SMARTALERT_SECRET_KEY": "kA4x-9fQe_Tz7LbVn2RcWm5HsYp8Gd3J",
        "SMARTALERT_PUBLIC_URL": "https://alerts.staffordshire.police.uk",
        "SMARTALERT_CONTROL_URL": "https://smartalert.staffordshire.pnn.police.uk",
        "SMARTALERT_SENDER": "alerts@staffordshire.police.uk",
        "SMARTALERT_FCM_SERVICE_ACCOUNT": str(account),
        "SMARTALERT_SENDGRID_API_KEY": "SG.a-key",
        "SMARTALERT_SENDGRID_WEBHOOK_KEY": WEBHOOK,
        "SMARTALERT_OIDC_ISSUER": "https://login.staffordshire.police.uk/realms/force",
        "SMARTALERT_OIDC_CLIENT_ID": "smart-alert",
        "SMARTALERT_OIDC_CLIENT_SECRET": "a secret",
    }
    for name in [name for name in os.environ if name.startswith("SMARTALERT_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    yield given
    forget_settings()


def problems(*processes: Process) -> list[str]:
    forget_settings()
    found = findings(list(processes or Process))
    assert all(one.remedy.endswith((".", ")")) and one.problem.endswith(".") for one in found), found
    return [one.problem for one in found]


def test_a_whole_deployment_lacks_nothing(whole: dict[str, str]) -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "value", "needs"),
    [
        ("SECRET_KEY", "", "public control worker"),
        ("SECRET_KEY", " , ", "public control worker"),
        ("SECRET_KEY", "short", "public control worker"),
        ("SECRET_KEY", "a" * 64, "public control worker"),
        ("SECRET_KEY", "kA4x-9fQe_Tz7LbVn2RcWm5HsYp8Gd3J,secret", "public control worker"),
        ("PUBLIC_URL", "", "public control worker"),
        ("PUBLIC_URL", "http://alerts.staffordshire.police.uk", "public control worker"),
        ("PUBLIC_URL", "https://10.1.2.3", "public control worker"),
        ("CONTROL_URL", "", "control worker"),
        ("CONTROL_URL", "https://127.0.0.1:8501", "control worker"),
        ("OIDC_ISSUER", "", "control"),
        ("OIDC_ISSUER", "http://login.staffordshire.police.uk", "control"),
        ("OIDC_CLIENT_ID", " ", "control"),
        ("OIDC_CLIENT_SECRET", "", "control"),
        ("FCM_SERVICE_ACCOUNT", "/nowhere/google.json", "worker"),
        ("FCM_ENDPOINT", "http://127.0.0.1:9000", "worker"),
        ("SENDGRID_API_KEY", "", "worker"),
        ("SENDGRID_ENDPOINT", "https://sendgrid.example", "worker"),
        ("SENDER", "alerts@staffordshire.example", "worker"),
        ("SENDER", "alerts@example.com", "worker"),
        ("SENDER", "Staffordshire Police", "worker"),
        ("SENDGRID_WEBHOOK_KEY", "", "public worker"),
        ("SENDGRID_WEBHOOK_KEY", "bm8ga2V5", "public worker"),
        ("LEAVERS_FOLDER", "/nowhere/leavers", "public"),
    ],
)
def test_what_is_missing_or_leads_nowhere_is_named_to_the_processes_that_need_it(
    whole: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, needs: str
) -> None:
    monkeypatch.setenv(f"SMARTALERT_{name}", value)
    for process in Process:
        found = missing(Settings(), [process])
        assert len(found) == (process in needs.split()), found
        assert all(f"SMARTALERT_{name}" in one.problem and one.remedy.endswith(".") for one in found)


@pytest.mark.parametrize(
    "url",
    [
        "alerts.police.uk", "https://", "https:///path", "ftp://alerts.police.uk", "http://alerts.police.uk",
        "https://localhost", "https://alerts.localhost.", "https://alerts.example", "https://www.example.com/",
        "https://user:word@alerts.police.uk", "https://alerts.police.uk?next=", "https://alerts.police.uk/#a",
        "https://[::1]", "https://127.1", "https://0x7f000001", "https://0.0.0.0", "https://169.254.1.1",
        "https://192.168.0.9", "https://intranet", "https://[fe80::1]", "https://alerts.police.uk:no", "https://[::",
    ],
)  # fmt: skip
def test_no_address_that_leads_nowhere_is_taken_for_everybodys(url: str) -> None:
    assert address_problem(url, everybody=True)


@pytest.mark.parametrize(
    "url", ["https://smartalert", "https://10.2.3.4:8443", "https://smartalert.force.internal/room"]
)
def test_officers_may_be_inside_the_forces_own_network(url: str) -> None:
    assert address_problem(url, everybody=False) == ""
    assert address_problem("https://alerts.police.uk/smart", everybody=True) == ""


@pytest.mark.parametrize("process", Process)
def test_a_process_that_lacks_something_does_not_start_and_says_all_of_it(
    whole: dict[str, str], process: Process
) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SMARTALERT_")}
    ended = run_to_its_end("smartalert", process, environment={**bare, "SMARTALERT_MODE": "live"})
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"things are missing, so {process} does not start." in ended.stderr
    for name in ("SECRET_KEY", "PUBLIC_URL"):
        assert f"SMARTALERT_{name} is not set" in ended.stderr
    said = run_to_its_end("smartalert", "check", process, environment={**bare, "SMARTALERT_MODE": "live"})
    assert (said.returncode, said.stdout.strip() in ended.stderr) == (1, True)


def test_a_database_of_the_other_mode_an_empty_one_and_none_are_each_named(
    whole: dict[str, str], monkeypatch: pytest.MonkeyPatch, cluster: Cluster, shared_database: Database
) -> None:
    monkeypatch.setenv("DATABASE_URL", shared_database.url())
    assert problems(Process.PUBLIC) == ["The database is of the other mode."]
    empty = f"empty_{free_port()}"
    cluster.create_database(empty)
    monkeypatch.setenv("DATABASE_URL", cluster.url(database=empty))
    assert problems(Process.PUBLIC) == [
        "The database lacks postgis, pg_trgm, fuzzystrmatch, btree_gist.", "The database has not been made ready.",
    ]  # fmt: skip
    cluster.drop_database(empty)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/smartalert")
    assert problems(Process.PUBLIC)[0].startswith("The database cannot be used by public: connection")


def test_a_login_without_the_role_is_told_which_to_grant(
    whole: dict[str, str], monkeypatch: pytest.MonkeyPatch, live: Database
) -> None:
    monkeypatch.setenv("DATABASE_URL", live.url("smartalert_public"))
    forget_settings()
    (found,) = findings([Process.WORKER])
    assert "permission denied to set role" in found.problem
    assert found.remedy.startswith("`grant smartalert_worker to`")


@contextmanager
def pooler(live: Database, mode: str, ignored: str) -> Iterator[str]:
    """PgBouncer before the live database; the address of the pool."""
    port, login = free_port(), conninfo_to_dict(live.url().replace("+psycopg", ""))
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "users.txt").write_text(f'"{login["user"]}" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{live.name} = host={login['host']} user={login['user']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
            f"auth_file = {folder}/users.txt\npool_mode = {mode}\nignore_startup_parameters = {ignored}\n"
        )
        words = [PGBOUNCER, "-q", str(folder / "pgbouncer.ini")]
        if os.getuid() == 0:  # it refuses to be root, and the cluster knows its own account
            words = ["setpriv", f"--reuid={live.cluster.data.stat().st_uid}", "--clear-groups", *words]
        with subprocess.Popen(words) as process:
            try:
                eventually(lambda: is_open(port))
                yield f"postgresql://{login['user']}@127.0.0.1:{port}/{live.name}"
            finally:
                process.terminate()


def is_open(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_pool_that_shares_sessions_or_drops_the_role_is_refused_and_one_of_whole_sessions_is_not(
    whole: dict[str, str], monkeypatch: pytest.MonkeyPatch, live: Database
) -> None:
    for mode, ignored, why in (
        ("session", "", "unsupported startup parameter: options"),
        ("transaction", "options", "another session for each transaction"),
        ("session", "options", None),
    ):
        with pooler(live, mode, ignored) as url:
            monkeypatch.setenv("DATABASE_URL", url)
            for process in Process:
                found = problems(process)
                assert [why in problem for problem in found] == ([True] if why else []), found
