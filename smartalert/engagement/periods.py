"""Periods and steps: what figures are asked over. Days are London's."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Step(StrEnum):
    """How long one point of a curve is; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start(self, day: date) -> date:
        """The first day of the one this day is in."""
        back = {Step.DAY: 0, Step.WEEK: day.weekday(), Step.MONTH: day.day - 1}[self]
        return day - timedelta(days=back)

    def next(self, start: date) -> date:
        """The first day of the one that follows."""
        return start + timedelta(days={Step.DAY: 1, Step.WEEK: 7}[self]) if self is not Step.MONTH else month(start, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the day before `before`, London's."""

    start: date
    before: date

    @classmethod
    def of_month(cls, year: int, number: int) -> "Period":
        """One calendar month."""
        start = date(year, number, 1)
        return cls(start, month(start, 1))

    @property
    def is_month(self) -> bool:
        """Whether it is whole calendar months."""
        return self.start.day == 1 and self.before.day == 1

    def previous(self) -> "Period":
        """The period of the same length before it: as many months, or as many days."""
        if self.is_month:
            months = 12 * (self.before.year - self.start.year) + self.before.month - self.start.month
            return Period(month(self.start, -months), self.start)
        return Period(self.start - (self.before - self.start), self.start)

    def steps(self, step: Step) -> list[date]:
        """The first day of each step that touches it."""
        starts = [step.start(self.start)]
        while (following := step.next(starts[-1])) < self.before:
            starts.append(following)
        return starts


def month(start: date, later: int) -> date:
    """The first of the month so many months later."""
    number = 12 * start.year + start.month - 1 + later
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, second: date) -> int:
    """Calendar months from one to the other."""
    return 12 * (second.year - first.year) + second.month - first.month
