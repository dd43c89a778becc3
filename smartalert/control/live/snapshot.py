"""One alert as the ledger has it at one moment: read once for all browsers that look at it, however many there are."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from smartalert.alerts import lifecycle, listing, photos, threads
from smartalert.alerts.lifecycle import Alert
from smartalert.alerts.listing import Listed
from smartalert.alerts.photos import AlertPhoto
from smartalert.alerts.threads import ThreadMessage
from smartalert.audit import entries
from smartalert.audit.entries import Action, Entry
from smartalert.config import settings
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction, kept_by_world
from smartalert.database.connection import Connection
from smartalert.dispatch import outages, progress
from smartalert.dispatch.outages import Outage
from smartalert.dispatch.progress import ChannelSpeed, CurveStep, Doubt, Failures, Progress
from smartalert.geography.text_search import Wanted
from smartalert.responses import inbox
from smartalert.responses.inbox import Answers
from smartalert.wording import Channel, Wording

T = TypeVar("T")
#: How old a figure may be that is shown.
FRESH_S = 0.5
#: The curve has at most about this many steps, and none shorter than the least.
CURVE_STEPS, LEAST_STEP_S = 120, 0.05
NO_DOUBT = Doubt(0, None, None)


@dataclass(frozen=True, slots=True)
class ChannelSnapshot:
    """How one channel of an alert stands."""

    channel: Channel
    #: Delivery state → how many, only those that are not 0.
    states: Counter[str]
    handed_over: int
    opened: int
    #: Wait for another try, the first of them until then.
    trying_again: int
    next_try_at: datetime | None
    #: Wait for the digest of this day, instead of a message of their own.
    for_digest: int = 0
    digest_on: date | None = None

    @property
    def total(self) -> int:
        """All deliveries of the channel."""
        return self.states.total()


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast an alert was handed over, and why parts of it failed."""

    channels: list[ChannelSpeed]
    curve: list[CurveStep]
    step_s: float
    failures: list[Failures]
    #: Channel → failed deliveries that may be tried again.
    retryable: dict[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One alert, its deliveries and its history, all of one moment."""

    alert: Alert
    channels: list[ChannelSnapshot]
    timeline: list[Entry]
    answers: Answers
    speed: Speed
    #: None if it never had one.
    photo: AlertPhoto | None = None
    states: Counter[str] = field(default_factory=Counter)
    #: Everything that was said about it, this alert included.
    thread: list[ThreadMessage] = field(default_factory=list)
    #: Its mails that may or may not have left.
    doubt: Doubt = NO_DOUBT
    #: The channels whose providers take nothing.
    outages: list[Outage] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All deliveries."""
        return self.states.total()

    @property
    def handed_over(self) -> int:
        """Deliveries a provider accepted, whatever came of them later."""
        return sum(channel.handed_over for channel in self.channels)

    @property
    def opened(self) -> int:
        """Deliveries the person opened, as phones report."""
        return sum(channel.opened for channel in self.channels)

    @property
    def still_open(self) -> int:
        """Deliveries still to be handed over singly."""
        return self.states["pending"] + self.states["sending"] - self.for_digest

    @property
    def for_digest(self) -> int:
        """Deliveries that wait for the day's digest."""
        return sum(channel.for_digest for channel in self.channels)

    @property
    def may_go_by_relay(self) -> bool:
        """Whether mails wait for SendGrid that an officer may have sent by the force's own relay."""
        waits = any(channel.channel is Channel.EMAIL and channel.states["pending"] for channel in self.channels)
        out = any(outage.channel == Channel.EMAIL and not outage.by_relay for outage in self.outages)
        return waits and out and bool(settings().mail_relay.get_secret_value())

    def by(self, action: Action) -> str:
        """The name of the officer who did this; empty if nobody did."""
        return next((name_of(entry.officer) for entry in self.timeline if entry.action == action), "")


@kept_by_world(ttl=2 * FRESH_S, max_entries=200)
def of_alert(alert_id: int) -> Snapshot | None:
    """One alert as it stands; None if there is none."""
    return in_transaction(read_snapshot, alert_id)


@kept_by_world(ttl=2 * FRESH_S, max_entries=50)
def recent(looked_for: Wanted, limit: int) -> Listed:
    """The alerts of the list."""
    return in_transaction(listing.recent, looked_for, limit)


@kept_by_world(max_entries=200)
def words(alert_id: int) -> dict[Channel, Wording]:
    """Channel → the words that were frozen when the alert was issued."""
    return in_transaction(lifecycle.words, alert_id)


def forget() -> None:
    """Look again at once: somebody has just changed something."""
    of_alert.clear()
    recent.clear()


def read_snapshot(conn: Connection, alert_id: int) -> Snapshot | None:
    """One alert as the database has it, at the moment of the first query: what is read later must not contradict it."""
    conn.execute("set transaction isolation level repeatable read")
    alert = lifecycle.find(conn, alert_id)
    if alert is None:
        return None
    rows = progress.by_channel(conn, alert_id)
    channels = [
        channel_snapshot(name, [row for row in rows if row.channel == name])
        for name in Channel
        if any(row.channel == name for row in rows)
    ]
    states = sum((channel.states for channel in channels), Counter[str]())
    return Snapshot(
        alert,
        channels,
        entries.timeline(conn, alert_id),
        inbox.answers(conn, alert_id),
        read_speed(conn, alert_id),
        photos.find(conn, alert_id),
        states,
        threads.messages(conn, alert_id),
        progress.in_doubt(conn, alert_id) if states["unknown"] else NO_DOUBT,
        outages.now_out(conn) if states["pending"] else [],
    )


def channel_snapshot(name: Channel, rows: list[Progress]) -> ChannelSnapshot:
    """One channel's rows of progress.by_channel in one."""
    pending = next((row for row in rows if row.state == "pending"), None)
    return ChannelSnapshot(
        channel=name,
        states=Counter({row.state: row.deliveries for row in rows}),
        handed_over=sum(row.handed_over for row in rows),
        opened=sum(row.opened for row in rows),
        trying_again=pending.with_reason if pending else 0,
        next_try_at=pending.due_at if pending else None,
        for_digest=pending.in_digest if pending else 0,
        digest_on=pending.digest_on if pending else None,
    )


def read_speed(conn: Connection, alert_id: int) -> Speed:
    """How fast, in steps that grow with the time it took."""
    rows = progress.speed(conn, alert_id)
    longest = max((row.last_s for row in rows), default=0.0)
    step_s = max(LEAST_STEP_S, longest / CURVE_STEPS)
    failures = progress.failures(conn, alert_id)
    retryable = progress.retryable(conn, alert_id) if failures else {}
    return Speed(rows, progress.curve(conn, alert_id, step_s), step_s, failures, retryable)
