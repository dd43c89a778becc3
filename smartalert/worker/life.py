"""How others know that a worker lives: its advisory lock, and that it is heard of every two seconds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import event

from smartalert.clock import stopwatch, utc_now
from smartalert.database.connection import KEEPALIVE, Connection, check_skew, queries
from smartalert.dispatch.deliveries import LOCK_SPACE
from smartalert.errors import SmartAlertError, WorkerGivenUp
from smartalert.worker.hand_over import Worker

log = logging.getLogger(__name__)

#: How often a worker is heard of, and how long it waits for the database to hear it. Others give it up after 30 s, by
#: living_workers() in the schema: by then it must have ended itself.
EVERY_S, HEARD_WITHIN_S = 2.0, 15.0
#: What the server must notice of a session whose worker was cut off, and of one that sleeps with rows locked; and whose
#: session it is, by a lock that all can see: others end those of a worker that they give up.
BOUNDS = (
    "set tcp_keepalives_idle = 5",
    "set tcp_keepalives_interval = 2",
    "set tcp_keepalives_count = 3",
    "set tcp_user_timeout = 15000",
    "set idle_in_transaction_session_timeout = 60000",
    "select pg_advisory_lock({}, pg_backend_pid())",
)
#: A worker lives on: when that was; nothing once it was given up.
BE_HEARD = (
    "update workers set heard_at = clock_timestamp() where number = %s and given_up_at is null returning heard_at"
)
#: Workers that hold no lock any more, or were not heard of for too long. They stay given up, should they wake.
GIVE_UP = (
    "update workers set given_up_at = clock_timestamp()"
    " where given_up_at is null and ended_at is null and number not in (select living_workers())"
    " returning number"
)
#: Whatever they are at: what they had locked is free, and what they had not committed is undone.
END_SESSIONS = (
    "select pg_terminate_backend(pid) from pg_locks"
    " where locktype = 'advisory' and classid::bigint = any(%s) and objid::bigint = pid"
    " and database = (select oid from pg_database where datname = current_database())"
)
END = "update workers set ended_at = clock_timestamp(), last_words = %s where number = %s"
Session = psycopg.AsyncConnection[Any]


def bounds(worker: Worker) -> list[str]:
    """What is set on every session of a worker."""
    return [setting.format(worker.number) for setting in BOUNDS]


def bound_engine(worker: Worker) -> None:
    """Bound every session of the worker's engine; those that it has are closed."""

    def connected(connection: Any, _record: object) -> None:
        for setting in bounds(worker):
            connection.execute(setting)
        connection.commit()

    event.listen(worker.engine, "connect", connected)
    worker.engine.dispose()


def bounded(worker: Worker) -> Callable[[Session], Awaitable[None]]:
    """Does the same to each session of procrastinate's, whose questions are single ones: no transaction stays open."""

    async def configure(session: Session) -> None:
        await session.set_autocommit(True)
        for setting in bounds(worker):
            await session.execute(setting)

    return configure


@asynccontextmanager
async def of(worker: Worker, address: str) -> AsyncIterator["asyncio.Task[None]"]:
    """Let a worker live: a task that ends only by raising why it may not go on; why is written down for health."""
    session: Session = await psycopg.AsyncConnection.connect(address, autocommit=True, **KEEPALIVE)
    async with session:
        for setting in bounds(worker):
            await session.execute(setting)
        await session.execute("select pg_advisory_lock(%s, %s)", (LOCK_SPACE, worker.number))
        worker.lease.renew(stopwatch())
        await session.execute("insert into workers (number) values (%s)", (worker.number,))
        living = asyncio.create_task(live_and_say_why_not(session, worker, address))
        try:
            yield living
        finally:
            if not living.done():
                living.cancel()
                await note_end(address, worker.number, None)


async def live_and_say_why_not(session: Session, worker: Worker, address: str) -> None:
    """Live, and write down at once why no longer: what has still to be closed may take longer than there is time."""
    try:
        await live(session, worker)
    except SmartAlertError as trouble:
        await note_end(address, worker.number, str(trouble))
        raise


async def note_end(address: str, number: int, words: str | None) -> None:
    """Write down that a worker ends, and why, over a connection of its own: the other may be what is wrong."""
    with suppress(psycopg.Error, TimeoutError):
        async with asyncio.timeout(3), await psycopg.AsyncConnection.connect(address, **KEEPALIVE) as conn:
            await conn.execute(END, (words, number))


async def live(session: Session, worker: Worker) -> None:
    """Be heard of, until this worker is in trouble, given up, or its clock or the database is not what it must be."""
    while True:
        if worker.trouble:
            raise worker.trouble
        before, passed_s = utc_now(), stopwatch()
        # Waited for and not broken off: who sleeps in the middle of a question may wake to one that never ends.
        heard = asyncio.create_task(be_heard(session, worker.number))
        heard.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({heard}, timeout=HEARD_WITHIN_S)
        if not heard.done():
            raise WorkerGivenUp("The database has not answered for 15 seconds. Start it again.")
        try:
            at = heard.result()
        except psycopg.OperationalError as error:
            raise WorkerGivenUp("The database has ended this worker's session. Start it again.") from error
        if at is None:
            raise WorkerGivenUp
        check_skew(before, at, utc_now())
        worker.lease.renew(passed_s)
        await asyncio.sleep(EVERY_S)


async def be_heard(session: Session, number: int) -> datetime | None:
    """When the database heard of this worker, which then gives up those not heard of; None once it was given up."""
    row = await (await session.execute(BE_HEARD, (number,))).fetchone()
    if row is None:
        return None
    if silent := await (await session.execute(GIVE_UP)).fetchall():
        numbers = [given_up for (given_up,) in silent]
        log.warning("given up, as they are not heard of: workers %s", ", ".join(map(str, numbers)))
        await end_sessions(session, numbers)
    heard_at: datetime = row[0]
    return heard_at


async def end_sessions(session: Session, numbers: list[int]) -> None:
    """End the sessions of workers that were given up, so that nobody waits for what they hold."""
    # Sessions are a login's, and one's own may have taken the worker's role only after it came in.
    await session.execute("set role none")
    try:
        await session.execute(END_SESSIONS, (numbers,))
    except psycopg.errors.InsufficientPrivilege:
        log.warning("the sessions of a worker that was given up are another login's: they end within a minute")
    finally:
        await session.execute("reset role")


def forget(conn: Connection) -> None:
    """Drop workers that ended a day ago."""
    queries("worker/life").forget_workers(conn)
