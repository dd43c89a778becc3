"""PostgreSQL servers of a test's own that are really stopped, killed, cut off and filled up: none of them runs fast."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import namedtuple_row

from smartalert.config import Mode
from smartalert.database.cluster import OWNER, Cluster
from smartalert.database.migrations import migrate
from smartalert.database.postgres import account_for, programs
from tests.databases import Database
from tests.waiting import eventually

REPLICATION = "local replication all peer map=smartalert\n"


@dataclass(frozen=True)
class Pair(Database):
    """One database on a primary and its replica, known by both: whoever connects comes to the one that takes writes."""

    other: Cluster

    @property
    def hosts(self) -> str:
        """The folders of both sockets, as libpq reads them."""
        return f"{self.cluster.socket_folder},{self.other.socket_folder}"

    def url(self, role: str = OWNER) -> str:
        where = f"host={self.hosts}&port=5432,5432&target_session_attrs=read-write"
        return f"postgresql+psycopg://{role}@/{self.name}?{where}"

    def connect(self, role: str = OWNER, autocommit: bool = False) -> psycopg.Connection:
        return psycopg.connect(
            host=self.hosts, port="5432,5432", target_session_attrs="read-write", dbname=self.name, user=role,
            row_factory=namedtuple_row, autocommit=autocommit, connect_timeout=5,
        )  # fmt: skip


@contextmanager
def primary(folder: Path, **settings: str) -> Iterator[Database]:
    """One server with an empty database of ours, as safe as PostgreSQL is by itself."""
    cluster = Cluster(folder, settings).start()
    try:
        migrate(cluster.url(), Mode.TRAINING)
        yield Database(cluster, "smartalert")
    finally:
        cluster.stop(force=True)


@contextmanager
def replicated(folder: Path, *, synchronous: bool) -> Iterator[Pair]:
    """A primary and a replica that streams from it; synchronous, no commit is answered before the replica has it."""
    with primary(folder / "one") as database:
        first = database.cluster
        with (first.data / "pg_hba.conf").open("a") as file:
            file.write(REPLICATION)
        second = Cluster(folder / "two")
        copy(first, second)
        second.start()
        try:
            with first.connect() as conn:
                if synchronous:
                    conn.execute("alter system set synchronous_standby_names = '*'")
                conn.execute("select pg_reload_conf()")
                eventually(lambda: conn.execute(STREAMS).fetchone() is not None)
            yield Pair(first, database.name, second)
        finally:
            second.stop(force=True)


STREAMS = """
    select from pg_stat_replication where state = 'streaming'
      and sync_state = case current_setting('synchronous_standby_names') when '' then 'async' else 'sync' end
"""


def copy(first: Cluster, second: Cluster) -> None:
    """Make the second a replica of the first, by pg_basebackup."""
    with first.connect() as conn:
        conn.execute("select pg_reload_conf()")
    second.folder.mkdir(parents=True)
    for place in (second.root, second.folder):
        place.chmod(0o711)
    account = account_for(second.folder, first.data)
    os.chown(second.folder, account.uid, account.gid)
    command = account.command(
        programs() / "pg_basebackup", "-D", second.data, "-X", "stream", "-R", "--checkpoint=fast", "--no-sync",
        "-h", first.socket_folder, "-p", "5432", "-U", OWNER,
    )  # fmt: skip
    subprocess.run(command, check=True, cwd="/")


def hold_back(cluster: Cluster) -> None:
    """Let the server send nothing to its replica any more: the line between them is cut."""
    with cluster.connect() as conn:
        for (pid,) in conn.execute("select pid from pg_stat_replication").fetchall():
            os.kill(pid, signal.SIGSTOP)


def kill(cluster: Cluster) -> None:
    """All of the server's processes at once, as when its machine loses power."""
    first = int((cluster.data / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for pid in (first, *map(int, children)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    eventually(lambda: not cluster.running())


def promote(cluster: Cluster) -> None:
    """Let the replica take over."""
    with cluster.connect() as conn:
        conn.execute("select pg_promote()")
