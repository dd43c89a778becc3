"""One worker: takes dispatch jobs, claims deliveries in batches, hands them over, records what became of them.

Any number run side by side, on any number of machines. No transaction is open across the network.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import procrastinate
import psycopg
import uvloop
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from smartalert import alert_photos, alerts, db, deliveries, jobs, letters, messages, officers, rollups
from smartalert.chores import chores
from smartalert.config import Mode, settings
from smartalert.deliveries import Claim
from smartalert.providers import for_deployment
from smartalert.providers.base import Addressee, Message, Outcome, Provider
from smartalert.tokens import Reference, sign

log = logging.getLogger(__name__)
ROLE = "smartalert_worker"
T = TypeVar("T")
#: Small enough that a killed worker repeats few pushes, large enough that claiming costs little.
CLAIM_AT_ONCE = {"push": 64, "email": 1_000}
#: How long one job keeps its place before others of the same priority get theirs.
SLICE_S = 5.0
#: Jobs one worker has in hand: enough for several alerts at once.
CONCURRENCY = 24

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
app.add_tasks_from(chores, namespace="chores")


class Worker:
    """What the tasks of one process share: the database, the providers and the lock that says it lives."""

    def __init__(self, engine: Engine, mode: Mode) -> None:
        self.engine = engine
        self.mode = mode
        self.providers: dict[str, Provider] = for_deployment(settings(), mode)
        #: Its advisory lock's number, the mark on every delivery it holds.
        self.number = random.SystemRandom().randrange(1, 2**31)
        self.messages: dict[tuple[int, str], Message] = {}
        #: Why this worker must end.
        self.trouble: Exception | None = None

    async def in_transaction(self, work: Callable[..., T], *args: Any, **facts: Any) -> T:
        """Run work(conn, …) in one short transaction, off the event loop."""

        def run_it() -> T:
            with db.transaction(self.engine) as conn:
                return work(conn, *args, **facts)

        return await asyncio.to_thread(run_it)

    async def hand_over(self, alert_id: int, channel: str) -> bool:
        """Claim one batch, hand it over, record it; False when nothing was due."""
        claims = await self.in_transaction(
            deliveries.claim_batch, alert_id, channel, worker=self.number, limit=CLAIM_AT_ONCE[channel], now=utc_now()
        )
        if not claims:
            return False
        waiting = {str(Reference(alert_id, claim.subscriber_id, channel)): claim for claim in claims}
        outcomes: list[tuple[Claim, Outcome]] = []
        try:
            await self.offer(alert_id, channel, waiting, outcomes)
        finally:
            outcomes += [(claim, deliveries.LEFT_OPEN) for claim in waiting.values()]
            await self.record(alert_id, channel, outcomes)
        return True

    async def offer(
        self, alert_id: int, channel: str, waiting: dict[str, Claim], outcomes: list[tuple[Claim, Outcome]]
    ) -> None:
        """Hand claimed deliveries to their provider; each moves from waiting to outcomes as its outcome is known."""
        message = await self.message(alert_id, channel)
        for key in [key for key, claim in waiting.items() if claim.address is None]:
            outcomes.append((waiting.pop(key), deliveries.CHANNEL_OFF))

        def report(reference: str, outcome: Outcome) -> None:
            outcomes.append((waiting.pop(reference), outcome))

        addressees = [addressee(message, alert_id, channel, claim) for claim in waiting.values()]
        if addressees:
            await self.providers[channel].hand_over(message, addressees, report)

    async def record(self, alert_id: int, channel: str, outcomes: list[tuple[Claim, Outcome]]) -> None:
        """Write outcomes, patiently; a worker that cannot is in trouble and must end, so that others take over."""
        harmless = self.providers[channel].repeat_is_harmless
        for wait_s in (0.2, 1.0, 5.0, None):
            try:
                await self.in_transaction(
                    deliveries.record, alert_id, channel, outcomes,
                    worker=self.number, now=utc_now(), repeat_is_harmless=harmless,
                )  # fmt: skip
            except (psycopg.Error, SQLAlchemyError) as error:
                if wait_s is None:
                    self.trouble = error
                    raise
                await asyncio.sleep(wait_s)
            else:
                return

    async def post(self, letter_id: int) -> None:
        """Hand one letter over, unless somebody has had it: a letter, like any mail, is never doubled."""
        letter = await self.in_transaction(letters.claim, letter_id, utc_now())
        if letter is None:
            return
        outcomes: list[Outcome] = []
        await self.providers[letter.channel].hand_over(
            letter.message, [letter.addressee], lambda _, outcome: outcomes.append(outcome)
        )
        await self.in_transaction(letters.record, letter, outcomes[0], utc_now())

    async def message(self, alert_id: int, channel: str) -> Message:
        """The frozen words of an alert, read once, after a look at what this database is."""
        if (alert_id, channel) not in self.messages:
            self.messages[alert_id, channel] = await self.in_transaction(read_message, alert_id, channel)
        return self.messages[alert_id, channel]

    async def wait_for_retries(self, alert_id: int, channel: str) -> None:
        """Leave a job behind for deliveries that are due later."""

        def leave(conn: db.Connection) -> None:
            due = deliveries.next_due(conn, alert_id, channel)
            alert = alerts.load(conn, alert_id)
            if due is not None and alert.release_at <= utc_now():
                jobs.call_again(conn, alert_id, channel, urgent=alert.urgent, at=due)

        await self.in_transaction(leave)


def addressee(message: Message, alert_id: int, channel: str, claim: Claim) -> Addressee:
    """Whom one claimed delivery is for, with their own links; the page is everybody's, to be passed on."""
    reference, base = Reference(alert_id, claim.subscriber_id, channel), settings().public_base
    personal = {
        messages.REPORT: f"{base}/report/{sign('report', reference)}",
        messages.PAGE: f"{base}/alerts/{message.alert_id}",
    }
    if channel == "push":
        personal[messages.RECEIPT] = sign("receipt", reference)
    else:
        personal[messages.CHOICES] = f"{base}/my-alerts"
        personal[messages.UNSUBSCRIBE] = f"{base}/unsubscribe/{sign('unsubscribe', reference)}"
    return Addressee(str(reference), claim.address or "", personal)


