"""What becomes of an accepted mail, and the events by which SendGrid tells of it."""

import base64
import time
from typing import Any

from smartalert.config import TEST_ADDRESSES
from smartalert.simulator.faults import dice
from smartalert.simulator.inboxes import Mail
from smartalert.simulator.world import World
from smartalert.wording import Channel

#: How a mailbox that does not exist answers, and how SendGrid files it.
BOUNCE = {
    "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
    "status": "5.1.1",
    "type": "bounce",
    "bounce_classification": "Invalid Address",
}


def begin(world: World, mail: Mail, now: float) -> None:
    """Decide by the dice what becomes of the mail, and put it into the timetable."""
    knobs, address = world.faults, mail.address.casefold()
    if address in world.bounced:
        return _tell(world, mail, "dropped", reason="Bounced Address", status="5.0.0")
    if knobs.happens(knobs.mail_drop, "drop", address, mail.alert_id):
        return _tell(world, mail, "dropped", reason="Spam Content", status="5.0.0")
    _tell(world, mail, "processed", send_at=0)
    wait = knobs.event_delay_ms / 1_000 * (0.5 + dice(knobs.seed, "arrives", address))
    if knobs.happens(knobs.mail_defer, "defer", address):
        world.timetable.at(now + wait, _defer, world, mail)
        wait *= 2
    # A bounce is the address's, not the mail's: it bounces every time.
    bounces = knobs.happens(knobs.mail_bounce, "bounce", address)
    world.timetable.at(now + wait, _bounce if bounces else _arrive, world, mail)
    return None


def _defer(world: World, mail: Mail) -> None:
    _tell(world, mail, "deferred", response="450 4.2.1 Mailbox busy, please try again later", attempt="1")


def _bounce(world: World, mail: Mail) -> None:
    world.bounced.add(mail.address.casefold())
    _tell(world, mail, "bounce", ip="127.0.0.1", tls=1, **BOUNCE)


def _arrive(world: World, mail: Mail) -> None:
    now = time.time()
    mail.landed_at = now
    if mail.address != TEST_ADDRESSES[Channel.EMAIL]:
        world.ledger.happened["mail_arrived"] += 1
        world.inboxes.land(mail)
    _tell(world, mail, "delivered", response="250 2.0.0 OK", ip="127.0.0.1", tls=1)
    knobs = world.faults
    if knobs.happens(knobs.mail_opened, "mail-opened", mail.address.casefold()):
        wait = dice(knobs.seed, "mail-opened-after", mail.address) * knobs.phone_opened_s
        world.timetable.at(now + wait, _open, world, mail)


def _open(world: World, mail: Mail) -> None:
    _tell(world, mail, "open", useragent="Mozilla/5.0", ip="127.0.0.1", sg_machine_open=False)


def _tell(world: World, mail: Mail, name: str, **facts: Any) -> None:
    number = f"{name}-{mail.number}-{mail.message_id}-0"
    event: dict[str, Any] = {
        **mail.arguments,
        "email": mail.address,
        "event": name,
        "sg_event_id": base64.urlsafe_b64encode(number.encode()).decode().rstrip("="),
        "sg_message_id": f"{mail.message_id}.recvd-simulated-{mail.number:x}.0",
        "smtp-id": f"<{mail.message_id}@geopod-ismtpd-simulated>",
        "timestamp": int(time.time()),
        **facts,
    }
    if categories := mail.request.get("categories"):
        event["category"] = categories
    world.events.add(event)
    knobs = world.faults
    if knobs.happens(knobs.event_repeat, "repeat", number):
        # The same event again, in a later batch: SendGrid promises at least once.
        world.timetable.at(time.time() + 1 + knobs.event_delay_ms / 1_000, world.events.add, event)
