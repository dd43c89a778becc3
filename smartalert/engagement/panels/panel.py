"""A panel, and what it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, published
from smartalert.engagement.ink import Theme
from smartalert.engagement.panels import words
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.reach import Choice

WHOLE_FORCE = "Whole force"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: a period, and the whole force or one district; how far people are published."""

    period: Period
    today: date
    until: published.Until
    district: str = ""
    #: Neighbourhoods of the district; empty: all.
    neighbourhoods: tuple[int, ...] = ()

    @property
    def step(self) -> Step:
        """How long one point of a curve is: weeks up to a quarter, else months."""
        return Step.WEEK if (self.period.before - self.period.start).days <= 100 else Step.MONTH

    def whole(self, start: date, step: Step) -> bool:
        """Whether the step beginning there lies within the period and is over."""
        return start >= self.period.start and step.next(start) <= min(self.today, self.period.before)

    @property
    def choice(self) -> Choice:
        """The alerts of this area."""
        return Choice(neighbourhoods=self.neighbourhoods) if self.district else Choice()

    @property
    def months(self) -> Period:
        """Its whole months that are published: people are counted by them by what they share. Maybe none."""
        start = self.period.start if self.period.start.day == 1 else Step.MONTH.next(self.period.start)
        return Period(start, max(start, min(Step.MONTH.start(self.period.before), self.until.month)))

    @property
    def has_months(self) -> bool:
        """Whether there is such a part."""
        return self.months.start < self.months.before

    @property
    def area(self) -> str:
        """ "Whole force", or the district."""
        return self.district or WHOLE_FORCE

    @property
    def dates(self) -> str:
        """ "March 2026", "1 January to 31 March 2026"."""
        return spoken(self.period)

    @property
    def words(self) -> str:
        """The dates; with the district, if only one."""
        return f"{self.dates}, {self.district}" if self.district else self.dates


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing to see. `name` is the file it is exported to; the table's columns are as people read them.

    The table's numbers are numbers; columns of `in_seconds` are spans of time. None is not known.
    """

    name: str
    title: str
    says: str
    definition: str
    table: pd.DataFrame
    chart: Callable[[Theme], Any] | None = None
    note: str = ""
    #: Whether the table is read beside the chart, where there is room.
    beside: bool = False
    in_seconds: tuple[str, ...] = ()
    #: How the figure stands beside what the office wants; empty: nothing is wanted of it.
    target: str = ""
    #: Whether a report has it; not what only says what to do.
    on_paper: bool = True

    @property
    def narrow(self) -> bool:
        """Whether half a screen's width is enough: bars are, and what cannot be drawn; curves and maps are not."""
        return getattr(self.chart, "func", None) is charts.bars or self.chart is None

    @property
    def written(self) -> pd.DataFrame:
        """The table as it is read."""
        return words.written(self.table, self.in_seconds)


def spoken(period: Period) -> str:
    """ "March 2026", "1 January to 31 March 2026", "31 December 2025 to 2 March 2026"."""
    last = period.before - timedelta(days=1)
    if period.is_month and period.start == last.replace(day=1):
        return f"{period.start:%B %Y}"
    begins = f"{period.start:%-d %B}" if period.start.year == last.year else f"{period.start:%-d %B %Y}"
    return f"{begins} to {last:%-d %B %Y}"


def scope_of(conn: Connection, period: Period, today: date, district: str = "") -> Scope:
    """The scope with the district's neighbourhoods looked up."""
    inside = [row.id for row in published.neighbourhoods(conn) if district and row.district == district]
    return Scope(period, today, published.until(conn), district, tuple(inside))


def bars(
    table: pd.DataFrame, label: str, value: str, unit: str, most: int = charts.MOST_BARS
) -> Callable[[Theme], Any] | None:
    """A bar chart of one column; none where nothing of it is known."""
    if pd.to_numeric(table[value], errors="coerce").isna().all():
        return None
    return partial(charts.bars, table, label, value, unit=unit, most=most)
