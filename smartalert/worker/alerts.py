"""The deliveries of one alert on one channel, as a worker hands them over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartalert.alerts import lifecycle, photos
from smartalert.config import settings
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries, jobs, links, outages
from smartalert.dispatch.deliveries import Claim
from smartalert.dispatch.links import Reference, sign
from smartalert.dispatch.sources import Batch
from smartalert.drills import runs
from smartalert.providers.provider import Addressee, Message, Outcome
from smartalert.wording import Channel
from smartalert.worker.hand_over import Worker

#: Small enough that a killed worker repeats few pushes, large enough that claiming costs little.
CLAIM_AT_ONCE = {Channel.PUSH: 128, Channel.EMAIL: 1_000}


@dataclass(frozen=True, slots=True)
class AlertSource:
    """What is due of one alert on one channel."""

    worker: Worker
    alert_id: int
    channel: Channel

    def claim(self, conn: Connection, now: datetime) -> list[Batch[Claim]]:
        """One batch of what is due, as large as the channel has room for in its world."""

        def take(limit: int, *, by_relay: bool = False) -> list[Claim]:
            return deliveries.claim_batch(
                conn, self.alert_id, self.channel, worker=self.worker.number, limit=limit, now=now, by_relay=by_relay
            )

        message, drill = self.message(conn)
        connection.enter_world(conn, drill)
        if claims := outages.claim(conn, self.channel, CLAIM_AT_ONCE[self.channel], now, take):
            return [Batch(self.channel, message, claims, drill=drill)]
        automatic = settings().mail_relay_when == "automatic"
        if (
            self.channel is Channel.EMAIL
            and self.worker.relay
            and outages.goes_by_relay(conn, now, automatic=automatic)
        ):
            claims = take(self.worker.relay.batch_size, by_relay=True)
            return [Batch(self.channel, message, claims, by_relay=True, drill=drill)] if claims else []
        return []

    def message(self, conn: Connection) -> tuple[Message, int | None]:
        """The alert's frozen words, and the drill that it is part of; read once a worker."""
        read, key = self.worker.messages, (self.alert_id, self.channel)
        if key not in read:
            read[key] = read_message(conn, *key), runs.of_alert(conn, self.alert_id)
        return read[key]

    def addressee(self, message: Message, claim: Claim) -> Addressee | None:
        """Whom one delivery is for, with their own links; the page is everybody's, to be passed on."""
        if claim.address is None:
            return None
        reference, base = Reference(self.alert_id, claim.subscriber_id, self.channel), settings().public_base
        personal = {
            links.REPORT: f"{base}/report/{sign('report', reference)}",
            links.PAGE: f"{base}/alerts/{message.alert_id}",
        }
        if self.channel is Channel.PUSH:
            personal[links.RECEIPT] = sign("receipt", reference.to(claim.address))
        else:
            personal[links.CHOICES] = f"{base}/my-alerts"
            personal[links.UNSUBSCRIBE] = f"{base}/unsubscribe/{sign('unsubscribe', reference.to(claim.address))}"
        return Addressee(str(reference), claim.address, personal)

    def record(self, conn: Connection, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime) -> None:
        """Write the outcomes into the ledger."""
        deliveries.record(
            conn, self.alert_id, self.channel, outcomes, worker=self.worker.number, now=now,
            repeat_is_harmless=self.worker.provider(self.channel).repeat_is_harmless,
        )  # fmt: skip


def read_message(conn: Connection, alert_id: int, channel: Channel) -> Message:
    """One channel's frozen words, as the providers take them."""
    alert = lifecycle.load(conn, alert_id)
    words = lifecycle.words(conn, alert_id)[channel]
    data = {
        "receipt": links.RECEIPT,
        "report": links.REPORT,
        "page": links.PAGE,
        "incident": alert.incident_number,
        "area": alert.area_desc,
    }
    alt = photos.alt_shown(conn, alert_id)
    if alt:
        data["image_alt"] = alt
    return Message(
        alert_id=str(alert.identifier),
        title=words.title,
        text=words.body,
        html=words.html,
        urgent=alert.urgent,
        expires_at=alert.expires_at,
        data=data if channel is Channel.PUSH else {},
        image=links.PHOTO if alt else "",
        thread=str(alert.thread),
    )


def wait_for_retries(conn: Connection, alert_id: int, channel: Channel, now: datetime) -> None:
    """Leave a job behind for deliveries that are due later, or wait for their channel."""
    connection.enter_world(conn, runs.of_alert(conn, alert_id))
    due = deliveries.next_due(conn, alert_id, channel)
    if due is not None and (tried_at := outages.try_at(conn, channel)):
        due = max(due, tried_at)
    alert = lifecycle.load(conn, alert_id)
    if due is not None and alert.release_at <= now:
        jobs.queue_retry(conn, alert_id, channel, urgent=alert.urgent, at=due)
