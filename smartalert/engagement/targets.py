"""What the commissioner's office wants to reach, of the whole force, and in which days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.engagement.periods import Period
from smartalert.engagement.published import ENOUGH
from smartalert.errors import TargetRefused

#: No force is larger, and no target is set for longer.
MOST, LONGEST_DAYS = 100_000_000, 3_700


class Measure(StrEnum):
    """What a target may be for."""

    SIGN_UPS = "sign_ups"
    SIGNED_UP = "signed_up"
    COVERAGE = "coverage"
    DOWNLOADS = "downloads"
    CONFIRMED = "confirmed"
    URGENT_IN_TIME = "urgent_in_time"
    RESPONSES = "responses"


class Kind(StrEnum):
    """How a figure grows."""

    #: Counted over the days: half of them need half of it.
    FLOW = "flow"
    #: To be reached when the days are over.
    LEVEL = "level"
    #: Of a hundred; the same on every day.
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Words:
    """A measure in words."""

    kind: Kind
    label: str
    #: How its target is called in a sentence, after a number.
    unit: str


MEASURES = {
    Measure.SIGN_UPS: Words(Kind.FLOW, "Sign-ups", "sign-ups"),
    Measure.SIGNED_UP: Words(Kind.LEVEL, "People signed up", "people"),
    Measure.COVERAGE: Words(Kind.LEVEL, "Signed up of 1,000 residents", "of 1,000 residents"),
    Measure.DOWNLOADS: Words(Kind.FLOW, "Installs of the app", "installs"),
    Measure.CONFIRMED: Words(Kind.SHARE, "Arrival confirmed, %", "%"),
    Measure.URGENT_IN_TIME: Words(Kind.SHARE, "Urgent alerts out in time, %", "%"),
    Measure.RESPONSES: Words(Kind.FLOW, "Responses", "responses"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: how much of what, in which days; of urgent alerts also within how many seconds."""

    measure: Measure
    wanted: float
    period: Period
    within_s: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """So much is wanted in these days."""

    id: int
    measure: str
    #: People, installs or responses; of 1,000 residents; or per cent.
    wanted: float
    #: Of urgent alerts: in time is within so many seconds.
    within_s: int | None
    starts_on: date
    #: The day after the last.
    before: date
    set_by: str

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.starts_on, self.before)

    @property
    def words(self) -> Words:
        """Its measure in words."""
        return MEASURES[Measure(self.measure)]


def targets(conn: Connection, period: Period) -> list[Target]:
    """Those whose days touch the period's, the shortest first."""
    found = queries("engagement/targets").targets(conn, start=period.start, before=period.before)
    return rows_as(Target, found)


def set_target(conn: Connection, wish: Wish, officer: str, now: datetime) -> None:
    """Want so much; for the same days it takes the place of what was wanted before. Raises TargetRefused."""
    refuse_unlikely(wish)
    named = queries("engagement/targets")
    days = {"measure": wish.measure, "starts_on": wish.period.start, "before": wish.period.before}
    earlier = row_as(Target, named.replaced(conn, **days))
    if earlier:
        named.remove(conn, id=earlier.id, officer=officer, now=now)
    named.set_target(conn, **days, wanted=wish.wanted, within_s=wish.within_s, officer=officer, now=now)
    after = {"wanted": wish.wanted, "within_s": wish.within_s}
    before = {"wanted": earlier.wanted, "within_s": earlier.within_s} if earlier else None
    entries.record(
        conn, officer, Action.SET_A_TARGET, measure=wish.measure, days=as_days(wish.period), before=before, after=after
    )  # fmt: skip


def remove_target(conn: Connection, target_id: int, officer: str, now: datetime) -> None:
    """Want it no more."""
    gone = row_as(Target, queries("engagement/targets").remove(conn, id=target_id, officer=officer, now=now))
    if gone:
        before = {"wanted": gone.wanted, "within_s": gone.within_s}
        days = as_days(gone.period)
        entries.record(conn, officer, Action.REMOVED_A_TARGET, measure=gone.measure, days=days, before=before)


def as_days(period: Period) -> str:
    """As the audit has them: "2026-04-01 to 2027-03-31"."""
    return f"{period.start} to {period.before - timedelta(days=1)}"


def refuse_unlikely(wish: Wish) -> None:
    """Raises TargetRefused for what could never be compared with a figure."""
    measure, wanted, within_s = wish.measure, wish.wanted, wish.within_s
    kind = MEASURES[measure].kind
    if not 1 <= (wish.period.before - wish.period.start).days <= LONGEST_DAYS:
        raise TargetRefused("Choose a last day that is after the first, and within ten years of it.")
    is_timed = measure is Measure.URGENT_IN_TIME
    if (within_s is not None) != is_timed or not (within_s is None or 1 <= within_s <= 3_600):
        raise TargetRefused("Enter from 1 to 3,600 seconds: an urgent alert handed over by then is in time.")
    if kind is Kind.SHARE and not 0 < wanted <= 100:
        raise TargetRefused("Enter a percentage from 1 to 100.")
    if measure is Measure.COVERAGE and not 0 < wanted <= 1_000:
        raise TargetRefused("Enter a number from 1 to 1,000.")
    if kind is not Kind.SHARE and measure is not Measure.COVERAGE and not ENOUGH <= wanted <= MOST:
        raise TargetRefused(f"Enter a number from {ENOUGH} to {MOST:,}.")
