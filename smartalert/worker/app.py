"""One worker: takes dispatch jobs, claims deliveries in batches, hands them over, records what became of them.

Any number run side by side, on any number of machines. No transaction is open across the network.
"""

import asyncio
import logging
from typing import Any

import procrastinate
import psycopg
import uvloop
from sqlalchemy.engine import make_url

from smartalert.config import settings
from smartalert.database import connection
from smartalert.dispatch import deliveries
from smartalert.providers import for_deployment
from smartalert.worker.hand_over import Worker

ROLE = "smartalert_worker"
#: Jobs one worker has in hand: enough for several alerts at once.
CONCURRENCY = 24

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(),
    import_paths=["smartalert.worker.tasks", "smartalert.worker.periodic"],
)


def run() -> None:
    """Run one worker until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # One line a job would say less than the ledger does, thousands of times.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    engine = connection.engine(ROLE)
    mode = settings().mode
    uvloop.run(serve(Worker(engine, mode, for_deployment(settings(), mode))))


async def serve(worker: Worker) -> None:
    """Take jobs until stopped, or until the session that says this worker lives is lost; then close what was opened."""
    address = psycopg_url(connection.address(ROLE))
    session = await psycopg.AsyncConnection.connect(address, autocommit=True)
    await session.execute("select pg_advisory_lock(%s, %s)", (deliveries.LOCK_SPACE, worker.number))
    with app.replace_connector(procrastinate.PsycopgConnector(conninfo=address, max_size=6)):
        async with session, app.open_async():
            taking = asyncio.create_task(take_jobs(worker))
            living = asyncio.create_task(watch(session, worker))
            try:
                await asyncio.wait({taking, living}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                taking.cancel()
                living.cancel()
                for provider in worker.providers.values():
                    await provider.aclose()
            for ended in (living, taking):
                if ended.done() and not ended.cancelled():
                    ended.result()


async def take_jobs(worker: Worker) -> None:
    """Run procrastinate's worker with our tasks."""
    await app.run_worker_async(
        concurrency=CONCURRENCY,
        # A held alert's jobs start at most this long after its ten seconds are over.
        fetch_job_polling_interval=0.2,
        update_heartbeat_interval=3,
        stalled_worker_timeout=10,
        shutdown_graceful_timeout=20,
        delete_jobs="successful",
        additional_context={"worker": worker},
    )


async def watch(session: psycopg.AsyncConnection[Any], worker: Worker) -> None:
    """Raise once the worker is in trouble or the session with its lock is gone: others take over what it holds."""
    while True:
        if worker.trouble:
            raise worker.trouble
        await session.execute("select 1")
        await asyncio.sleep(2)


def psycopg_url(url: str) -> str:
    """The address as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
