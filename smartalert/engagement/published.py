"""Counts of people as they are published, each series from its beginning: all figures of people come from here.

A count is in tens, less than ten from the true one, and never changes once it is out (docs/decisions/0021). What is
asked of a period is the difference between its ends: days for the whole force, months that are over for what people
share.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.engagement.periods import Period

#: A share, a time or a ranking is given of at least so many as they are published: that is more than ten.
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Until:
    """The first day that is not published yet, and the first month."""

    day: date
    month: date


class Series:
    """What is published by one dimension."""

    def __init__(self, conn: Connection, dimension: str, before: date) -> None:
        self.rows: dict[tuple[str, str], tuple[list[date], list[int]]] = {}
        for value, fact, at, shown in queries("engagement/published").published(
            conn, dimension=dimension, before=before
        ):
            days, counts = self.rows.setdefault((value, fact), ([], []))
            days.append(at)
            counts.append(shown)

    def values(self) -> list[str]:
        """Everything anybody was counted by."""
        return sorted({value for value, _ in self.rows})

    def upto(self, value: str, fact: str, day: date) -> int:
        """The count of what happened before that day, or of who was in when it began."""
        days, counts = self.rows.get((value, fact), ([], []))
        place = bisect_right(days, day)
        return counts[place - 1] if place else 0

    def of(self, value: str, fact: str, period: Period) -> int:
        """The period's figure: who was in at its end, or what happened in it."""
        if fact == "active":
            return self.upto(value, fact, period.before)
        return self.upto(value, fact, period.before) - self.upto(value, fact, period.start)


def until(conn: Connection) -> Until:
    """How far people are published."""
    row = queries("engagement/published").until(conn)
    return Until(row.day, row.month)


def active(found: Series, day: date) -> int:
    """Who was in when that day began, of the whole force: no series of its own, so that nothing is published twice."""
    return max(0, found.upto("", "confirmed", day) - found.upto("", "left", day))


class Districts(Series):
    """Districts: their neighbourhoods added up, and who left, of whom nobody is counted by neighbourhood."""

    def __init__(self, conn: Connection, before: date) -> None:
        super().__init__(conn, "district", before)
        self.inside = Series(conn, "neighbourhood", before)
        self.district_of = {str(row.id): str(row.district) for row in neighbourhoods(conn)}

    def values(self) -> list[str]:
        """Every district anybody was counted in."""
        return sorted({*super().values(), *(self.district_of.get(value, "") for value in self.inside.values())})

    def upto(self, value: str, fact: str, day: date) -> int:
        """As of any series."""
        if fact == "left":
            return super().upto(value, fact, day)
        inside = [one for one in self.inside.values() if self.district_of.get(one, "") == value]
        return sum(self.inside.upto(one, fact, day) for one in inside)


def counter(conn: Connection, dimension: str, before: date) -> Series:
    """What is published by this dimension."""
    return Districts(conn, before) if dimension == "district" else Series(conn, dimension, before)


def neighbourhoods(conn: Connection) -> list[Any]:
    """Rows of id, code, name, district, residents."""
    return list(queries("engagement/published").neighbourhoods(conn))


def districts(conn: Connection) -> list[str]:
    """Every district that has a name."""
    return sorted({row.district for row in neighbourhoods(conn) if row.district})
