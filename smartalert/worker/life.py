"""How others know that a worker lives: its advisory lock, and that it is heard of every two seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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
        living, words = asyncio.create_task(live(session, worker)), None
        try:
            yield living
        except SmartAlertError as trouble:
            words = str(trouble)
            raise
        finally:
            living.cancel()
            with suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(3):
                    await session.execute(
                        "update workers set ended_at = clock_timestamp(), last_words = %s where number = %s",
                        (words, worker.number),
                    )


async def live(session: Session, worker: Worker) -> None:
    """Be heard of, until this worker is in trouble, given up, or its clock or the database is not what it must be."""
    while True:
        if worker.trouble:
            raise worker.trouble
        before = utc_now()
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                heard = await (await session.execute(BE_HEARD, [worker.number])).fetchone()
        except TimeoutError:
            raise WorkerGivenUp("The database has not answered for 15 seconds.") from None
        if heard is None:
            raise WorkerGivenUp
        check_skew(before, heard[0], utc_now())
        await asyncio.sleep(EVERY_S)


def forget(conn: Connection) -> None:
    """Drop workers that ended a day ago."""
    queries("worker/life").forget_workers(conn)
