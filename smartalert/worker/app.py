"""One worker: takes dispatch jobs, claims deliveries in batches, hands them over, records what became of them.

Any number run side by side, on any number of machines. No transaction is open across the network.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import procrastinate
import uvloop
from procrastinate.connector import Notify
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from smartalert.audit import restorations
from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.dispatch.jobs import lane
from smartalert.monitoring import counts
from smartalert.monitoring.address import beating
from smartalert.providers import for_deployment, paces_of, relay_of, simulated_residents
from smartalert.providers.lease import Lease
from smartalert.wording import Channel
from smartalert.worker import life, sharing
from smartalert.worker.hand_over import Worker

log = logging.getLogger(__name__)

ROLE = "smartalert_worker"
#: Jobs of each queue that one worker has in hand. Each queue has its own places: whatever one provider, or one kind of
#: work, makes wait, the others go on.
PLACES = {
    **{lane(channel, urgent=True): 16 for channel in Channel},
    **{lane(channel, urgent=False): 8 for channel in Channel},
    "service_mails": 8,
    "calls": 4,
    "events": 1,
    "periodic": 8,
    "recover": 4,
}
#: How soon a job that nobody called for is found. A held alert's start at most this long after its ten seconds.
LOOKS_S = {
    **{lane(channel, urgent=True): 0.2 for channel in Channel},
    "service_mails": 0.4,
    "calls": 0.4,
    "events": 0.3,
}
#: Transactions at once: as many as the engine has connections.
THREADS = 10
#: Once it is told to stop, a worker lets its jobs end, breaks them off, and is gone: before `up`, Docker and the like
#: would kill it. Seconds.
JOBS_END_WITHIN_S, GONE_WITHIN_S = 4.0, 7.5

#: All that a notification may say to us, in procrastinate's words.
LOOK = '{"type": "job_inserted"}'


class Connector(procrastinate.PsycopgConnector):
    """To whom every notification is a call to look for jobs, and nothing else.

    Any role may notify, in any words: procrastinate ends a worker over words it cannot read, and breaks off the job
    that they name.
    """

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Look whenever somebody calls."""

        async def look(*, channel: str, payload: str) -> None:
            await on_notification(channel=channel, payload=LOOK)

        await super().listen_notify(look, channels)


app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(),
    import_paths=["smartalert.worker.tasks", "smartalert.worker.periodic"],
)


def run() -> None:
    """Run one worker until it is told to stop."""
    with connection.reading(connection.engine(ROLE)) as conn:
        restorations.require_let_go(conn)
    mode, lease, paces = settings().mode, Lease(), paces_of(settings())
    worker = Worker(
        connection.engine(ROLE),
        mode,
        for_deployment(settings(), mode, lease.holds, paces=paces),
        lease,
        relay_of(settings(), mode, lease.holds),
        of_drill=lambda drill: for_deployment(settings(), mode, lease.holds, drill),
        residents=simulated_residents(settings()) if mode is Mode.TRAINING else None,
        paces=paces,
    )
    life.bound_engine(worker)
    uvloop.run(serve(worker))


async def serve(worker: Worker) -> None:
    """Take jobs until stopped, or until this worker may not go on; then close all. Raises why it may not."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="transactions"))
    address = psycopg_url(connection.address(ROLE))
    with app.replace_connector(connector(worker, address)):
        async with (
            life.of(worker, address) as living,
            app.open_async(),
            sharing.shared(worker),
            beating(lambda: unheard(worker)),
        ):
            taking = [asyncio.create_task(take_jobs(worker, queue)) for queue in PLACES]
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({living, stopping, *taking}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.done():  # one that was given up may find its other sessions ended before it asks why
                await asyncio.wait({living}, timeout=2 * life.EVERY_S)
            if living.done():
                log.error("This worker ends: %s", living.exception())
            be_gone_within(GONE_WITHIN_S)
            for task in (stopping, *taking):
                task.cancel()
            # Heard of to the last: whoever is given up may write nothing down.
            await asyncio.wait(taking)
            await worker.aclose()
            for task in (living, *taking):
                if task.done() and not task.cancelled():
                    task.result()


def unheard(worker: Worker) -> str:
    """Why this worker may send nothing now, in words; empty where it may."""
    return "" if worker.lease.holds() else "The database has not heard of this worker"


def connector(worker: Worker, address: str) -> Connector:
    """Procrastinate's own sessions, bounded as all of a worker's are."""
    kwargs = dict(connection.KEEPALIVE)
    return Connector(conninfo=address, max_size=6, kwargs=kwargs, configure=life.bounded(worker))


def be_gone_within(seconds: float) -> None:
    """End this process by then, whatever does not let it go: a frozen database, a thread that waits."""
    last = threading.Timer(seconds, os._exit, [1])
    last.daemon = True
    last.start()


async def take_jobs(worker: Worker, queue: str) -> None:
    """Run procrastinate's worker with our tasks, for one queue."""
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=PLACES[queue],
        fetch_job_polling_interval=LOOKS_S.get(queue, 1.0),
        # Nobody calls for the others: their jobs are due by the clock, or come without a call.
        listen_notify=queue in {lane(channel, urgent=urgent) for channel in Channel for urgent in (True, False)},
        abort_job_polling_interval=60,
        update_heartbeat_interval=3,
        stalled_worker_timeout=10,
        shutdown_graceful_timeout=JOBS_END_WITHIN_S,
        install_signal_handlers=False,
        delete_jobs="successful",
        additional_context={"worker": worker},
        worker_middleware=[counts.job],
    )


def psycopg_url(url: str) -> str:
    """The address as libpq reads it, several hosts and all."""
    known = make_url(url)
    _, facts = known.get_dialect()().create_connect_args(known)
    return make_conninfo(**{name: value for name, value in facts.items() if name != "context"})
