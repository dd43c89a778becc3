"""How fast alerts were handed over, beside what is promised."""

from collections import defaultdict
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, reach
from smartalert.engagement.charts import Limit
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope
from smartalert.engagement.panels.words import alerts as alerts_of
from smartalert.engagement.panels.words import not_all, per_cent, readable_steps, seconds
from smartalert.engagement.periods import Step
from smartalert.engagement.reach import Reach
from smartalert.engagement.speed import PROMISE_S, out_in_time
from smartalert.engagement.targets import Measure

LINES = ("Half within", "95 % within")


def of_speed(scope: Scope, alerts: list[Any]) -> Panel:
    """Half and nineteen in twenty hand-overs over time; alerts as reach.read() gives them."""
    step = scope.step
    starts, total = scope.period.steps(step), reach.together(alerts)
    rows = {row.value: row for row in reach.grouped(alerts, step.value)}
    found = [rows.get(step_value(start, step)) for start in starts]
    table = pd.DataFrame({"start": starts})
    table["Alerts"] = [row.alerts if row else 0 for row in found]
    for name, fact in zip(LINES, ("p50_s", "p95_s"), strict=True):
        table[name] = pd.Series([getattr(row.speed, fact) if row else None for row in found], dtype=object)
    table["In time, %"] = pd.Series([in_time(row) if row else None for row in found], dtype=object)
    drawn = table.assign(whole=[scope.whole(start, step) for start in starts])
    chart = partial(
        charts.over_time,
        drawn,
        list(LINES),
        unit="seconds",
        limit=Limit(PROMISE_S, f"{PROMISE_S} s promised"),
    )
    return Panel(
        "speed", "How fast deliveries were handed over", said(total),
        "From the end of the officer's ten seconds to the hand-over of each delivery, one for each person and channel: "
        "the time until half, and 95 %, of them were handed over in each week or month. These times may be up to a "
        f"tenth too high. In time: within {PROMISE_S} s, our promise (dashed). Hollow points are weeks or months that "
        "are not complete.",
        readable_steps(table, step), chart if total.speed.p50_s is not None else None, in_seconds=LINES,
    )  # fmt: skip


def of_urgent(conn: Connection, scope: Scope, alerts: list[Any]) -> Panel:
    """The share of urgent alerts that were out in time, over time; alerts as reach.read() gives them."""
    wanted = targets.standing(conn, scope, Measure.URGENT_IN_TIME)
    within_s = (wanted and wanted.target.within_s) or PROMISE_S
    groups: dict[str, list[Any]] = defaultdict(list)
    for alert in alerts:
        groups[reach.BY[scope.step.value](alert)[0]].append(alert)
    starts, column = scope.period.steps(scope.step), "Out in time, %"
    found = [out_in_time(groups[step_value(start, scope.step)], within_s) for start in starts]
    table = pd.DataFrame({"start": starts})
    table["Urgent alerts"], table["Out in time"] = [one.alerts for one in found], [one.in_time for one in found]
    table[column] = pd.Series([not_all(one.share) for one in found], dtype=object)
    drawn = table.assign(whole=[scope.whole(start, scope.step) for start in starts])
    total, span = out_in_time(alerts, within_s), seconds(within_s)
    return Panel(
        "urgent-in-time", "Urgent alerts out in time",
        f"{total.in_time:,} of {alerts_of(total.alerts, 'urgent ')} were out within {span}." if total.alerts
        else "No urgent alert had enough deliveries to show this.",
        f"An urgent alert is out in time when 95 % of its deliveries were handed over within {span} of release"
        f"{', as the target says' if wanted else ', our promise'}. Alerts with too few deliveries to say are not "
        "counted. Hollow points are weeks or months that are not complete.",
        readable_steps(table, scope.step),
        partial(
            charts.over_time, drawn, [column], unit="% of urgent alerts", limit=targets.line(wanted, scope, scope.step)
        ) if total.alerts else None,
        target=targets.said(wanted),
    )  # fmt: skip


def step_value(start: date, step: Step) -> str:
    """What reach.BY calls the step that begins there."""
    return start.isoformat()[: 10 if step is Step.WEEK else 7]


def said(total: Reach) -> str:
    """The period in one sentence."""
    if not total.alerts:
        return "No alerts were issued."
    if total.speed.p50_s is None:
        return "There are too few deliveries to show this."
    return (
        f"{per_cent(total.speed.in_time)} of deliveries were handed over within {PROMISE_S} s; half within "
        f"{seconds(total.speed.p50_s)}, 95 % within {seconds(total.speed.p95_s)}."
    )


def in_time(row: Reach) -> float | None:
    """The share of hand-overs that kept the promise, in per cent; never 100 of what is not all of it."""
    return not_all(row.speed.in_time)
