"""What the commissioner's office sees of people: sign-ups, leavers, coverage; in tens, from what is published.

None is not known, or not published yet.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smartalert.audience.interests import TOPIC_LABELS, Sector
from smartalert.database.connection import Connection, queries
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.published import ENOUGH, Series, active, counter, neighbourhoods, until
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS

Count = int | None
#: What is written of those who left a question out.
NOT_SAID = "Did not say"
CHANNELS = {"1": "App", "2": "E-mail", "3": "App and e-mail", "0": "None left"}
SECTORS = {str(sector.number): sector.label for sector in Sector}
#: Months since the one in which somebody confirmed, the first of each band → what it is called, and how many it holds.
STAYS = {
    "0": ("the same month", 1),
    "1": ("1 or 2 months", 2),
    "3": ("3 to 5 months", 3),
    "6": ("6 to 11 months", 6),
    "12": ("a year or more", 12),
}


class Dimension(StrEnum):
    """What people are counted by: one at a time, for two together would point at people."""

    NEIGHBOURHOOD = "neighbourhood"
    DISTRICT = "district"
    CHANNEL = "channel"
    HEARD_OF = "heard_of"
    TOPIC = "topic"
    SECTOR = "sector"
    REASON = "reason"
    STAY = "stay"


#: What is published by each: a leaver's choices are deleted, and what nobody asks for is not published.
FACTS = {
    Dimension.NEIGHBOURHOOD: ("confirmed", "active"),
    Dimension.DISTRICT: ("confirmed", "left", "active"),
    Dimension.CHANNEL: ("left", "active"),
    Dimension.HEARD_OF: ("confirmed", "active"),
    Dimension.TOPIC: ("active",),
    Dimension.SECTOR: ("active",),
    Dimension.REASON: ("left",),
    Dimension.STAY: ("left", "active"),
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
    """People who share something. `started`: forms sent; `confirmed`: links followed; `active`: in at the end."""

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
        """People signed up per 1,000 residents; None where either is not known."""
        return None if self.active is None or not self.residents else 1_000 * self.active / self.residents


@dataclass(frozen=True, slots=True)
class Staying:
    """One band of months since joining: who left in it, and of all who join, the share still here at its end."""

    months: int
    label: str
    left: int
    #: People that could have left, added up over the months.
    months_of_people: int
    share: float


def totals(conn: Connection, period: Period) -> SignUps:
    """Sign-ups of the whole force."""
    found = Series(conn, "all", period.before)
    return SignUps("", "Whole force", *facts_of(found, period))


def over_time(conn: Connection, period: Period, step: Step) -> list[Point]:
    """Sign-ups of the whole force in each step, none left out."""
    found, end, points = Series(conn, "all", period.before), until(conn).day, []
    for start in period.steps(step):
        inside = Period(max(start, period.start), min(step.next(start), period.before))
        whole = inside == Period(start, step.next(start)) and inside.before <= end
        if inside.start >= end:
            points.append(Point(start, whole, None, None, None, None))
            continue
        points.append(Point(start, whole, *facts_of(found, inside)))
    return points


def facts_of(found: Series, period: Period) -> tuple[int, int, int, int]:
    """Started, confirmed, left and active of the whole force."""
    started, confirmed, left = (found.of("", fact, period) for fact in ("started", "confirmed", "left"))
    return started, confirmed, left, active(found, period.before)


def by(conn: Connection, period: Period, dimension: Dimension) -> list[SignUps]:
    """People by one thing they share, most of them first, without what has none. None: not published by it."""
    names, count, facts = names_of(conn, dimension), counter(conn, dimension, period.before), FACTS[dimension]
    rows = []
    for value in sorted({*names, *count.values()}):
        found = {fact: count.of(value, fact, period) for fact in facts}
        known = [found.get(fact) for fact in ("started", "confirmed", "left", "active")]
        rows.append(SignUps(value, names.get(value, value), *known))
    shown = [row for row in rows if row.confirmed or row.left or row.active]
    return sorted(shown, key=lambda row: (-(row.active or 0), -(row.left or 0), row.label))


def by_month(conn: Connection, period: Period, dimension: Dimension, fact: str) -> dict[date, dict[str, Count]]:
    """Month → label → started, confirmed, left or active; only months that are over, and what is published by it."""
    names, count, end = names_of(conn, dimension), counter(conn, dimension, period.before), until(conn).month
    shown: dict[date, dict[str, Count]] = {}
    for start in period.steps(Step.MONTH):
        if Step.MONTH.next(start) <= end and fact in FACTS[dimension]:
            month = Period(start, Step.MONTH.next(start))
            shown[start] = {names.get(value, value): count.of(value, fact, month) for value in count.values()}
    return shown


def coverage(conn: Connection, before: date) -> list[Coverage]:
    """Every neighbourhood and how many were in when the last month before that day ended, the least reached first."""
    found, end = Series(conn, Dimension.NEIGHBOURHOOD, before), until(conn)
    is_published = end.month > date.min
    rows = [
        Coverage(
            row.id,
            row.code,
            row.name,
            row.district,
            row.residents,
            found.upto(str(row.id), "active", before) if is_published else None,
        )
        for row in neighbourhoods(conn)
    ]
    return sorted(rows, key=lambda row: (row.residents is None, row.per_1000 or 0.0, row.name))


def of_residents(rows: Sequence[Coverage]) -> float | None:
    """People signed up per 1,000 residents of all these, where both are known; None where they are nowhere."""
    known = [one for one in rows if one.residents and one.active is not None]
    residents = sum(one.residents or 0 for one in known)
    return 1_000 * sum(one.active or 0 for one in known) / residents if residents else None


def outlines(conn: Connection, detail_m: float = 60) -> dict[int, str]:
    """Neighbourhood → its outline, a GeoJSON geometry in metres of EPSG:27700."""
    return {row.id: row.geom for row in queries("engagement/sign_ups").outlines(conn, detail_m=detail_m)}


def staying(conn: Connection, period: Period) -> list[Staying]:
    """How long people would stay if they went on leaving as in this period's whole months (a period life table).

    Ends where too few have been here so long.
    """
    found, end, share, rows = Series(conn, Dimension.STAY, period.before), until(conn).month, 1.0, list[Staying]()
    months = [start for start in period.steps(Step.MONTH) if period.start <= start < min(end, period.before)]
    months = [start for start in months if Step.MONTH.next(start) <= min(end, period.before)]
    for value, (label, length) in STAYS.items():
        ends = [Step.MONTH.next(start) for start in months]
        stayed = [found.upto(value, "active", day) for day in ends]
        left = sum(found.of(value, "left", Period(start, Step.MONTH.next(start))) for start in months)
        people = sum(stayed) + left
        if not months or people < ENOUGH * len(months):
            break
        share *= (1 - left / people) ** length
        rows.append(Staying(int(value) + length, label, left, people, share))
    return rows


def names_of(conn: Connection, dimension: Dimension) -> dict[str, str]:
    """Each value → what it is called; those of neighbourhoods that share a name with their code."""
    if dimension is Dimension.DISTRICT:
        return {row.district: row.district or "No district" for row in neighbourhoods(conn)} | {"": "No district"}
    if dimension is Dimension.NEIGHBOURHOOD:
        rows = neighbourhoods(conn)
        often = Counter(row.name for row in rows)
        named = {str(row.id): f"{row.name} ({row.code})" if often[row.name] > 1 else row.name for row in rows}
        return named | {"": "Outside every neighbourhood"}
    return {
        Dimension.CHANNEL: CHANNELS,
        Dimension.HEARD_OF: HEARD_OF | {"": NOT_SAID},
        Dimension.TOPIC: {str(int(topic).bit_length() - 1): label for topic, label in TOPIC_LABELS.items()},
        Dimension.SECTOR: SECTORS | {"0": "Residents"},
        Dimension.REASON: LEFT_REASONS | {"": NOT_SAID},
        Dimension.STAY: {value: label for value, (label, _) in STAYS.items()},
    }[dimension]
