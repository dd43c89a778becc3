"""Who would be told: exact counts, writing nothing. The SQL function audience() answers here and when issuing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground
from smartalert.wording import Channel

#: Why somebody in the area is not told, in the order the reasons are tried, as an officer reads them.
NOT_TOLD = {
    "unconfirmed": "have not confirmed their sign-up",
    "paused": "have paused their alerts",
    "urgent only": "asked for urgent alerts only",
    "topic": "did not choose this topic",
    "sector": "are businesses of another sector",
    "channel off": "cannot be reached on these channels",
}
#: An alert to fewer people than this says, to whoever hears of it, at whose home something happened.
SMALLEST_AUDIENCE = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """Who an alert is for, within its area. Masks of Topic, Sector.bit and Channel.bit; 0 narrows nothing."""

    urgent: bool
    topics: int = 0
    sectors: int = 0
    channels: int = Channel.PUSH.bit | Channel.EMAIL.bit
    #: The alert it follows: for everybody who was told of its thread, and with newcomers for the rest of the area too.
    follows: int | None = None
    newcomers: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What issuing would do, counted exactly: people, deliveries by channel, people left out by reason."""

    people: int
    push: int
    email: int
    not_told: dict[str, int] = field(default_factory=dict)
    #: When it was counted, and over which ground for whom: what is issued must be the same, and soon.
    counted_at: datetime | None = field(default=None, compare=False)
    counted_over: tuple[Any, ...] = field(default=(), compare=False)
    #: How many of the people were told of the alert that this one follows.
    told_before: int = 0

    @property
    def left_out(self) -> int:
        """People in the area who would not be told."""
        return sum(self.not_told.values())

    @property
    def newcomers(self) -> int:
        """People told for the first time."""
        return self.people - self.told_before

    @property
    def in_area(self) -> int:
        """Everyone whose place lies in the area."""
        return self.people + self.left_out

    @property
    def points_at_a_home(self) -> bool:
        """Whether so few would be told that the area as good as names an address."""
        return 0 < self.people < SMALLEST_AUDIENCE and not self.told_before

    @property
    def deliveries(self) -> int:
        """One for each person and channel."""
        return self.push + self.email


def count_audience(conn: Connection, ground: Ground, choice: Choice, now: datetime) -> Preview:
    """Count everyone in the area once."""
    asked = queries("audience/preview")
    asked.never_sort(conn)
    rows = list(asked.preview(conn, **parameters(ground, choice, now)))
    asked.sort_again(conn)
    told = [row for row in rows if row.channels]
    reasons = Counter[str]()
    for row in rows:
        reasons[row.not_told] += row.people if not row.channels else 0
    return Preview(
        people=sum(row.people for row in told),
        push=sum(row.people for row in told if row.channels & Channel.PUSH.bit),
        email=sum(row.people for row in told if row.channels & Channel.EMAIL.bit),
        not_told={reason: reasons[reason] for reason in NOT_TOLD if reasons[reason]},
        counted_at=now,
        counted_over=(ground.geom, ground.within_m, choice),
        told_before=sum(row.people for row in told if row.told_before),
    )


def parameters(ground: Ground, choice: Choice, now: datetime) -> dict[str, Any]:
    """The arguments of the SQL function audience()."""
    return {
        "geom": ground.geom,
        "within_m": ground.within_m,
        "urgent": choice.urgent,
        "topics": choice.topics,
        "sectors": choice.sectors,
        "channels": choice.channels,
        "follows": choice.follows,
        "newcomers": choice.newcomers,
        "now": now,
    }
