"""How far alerts got and how fast, what was put right, and whether we tire people."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, message_load, reach
from smartalert.engagement.panels.arrival import of_arrival
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.speed import LINES, in_time, of_speed, of_urgent
from smartalert.engagement.panels.words import alerts as alerts_of
from smartalert.engagement.panels.words import some, tenth
from smartalert.engagement.reach import Reach
from smartalert.engagement.speed import PROMISE_S
from smartalert.wording import count


def of_reach(conn: Connection, scope: Scope) -> list[Panel]:
    """How far alerts got and how fast; by kind, by hour; and whether we tire people."""
    alerts = reach.read(conn, scope.period, scope.choice)
    found, teams = reach.together(alerts), reach.grouped(alerts, "neighbourhood")
    says = "No alerts were issued."
    if found.alerts:
        says = f"{alerts_of(found.alerts)}, told {some(found.people, 'times')}: one person counts once for each alert."
    definition = (
        "A person counts once for each alert, on one channel or two. Handed over: Google, Apple or SendGrid accepted "
        "it. Delivered: the phone or mail server reported arrival. Opened: opened on a phone; e-mails are not tracked. "
        "Half within, 95 % within: the time from the end of the officer's ten seconds until that many deliveries were "
        f"handed over. In time: within {PROMISE_S} s, our promise. Deliveries in a daily digest count as handed over, "
        "but are left out of the times. An alert counts for the neighbourhood that the middle of its area is in."
    )
    return [
        of_speed(scope, alerts),
        of_urgent(conn, scope, alerts),
        *of_arrival(conn, scope, alerts),
        reach_panel("kind", by_number(reach.grouped(alerts, "kind")), "Alerts by kind", says, definition),
        reach_panel(
            "neighbourhood", by_number(teams), "Alerts by neighbourhood team", busiest(teams),
            "The team whose neighbourhood the middle of the alert's area is in.",
        ),
        reach_panel("hour", every_hour(alerts), "Alerts by hour", "By UK time.", "The hour of release."),
        corrections(found),
        *([] if scope.district else [fatigue(conn, scope)]),
    ]  # fmt: skip


def by_number(rows: Sequence[Reach]) -> list[Reach]:
    """Most alerts first."""
    return sorted(rows, key=lambda row: (-row.alerts, row.label))


def every_hour(alerts: list[Any]) -> list[Reach]:
    """Each hour of the day, also those without an alert."""
    found = {row.value: row for row in reach.grouped(alerts, "hour")}
    return [found.get(f"{n:02}") or reach.nothing(f"{n:02}", f"{n:02}:00") for n in range(24)] if found else []


def busiest(rows: Sequence[Reach]) -> str:
    """Where most alerts were."""
    first = min(rows, key=lambda row: (-row.alerts, row.label), default=None)
    return f"{first.label} has the most: {alerts_of(first.alerts)}." if first else "No alerts were issued."


def reach_panel(what: str, rows: Sequence[Reach], title: str, says: str, definition: str) -> Panel:
    """Alerts by one thing they share; hours are drawn all."""
    table = reach_table(rows, title)
    chart = bars(table, title, "Alerts", unit="alerts", most=24 if what == "hour" else charts.MOST_BARS)
    return Panel(f"reach-by-{what}", title, says, definition, table, chart, in_seconds=LINES)


def reach_table(rows: Sequence[Reach], title: str) -> pd.DataFrame:
    """Alerts as people read them."""
    return pd.DataFrame(
        [
            (
                row.label, row.alerts, row.people, row.handed_over, row.delivered, row.opened,
                in_time(row), row.speed.p50_s, row.speed.p95_s,
            )
            for row in rows
        ],
        columns=[title, "Alerts", "People told", "Handed over", "Delivered", "Opened", "In time, %", *LINES],
        dtype=object,
    )  # fmt: skip


def corrections(found: Reach) -> Panel:
    """What had to be put right."""
    facts = {
        "Issued": found.alerts,
        "Undone within ten seconds": found.withdrawn,
        "Stopped while going out": found.stopped,
        "Corrected": found.corrections,
        "Other updates": found.updates - found.corrections,
        "False alarms": found.false_alarms,
        "Cancelled for another reason": found.cancels - found.false_alarms,
    }
    table = pd.DataFrame(list(facts.items()), columns=["What", "Alerts"])
    right = found.updates + found.cancels
    return Panel(
        "corrections", "Corrections and cancellations",
        f"{count(right, 'message', 'messages')} corrected, updated or cancelled another; "
        f"{count(found.false_alarms, 'false alarm', 'false alarms')}.",
        "An update or cancel goes to those who were told of the first alert. Counted among the alerts issued.", table,
        bars(table, "What", "Alerts", unit="alerts"),
    )  # fmt: skip


def fatigue(conn: Connection, scope: Scope) -> Panel:
    """How many alerts a person got in a month, beside who left."""
    rows = message_load.fatigue(conn, scope.period)
    table = pd.DataFrame(
        [(row.band, row.people, tenth(None if row.left is None else 100 * row.left)) for row in rows],
        columns=["Alerts a month", "People in the average month", "Left, %"], dtype=object,
    )  # fmt: skip
    told = {row.band: row.left for row in rows if row.left is not None}
    says = "; ".join(
        f"of those who got {band} in a month {100 * told[band]:.1f} % left"
        for band in dict.fromkeys([*list(told)[:1], *list(told)[-1:]])
    )
    return Panel(
        "fatigue", "Do we send too much?", f"{says[:1].upper()}{says[1:]}." if says else "Nothing to compare yet.",
        "People by how many alerts they got in a month, and how many of them left in that month or the next. The "
        "average of the whole months in this period, for the whole force.",
        table, bars(table, "Alerts a month", "Left, %", unit="% of them left"),
    )  # fmt: skip
