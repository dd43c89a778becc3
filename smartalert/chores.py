"""What workers do by the clock for the deployment as a whole: test the lines, sign the audit."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import procrastinate
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from smartalert import audit_chain, digests, link_tests, report_readers
from smartalert.config import settings

if TYPE_CHECKING:
    from smartalert.worker import Worker

#: Their names begin with "chores:".
chores = procrastinate.Blueprint()


@chores.periodic(cron="* * * * *")
@chores.task(name="sign_audit", queue="chores", queueing_lock="sign_audit", pass_context=True)
async def sign_audit(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every minute: sign how far the audit has got, unless it is broken."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(audit_chain.sign_and_keep, settings().audit_heads, datetime.now(UTC))


@chores.periodic(cron="* * * * *")
@chores.task(name="test_links_when_due", queue="chores", queueing_lock="test_links_when_due", pass_context=True)
async def test_links_when_due(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every few minutes, as set: test each channel end to end."""
    worker: Worker = context.additional_context["worker"]
    if await worker.in_transaction(link_tests.is_due, datetime.now(UTC)):
        await link_tests.run(worker.providers, worker.in_transaction)


@chores.task(name="test_links", queue="chores", pass_context=True)
async def test_links(context: procrastinate.JobContext) -> None:
    """Somebody wants to know now."""
    worker: Worker = context.additional_context["worker"]
    await link_tests.run(worker.providers, worker.in_transaction)


@chores.periodic(cron="23 6-20 1-7 * *")
@chores.task(name="mail_report", queue="chores", queueing_lock="mail_report", pass_context=True)
async def mail_report(context: procrastinate.JobContext, timestamp: int) -> None:
    """In the first days of a month: mail the report of the one that is over, once."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(report_readers.mail_last_month, datetime.now(UTC))


@chores.periodic(cron="37 * * * *")
@chores.task(name="forget_link_tests", queue="chores", queueing_lock="forget_link_tests", pass_context=True)
async def forget_link_tests(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every hour: drop old tests."""
    worker: Worker = context.additional_context["worker"]
    await worker.in_transaction(link_tests.forget, datetime.now(UTC))


@chores.periodic(cron="* * * * *")
@chores.task(name="hand_over_digests", queue="chores", queueing_lock="digests", pass_context=True)
async def hand_over_digests(context: procrastinate.JobContext, timestamp: int) -> None:
    """Every minute: hand over the digests that are due; most are at the day's set hour, and once a day a person."""
    worker: Worker = context.additional_context["worker"]
    try:
        await digests.run(
            worker.providers, worker.in_transaction, worker.number, worker.mode, lambda: datetime.now(UTC)
        )
    except (psycopg.Error, SQLAlchemyError) as error:
        # What it holds may be handed over and not written down: it must end, so that others take over.
        worker.trouble = error
        raise
