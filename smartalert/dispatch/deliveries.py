"""The ledger: one row for each alert, person and channel. Every delivery ends in one named state, and none is lost."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert.audience.preview import Choice
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.dispatch import frequency_cap, jobs, progress
from smartalert.providers import provider
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure

#: First key of the advisory locks that workers hold as long as they live; the second is the worker's own number.
LOCK_SPACE = 7_001
#: First wait before another try, in seconds; it doubles each time, ± 20 %, until the alert expires.
BACK_OFF_S = 10.0
LONGEST_WAIT_S = 600.0
#: SendGrid reports within seconds, and posts its reports again for 24 hours where we do not take them: only after that,
#: and an hour for what was under way, does its silence about a mail say that the mail never left.
WORST_LAG_S = 25 * 3_600
#: Why a delivery waits whose address its provider called dead when the person had another already.
MOVED = "The address had changed. We tried again at the new one"
#: Why a mail that was in doubt counts as failed.
NEVER_LEFT = "It was not sent: in more than a day SendGrid has not reported on it, but has on later e-mails"


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery in a worker's hands. No address: the channel was switched off after the alert was issued."""

    subscriber_id: int
    attempts: int
    #: Marks this claim: what was claimed anew since is not its to write down.
    claimed_at: datetime
    address: str | None


@dataclass(frozen=True, slots=True)
class Ready:
    """How many deliveries of one alert and channel are ready for a worker."""

    alert_id: int
    channel: str
    deliveries: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class NewState:
    """What one outcome writes into the ledger."""

    state: str
    reference: str | None = None
    reason: str | None = None
    due_at: datetime | None = None
    maybe_repeated: bool = False


def enqueue(conn: Connection, alert_id: int, choice: Choice, *, now: datetime, release_at: datetime) -> dict[str, int]:
    """Write a delivery for everyone in its audience and queue jobs for its release; deliveries by channel."""
    queries("dispatch/deliveries").tell(conn, alert_id=alert_id, newcomers=choice.newcomers)
    if not choice.urgent:
        frequency_cap.hold_back(conn, alert_id, choice, now=now, release_at=release_at)
        queries("dispatch/deliveries").wait_for_quiet_hours(conn, alert_id=alert_id)
    counts: dict[str, int] = {
        row.channel: row.deliveries for row in queries("dispatch/deliveries").written(conn, alert_id=alert_id)
    }
    for channel, deliveries in counts.items():
        jobs.queue_dispatch(conn, alert_id, channel, deliveries=deliveries, urgent=choice.urgent, at=release_at)
    return counts


def queue_jobs(conn: Connection, alert_id: int, *, urgent: bool, at: datetime | None = None) -> None:
    """Queue jobs for whatever is pending, to start at `at` or at once."""
    for row in progress.by_channel(conn, alert_id):
        if row.state == "pending":
            jobs.queue_dispatch(conn, alert_id, row.channel, deliveries=row.deliveries, urgent=urgent, at=at)


def queue_one_job(conn: Connection, alert_id: int, channel: str) -> None:
    """Queue one job at once: the caller makes room for others and is not done."""
    urgent = bool(queries("dispatch/deliveries").is_urgent(conn, alert_id=alert_id))
    jobs.queue_dispatch(conn, alert_id, channel, deliveries=1, urgent=urgent)


def claim_batch(
    conn: Connection, alert_id: int, channel: str, *, worker: int, limit: int, now: datetime, by_relay: bool = False
) -> list[Claim]:
    """Take due deliveries into this worker's hands; none while the alert is held, stopped or over."""
    stands = queries("dispatch/deliveries").standing(conn, alert_id=alert_id, now=now)
    if stands is None or not stands.is_running:
        queries("dispatch/deliveries").expire(conn, alert_id=alert_id, now=now)
        return []
    if stands.is_old:
        count_again(conn, alert_id, now)
    rows = queries("dispatch/deliveries").claim_batch(
        conn, alert_id=alert_id, channel=channel, worker=worker, limit=limit, now=now, by_relay=by_relay
    )
    return rows_as(Claim, rows)


def count_again(conn: Connection, alert_id: int, now: datetime) -> None:
    """Bring up to date whom an alert is for that leaves later than it was confirmed, once, before any of it leaves."""
    if not queries("dispatch/deliveries").count_again(conn, alert_id=alert_id, now=now):
        return
    urgent = bool(queries("dispatch/deliveries").is_urgent(conn, alert_id=alert_id))
    frequency_cap.hold_back(conn, alert_id, Choice(urgent), now=now, release_at=now)
    queue_jobs(conn, alert_id, urgent=urgent)  # there may be people on a channel that nobody was on


def record(
    conn: Connection,
    alert_id: int,
    channel: str,
    outcomes: Sequence[tuple[Claim, Outcome]],
    *,
    worker: int,
    now: datetime,
    repeat_is_harmless: bool,
) -> None:
    """Write what became of the deliveries of one claim, and switch dead addresses off."""
    states = new_states(conn, channel, outcomes, now, repeat_is_harmless)
    write_down(conn, alert_id, channel, outcomes, states, worker=worker, now=now)


