"""The private PostGIS cluster of a training deployment: made once, started, stopped. Never the force's own database.

It lives in <data folder>/cluster, listens on a unix socket in a closed folder and on nothing else.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from smartalert.database.log_files import LogFile
from smartalert.database.postgres import Account, account_for, memory_settings, programs
from smartalert.database.server import Server
from smartalert.errors import SetupError

OWNER = "smartalert_owner"
#: Whoever may reach the socket may connect as any of these; migrations make the roles and say what each may do.
ROLES = (
    OWNER,
    "smartalert_control",
    "smartalert_public",
    "smartalert_worker",
    "smartalert_analyst",
    "smartalert_engagement",
    "smartalert_monitor",
)
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "wal_compression": "lz4",
    "random_page_cost": "1.1",
    # Matching is many short index scans: both cost two to three times what they save here.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "log_min_duration_statement": "1s",
    # Nobody's address in the log: no parameters, no statements that failed, no DETAIL, which repeats keys and rows.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "cluster_name": "smartalert",
}
#: Linux allows a socket's path 108 bytes, and the server adds its own file name.
LONGEST_SOCKET_FOLDER = 80


class Cluster:
    """One PostgreSQL server of our own. Any process may ask for its address; one at a time starts it."""

    def __init__(self, root: Path, settings: Mapping[str, str] | None = None) -> None:
        self.root = root.resolve()
        self.folder = self.root / "cluster"
        self.data = self.folder / "pgdata"
        self.log = LogFile(self.folder / "postgres.log")
        self.socket_folder = _socket_folder(self.folder)
        self._settings = {**SETTINGS, **memory_settings(), **(settings or {})}
        self.server = Server(self.data, self.socket_folder, self.log, self.running)

    def url(self, role: str = OWNER, database: str = "smartalert") -> str:
        """Where SQLAlchemy finds the database, over the unix socket."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self.socket_folder), safe='')}&port=5432"

    def connect(self, database: str = "smartalert", role: str = OWNER) -> psycopg.Connection:
        """A connection in autocommit, for work on the cluster itself."""
        return psycopg.connect(
            host=str(self.socket_folder), port=5432, dbname=database, user=role, connect_timeout=5, autocommit=True
        )

    def running(self) -> bool:
        """Whether the server takes connections now."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self, detach: bool = False, timeout_s: float = 60) -> "Cluster":
        """Make the cluster if there is none and start its server if none runs; returns when it takes connections.

        The server ends with the calling thread, unless detached. Raises SetupError where it cannot run.
        """
        self._make_folder()
        with self._lock():
            # Looking for an account that can reach the folder gives it to each in turn, under whoever is at work in it.
            account = account_for(self.folder, self.data)
            self._make_socket_folder(account)
            if not self.data.exists():
                self._make(account)
            if not self.running():
                self._configure()
                self.server.start(self._programs() / "postgres", account, detach, timeout_s)
            self.create_database("smartalert")
        return self

    def stop(self, force: bool = False, timeout_s: float = 20) -> None:
        """Stop the server if this object started it; another process's only by force."""
        self.server.stop(force, timeout_s)

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create a database, as a copy of the template, unless it is there."""
        with self.connect("postgres") as conn:
            if not conn.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                words = sql.SQL("create database {} template {}")
                conn.execute(words.format(sql.Identifier(name), sql.Identifier(template)))

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.connect("postgres") as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _make_folder(self) -> None:
        if not self.root.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)  # the server's account passes through it; nobody else may list it
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o700)

    def _make_socket_folder(self, account: Account) -> None:
        self.socket_folder.mkdir(exist_ok=True)
        if self.socket_folder.stat().st_uid not in (os.geteuid(), account.uid):
            raise SetupError(f"{self.socket_folder} belongs to somebody else; remove it and start again.")
        if os.geteuid() == 0:
            os.chown(self.socket_folder, account.uid, account.gid)
        self.socket_folder.chmod(0o700)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _programs(self) -> Path:
        version = self.data / "PG_VERSION"
        return programs(version.read_text().strip() if version.exists() else None)

    def _make(self, account: Account) -> None:
        """Make it beside its place and move it there: an interrupted first start leaves no half a cluster."""
        beside = self.data.with_suffix(".new")
        shutil.rmtree(beside, ignore_errors=True)
        options: list[str | Path] = [
            "-D",
            beside,
            "-U",
            OWNER,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=peer",
            "--no-sync",
            "-k",
        ]
        made = subprocess.run(
            account.command(self._programs() / "initdb", *options), capture_output=True, text=True, cwd="/", check=False
        )
        if made.returncode:
            raise SetupError(f"The private database could not be made: {made.stderr.strip()[-500:]}")
        _write(beside / "pg_hba.conf", "local all all peer map=smartalert\n")
        with (beside / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'smartalert.conf'\n")
        beside.rename(self.data)

    def _configure(self) -> None:
        """Written at every start: the machine, our settings and the people who may connect all change."""
        lines = (f"{name} = '{value}'\n" for name, value in self._settings.items())
        _write(self.data / "smartalert.conf", "".join(lines))
        users = {pwd.getpwuid(uid).pw_name for uid in (0, os.geteuid(), self.data.stat().st_uid)}
        if os.geteuid() == 0 and self.data.stat().st_uid == 0:
            users.add("postgres")  # in its namespace the server sees root as this account
        _write(self.data / "pg_ident.conf", "".join(f"smartalert {user} {role}\n" for user in users for role in ROLES))


def _socket_folder(folder: Path) -> Path:
    if len(str(folder / "run")) <= LONGEST_SOCKET_FOLDER:
        return folder / "run"
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"smartalert-{mark}"


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)  # the server's account reads what root wrote; the folder around it is closed
