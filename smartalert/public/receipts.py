"""Where SendGrid and phones report arrival."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.database import connection
from smartalert.dispatch import event_posts, link_tests, links, receipts
from smartalert.dispatch.event_posts import TooManyWait
from smartalert.dispatch.links import BadLink, Reference
from smartalert.dispatch.receipts import Receipt
from smartalert.providers.sendgrid.events import is_signed, members

ROLE = "smartalert_public"
#: SendGrid posts at most some hundred events at once; anything near this is not SendGrid.
LARGEST_POST = 2_000_000
#: Phones whose receipts one transaction holds, at most.
MOST_TOGETHER = 500
router = APIRouter()


class PhoneReceipt(BaseModel):
    """What the app posts when an alert arrived, and when it was opened."""

    receipt: Annotated[str, Field(max_length=1_000, pattern=r"^[\x21-\x7e]+$")]
    event: Literal["delivered", "opened"]


@router.post("/webhooks/phones", status_code=204, max_body_size=2_000)
async def phone_receipt(given: Annotated[PhoneReceipt, Body()]) -> None:
    """One phone's receipt; the signature proves which delivery it was. Answered when it is written."""
    test_id = read_test_or_404(given.receipt)
    if test_id is not None:
        await run_in_threadpool(record_arrival, test_id)
        return
    references = references_or_404(given.receipt)
    at = utc_now()
    await asyncio.gather(*(together.record(Receipt(one, given.event, at)) for one in references))


def record_arrival(test_id: int) -> None:
    """Write that a link test reached its phone."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        link_tests.record_arrival(conn, test_id)


class Together:
    """Receipts that come while others are being written go with the next transaction: thousands of phones answer one
    alert within seconds, and a commit each would make them wait. Each waits for the commit that holds its own."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Receipt, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, receipt: Receipt) -> None:
        """Write one receipt; returns after its commit."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            try:
                await run_in_threadpool(record_all, [receipt for receipt, _ in batch])
                failure = None
            except Exception as error:  # each phone hears of it, and tries again
                failure = error
            for _, written in batch:
                if written.cancelled():
                    continue
                if failure:
                    written.set_exception(failure)
                else:
                    written.set_result(None)


together = Together()


def record_all(given: list[Receipt]) -> None:
    """Write receipts into the ledger, in one transaction."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        receipts.record_phones(conn, given)


@router.post("/webhooks/sendgrid", status_code=204)
async def sendgrid_events(
    request: Request,
    signature: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Signature", max_length=200)] = "",
    timestamp: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Timestamp", max_length=20)] = "",
) -> None:
    """SendGrid's signed events. The signature covers the raw body, its trailing CRLF included."""
    if int(request.headers.get("content-length") or LARGEST_POST + 1) > LARGEST_POST:
        raise HTTPException(413)
    body = await request.body()
    if not is_signed(body, signature, timestamp, settings().sendgrid_webhook_key):
        raise HTTPException(403)
    await run_in_threadpool(keep_events, body, signature, timestamp)


def keep_events(body: bytes, signature: str, timestamp: str) -> None:
    """Keep one post for a worker; raises HTTPException for what is no list, and while too many wait."""
    try:
        given = members(body)
    except ValueError:
        raise HTTPException(400, "This is no list of events in JSON.") from None
    if not given:
        return
    try:
        with connection.transaction(connection.engine(ROLE)) as conn:
            event_posts.keep(conn, body, signature, timestamp)
    except TooManyWait as error:
        raise HTTPException(503, str(error)) from None
    with connection.transaction(connection.engine(ROLE)) as conn:
        event_posts.call(conn)


def references_or_404(token: str) -> list[Reference]:
    """The deliveries a receipt speaks for."""
    try:
        return links.read_all("receipt", token)
    except BadLink as bad:
        raise HTTPException(404, str(bad)) from None


def read_test_or_404(token: str) -> int | None:
    """The link test a receipt stands for, if it stands for one."""
    try:
        return link_tests.read(token)
    except BadLink as bad:
        raise HTTPException(404, str(bad)) from None