def read_message(conn: db.Connection, alert_id: int, channel: str) -> Message:
    """One channel's frozen words, as the providers take them."""
    alert = alerts.load(conn, alert_id)
    words = alerts.words(conn, alert_id)[channel]
    data = {
        "receipt": messages.RECEIPT,
        "report": messages.REPORT,
        "page": messages.PAGE,
        "incident": alert.incident_number,
        "area": alert.area_desc,
    }
    alt = alert_photos.alt_shown(conn, alert_id)
    if alt:
        data["image_alt"] = alt
    return Message(
        alert_id=str(alert.identifier),
        title=words.title,
        text=words.body,
        html=words.html,
        urgent=alert.urgent,
        expires_at=alert.expires_at,
        data=data if channel == "push" else {},
        image=messages.PHOTO if alt else "",
        thread=str(alert.thread),
    )


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@app.task(name="dispatch", queue="dispatch", pass_context=True)
async def dispatch(context: procrastinate.JobContext, alert_id: int, channel: str) -> None:
    """Hand over what is due of one alert on one channel; when the slice of time is up, make room and queue again."""
    worker: Worker = context.additional_context["worker"]
    until = time.monotonic() + SLICE_S
    while await worker.hand_over(alert_id, channel):
        if time.monotonic() > until:
            await worker.in_transaction(deliveries.call_hand, alert_id, channel)
            return
    await worker.wait_for_retries(alert_id, channel)


@app.task(name="post_letter", queue="letters", pass_context=True)
async def post_letter(context: procrastinate.JobContext, letter_id: int) -> None:
    """Hand over one letter about the service itself."""
    worker: Worker = context.additional_context["worker"]
    await worker.post(letter_id)


@app.periodic(cron="* * * * * */5")
@app.task(name="recover", queue="recover", queueing_lock="recover", pass_context=True)
async def recover(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every five seconds: take back what dead workers held, and their jobs."""
    worker: Worker = context.additional_context["worker"]
    back = await worker.in_transaction(deliveries.recover, utc_now())
    if back:
        log.warning("%s deliveries taken back", back)
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=10):
        await app.job_manager.retry_job(job)


@app.periodic(cron="17 * * * *")
@app.task(name="forget_old_jobs", queue="recover", queueing_lock="forget_old_jobs")
async def forget_old_jobs(timestamp: int) -> None:
    """Every hour: drop jobs that ended a day ago; the ledger remembers what they did."""
    await app.job_manager.delete_old_jobs(nb_hours=24, include_failed=True)


@app.periodic(cron="27 * * * *")
@app.task(name="forget_what_is_over", queue="recover", queueing_lock="forget_what_is_over", pass_context=True)
async def forget_what_is_over(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every hour: forget sign-ups nobody confirmed, spent secrets, stuck letters, old sign-ins and photographs."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(letters.forget_what_is_over)
    await worker.in_transaction(officers.forget_old_sign_ins)
    await worker.in_transaction(alert_photos.forget)


@app.periodic(cron="* * * * * */20")
@app.task(name="count_due", queue="recover", queueing_lock="count_due", pass_context=True)
async def count_due(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every twenty seconds: bring the figures of the commissioner's office up to date."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(rollups.keep, utc_now())


def run() -> None:
    """Run one worker until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # One line a job would say less than the ledger does, thousands of times.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    engine = db.engine(ROLE)
    uvloop.run(serve(Worker(engine, settings().mode)))


async def serve(worker: Worker) -> None:
    """Take jobs until stopped, or until the session that says this worker lives is lost; then close what was opened."""
    address = psycopg_url(db.address(ROLE))
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
