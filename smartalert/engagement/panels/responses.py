"""What came back, and what it led to."""

from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, reach
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.speed import step_value
from smartalert.engagement.panels.words import readable_steps, seconds, some, tenth
from smartalert.engagement.reach import Reach
from smartalert.engagement.targets import Measure
from smartalert.responses.results import RESULTS
from smartalert.wording import count

TIMES = ("Half came within", "Half looked at within")


def of_responses(conn: Connection, scope: Scope) -> list[Panel]:
    """What came back, and what it led to."""
    alerts = reach.read(conn, scope.period, scope.choice)
    found = reach.together(alerts)
    says = (
        f"{some(found.responses, 'responses').capitalize()}{how_fast(found)}."
        if found.alerts
        else "No alerts were issued."
    )
    definition = (
        "Responses: by the person's own link, the public page or the app. Per 1,000: responses for each 1,000 people "
        "to whom the alert was delivered. Useful: marked useful, passed to a team, or resolved. Half came "
        "within: from release. Half looked at within: from a response's arrival to an officer's first look."
    )
    area = "neighbourhood" if scope.district else "district"
    return [
        over_time(conn, scope, alerts),
        responses_panel("kind", alerts, "Responses by kind", says, definition),
        responses_panel(
            area, alerts, f"Responses by {area}",
            "Where alerts bring most responses for each 1,000 people they reached.",
            "Where the middle of the alert's area is.",
        ),
        responses_panel(
            "wording", alerts, "Does asking for footage help?",
            "Alerts that ask for footage, compared with those that do not.",
            "Asks for footage: the words name doorbell, dashcam or camera footage.",
        ),
        led_to(found),
    ]  # fmt: skip


def over_time(conn: Connection, scope: Scope, alerts: list[Any]) -> Panel:
    """Responses to the alerts of each step."""
    starts, wanted = scope.period.steps(scope.step), targets.standing(conn, scope, Measure.RESPONSES)
    rows = {row.value: row for row in reach.grouped(alerts, scope.step.value)}
    found = [rows.get(step_value(start, scope.step)) for start in starts]
    table = pd.DataFrame({"start": starts, "Alerts": [row.alerts if row else 0 for row in found]})
    for name, fact in (("Responses", "responses"), ("Useful", "useful")):
        table[name] = [getattr(row, fact) if row else 0 for row in found]
    drawn = table.assign(whole=[scope.whole(start, scope.step) for start in starts])
    limit = targets.line(wanted, scope, scope.step)
    total = reach.together(alerts)
    useful = f", {total.useful:,} of them useful" if total.useful else ""
    return Panel(
        "responses", "Responses over time",
        f"{some(total.responses, 'responses').capitalize()}{useful}." if alerts else "No alerts were issued.",
        "What people told us about the alerts released in each week or month, whenever they told us. Useful: "
        "marked useful, passed to a team, or resolved. Hollow points are weeks or months that are not complete.",
        readable_steps(table, scope.step),
        partial(charts.over_time, drawn, ["Responses", "Useful"], unit="responses", limit=limit) if alerts else None,
        target=targets.said(wanted),
    )  # fmt: skip


def how_fast(found: Reach) -> str:
    """When half had come and been looked at, where there are enough to say."""
    parts = [("came", found.response_s), ("was looked at", found.look_s)]
    return "".join(f"; half {what} within {seconds(took)}" for what, took in parts if took is not None)


def responses_panel(what: str, alerts: list[Any], title: str, says: str, definition: str) -> Panel:
    """Responses by one thing their alerts share, most per 1,000 first."""
    rows = sorted(reach.grouped(alerts, what), key=lambda row: (-(row.per_1000 or 0), -row.alerts, row.label))
    table = pd.DataFrame(
        [
            (
                row.label, row.alerts, row.responses, tenth(row.per_1000), row.useful, row.response_s, row.look_s,
            )
            for row in rows
        ],
        columns=[title, "Alerts", "Responses", "Per 1,000", "Useful", *TIMES], dtype=object,
    )  # fmt: skip
    return Panel(
        f"responses-by-{what}", title, says, definition, table,
        bars(table, title, "Per 1,000", unit="responses per 1,000 delivered"), in_seconds=TIMES,
    )  # fmt: skip


def led_to(found: Reach) -> Panel:
    """Results, as officers recorded them."""
    table = pd.DataFrame(
        [(label, found.results.get(result, 0)) for result, label in RESULTS.items()], columns=["What", "Alerts"]
    )
    total = int(table["Alerts"].sum())
    return Panel(
        "results", "What alerts led to", f"{count(total, 'result', 'results')}, as officers recorded them.",
        "Officers record on the Responses screen what an alert led to. The audit shows who did, and when. A result "
        "that was removed does not count.",
        table, bars(table, "What", "Alerts", unit="alerts"),
    )  # fmt: skip
