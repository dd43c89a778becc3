"""Test databases: copies of one migrated template on one private cluster for the whole run, empty or filled."""

import fcntl
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine

from smartalert.config import Mode
from smartalert.database import connection
from smartalert.database.cluster import OWNER, Cluster
from smartalert.database.migrations import migrate

TEMPLATE = "smartalert_template"
#: A test database may be lost with the machine; it must only be quick.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "autovacuum": "off",
    "max_wal_size": "1GB",
}
numbers = itertools.count(1)
engines: dict[tuple[str, str], Engine] = {}
lent: dict[tuple[str, str], psycopg.Connection] = {}


@dataclass(frozen=True)
class Database:
    """One database of the test's own; whatever is committed goes with it."""

    cluster: Cluster
    name: str

    def url(self, role: str = OWNER) -> str:
        """SQLAlchemy's address of it as one role."""
        return self.cluster.url(role, self.name)

    def engine(self, role: str = OWNER) -> Engine:
        """The engine of that role, as its processes have it; one for the whole life of the database."""
        return engines.setdefault((self.name, role), connection.make_engine(self.url(role)))

    def connect(self, role: str = OWNER, autocommit: bool = False) -> psycopg.Connection:
        """A connection as one role, rows as named tuples."""
        conn = self.cluster.connect(self.name, role)
        conn.row_factory = namedtuple_row
        conn.autocommit = autocommit
        return conn

    @contextmanager
    def rolled_back(self, role: str = OWNER) -> Iterator[psycopg.Connection]:
        """The connection as a role that tests are lent one after the other: a new one reads all that is known of our
        tables first. At the end nothing has happened."""
        conn = lent.get((self.name, role))
        if conn is None or conn.closed:
            conn = lent[self.name, role] = self.connect(role)
            conn.prepare_threshold = None  # a test may undo what a statement was prepared for
        try:
            yield conn
        finally:
            if not conn.closed:
                conn.rollback()
                conn.row_factory = namedtuple_row
                if role == OWNER:  # who alone may
                    conn.execute("select pg_advisory_unlock_all()")
                    conn.rollback()


def make_template(cluster: Cluster) -> None:
    """Migrate the database that all others are copied from."""
    cluster.create_database(TEMPLATE)
    migrate(cluster.url(OWNER, TEMPLATE), Mode.TRAINING)


def made_once(cluster: Cluster, template: str, make: Callable[[Database], object]) -> str:
    """A database to copy, made by whichever process of the run asked for it first; its name."""
    with (cluster.root / template).open("a") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not os.fstat(done.fileno()).st_size:
            cluster.drop_database(template)
            make(Database(cluster, template))
            done.write("made")
    return template


@contextmanager
def filled_database(cluster: Cluster, name: str, fill: Callable[[Database], object]) -> Iterator[Database]:
    """A copy of a database that was filled once in the run."""

    def make(database: Database) -> None:
        cluster.create_database(database.name, TEMPLATE)
        fill(database)

    with fresh_database(cluster, made_once(cluster, f"filled_{name}", make)) as made:
        yield made


@contextmanager
def live_database(cluster: Cluster) -> Iterator[Database]:
    """A new one that is live, as no training database ever becomes."""

    def make(database: Database) -> None:
        cluster.create_database(database.name)
        migrate(database.url(), Mode.LIVE)

    with fresh_database(cluster, made_once(cluster, "live", make)) as made:
        yield made


@contextmanager
def fresh_database(cluster: Cluster, template: str = TEMPLATE) -> Iterator[Database]:
    """A new migrated database, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(numbers)}"
    with cluster.connect("postgres") as conn:
        # Files are copied in half the time that pages through the log take.
        words = sql.SQL("create database {} template {} strategy file_copy")
        conn.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield Database(cluster, name)
    finally:
        for key in [key for key in engines if key[0] == name]:
            engines.pop(key).dispose()
        for key in [key for key in lent if key[0] == name]:
            lent.pop(key).close()
        cluster.drop_database(name)
