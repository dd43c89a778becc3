"""Whether what was handed over arrived, as far as anybody knows."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, reach
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.speed import step_value
from smartalert.engagement.panels.words import not_all, per_cent, readable_steps, seconds, some
from smartalert.engagement.reach import Deliveries
from smartalert.engagement.targets import Measure
from smartalert.wording import Channel

TIMES = ("Half arrived within", "95 % arrived within")
COLUMNS = ("Handed over", "Confirmed", "No confirmation", "Confirmed, %", *TIMES)
DEFINITION = (
    "A delivery is one alert to one person on one channel. Handed over: Google, Apple or SendGrid accepted it. "
    "Confirmed: the app on the phone, or the mail server, reported that it arrived. That does not mean that somebody "
    "read it. No confirmation: nothing has reported that it arrived. The e-mail came back, the phone was off or no "
    "longer had the app, or the report was lost. Half within, 95 % within: the time from the end of the officer's ten "
    "seconds to arrival, for confirmed deliveries only. These times may be up to a tenth too high. Deliveries in a "
    "daily digest are left out of the times."
)


def of_arrival(conn: Connection, scope: Scope, alerts: list[Any]) -> list[Panel]:
    """Arrival beside hand-over, over time and by channel; alerts as reach.read() gives them."""
    rows = reach.channel_rows(conn, [alert.id for alert in alerts])
    return [over_time(conn, scope, alerts, reach.deliveries("", rows)), by_channel(reach.channels_of_rows(rows))]


def over_time(conn: Connection, scope: Scope, alerts: list[Any], total: Deliveries) -> Panel:
    """The share that is confirmed, step by step."""
    starts = scope.period.steps(scope.step)
    found = reach.deliveries_by(conn, alerts, scope.step.value)
    steps = [found.get(step_value(start, scope.step)) for start in starts]
    table = pd.DataFrame([cells(one) for one in steps], columns=list(COLUMNS), dtype=object)
    table.insert(0, "start", starts)
    drawn = table.assign(whole=[scope.whole(start, scope.step) for start in starts])
    wanted = targets.standing(conn, scope, Measure.CONFIRMED)
    is_known = any(one is not None and one.confirmed is not None for one in steps)
    return Panel(
        "arrival", "Did it arrive?", said(total),
        f"{DEFINITION} Hollow points are weeks or months that are not complete.",
        readable_steps(table, scope.step),
        partial(
            charts.over_time, drawn, ["Confirmed, %"], unit="% confirmed", limit=targets.line(wanted, scope, scope.step)
        ) if is_known else None,
        in_seconds=TIMES, target=targets.said(wanted),
    )  # fmt: skip


def by_channel(rows: Sequence[Deliveries]) -> Panel:
    """The same by channel."""
    title = "Arrival by channel"
    named = [(Channel(row.channel).plural.capitalize(), *cells(row)) for row in rows]
    table = pd.DataFrame(named, columns=[title, *COLUMNS], dtype=object)
    shares = [f"{Channel(row.channel).plural} {per_cent(row.confirmed)}" for row in rows if row.confirmed is not None]
    says = (
        f"Confirmed of what was handed over: {', '.join(shares)}."
        if shares
        else "There are too few deliveries to show this."
    )
    chart = bars(table, title, "Confirmed, %", unit="% confirmed")
    return Panel("arrival-by-channel", title, says, DEFINITION, table, chart, in_seconds=TIMES)


def cells(one: Deliveries | None) -> tuple[int | float | None, ...]:
    """In the order of COLUMNS."""
    if one is None:
        return 0, 0, 0, None, None, None
    share = not_all(one.confirmed)
    return one.handed_over, one.delivered, one.unconfirmed, share, one.arrival.p50_s, one.arrival.p95_s


def said(total: Deliveries) -> str:
    """What is known, and how much is not."""
    if total.confirmed is None:
        return "There are too few deliveries to show this."
    unknown = f"{some(total.unconfirmed, 'deliveries').capitalize()} have no confirmation"
    came = (
        f"; of those half arrived within {seconds(total.arrival.p50_s)}, 95 % within {seconds(total.arrival.p95_s)}"
        if total.arrival.p95_s is not None
        else ""
    )
    return (
        f"Arrival was confirmed for {per_cent(total.confirmed)} of {total.handed_over:,} deliveries{came}. {unknown}."
    )
