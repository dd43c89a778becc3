"""How one alert stands: how far it came, how fast, why deliveries failed, and what is in doubt."""

from dataclasses import dataclass
from datetime import date, datetime

from smartalert.database.connection import Connection, queries, rows_as


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the deliveries of one channel in one state came."""

    channel: str
    state: str
    deliveries: int
    opened: int
    handed_over: int
    with_reason: int
    in_digest: int
    due_at: datetime | None
    digest_on: date | None


@dataclass(frozen=True, slots=True)
class ChannelSpeed:
    """Seconds from release to hand-over on one channel."""

    channel: str
    handed_over: int
    p50_s: float
    p95_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class CurveStep:
    """Hand-overs of one channel in one slice of the time since release."""

    channel: str
    slice: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Failures:
    """How many deliveries of one channel failed for one reason."""

    channel: str
    reason: str
    deliveries: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Mails of one alert that may or may not have left."""

    deliveries: int
    #: When the newest of them was claimed.
    claimed_at: datetime | None
    #: The newest claim of which SendGrid has reported anything.
    reported_up_to: datetime | None
    #: They waited when a backup was taken that this database came from; on either channel.
    is_restored: bool = False

    @property
    def is_passed_over(self) -> bool:
        """SendGrid has reported on mails handed over after all of these; of a backup, perhaps to the lost database."""
        known = self.claimed_at and self.reported_up_to and self.reported_up_to > self.claimed_at
        return bool(known) and not self.is_restored


def in_doubt(conn: Connection, alert_id: int) -> Doubt:
    """One alert's mails that may or may not have left."""
    return rows_as(Doubt, [queries("dispatch/progress").in_doubt(conn, alert_id=alert_id)])[0]


def by_channel(conn: Connection, alert_id: int) -> list[Progress]:
    """How one alert stands, by channel and state."""
    return rows_as(Progress, queries("dispatch/progress").by_channel(conn, alert_id=alert_id))


def speed(conn: Connection, alert_id: int) -> list[ChannelSpeed]:
    """How fast one alert was handed over, by channel."""
    return rows_as(ChannelSpeed, queries("dispatch/progress").speed(conn, alert_id=alert_id))


def curve(conn: Connection, alert_id: int, step_s: float = 0.25) -> list[CurveStep]:
    """Hand-overs in each slice of step_s seconds since release."""
    return rows_as(CurveStep, queries("dispatch/progress").curve(conn, alert_id=alert_id, step_s=step_s))


def retryable(conn: Connection, alert_id: int) -> dict[str, int]:
    """Channel → failed deliveries that an officer may have tried again: those whose channel is still on."""
    return {row.channel: row.deliveries for row in queries("dispatch/progress").retryable(conn, alert_id=alert_id)}


def failures(conn: Connection, alert_id: int) -> list[Failures]:
    """Why deliveries failed, most frequent first."""
    return rows_as(Failures, queries("dispatch/progress").failures(conn, alert_id=alert_id))
