"""PostgreSQL's own log names nobody, whatever fails or takes long; and what hangs ends."""

import contextlib
import os
from collections.abc import Iterator

import psycopg
import pytest

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import migrate
from tests.databases import Database
from tests.factories import make_subscriber

ADDRESS = "somebody.private@training.example"
#: Each fails or is slow with the address in a parameter, a literal, a key, a row or a line of COPY.
TELLING: list[tuple[str, tuple[str, ...]]] = [
    ("select pg_sleep(1.1), %s::text", (ADDRESS,)),
    ("select 1 / 0 from (values (%s::text)) v", (ADDRESS,)),
    (f"select 1 / 0 from (values ('{ADDRESS}')) v", ()),
    ("insert into contacts (subscriber_id, channel, address) select max(id), 'email', %s from subscribers", (ADDRESS,)),
    ("insert into service_mails (address, kind) values (%s, 'no such kind')", (ADDRESS,)),
    (
        "do $$ begin perform 1 from contacts where address = 'somebody.private@training.example' and 1 / 0 = 1; end $$",
        (),
    ),
]


@pytest.fixture(scope="module")
def migrated(cluster: Cluster) -> Iterator[Database]:
    database = Database(cluster, f"log_{os.getpid()}")
    cluster.create_database(database.name)
    migrate(database.url(), Mode.TRAINING)
    yield database
    cluster.drop_database(database.name)


def test_no_address_is_in_the_log_whatever_fails_or_takes_long(migrated):
    log = migrated.cluster.folder / "postgres.log"
    began = log.stat().st_size
    with migrated.connect(autocommit=True) as conn:
        make_subscriber(conn)
        conn.execute("update contacts set address = %s where channel = 'email'", (ADDRESS,))
        make_subscriber(conn, channels=())
        for statement, values in TELLING:
            with contextlib.suppress(psycopg.Error):
                conn.execute(statement, values)
        with contextlib.suppress(psycopg.Error), conn.cursor().copy("copy contacts from stdin") as lines:
            lines.write(f"no number\temail\t{ADDRESS}\n")
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            conn.execute(*TELLING[3])
        assert ADDRESS in str(refused.value), "the process itself is told, and keeps it to itself"
    with log.open() as lines:
        lines.seek(began)
        written = lines.read()
    assert "duplicate key value violates unique constraint" in written
    assert "division by zero" in written
    assert "duration: 1" in written
    assert "somebody" not in written


@pytest.mark.parametrize(
    ("role", "statement", "idle"),
    [
        ("public", "15s", "1min"),
        ("control", "2min", "5min"),
        ("engagement", "1min", "5min"),
        ("analyst", "5min", "10min"),
        ("worker", "10min", "5min"),
    ],
)
def test_what_hangs_ends(migrated, role, statement, idle):
    with migrated.connect(f"smartalert_{role}") as conn:
        limits = [
            conn.execute(f"show {name}").fetchone()[0]
            for name in ("statement_timeout", "idle_in_transaction_session_timeout")
        ]
    assert limits == [statement, idle]
