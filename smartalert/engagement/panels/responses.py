"""What came back, and what it led to."""

from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import reach
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.words import HIDDEN, UNKNOWN, seconds
from smartalert.engagement.reach import Reach
from smartalert.responses.results import RESULTS
from smartalert.wording import count


def of_responses(conn: Connection, scope: Scope) -> list[Panel]:
    """What came back, and what it led to."""
    alerts = reach.read(conn, scope.period, scope.choice)
    found = reach.together(alerts)
    answers = "fewer than ten" if found.responses is None else f"{found.responses:,}"
    says = (
        f"{answers.capitalize()} responses; the first after {seconds(found.first_response_s)}, looked at after "
        f"{seconds(found.first_look_s)} (medians)."
    )
    definition = (
        "Responses: by the person's own link, the public page or the app. Per 1,000: responses for each 1,000 people "
        "to whom the alert was delivered. Useful: marked useful, passed to the investigation, or resolved. First "
        "response: from release; first look: from the response's arrival to an officer's first look; medians."
    )
    area = "neighbourhood" if scope.district else "district"
    return [
        responses_panel("kind", alerts, "Responses by kind", says, definition),
        responses_panel(
            area, alerts, f"Responses by {area}", "Where alerts earn most answers for each 1,000 people they reached.",
            "Where the middle of the alert's area lies.",
        ),
        responses_panel(
            "wording", alerts, "Does asking for footage help?", "Alerts that ask for film, beside those that do not.",
            "Asks for footage: the words name doorbell, dashcam or camera footage.",
        ),
        led_to(found),
    ]  # fmt: skip


def responses_panel(what: str, alerts: list[Any], title: str, says: str, definition: str) -> Panel:
    """Responses by one thing their alerts share, most per 1,000 first."""
    # By what is shown: the place of a hidden count would tell how large it is.
    rows = sorted(reach.grouped(alerts, what), key=lambda row: (-(row.per_1000 or 0), -row.alerts, row.label))
    table = pd.DataFrame(
        [
            (
                row.label, row.alerts, row.responses, per_1000(row), row.useful, seconds(row.first_response_s),
                seconds(row.first_look_s),
            )
            for row in rows
        ],
        columns=[title, "Alerts", "Responses", "Per 1,000", "Useful", "First response", "First look"], dtype=object,
    )  # fmt: skip
    return Panel(
        f"responses-by-{what}", title, says, definition, table,
        bars(table, title, "Per 1,000", unit="responses per 1,000 delivered"),
    )  # fmt: skip


def per_1000(row: Reach) -> float | str:
    """Responses for each 1,000 people to whom it was delivered."""
    if row.responses is None or row.delivered is None:
        return HIDDEN
    return UNKNOWN if row.per_1000 is None else round(row.per_1000, 1)


def led_to(found: Reach) -> Panel:
    """Results, as officers recorded them."""
    table = pd.DataFrame(
        [(label, found.results.get(result, 0)) for result, label in RESULTS.items()], columns=["What", "Alerts"]
    )
    total = int(table["Alerts"].sum())
    return Panel(
        "results", "What alerts led to", f"{count(total, 'result', 'results')}, as officers recorded them.",
        "An officer records on the responses screen what an alert led to; who and when stays in the audit. A result "
        "taken back does not count.",
        table, bars(table, "What", "Alerts", unit="alerts"),
    )  # fmt: skip
