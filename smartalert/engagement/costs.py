"""What the service costs, as the office's administrators enter it, and what each person told costs.

Costs are dated: whatever counted for a month that is over stays, so that a report made again says what it said.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.engagement import periods, reach
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.published import ENOUGH
from smartalert.errors import CostRefused
from smartalert.wording import Channel

#: In pounds: dearer is a slip of the hand.
MOST = 10_000_000
#: A cost may be entered for so many months ahead; nothing was paid before the first.
MONTHS_AHEAD, EARLIEST = 24, date(2000, 1, 1)


class What(StrEnum):
    """What has a price."""

    EMAIL = Channel.EMAIL
    PUSH = Channel.PUSH
    MONTH = "month"


LABELS = {What.EMAIL: "One e-mail", What.PUSH: "One push to a phone", What.MONTH: "One month of the service"}


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one thing costs from a month on."""

    id: int
    what: str
    since: date
    pounds: float
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What some days of one month, or of several, cost, and whom they told."""

    month: date
    #: Handed over.
    mails: int
    pushes: int
    pounds: float
    #: To whom an alert was handed over, once for each alert.
    people: int

    @property
    def pence_each(self) -> float | None:
        """For each person told, once for each alert; None where there were too few."""
        return 100 * self.pounds / self.people if self.people >= ENOUGH else None


def costs(conn: Connection) -> list[UnitCost]:
    """Everything that was entered, each kind by its months."""
    return rows_as(UnitCost, queries("engagement/costs").costs(conn))


def set_cost(conn: Connection, what: What, since: date, *, pounds: float, officer: str, now: datetime) -> None:
    """From that month on it costs so much. Raises CostRefused where a month that is over would cost something else."""
    since, this_month = Step.MONTH.start(since), Step.MONTH.start(now.astimezone(LONDON).date())
    if not 0 <= pounds <= MOST:
        raise CostRefused(f"Enter a cost from £0 to £{MOST:,}.")
    if not EARLIEST <= since <= periods.month(this_month, MONTHS_AHEAD):
        raise CostRefused("Choose a month from the year 2000 to two years from now.")
    standing = [row for row in costs(conn) if row.what == what]
    if since < this_month and any(row.since <= since for row in standing):
        raise CostRefused(
            f"{LABELS[what]} already has a cost in {since:%B %Y}, and months that are over cannot change. "
            f"Enter the new cost from {this_month:%B %Y}."
        )
    replaced = next((row for row in standing if row.since == since), None)
    if replaced:
        queries("engagement/costs").remove(conn, id=replaced.id, officer=officer, now=now)
    queries("engagement/costs").set_cost(conn, what=what, since=since, pounds=pounds, officer=officer, now=now)
    before = {"pounds": replaced.pounds} if replaced else None
    month = f"{since:%Y-%m}"
    entries.record(conn, officer, Action.SET_A_COST, what=what, since=month, before=before, after={"pounds": pounds})


def may_take_back(row: UnitCost, now: datetime) -> bool:
    """Whether it has told nobody anything yet: it begins later, or was entered today."""
    today = now.astimezone(LONDON).date()
    return row.since > today or row.set_at.astimezone(LONDON).date() == today


def take_back(conn: Connection, cost_id: int, officer: str, now: datetime) -> None:
    """It was a slip of the hand. Raises CostRefused where reports were made by it."""
    row = next((one for one in costs(conn) if one.id == cost_id), None)
    if row is None:
        return
    if not may_take_back(row, now):
        raise CostRefused("You can only remove a cost on the day it was entered. Enter the right cost from this month.")
    queries("engagement/costs").remove(conn, id=cost_id, officer=officer, now=now)
    before, since = {"pounds": row.pounds}, f"{row.since:%Y-%m}"
    entries.record(conn, officer, Action.REMOVED_A_COST, what=row.what, since=since, before=before)


def by_month(conn: Connection, period: Period, today: date) -> tuple[list[Cost], list[date]]:
    """What each month cost, as far as it lies in the period and has come; and the months that lack a cost."""
    priced = prices(costs(conn))
    alerts = reach.read(conn, period)
    months = {row.id: Step.MONTH.start(row.day) for row in alerts}
    sent: dict[date, list[Any]] = defaultdict(list)
    for row in reach.channel_rows(conn, list(months)):
        sent[months[row.alert_id]].append(row)
    found, lacking = [], []
    for month in period.steps(Step.MONTH):
        days = shared(month, Period(period.start, min(period.before, today + timedelta(days=1))))
        each = {what: price_in(priced[what], month) for what in What}
        if None in each.values():
            lacking.append(month)
        elif days:
            people = sum(row.handed_over for row in alerts if months[row.id] == month)
            found.append(cost(month, days, {what: price or 0.0 for what, price in each.items()}, sent[month], people))
    return found, lacking


def cost(month: date, days: int, each: dict[What, float], deliveries: list[Any], people: int) -> Cost:
    """One month, of which so many days are looked at, at these prices; deliveries as channel_rows() gives them."""
    sent = {row.channel: row.handed_over for row in reach.channels_of_rows(deliveries)}
    mails, pushes = sent.get(Channel.EMAIL, 0), sent.get(Channel.PUSH, 0)
    service = each[What.MONTH] * days / (periods.month(month, 1) - month).days
    pounds = service + mails * each[What.EMAIL] + pushes * each[What.PUSH]
    return Cost(month, mails, pushes, pounds, people)


def together(found: list[Cost]) -> Cost | None:
    """Several months; None of none."""
    if not found:
        return None
    counts = (sum(one.mails for one in found), sum(one.pushes for one in found))
    return Cost(found[0].month, *counts, sum(one.pounds for one in found), sum(one.people for one in found))


def prices(rows: list[UnitCost]) -> dict[What, list[UnitCost]]:
    """What was entered of each kind, by its months."""
    return {what: sorted((row for row in rows if row.what == what), key=lambda row: row.since) for what in What}


def price_in(rows: list[UnitCost], month: date) -> float | None:
    """What it costs in that month; None where nobody said."""
    return next((row.pounds for row in reversed(rows) if row.since <= month), None)


def shared(month: date, period: Period) -> int:
    """How many days of the month lie in the period."""
    return max(0, (min(periods.month(month, 1), period.before) - max(month, period.start)).days)
