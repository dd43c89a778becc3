"""Where SendGrid and phones report arrival, and where one click ends the e-mails."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Header, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from smartalert import db, receipts, subscribers, tokens
from smartalert.config import settings
from smartalert.providers.sendgrid_events import is_signed
from smartalert.receipts import Receipt
from smartalert.tokens import BadLink

ROLE = "smartalert_public"
#: SendGrid posts at most some hundred events at once; anything near this is not SendGrid.
LARGEST_POST = 2_000_000
router = APIRouter()


class PhoneReceipt(BaseModel):
    """What the app posts when an alert arrived, and when it was opened."""

    receipt: Annotated[str, Field(max_length=200)]
    event: Literal["delivered", "opened"]


@router.post("/webhooks/phones", status_code=204)
def phone_receipt(given: Annotated[PhoneReceipt, Body()]) -> None:
    """One phone's receipt; the signature proves which delivery it was."""
    reference = read_or_404("receipt", given.receipt)
    with db.transaction(db.engine(ROLE)) as conn:
        receipts.record(conn, [Receipt(reference, given.event, datetime.now(UTC))])


@router.post("/webhooks/sendgrid", status_code=204)
async def sendgrid_events(
    request: Request,
    signature: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Signature")] = "",
    timestamp: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Timestamp")] = "",
) -> None:
    """SendGrid's signed events. The signature covers the raw body, its trailing CRLF included."""
    if int(request.headers.get("content-length") or LARGEST_POST + 1) > LARGEST_POST:
        raise HTTPException(413)
    body = await request.body()
    if not is_signed(body, signature, timestamp, settings().sendgrid_webhook_key):
        raise HTTPException(403)
    await run_in_threadpool(record_events, body)


def record_events(body: bytes) -> None:
    """Write one post's events into the ledger."""
    events = json.loads(body)
    with db.transaction(db.engine(ROLE)) as conn:
        receipts.record(conn, receipts.from_sendgrid(event for event in events if isinstance(event, dict)))


@router.get("/unsubscribe/{token}", response_class=HTMLResponse)
def ask(token: str) -> str:
    """A button: mail scanners follow every link, so following this one changes nothing."""
    read_or_404("unsubscribe", token)
    return page(
        "Stop Smart Alert e-mails?",
        '<form method="post"><button style="font: inherit; padding: .7rem 1.4rem">Stop these e-mails</button></form>',
    )


@router.post("/unsubscribe/{token}")
def unsubscribe(token: str) -> Response:
    """RFC 8058 one-click: no cookie, no question, the signed link is the proof. Repeats change nothing."""
    reference = read_or_404("unsubscribe", token)
    with db.transaction(db.engine(ROLE)) as conn:
        subscribers.switch_off(conn, reference.subscriber_id, reference.channel, "unsubscribed by link")
    return HTMLResponse(page("You will get no more of these e-mails", "<p>This took effect at once.</p>"))


def read_or_404(purpose: str, token: str) -> tokens.Reference:
    """The delivery a link or receipt stands for."""
    try:
        return tokens.read(purpose, token)
    except BadLink as bad:
        raise HTTPException(404, str(bad)) from None


def page(title: str, body: str) -> str:
    """A short page of ours; both parts are our own words."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><body style="font: 1.1rem/1.5 system-ui; margin: 3rem">'
        f"<h1>{title}</h1>{body}</body></html>"
    )
