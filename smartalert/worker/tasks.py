"""What a job can ask of a worker: hand an alert over, send one service mail, call an approver, test the channels."""

import time

import procrastinate

from smartalert.alerts.calls import CallSource
from smartalert.dispatch import deliveries, link_tests
from smartalert.dispatch.link_tests import LinkTestSource
from smartalert.dispatch.service_mail import ServiceMailSource
from smartalert.wording import Channel
from smartalert.worker.alerts import AlertSource, wait_for_retries
from smartalert.worker.app import app
from smartalert.worker.hand_over import Worker

#: How long one job keeps its place before others of the same priority get theirs.
SLICE_S = 5.0


@app.task(name="dispatch", pass_context=True)
async def dispatch(context: procrastinate.JobContext, alert_id: int, channel: str) -> None:
    """Hand over what is due of one alert on one channel; when the slice of time is up, make room and queue again."""
    worker: Worker = context.additional_context["worker"]
    until = time.monotonic() + SLICE_S
    while await worker.hand_over(AlertSource(worker, alert_id, Channel(channel))):
        if time.monotonic() > until:
            await worker.in_transaction(deliveries.queue_one_job, alert_id, channel)
            return
    await worker.by_the_clock(wait_for_retries, alert_id, Channel(channel))


@app.task(name="send_service_mail", queue="service_mails", pass_context=True)
async def send_service_mail(context: procrastinate.JobContext, mail_id: int) -> None:
    """Hand over one mail about the service itself."""
    worker: Worker = context.additional_context["worker"]
    await worker.hand_over(ServiceMailSource(mail_id))


@app.task(name="call_approver", queue="calls", pass_context=True)
async def call_approver(context: procrastinate.JobContext, call_id: int) -> None:
    """Call one approver on one channel."""
    worker: Worker = context.additional_context["worker"]
    await worker.hand_over(CallSource(worker.number, call_id))


@app.task(name="test_links", queue="periodic", pass_context=True)
async def test_links(context: procrastinate.JobContext) -> None:
    """Test each channel end to end, because somebody asked."""
    await test_every_channel(context.additional_context["worker"])


async def test_every_channel(worker: Worker) -> None:
    """Test every channel that has an address, one after the other."""
    for channel in link_tests.addresses():
        await worker.hand_over(LinkTestSource(channel))
