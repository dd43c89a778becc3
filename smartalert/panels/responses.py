"""What came back, and what it led to."""

import pandas as pd

from smartalert import reach
from smartalert.db import Connection
from smartalert.panels.panel import Panel, Scope, bars
from smartalert.panels.words import HIDDEN, UNKNOWN, count, seconds
from smartalert.reach import Reach
from smartalert.results import RESULTS


def of_responses(conn: Connection, scope: Scope) -> list[Panel]:
    """What came back, and what it led to."""
    found = reach.totals(conn, scope.period, scope.choice)
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
    panels = [responses_by(conn, scope, "kind", title="Responses by kind", says=says, definition=definition)]
    panels.append(
        responses_by(
            conn,
            scope,
            "wording",
            title="Does asking for footage help?",
            says="Alerts that ask for film, beside those that do not.",
            definition="Asks for footage: the words name doorbell, dashcam or camera footage.",
        )
    )
    panels.append(led_to(found))
    return panels


def responses_by(conn: Connection, scope: Scope, what: str, *, title: str, says: str, definition: str) -> Panel:
    """Responses by one thing their alerts share."""
    rows = reach.by(conn, scope.period, what, scope.choice)
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
