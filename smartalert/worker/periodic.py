"""What workers do by the clock: take back, hand over digests, call approvers, test, count, sign, mail, forget."""

import logging

import procrastinate
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from smartalert.alerts import calls, forgetting, photos
from smartalert.audit import chain
from smartalert.config import Mode, settings
from smartalert.dispatch import deliveries, event_posts, link_tests, service_mail
from smartalert.drills import ending, injects, reminders, runs
from smartalert.engagement import report_recipients, rollups
from smartalert.officers import register
from smartalert.worker import digests, drills, life
from smartalert.worker.app import app
from smartalert.worker.hand_over import Worker
from smartalert.worker.tasks import test_every_channel

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */5")
@app.task(name="recover", queue="recover", queueing_lock="recover", pass_context=True)
async def recover(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every five seconds: take back what dead workers held, and their jobs."""
    worker: Worker = context.additional_context["worker"]
    back = await worker.by_the_clock(deliveries.recover)
    if back:
        log.warning("%s deliveries taken back", back)
    await take_back_jobs(app.job_manager)


async def take_back_jobs(manager: JobManager) -> None:
    """Let the jobs of dead workers be done by others. One of which another waits already only stands in its way."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=10):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=True)


@app.periodic(cron="* * * * * */5")
@app.task(name="read_events", queue="events", lock="read_events", queueing_lock="read_events", pass_context=True)
async def read_events(context: procrastinate.JobContext, timestamp: int) -> None:
    """Whenever SendGrid has posted, and every five seconds: write what it reports. One worker at a time, in order."""
    worker: Worker = context.additional_context["worker"]
    while await worker.by_the_clock(event_posts.read, settings().sendgrid_webhook_key):
        pass


@app.periodic(cron="* * * * * */5")
@app.task(name="call_due_approvers", queue="periodic", queueing_lock="call_due_approvers", pass_context=True)
async def call_due_approvers(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every five seconds: where nobody has decided in time, call the next who is on duty."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(calls.call_due)


@app.periodic(cron="* * * * * */5")
@app.task(name="fire_injects", queue="periodic", queueing_lock="fire_injects", pass_context=True)
async def fire_injects(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every five seconds, in training: what is due in each drill reaches its officers; one that was left ends."""
    worker: Worker = context.additional_context["worker"]
    if worker.mode is Mode.TRAINING:
        for run in await worker.in_transaction(runs.under_way):
            if not await worker.by_the_clock(ending.end_if_left, run.id):
                await worker.by_the_clock(injects.fire, run.id)


@app.periodic(cron="* * * * * */5")
@app.task(name="play_drills", queue="periodic", lock="play_drills", queueing_lock="play_drills", pass_context=True)
async def play_drills(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every five seconds, in training: providers get into trouble and out of it, and residents answer."""
    worker: Worker = context.additional_context["worker"]
    if worker.residents:
        await drills.tell_simulator(worker)
        await drills.answer_for_residents(worker)


@app.periodic(cron="17 * * * *")
@app.task(name="forget_old_jobs", queue="recover", queueing_lock="forget_old_jobs")
async def forget_old_jobs(timestamp: int) -> None:
    """Every hour: drop jobs that ended a day ago; the ledger remembers what they did."""
    await app.job_manager.delete_old_jobs(nb_hours=24, include_failed=True)


@app.periodic(cron="27 * * * *")
@app.task(name="forget_what_is_over", queue="recover", queueing_lock="forget_what_is_over", pass_context=True)
async def forget_what_is_over(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every hour: old sign-ups, spent secrets, stuck mails, sign-ins, photographs, workers, details of alerts."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(service_mail.forget_what_is_over)
    await worker.in_transaction(register.forget_old_sign_ins)
    await worker.in_transaction(photos.forget)
    await worker.in_transaction(life.forget)
    await worker.in_transaction(forgetting.forget, settings().forget_after_days)


@app.periodic(cron="* * * * * */20")
@app.task(name="count_due", queue="recover", queueing_lock="count_due", pass_context=True)
async def count_due(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every twenty seconds: bring the figures of the commissioner's office up to date."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(rollups.keep)


@app.periodic(cron="* * * * *")
@app.task(name="sign_audit", queue="periodic", queueing_lock="sign_audit", pass_context=True)
async def sign_audit(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every minute: sign how far the audit has got, unless it is broken."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(chain.sign_and_keep, settings().audit_heads)


@app.periodic(cron="* * * * *")
@app.task(name="test_links_when_due", queue="periodic", queueing_lock="test_links_when_due", pass_context=True)
async def test_links_when_due(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every few minutes, as set: test each channel end to end."""
    worker: Worker = context.additional_context["worker"]
    if await worker.by_the_clock(link_tests.is_due):
        await test_every_channel(worker)


@app.periodic(cron="23 6-20 1-7 * *")
@app.task(name="mail_report", queue="periodic", queueing_lock="mail_report", pass_context=True)
async def mail_report(context: procrastinate.JobContext, timestamp: int) -> None:
    """In the first days of a month: mail the report of the one that is over, once."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(report_recipients.mail_last_month)


@app.periodic(cron="11 7 * * *")
@app.task(name="remind_of_drills", queue="periodic", queueing_lock="remind_of_drills", pass_context=True)
async def remind_of_drills(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every morning: write to whoever has a drill to do, where the force asks for them."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(reminders.remind)


@app.periodic(cron="37 * * * *")
@app.task(name="forget_link_tests", queue="periodic", queueing_lock="forget_link_tests", pass_context=True)
async def forget_link_tests(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every hour: drop old tests."""
    worker: Worker = context.additional_context["worker"]
    await worker.by_the_clock(link_tests.forget)


@app.periodic(cron="* * * * *")
@app.task(name="hand_over_digests", queue="periodic", queueing_lock="digests", pass_context=True)
async def hand_over_digests(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every minute: hand over the digests that are due; most are at the day's set hour, and once a day a person."""
    worker: Worker = context.additional_context["worker"]
    while await worker.hand_over(digests.DigestSource(worker)):
        pass
