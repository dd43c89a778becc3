"""How others know that a worker lives: its advisory lock, and that it is heard of every two seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from smartalert.clock import utc_now
from smartalert.database.connection import KEEPALIVE, Connection, check_skew, queries
from smartalert.dispatch.deliveries import LOCK_SPACE
from smartalert.errors import SmartAlertError, WorkerGivenUp
from smartalert.worker.hand_over import Worker

#: How often a worker is heard of, and how long it waits for the database to hear it. Others give it up after 30 s, by
#: living_workers() in the schema: by then it must have ended itself.
EVERY_S, HEARD_WITHIN_S = 2.0, 15.0
#: What the server must notice of a connection whose worker was cut off, and of one that sleeps with rows locked.
NOTICED = (
    "set tcp_keepalives_idle = 5",
    "set tcp_keepalives_interval = 2",
    "set tcp_keepalives_count = 3",
    "set tcp_user_timeout = 15000",
    "set idle_in_transaction_session_timeout = 60000",
)
#: A worker lives on: when that was; nothing once it was given up.
BE_HEARD = (
    "update workers set heard_at = clock_timestamp() where number = %s and given_up_at is null returning heard_at"
)
END = "update workers set ended_at = clock_timestamp(), last_words = %s where number = %s"
Session = psycopg.AsyncConnection[Any]


def notice_what_is_gone(engine: Engine) -> None:
    """Have the server notice when this worker is cut off or sleeps, on every connection from now on."""

    def connected(connection: Any, _record: object) -> None:
        for setting in NOTICED:
            connection.execute(setting)
        connection.commit()

    event.listen(engine, "connect", connected)


@asynccontextmanager
async def of(worker: Worker, address: str) -> AsyncIterator["asyncio.Task[None]"]:
    """Let a worker live: a task that ends only by raising why it may not go on; why is written down for health."""
    session: Session = await psycopg.AsyncConnection.connect(address, autocommit=True, **KEEPALIVE)
    async with session:
        for setting in NOTICED:
            await session.execute(setting)
        await session.execute("select pg_advisory_lock(%s, %s)", (LOCK_SPACE, worker.number))
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
        before = utc_now()
        # Waited for and not broken off: who sleeps in the middle of a question may wake to one that never ends.
        heard = asyncio.create_task(be_heard(session, worker.number))
        heard.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({heard}, timeout=HEARD_WITHIN_S)
        if not heard.done():
            raise WorkerGivenUp("The database has not answered for 15 seconds.")
        at = heard.result()
        if at is None:
            raise WorkerGivenUp
        check_skew(before, at, utc_now())
        await asyncio.sleep(EVERY_S)


async def be_heard(session: Session, number: int) -> datetime | None:
    """When the database heard of this worker; None once it was given up."""
    row = await (await session.execute(BE_HEARD, (number,))).fetchone()
    return row[0] if row else None


def forget(conn: Connection) -> None:
    """Drop workers that ended a day ago."""
    queries("worker/life").forget_workers(conn)