def new_states(
    conn: Connection,
    channel: str,
    outcomes: Sequence[tuple[Claim, Outcome]],
    now: datetime,
    repeat_is_harmless: bool,
) -> list[NewState]:
    """What each outcome writes. Whoever has another address since the claim that was dead is tried there at once."""
    gone = [claim for claim, outcome in outcomes if isinstance(outcome, AddressGone)]
    moved = moved_since(conn, channel, gone) if gone else set()
    return [
        NewState("pending", reason=MOVED, due_at=now)
        if isinstance(outcome, AddressGone) and claim.subscriber_id in moved
        else state_after(outcome, claim.attempts, now, repeat_is_harmless)
        for claim, outcome in outcomes
    ]


def moved_since(conn: Connection, channel: str, claims: Sequence[Claim]) -> set[int]:
    """Who has another address by now than that of the claim; it stays so until the transaction ends."""
    found = queries("dispatch/deliveries").moved_since(
        conn,
        channel=channel,
        subscriber_ids=[claim.subscriber_id for claim in claims],
        addresses=[claim.address for claim in claims],
    )
    return {row.subscriber_id for row in found if row.moved}


def write_down(
    conn: Connection,
    alert_id: int,
    channel: str,
    outcomes: Sequence[tuple[Claim, Outcome]],
    states: Sequence[NewState],
    *,
    worker: int,
    now: datetime,
) -> None:
    """Write into one alert's rows what the outcomes of one claim come to."""
    queries("dispatch/deliveries").record_outcomes(
        conn,
        alert_id=alert_id,
        channel=channel,
        worker=worker,
        claimed_at=outcomes[0][0].claimed_at,
        now=now,
        subscriber_ids=[claim.subscriber_id for claim, _ in outcomes],
        states=[state.state for state in states],
        references=[state.reference for state in states],
        reasons=[state.reason for state in states],
        due_ats=[state.due_at for state in states],
        repeats=[state.maybe_repeated for state in states],
    )
    gone = [(claim, o.reason) for claim, o in outcomes if isinstance(o, AddressGone) and claim.address]
    if gone:
        queries("subscribers/subscriptions").switch_off(
            conn,
            subscriber_ids=[claim.subscriber_id for claim, _ in gone],
            channel=channel,
            reasons=[reason for _, reason in gone],
            addresses=[claim.address for claim, _ in gone],
        )


def state_after(outcome: Outcome, attempts: int, now: datetime, repeat_is_harmless: bool) -> NewState:
    """A mail that may have been accepted is never tried again: its receipts decide."""
    match outcome:
        case HandedOver(provider_reference=reference):
            return NewState("handed_over", reference=reference)
        case TemporaryFailure(perhaps_accepted=True, reason=reason) if not repeat_is_harmless:
            return NewState("unknown", reason=reason)
        case TemporaryFailure() as failure:
            due_at = now + timedelta(seconds=wait_s(failure, attempts))
            return NewState("pending", reason=failure.reason, due_at=due_at, maybe_repeated=failure.perhaps_accepted)
        case PermanentFailure(reason=reason) | AddressGone(reason=reason):
            return NewState("failed", reason=reason)


def wait_s(failure: TemporaryFailure, attempts: int) -> float:
    """Seconds before another try; jitter spreads the crowd.

    A provider that refuses everybody (429) says when it takes more, and is asked again within ASK_AGAIN_S all the same.
    Anything else waits twice as long each time, never less than asked.
    """
    asked = failure.retry_after_s
    if failure.whole_channel and asked is not None:
        return min(asked, provider.ASK_AGAIN_S) * random.uniform(1.0, 1.2)  # noqa: S311
    doublings = min(attempts - 1, 10)
    doubled = min(LONGEST_WAIT_S, BACK_OFF_S * 2.0**doublings) * random.uniform(0.8, 1.2)  # noqa: S311
    return max(asked or 0.0, doubled)


def next_due(conn: Connection, alert_id: int, channel: str) -> datetime | None:
    """When the earliest delivery that waits for another try is due; None when none waits."""
    due: datetime | None = queries("dispatch/deliveries").next_due(conn, alert_id=alert_id, channel=channel)
    return due


def recover(conn: Connection, now: datetime) -> int:
    """Give back what dead workers held, end what is over, and queue a job wherever one is missing.

    Returns how many were given back; those that only wait their turn are no trouble.
    """
    q = queries("dispatch/deliveries")
    back = rows_as(Ready, q.give_back_dead_claims(conn, now=now))
    q.never_left(conn, now=now, worst_lag_s=WORST_LAG_S, reason=NEVER_LEFT)
    over: list[int] = [row.id for row in q.over(conn, now=now)]
    for alert_id in over:
        q.expire(conn, alert_id=alert_id, now=now)
    for row in [*back, *rows_as(Ready, q.waiting(conn, now=now))]:
        jobs.queue_retry(conn, row.alert_id, row.channel, urgent=row.urgent, at=now)
    return sum(row.deliveries for row in back)
