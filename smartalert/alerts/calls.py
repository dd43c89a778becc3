"""Approvers who are called while an alert waits: one after the other, on their phone and by e-mail, until one decides.

A call says that something waits, until when and where, and nothing of what; its link leads to the sign-in like any
other. Who is next, and when, is the database's to say; workers hand each call over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartalert.clock import time_of_day
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.dispatch import jobs, service_mail
from smartalert.dispatch.service_mail import Kind
from smartalert.dispatch.sources import Batch
from smartalert.providers.provider import Addressee, AddressGone, HandedOver, Message, Outcome, TemporaryFailure
from smartalert.wording import EXERCISE, Channel

#: What the reference of a call begins with; deliveries begin with a number.
MARK = "call-"
#: When a call is made again that a provider could not take just now, unless it says otherwise. Seconds.
RETRY_AFTER_S = 10.0
WHY = "You get this because you are on duty and may approve alerts. You can change that on the Approvals screen."


@dataclass(frozen=True, slots=True)
class Call:
    """One call on one channel: handed over, failed, or neither yet."""

    officer: str
    channel: str
    called_at: datetime
    handed_over_at: datetime | None
    failed_at: datetime | None
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class NextCall:
    """Who is called next, and when."""

    officer: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """One call in a worker's hands."""

    id: int
    request_id: int
    channel: str
    address: str = field(repr=False)
    is_urgent: bool
    submitted_at: datetime
    lapses_at: datetime
    drill: int | None


@dataclass(frozen=True, slots=True)
class CallSource:
    """One call, unless another worker has it or somebody has decided."""

    #: The worker's number.
    worker: int
    call_id: int

    def claim(self, conn: Connection, now: datetime) -> list[Batch[Claim]]:
        """Take it into this worker's hands."""
        found = queries("alerts/calls").claim(conn, call_id=self.call_id, worker=self.worker, now=now)
        claim = row_as(Claim, found)
        return [Batch(Channel(claim.channel), message(claim), [claim], drill=claim.drill)] if claim else []

    def addressee(self, message: Message, claim: Claim) -> Addressee:
        """The approver's own phone or mailbox."""
        return Addressee(f"{MARK}{claim.id}", claim.address)

    def record(self, conn: Connection, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime) -> None:
        """Write what became of it. What may not have left is made again: rather twice than never."""
        for claim, outcome in outcomes:
            match outcome:
                case TemporaryFailure(retry_after_s=wait_s):
                    if queries("alerts/calls").put_back(conn, call_id=claim.id, worker=self.worker):
                        jobs.queue_call(conn, claim.id, at=now + timedelta(seconds=wait_s or RETRY_AFTER_S))
                case HandedOver():
                    queries("alerts/calls").end(conn, call_id=claim.id, now=now, failure=None, dead_token=None)
                case failure:
                    dead = claim.address if isinstance(failure, AddressGone) else None
                    queries("alerts/calls").end(
                        conn, call_id=claim.id, now=now, failure=failure.reason, dead_token=dead
                    )


def call_next(conn: Connection, request_id: int, now: datetime) -> None:
    """Call whoever is next on duty, if it is time."""
    queries("alerts/calls").call_next(conn, request_id=request_id, now=now)


def call_due(conn: Connection, now: datetime) -> None:
    """The same for every request that waits."""
    queries("alerts/calls").call_due(conn, now=now)


def made(conn: Connection, request_id: int) -> list[Call]:
    """The calls that were made for a request, in order."""
    return rows_as(Call, queries("alerts/calls").made(conn, request_id=request_id))


def next_call(conn: Connection, request_id: int, now: datetime) -> NextCall | None:
    """Who is called next; None where nobody else is on duty, or it is decided."""
    return row_as(NextCall, queries("alerts/calls").next(conn, request_id=request_id, now=now))


def message(claim: Claim) -> Message:
    """What an approver gets: no word of the alert."""
    base, on_phone = settings().control_base, claim.channel == Channel.PUSH
    path = f"/approvals?request={claim.request_id}"
    words = push_words(claim) if on_phone else service_mail.word(mail_words(claim, path), base)
    return Message(
        alert_id=f"{MARK}{claim.request_id}",
        title=words["subject"],
        text=words["body"],
        html=words["html"],
        urgent=claim.is_urgent,
        expires_at=claim.lapses_at,
        data={"page": f"{base}{path}"} if on_phone else {},
    )


def push_words(claim: Claim) -> dict[str, str]:
    """What the phone shows."""
    exercise = f"{EXERCISE}: " if settings().mode is Mode.TRAINING else ""
    text = f"{times(claim)} Sign in to the control room to read it."
    return {"subject": f"{exercise}{subject(claim)}", "body": text, "html": ""}


def mail_words(claim: Claim, path: str) -> Kind:
    """What the mail says, and where its button leads."""
    act = "Sign in to read it, and to approve it or return it. This email cannot approve anything."
    return Kind(subject(claim), (times(claim), act), "Open the control room", path, WHY)


def subject(claim: Claim) -> str:
    """What it is about."""
    return f"{'An urgent alert' if claim.is_urgent else 'A neighbourhood update'} is waiting for your approval"


def times(claim: Claim) -> str:
    """Since when it waits, and until when."""
    asked, until = time_of_day(claim.submitted_at), time_of_day(claim.lapses_at)
    return f"It was asked for at {asked} and can be approved until {until}."
