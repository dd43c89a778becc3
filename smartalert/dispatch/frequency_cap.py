"""How much people have had lately, and who has had enough: updates beyond the limit wait for the day's digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert.audience.preview import Choice, parameters
from smartalert.clock import LONDON
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.geography.areas import Ground


@dataclass(frozen=True, slots=True)
class RecentMessages:
    """What those who would be told have had: mean and most a person; and how many have had the week's limit."""

    week_mean: float
    week_most: int
    month_mean: float
    month_most: int
    over_limit: int


def recent_messages(conn: Connection, ground: Ground, choice: Choice, now: datetime) -> RecentMessages:
    """Count it from the ledger. It costs more than the preview's counts, so it is asked for on the review only."""
    most = settings().updates_a_week
    had = queries("dispatch/frequency_cap").recent_messages(conn, most=most, **parameters(ground, choice, now))
    return rows_as(RecentMessages, [had])[0]


def hold_back(conn: Connection, alert_id: int, choice: Choice, *, now: datetime, release_at: datetime) -> int:
    """Leave a routine update to the digest for whoever has had enough; how many deliveries that were.

    Urgent alerts, and whatever follows an earlier alert, are for everybody at once.
    """
    if choice.urgent or choice.follows is not None:
        return 0
    queries("dispatch/frequency_cap").take_turns(conn)
    due_at = next_digest(release_at)
    day = due_at.astimezone(LONDON).date()
    held: int = queries("dispatch/frequency_cap").hold_for_digest(
        conn, day=day, due_at=due_at, alert_id=alert_id, now=now, most=settings().updates_a_week
    )
    return held


def next_digest(after: datetime) -> datetime:
    """When the next digest is due, in UTC: the set hour by London's clock, not sooner than this."""
    local = after.astimezone(LONDON)
    due = local.replace(hour=settings().digest_hour, minute=0, second=0, microsecond=0)
    return (due if due >= local else due + timedelta(days=1)).astimezone(after.tzinfo)
