"""What one would write first: a page drawn for each reader, an event a commit, a mail sent before the answer.

Over the same database, as `uvicorn public_rivals:app`.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

import sendgrid
from fastapi import Body, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from sendgrid.helpers.mail import Mail

from smartalert.alerts import published, still_map
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.still_map import draw
from smartalert.config import settings
from smartalert.database import connection
from smartalert.dispatch import receipts
from smartalert.providers.sendgrid.events import understood
from smartalert.public import pages
from smartalert.public.alert_pages import WORDS, clock, label_of
from smartalert.subscribers import subscriptions
from smartalert.subscribers.subscriptions import Choices

ROLE = "smartalert_public"
app = FastAPI()


@app.get("/alerts/{identifier}")
def page(identifier: UUID) -> Response:
    """The same page, with its map, from the database for everybody."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        alert = published.find(conn, identifier)
        assert alert
        map_ = draw(still_map.picture(conn, alert.id), alert.area_desc)
    state = alert.state(datetime.now(UTC))
    html = pages.render(
        "alert.html",
        alert=alert,
        state=state,
        state_words=WORDS[state].format(ended=clock(alert.ended_at), newer=""),
        state_label=state,
        ends=False,
        kind=f"{label_of(alert)} · {KINDS[alert.incident_kind].label}",
        released=clock(alert.release_at),
        ended=clock(alert.ended_at),
        map=map_,
    )
    return Response(html, media_type="text/html")


@app.post("/webhooks/sendgrid", status_code=204)
async def events(request: Request) -> None:
    """Each event in a transaction of its own; the signature is not even looked at."""
    await run_in_threadpool(one_by_one, await request.body())


def one_by_one(body: bytes) -> None:
    for event in json.loads(body):
        with connection.transaction(connection.engine("smartalert_worker")) as conn:
            receipts.record(conn, receipts.from_sendgrid(understood([event], datetime.now(UTC))))


@app.post("/sign-up", status_code=303)
def sign_up(address: Annotated[str, Body()], choices: Annotated[Choices, Body()]) -> Response:
    """The same rows, and the confirmation handed to SendGrid before the person is answered."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.sign_up(conn, address, choices, "")
    mail = Mail(
        settings().sender, address, "Confirm your sign-up", "Follow this link", "<a href='#'>Follow this link</a>"
    )
    client = sendgrid.SendGridAPIClient(os.environ["SMARTALERT_SENDGRID_API_KEY"], host=settings().sendgrid_endpoint)
    assert client.send(mail).status_code == 202
    return Response(status_code=303)
