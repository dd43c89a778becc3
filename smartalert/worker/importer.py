"""The importer: has what administrators ask for on the Ground screen carried out, each in a process of its own.

It alone comes in as the database's owner, is reached by nobody and sends nothing (docs/decisions/0038).
"""

import asyncio
import contextlib
import logging
import signal
import sys

import procrastinate
from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from smartalert.config import settings
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import jobs
from smartalert.importers import requests, sent_files
from smartalert.importers.requests import State
from smartalert.worker.app import psycopg_url

log = logging.getLogger(__name__)
QUEUE = "ground"
#: How soon a request is found, and how often the screen hears that the importer is there.
LOOKS_S, HEARD_EVERY_S = 0.5, 3.0
STOPPED = "The import stopped before its end. Nothing was changed. The importer’s log says more."

app = procrastinate.App(connector=procrastinate.PsycopgConnector())


def run(url: str) -> None:
    """Run the importer until it is told to stop."""
    engine = connection.make_engine(url, pool_size=2)
    connection.check_mode(engine, settings().mode)
    with connection.transaction(engine) as conn:
        take_up(conn)
    engine.dispose()
    asyncio.run(serve(url))


def take_up(conn: Connection) -> None:
    """Have done what one that was stopped has left: its jobs ended with it."""
    for left in queries("importers/requests").left(conn):
        jobs.queue_ground(conn, left.id)


async def serve(url: str) -> None:
    """Take requests until stopped."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    address = psycopg_url(url)
    connector = procrastinate.PsycopgConnector(conninfo=address, max_size=4, kwargs=dict(connection.KEEPALIVE))
    with app.replace_connector(connector):
        async with app.open_async():
            parts = [asyncio.create_task(part) for part in (take_requests(url), be_heard(url), stop.wait())]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in parts:
                part.cancel()
            await asyncio.wait(parts)
            for part in parts:
                if not part.cancelled():
                    part.result()


async def take_requests(url: str) -> None:
    """Run procrastinate's worker, one request at a time."""
    await app.run_worker_async(
        queues=[QUEUE],
        name="importer",
        concurrency=1,
        fetch_job_polling_interval=LOOKS_S,
        listen_notify=False,
        update_heartbeat_interval=3,
        stalled_worker_timeout=10,
        shutdown_graceful_timeout=0.1,
        install_signal_handlers=False,
        delete_jobs="successful",
        additional_context={"url": url},
    )


@app.task(name="carry_out", queue=QUEUE, pass_context=True)
async def carry_out(context: procrastinate.JobContext, request: int) -> None:
    """Have one request carried out; the process that does it ends with this one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartalert.importers.carry_out", str(request), env=sent_files.environment()
    )
    try:
        code = await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if code:
        await asyncio.to_thread(end_if_left, context.additional_context["url"], request, code)


def end_if_left(url: str, request: int, code: int) -> None:
    """Say of a request whose process broke off that it did. One that ended well has said all itself."""
    with connection.only_transaction(url) as conn:
        found = requests.one(conn, request)
        if found and not found.state.is_over and found.state is not State.LOOKED:
            log.error("Request %s broke off with code %s", request, code)
            outcome, why = ("cancelled", "") if found.cancelled_at else ("refused", STOPPED)
            queries("importers/requests").end_it(conn, id=request, outcome=outcome, why=why, said=[])


async def be_heard(url: str) -> None:
    """Note every few seconds that the importer is there, and which files lie in its folder."""
    engine = connection.make_engine(url, pool_size=1)
    while True:
        await asyncio.to_thread(note, engine)
        await asyncio.sleep(HEARD_EVERY_S)


def note(engine: Engine) -> None:
    """The same once."""
    folder = settings().ground_folder
    with connection.transaction(engine) as conn:
        queries("importers/requests").heard(conn, folder=Jsonb(sent_files.listed(folder)) if folder else None)
