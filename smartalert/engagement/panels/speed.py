"""How fast alerts were handed over, beside what is promised."""

from functools import partial
from typing import Any

import pandas as pd

from smartalert.engagement import charts, reach
from smartalert.engagement.panels.panel import Panel, Scope
from smartalert.engagement.panels.words import UNKNOWN, readable_steps, seconds
from smartalert.engagement.periods import Step
from smartalert.engagement.reach import Reach

LINES = {"Half within": "p50_s", "95 % within": "p95_s"}


def of_speed(scope: Scope, alerts: list[Any]) -> Panel:
    """Half and nineteen in twenty hand-overs over time; alerts as reach.read() gives them."""
    step = Step.WEEK if scope.step is Step.DAY else Step.MONTH
    starts, total = scope.period.steps(step), reach.together(alerts)
    rows = {row.value: row for row in reach.grouped(alerts, step.value)}
    found = [rows.get(start.isoformat()[: 10 if step is Step.WEEK else 7]) for start in starts]
    drawn = pd.DataFrame({"start": starts})
    for name, fact in LINES.items():
        drawn[name] = [getattr(row, fact) if row else None for row in found]
    drawn["whole"] = [scope.whole(start, step) for start in starts]
    chart = partial(
        charts.over_time, drawn, list(LINES), unit="seconds", limit=(reach.PROMISE_S, f"{reach.PROMISE_S} s promised")
    )
    return Panel(
        "speed", "How fast alerts were handed over", said(total),
        "From the end of the officer's ten seconds to the hand-over of each delivery: the time within which half, and "
        "nineteen in twenty, of a step's deliveries were handed over; at most a tenth too high. In time: within "
        f"{reach.PROMISE_S} s, our promise (dashed). Hollow points are steps that are not over.",
        readable_steps(read(starts, found), step), chart if total.p50_s is not None else None,
    )  # fmt: skip


def read(starts: list[Any], found: list[Reach | None]) -> pd.DataFrame:
    """The same as a table."""
    table = pd.DataFrame({"start": starts, "Alerts": [row.alerts if row else 0 for row in found]})
    for name, fact in LINES.items():
        table[name] = [seconds(getattr(row, fact)) if row else UNKNOWN for row in found]
    table["In time"] = [in_time(row) if row else UNKNOWN for row in found]
    return table


def said(total: Reach) -> str:
    """The period in one sentence."""
    if total.p50_s is None:
        return "No alert was issued."
    return (
        f"{in_time(total)} of deliveries within {reach.PROMISE_S} s; half within {seconds(total.p50_s)}, 95 % within "
        f"{seconds(total.p95_s)}."
    )


def in_time(row: Reach) -> str:
    """The share of hand-overs that kept the promise."""
    return UNKNOWN if row.in_time is None else f"{100 * row.in_time:.1f} %"
