"""How fast alerts were handed over, beside what is promised."""

from functools import partial
from typing import Any

import pandas as pd

from smartalert.engagement import charts, reach
from smartalert.engagement.panels.panel import Panel, Scope
from smartalert.engagement.panels.words import per_cent, readable_steps, seconds
from smartalert.engagement.periods import Step
from smartalert.engagement.reach import Reach

LINES = ("Half within", "95 % within")


def of_speed(scope: Scope, alerts: list[Any]) -> Panel:
    """Half and nineteen in twenty hand-overs over time; alerts as reach.read() gives them."""
    step = scope.step
    starts, total = scope.period.steps(step), reach.together(alerts)
    rows = {row.value: row for row in reach.grouped(alerts, step.value)}
    found = [rows.get(start.isoformat()[: 10 if step is Step.WEEK else 7]) for start in starts]
    table = pd.DataFrame({"start": starts})
    table["Alerts"] = [row.alerts if row else 0 for row in found]
    for name, fact in zip(LINES, ("p50_s", "p95_s"), strict=True):
        table[name] = pd.Series([getattr(row.speed, fact) if row else None for row in found], dtype=object)
    table["In time, %"] = pd.Series([in_time(row) if row else None for row in found], dtype=object)
    drawn = table.assign(whole=[scope.whole(start, step) for start in starts])
    chart = partial(
        charts.over_time, drawn, list(LINES), unit="seconds", limit=(reach.PROMISE_S, f"{reach.PROMISE_S} s promised")
    )
    return Panel(
        "speed", "How fast deliveries were handed over", said(total),
        "From the end of the officer's ten seconds to the hand-over of each delivery, one for each person and channel: "
        "the time within which half, and 95 %, of a step's deliveries were handed over; at most a tenth too high. In "
        f"time: within {reach.PROMISE_S} s, our promise (dashed). Hollow points are steps that are cut short or not "
        "over.",
        readable_steps(table, step), chart if total.speed.p50_s is not None else None, in_seconds=LINES,
    )  # fmt: skip


def said(total: Reach) -> str:
    """The period in one sentence."""
    if not total.alerts:
        return "No alert was issued."
    if total.speed.p50_s is None:
        return "Too few deliveries to say."
    return (
        f"{per_cent(total.speed.in_time)} of deliveries were handed over within {reach.PROMISE_S} s; half within "
        f"{seconds(total.speed.p50_s)}, 95 % within {seconds(total.speed.p95_s)}."
    )


def in_time(row: Reach) -> float | None:
    """The share of hand-overs that kept the promise, in per cent; never 100 of what is not all of it."""
    share = row.speed.in_time
    return None if share is None else 100.0 if share == 1 else round(min(100 * share, 99.9), 1)
