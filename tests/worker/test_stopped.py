"""A worker that is stopped is given up whatever it has locked, and ends when it wakes. These tests mostly wait."""

import os
import signal
import time

import psycopg
import pytest

from tests.databases import Database
from tests.deployment import Deployment
from tests.factories import complete_draft
from tests.waiting import PATIENCE_S, eventually
from tests.worker.test_app import settle
from tests.worker.test_life import last_words, living, running

__all__ = ["running"]  # a fixture

#: What a worker is at when it is stopped: the table that it changes and the rows, and whether its transaction is open.
STOPPED_WHILE_IT = {
    "waits": None,
    "claims": ("deliveries", "new.state = 'sending' and old.state = 'pending'"),
    "records": ("deliveries", "new.state = 'handed_over' and old.state = 'sending'"),
    "takes a job": ("procrastinate_jobs", "new.status = 'doing' and new.task_name = 'dispatch'"),
}
GATE = 4_242
GIVEN_UP_AFTER_S = 12


@pytest.mark.parametrize("at", STOPPED_WHILE_IT)
def test_a_stopped_worker_is_given_up_whatever_it_has_locked_and_when_it_wakes_it_ends(
    running: Deployment, at: str
) -> None:
    """Its sessions live on all the while: the server cannot tell that nobody is at the other end."""
    settle(running.database, 30)
    with running.database.connect(autocommit=True) as owner:
        give_up_sooner(owner)
        owner.execute("select pg_advisory_lock(%s)", (GATE,))
        if changes := STOPPED_WHILE_IT[at]:
            wait_at_the_gate(owner, *changes)
        stopped = running.start_worker()
        eventually(lambda: living(running.database) == 1)
        alert_id = running.issue(complete_draft()) if changes else 0
        if changes:
            eventually(lambda: at_the_gate(owner))
        os.kill(stopped.pid, signal.SIGSTOP)
        owner.execute("select pg_advisory_unlock(%s)", (GATE,))
        began = time.monotonic()
        running.start_worker()
        told = running.wait_until_done(alert_id or running.issue(complete_draft()))
        # Given up by the other's next beat, taken back within five seconds; the rest is for a busy machine. PostgreSQL
        # itself would end an idle transaction after 60 s.
        assert time.monotonic() - began < GIVEN_UP_AFTER_S + 7 + 25
    assert sum(told.values()) == 60
    assert {state for _, state in told} <= {"handed_over", "delivered", "unknown"}
    assert ("push", "unknown") not in told
    eventually(lambda: given_up(running.database) == 1)
    os.kill(stopped.pid, signal.SIGCONT)
    assert stopped.wait(PATIENCE_S) == 1
    assert "Start it again" in last_words(running.database)
    assert running.simulator.ledger()["mail_doubles"] == 0


def give_up_sooner(owner: psycopg.Connection) -> None:
    (words,) = owner.execute("select pg_get_functiondef('living_workers()'::regprocedure)").fetchone()
    assert "'00:00:30'" in words
    owner.execute(words.replace("'00:00:30'", f"'00:00:{GIVEN_UP_AFTER_S}'"))


def wait_at_the_gate(owner: psycopg.Connection, table: str, rows: str) -> None:
    """Let the server hold whoever has just changed such rows, until the gate is open."""
    owner.execute(f"""
        create function wait_at_the_gate() returns trigger language plpgsql security definer as $$ begin
          perform pg_advisory_lock_shared({GATE}), pg_advisory_unlock_shared({GATE});
          return null;
        end $$;
        create trigger z_gate after update on {table} for each row when ({rows}) execute function wait_at_the_gate();
    """)


def at_the_gate(owner: psycopg.Connection) -> bool:
    waiting = owner.execute("select from pg_locks where locktype = 'advisory' and objid = %s and not granted", (GATE,))
    return waiting.fetchone() is not None


def given_up(database: Database) -> int:
    with database.connect() as conn:
        return conn.execute("select count(*) from workers where given_up_at is not null").fetchone()[0]
