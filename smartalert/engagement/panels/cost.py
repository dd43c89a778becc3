"""What each person told costs."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, costs
from smartalert.engagement.costs import Cost
from smartalert.engagement.panels.panel import Panel, Scope, spoken
from smartalert.engagement.panels.targets import OF_THE_FORCE
from smartalert.engagement.panels.words import pence, readable_steps, tenth
from smartalert.engagement.periods import Period, Step, month

EACH = "Pence for each person told"
DEFINITION = (
    "What the e-mails, the pushes and the service cost, divided by the people an alert was handed over to. A person "
    "counts once for each alert. Of a month that is only partly in the period, the service counts by the day. Each "
    "update in a digest counts as an e-mail of its own, so the figure may be a little too high. Administrators enter "
    "the costs. A month without all three costs is left out."
)


def by_month(conn: Connection, scope: Scope) -> tuple[list[Cost], list[date]]:
    """What each month cost, and the months that lack a cost; of one district neither is known."""
    return ([], []) if scope.district else costs.by_month(conn, scope.period, scope.today)


def of_cost(conn: Connection, scope: Scope) -> Panel:
    """The cost of each person told, month by month."""
    found, lacking = by_month(conn, scope)
    table = pd.DataFrame(
        [(one.month, one.mails, one.pushes, one.people, round(one.pounds), tenth(one.pence_each)) for one in found],
        columns=["start", "E-mails", "Pushes", "People it was handed over to", "Cost, £", EACH], dtype=object,
    )  # fmt: skip
    drawn = table.assign(whole=[scope.whole(one.month, Step.MONTH) for one in found])
    is_drawn = sum(one.pence_each is not None for one in found) > 1
    return Panel(
        "cost", "Cost of each person told", OF_THE_FORCE if scope.district else said(found, scope, lacking), DEFINITION,
        readable_steps(table, Step.MONTH) if found else pd.DataFrame(),
        partial(charts.over_time, drawn, [EACH], unit="pence each") if is_drawn else None, on_paper=bool(found),
    )  # fmt: skip


def said(found: Sequence[Cost], scope: Scope, lacking: Sequence[date]) -> str:
    """The period's figure with the months it is of, or what to do."""
    together = costs.together(list(found))
    if together is None:
        return "No costs are entered for this period. Administrators enter them below, under “What it costs”."
    left_out = f" No costs are entered for {', '.join(f'{one:%B %Y}' for one in lacking)}: left out." if lacking else ""
    days = days_of(found, scope)
    told = f"{together.people:,} people told, each counted once for each alert"
    if together.pence_each is None:
        return f"Too few people were told in {days} to say.{left_out}"
    return f"{pence(together.pence_each)} for each person told, {days}: £{together.pounds:,.0f} for {told}.{left_out}"


def days_of(found: Sequence[Cost], scope: Scope) -> str:
    """The days from the first month with a cost to the last, as far as they lie in the period."""
    first, last = found[0].month, month(found[-1].month, 1)
    return spoken(Period(max(first, scope.period.start), min(last, scope.period.before)))
