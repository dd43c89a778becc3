"""A provider that takes nothing: known to all workers at once, asked with one message at a time, and back step by step.

What waits meanwhile stays pending and is not claimed, so no try of its own is used up, and no mail comes into doubt.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.dispatch import jobs
from smartalert.dispatch.deliveries import Ready
from smartalert.dispatch.sources import Claimed
from smartalert.providers.provider import ASK_AGAIN_S, AddressGone, HandedOver, Outcome, TemporaryFailure
from smartalert.wording import Channel

#: So many batches in a row of which nothing was taken make an outage; one, where the provider refuses everybody, or
#: where it left mails in doubt: the next batch would be in doubt as well.
TRIPS_AT = 3
#: First wait before one message is tried; it doubles to ASK_AGAIN_S, by which an urgent alert is tried at the latest.
FIRST_WAIT_S = 5.0
#: Nobody else asks while one worker does: its request ends within 15 s, and is recorded.
TURN_S = 20.0
#: By themselves mails take the second road after so long.
RELAY_AFTER = timedelta(seconds=30)
#: Claims of a channel that is back begin with so many, double, and are bounded no more from so many on.
FIRST_ROOM, ENOUGH_ROOM = 16, 1_000


@dataclass(frozen=True, slots=True)
class Outage:
    """One channel whose provider takes nothing, or has just begun to again."""

    channel: str
    #: None once it takes messages again.
    since: datetime | None
    reason: str
    in_a_row: int
    #: Batches of which nothing was taken since it is out.
    refusals: int
    #: Messages with which it was asked since, one at a time.
    tries: int
    try_at: datetime
    #: How many one claim may have; None: any number.
    room: int | None
    #: Mails go by the force's own relay meanwhile, as an officer said.
    by_relay: bool = False


def now_out(conn: Connection) -> list[Outage]:
    """The channels that are out, the longest first."""
    return rows_as(Outage, queries("dispatch/outages").all_now(conn))


def of_channel(conn: Connection, channel: str) -> Outage | None:
    """How one channel is known to do; None while all is well."""
    return row_as(Outage, queries("dispatch/outages").of_channel(conn, channel=channel))


def claim(
    conn: Connection, channel: str, limit: int, now: datetime, take: Callable[[int], list[Claimed]]
) -> list[Claimed]:
    """Take up to `limit`, or as many as the channel has room for; of one that is out, one where it is time to ask."""
    known = of_channel(conn, channel)
    if known is None or known.since is None:
        return take(min(limit, known.room or limit) if known else limit)
    if now < known.try_at:
        return []
    next_at = now + timedelta(seconds=TURN_S)
    with conn.transaction():
        one = take(1)
        if one and not queries("dispatch/outages").take_turn(conn, channel=channel, now=now, next_at=next_at):
            raise psycopg.Rollback  # somebody else asks
        return one
    return []


def goes_by_relay(conn: Connection, now: datetime, *, automatic: bool) -> bool:
    """Whether mails take the second road: an officer said so, or SendGrid is out for long enough."""
    known = of_channel(conn, Channel.EMAIL)
    if known is None or known.since is None:
        return False
    return known.by_relay or (automatic and now - known.since >= RELAY_AFTER)


def use_relay(conn: Connection, now: datetime) -> bool:
    """Have mails take the second road as long as SendGrid is out, at once; whether that is new."""
    if not queries("dispatch/outages").use_relay(conn, channel=Channel.EMAIL):
        return False
    call_workers(conn, Channel.EMAIL, now)
    return True


def call_workers(conn: Connection, channel: str, now: datetime) -> None:
    """Queue jobs at once for whatever waits for a channel."""
    for row in rows_as(Ready, queries("dispatch/deliveries").waiting_on(conn, channel=channel, now=now)):
        jobs.queue_dispatch(conn, row.alert_id, channel, deliveries=row.deliveries, urgent=row.urgent)


def see(
    conn: Connection, channel: str, outcomes: Sequence[Outcome], now: datetime, *, repeat_is_harmless: bool
) -> None:
    """Learn from what a provider said of one batch. What it refuses for good says nothing of how it does."""
    refusal = next((outcome for outcome in outcomes if isinstance(outcome, TemporaryFailure)), None)
    if any(isinstance(outcome, HandedOver | AddressGone) for outcome in outcomes):
        see_answer(conn, channel, now)
    elif refusal is not None:
        in_doubt = refusal.perhaps_accepted and not repeat_is_harmless
        known = of_channel(conn, channel)
        queries("dispatch/outages").refused(
            conn,
            channel=channel,
            reason=refusal.reason,
            now=now,
            try_at=now + timedelta(seconds=wait_s(refusal, known.tries if known else 0)),
            trips_at=1 if refusal.whole_channel or in_doubt else TRIPS_AT,
        )


def see_answer(conn: Connection, channel: str, now: datetime) -> None:
    """It takes messages: from an outage step by step, and whoever waited has jobs at once."""
    known = of_channel(conn, channel)
    if known is None:
        return
    if known.since is not None:
        queries("dispatch/outages").answered(conn, channel=channel, room=FIRST_ROOM)
        queries("dispatch/deliveries").wait_no_longer(conn, channel=channel, now=now)
        call_workers(conn, channel, now)
    elif known.room is not None and 2 * known.room < ENOUGH_ROOM:
        queries("dispatch/outages").answered(conn, channel=channel, room=2 * known.room)
    else:
        queries("dispatch/outages").is_well(conn, channel=channel)


def wait_s(refusal: TemporaryFailure, tries: int) -> float:
    """Seconds until one message is tried: what the provider asks for, or longer each time; never beyond ASK_AGAIN_S."""
    doubled = FIRST_WAIT_S * 2.0 ** min(tries, 10)
    wanted = refusal.retry_after_s if refusal.whole_channel and refusal.retry_after_s is not None else doubled
    return min(ASK_AGAIN_S, wanted) * random.uniform(0.9, 1.1)  # noqa: S311


def try_at(conn: Connection, channel: str) -> datetime | None:
    """When a channel that is out is tried again; None while it is not."""
    known = of_channel(conn, channel)
    return known.try_at if known and known.since else None
