"""What the commissioner's office sees of people: sign-ups, leavers, coverage. Counts under ten leave here hidden.

Everything reads the kept figures (rollups), never the people. A Count of None is hidden: it was from 1 to 9, or would
give such a count away. How many are active is to the nearest ten: the difference of two exact ones would be leavers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from smartalert.audience.interests import TOPIC_LABELS, Sector
from smartalert.database.connection import Connection, queries
from smartalert.engagement import suppression
from smartalert.engagement.periods import Period, Step, months_between
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS

Count = int | None
Row = TypeVar("Row")
CHANNELS = {"1": "App", "2": "E-mail", "3": "App and e-mail", "0": "None left"}
SECTORS = {str(sector.number): sector.label for sector in Sector}


class Dimension(StrEnum):
    """What sign-ups are counted by: one at a time, for two together would point at people."""

    NEIGHBOURHOOD = "neighbourhood"
    DISTRICT = "district"
    CHANNEL = "channel"
    HEARD_OF = "heard_of"
    TOPIC = "topic"
    SECTOR = "sector"
    REASON = "reason"


PLACES = (Dimension.NEIGHBOURHOOD, Dimension.DISTRICT)
FACTS = ("started", "confirmed", "left", "active")
#: Somebody may have several topics, and who left is in no topic or sector: these do not add up to everybody.
OVERLAPPING = (Dimension.TOPIC, Dimension.SECTOR)
#: Dimension → what is not known by it: choices are deleted when somebody leaves, and only leavers have a reason.
UNKNOWN: dict[Dimension, dict[str, Any]] = {
    **{dimension: {"left": None} for dimension in OVERLAPPING},
    Dimension.REASON: {"started": None, "confirmed": None, "active": None},
}


@dataclass(frozen=True, slots=True)
class Point:
    """Sign-ups of the whole force in one step. `whole` is False where the period, or today, cuts it short."""

    start: date
    whole: bool
    started: Count
    confirmed: Count
    left: Count
    #: In at its end.
    active: Count

    @property
    def net(self) -> Count:
        """Growth."""
        return None if self.confirmed is None or self.left is None else self.confirmed - self.left


@dataclass(frozen=True, slots=True)
class SignUps:
    """Sign-ups that share something. `started`: forms sent; `confirmed`: links followed; `active`: in at the end."""

    value: str
    label: str
    started: Count
    confirmed: Count
    left: Count
    active: Count


@dataclass(frozen=True, slots=True)
class Coverage:
    """People signed up in one neighbourhood beside those who live there."""

    neighbourhood_id: int
    code: str
    name: str
    district: str
    residents: int | None
    active: Count

    @property
    def per_1000(self) -> float | None:
        """People signed up per 1,000 residents; None where either is hidden or not known."""
        return None if self.active is None or not self.residents else 1_000 * self.active / self.residents


@dataclass(frozen=True, slots=True)
class Staying:
    """The share of people still signed up so many months after the one in which they confirmed (Kaplan and Meier)."""

    months: int
    share: float
    #: How many had been in so long and could have left.
    people: int


def totals(conn: Connection, period: Period) -> SignUps:
    """Sign-ups of the whole force."""
    rows = list(
        queries("engagement/sign_ups").sign_ups_by(conn, start=period.start, before=period.before, dimension="all")
    )
    return rounded(
        suppression.protect_rows([SignUps("", "Whole force", *(rows[0][1:] if rows else (0, 0, 0, 0)))], FACTS)[0]
    )


def over_time(conn: Connection, period: Period, step: Step, *, today: date) -> list[Point]:
    """Sign-ups of the whole force in each step, none left out."""
    named = queries("engagement/sign_ups")
    rows = named.sign_ups_over_time(conn, step=str(step), start=period.start, before=period.before)
    found = {row.start: (row.started, row.confirmed, row.leavers) for row in rows}
    active, points = int(named.active(conn, before=period.start)), []
    for start in period.steps(step):
        started, confirmed, left = found.get(start, (0, 0, 0))
        active += confirmed - left
        whole = start >= period.start and step.next(start) <= min(period.before, today)
        points.append(Point(start, whole, started, confirmed, left, active))
    return [rounded(point) for point in suppression.protect_rows(points, ("started", "confirmed", "left"))]


def by(conn: Connection, period: Period, dimension: Dimension) -> list[SignUps]:
    """Sign-ups by one thing they share, most active first. Each column is safe beside the whole force's total.

    Neighbourhoods and districts are safe beside each other too.
    """
    asked = "neighbourhood" if dimension in PLACES else str(dimension)
    rows = queries("engagement/sign_ups").sign_ups_by(conn, start=period.start, before=period.before, dimension=asked)
    labels, districts_of = labels_of(conn, dimension), labels_of(conn, Dimension.DISTRICT)
    found = [SignUps(row.value, labels(row.value), *row[1:]) for row in rows]
    if dimension in PLACES:
        leaves, districts = suppression.protect_rows_in(found, [districts_of(row.value) for row in found], FACTS)
        found = leaves if dimension is Dimension.NEIGHBOURHOOD else [SignUps(d, d, *counts) for d, counts in districts]
    else:
        # Shares of everybody add up to the force's total; choices of several do not, and hide nothing for it.
        found = suppression.protect_rows(found, FACTS, total=dimension not in OVERLAPPING)
    shown = [replace(rounded(row), **UNKNOWN.get(dimension, {})) for row in found]
    # Sorted by what is shown: the place of a hidden count would tell how large it is.
    return sorted(shown, key=lambda row: (-(row.active or 0), -(row.left or 0), row.label))


def by_month(conn: Connection, period: Period, dimension: Dimension, fact: str) -> dict[date, dict[str, Count]]:
    """Month → label → started, confirmed or leavers; safe beside a month's total, and a label's but for places."""
    asked = "neighbourhood" if dimension in PLACES else str(dimension)
    rows = list(
        queries("engagement/sign_ups").sign_ups_by_month(
            conn, start=period.start, before=period.before, dimension=asked
        )
    )
    labels, districts_of = labels_of(conn, dimension), labels_of(conn, Dimension.DISTRICT)
    values, months = sorted({row.value for row in rows}, key=labels), period.steps(Step.MONTH)
    sums = {(row.month, row.value): getattr(row, fact) for row in rows}
    table = [[sums.get((start, value), 0) for value in values] for start in months]
    shown: dict[date, dict[str, Count]] = {}
    if dimension not in PLACES:
        both = dimension not in OVERLAPPING
        safe = suppression.protect_table(table, row_totals=both, column_totals=both)
        return {at: dict(zip(map(labels, values), line, strict=False)) for at, line in zip(months, safe, strict=False)}
    for start, line in zip(months, table, strict=True):
        leaves, districts = suppression.protect_tree(line, [districts_of(value) for value in values])
        named = dict(zip(map(labels, values), leaves, strict=True))
        shown[start] = districts if dimension is Dimension.DISTRICT else named
    return shown


def coverage(conn: Connection, before: date) -> list[Coverage]:
    """Every neighbourhood and how many were signed up before that day, hidden ones first, then the least reached."""
    rows = [Coverage(*row) for row in queries("engagement/sign_ups").coverage(conn, before=before)]
    rows = [rounded(row) for row in suppression.protect_rows_in(rows, [row.district for row in rows], ("active",))[0]]
    return sorted(rows, key=lambda row: (row.residents is None, row.per_1000 or 0.0, row.name))


def outlines(conn: Connection, detail_m: float = 60) -> dict[int, str]:
    """Neighbourhood → its outline, a GeoJSON geometry in metres of EPSG:27700."""
    return {row.id: row.geom for row in queries("engagement/sign_ups").outlines(conn, detail_m=detail_m)}


def staying(conn: Connection, today: date, longest: int = 24) -> list[Staying]:
    """How long people stay, in months; ends where fewer than ten people have been in so long."""
    leavers, watched = dict[int, int](), dict[int, int]()
    for row in queries("engagement/sign_ups").stays(conn):
        if row.left_in is None:
            seen = months_between(row.joined, today)
            watched[seen] = watched.get(seen, 0) + row.people
        else:
            stayed = months_between(row.joined, row.left_in)
            leavers[stayed] = leavers.get(stayed, 0) + row.people
    at_risk, share, found = sum(leavers.values()) + sum(watched.values()), 1.0, list[Staying]()
    for number in range(longest + 1):
        if at_risk < suppression.LEAST:
            break
        share *= 1 - leavers.get(number, 0) / at_risk
        found.append(Staying(number, share, at_risk))
        at_risk -= leavers.get(number, 0) + watched.get(number, 0)
    return found


def labels_of(conn: Connection, dimension: Dimension) -> Callable[[str], str]:
    """What each stored value is called."""
    if dimension in (Dimension.NEIGHBOURHOOD, Dimension.DISTRICT):
        rows = queries("engagement/sign_ups").names(conn)
        field = "name" if dimension is Dimension.NEIGHBOURHOOD else "district"
        names: dict[str, str] = {row.value: getattr(row, field) or "No district" for row in rows}
        return lambda value: names.get(value, "Outside every neighbourhood")
    known: dict[str, str] = {
        Dimension.CHANNEL: CHANNELS,
        Dimension.HEARD_OF: HEARD_OF | {"": "Did not say"},
        Dimension.TOPIC: {str(int(topic).bit_length() - 1): label for topic, label in TOPIC_LABELS.items()},
        Dimension.SECTOR: SECTORS | {"0": "Residents"},
        Dimension.REASON: LEFT_REASONS | {"": "Did not say"},
    }[dimension]
    return lambda value: known.get(value, value)


def rounded(row: Row) -> Row:
    """The row with its active people to the nearest ten."""
    change: Any = replace
    return change(row, active=suppression.nearest_ten(getattr(row, "active")))  # type: ignore[no-any-return] # noqa: B009
