"""A panel, and what it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, sign_ups
from smartalert.engagement.charts import Theme
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.reach import Choice


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: a period, and the whole force or one district."""

    period: Period
    today: date
    district: str = ""
    #: Neighbourhoods of the district; empty: all.
    neighbourhoods: tuple[int, ...] = ()

    @property
    def step(self) -> Step:
        """How long one point of a curve is: days of a month, weeks of a year, else months."""
        days = (self.period.before - self.period.start).days
        return Step.DAY if days <= 35 else Step.WEEK if days <= 400 else Step.MONTH

    def whole(self, start: date, step: Step) -> bool:
        """Whether the step beginning there lies within the period and is over."""
        return start >= self.period.start and step.next(start) <= self.today

    @property
    def choice(self) -> Choice:
        """The alerts of this area."""
        return Choice(neighbourhoods=self.neighbourhoods) if self.district else Choice()

    @property
    def words(self) -> str:
        """ "March 2026", "1 January to 31 March 2026"; with the district, if only one."""
        last = date.fromordinal(self.period.before.toordinal() - 1)
        one_month = self.period.is_month and self.period.start.replace(day=1) == last.replace(day=1)
        said = f"{self.period.start:%B %Y}" if one_month else f"{self.period.start:%-d %B %Y} to {last:%-d %B %Y}"
        return f"{said}, {self.district}" if self.district else said


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing to see. `name` is the file it is exported to; the table's columns are as people read them."""

    name: str
    title: str
    says: str
    definition: str
    table: pd.DataFrame
    chart: Callable[[Theme], Any] | None = None
    note: str = ""
    #: Whether the table is read beside the chart, where there is room.
    beside: bool = False

    @property
    def narrow(self) -> bool:
        """Whether half a screen's width is enough: bars are, and what may not be drawn; curves and maps are not."""
        return getattr(self.chart, "func", None) is charts.bars or (self.chart is None and not self.table.empty)


def scope_of(conn: Connection, period: Period, today: date, district: str = "") -> Scope:
    """The scope with the district's neighbourhoods looked up."""
    chosen = [one.neighbourhood_id for one in sign_ups.coverage(conn, period.before) if one.district == district]
    return Scope(period, today, district, tuple(chosen) if district else ())


def bars(
    table: pd.DataFrame, label: str, value: str, unit: str, most: int = charts.MOST_BARS
) -> Callable[[Theme], Any] | None:
    """A bar chart of one column; none where nothing of it may be shown."""
    if pd.to_numeric(table[value], errors="coerce").isna().all():
        return None
    return partial(charts.bars, table, label, value, unit=unit, most=most)
