"""How far alerts got and how fast, what was put right, and whether we tire people."""

from collections.abc import Sequence

import pandas as pd

from smartalert import reach
from smartalert.db import Connection
from smartalert.panels.panel import Panel, Scope, bars
from smartalert.panels.words import HIDDEN, UNKNOWN, count, people, seconds
from smartalert.reach import Reach


def of_reach(conn: Connection, scope: Scope) -> list[Panel]:
    """How far alerts got and how fast; by kind, by hour; and whether we tire people."""
    found = reach.totals(conn, scope.period, scope.choice)
    says = "No alert was issued."
    if found.alerts:
        in_time = "–" if found.in_time is None else f"{100 * found.in_time:.1f} %"
        says = (
            f"{count(found.alerts, 'alert', 'alerts')} to {people(found.people)}; {in_time} handed over within "
            f"{reach.PROMISE_S} s, half within {seconds(found.p50_s)}."
        )
    definition = (
        "People are counted once an alert, whatever the channels. Handed over: Google, Apple or SendGrid accepted it. "
        "Delivered: the phone or mail server reported arrival. Opened: opened on a phone; e-mails are not tracked. "
        "p50, p95: seconds from the end of the officer's ten seconds within which half, and nineteen in twenty, of the "
        f"deliveries were handed over. In time: within {reach.PROMISE_S} s, our promise. What waited for the day's "
        "digest is counted as handed over and has no part in the seconds. An alert belongs to the neighbourhood in "
        "which the middle of its area lies."
    )
    panels = [reach_by(conn, scope, "kind", title="Alerts by kind", says=says, definition=definition)]
    panels.append(
        reach_by(conn, scope, "hour", title="Alerts by hour", says="London's clock.", definition="The hour of release.")
    )
    panels.append(corrections(found))
    panels.append(fatigue(conn, scope))
    return panels


def reach_by(conn: Connection, scope: Scope, what: str, *, title: str, says: str, definition: str) -> Panel:
    """Alerts by one thing they share."""
    rows = reach.by(conn, scope.period, what, scope.choice)
    if what != "hour":
        rows = sorted(rows, key=lambda row: (-row.alerts, row.label))
    table = reach_table(rows, title)
    return Panel(
        f"reach-by-{what}", title, says, definition, table,
        bars(table, title, "Alerts", unit="alerts"),
    )  # fmt: skip


def reach_table(rows: Sequence[Reach], title: str) -> pd.DataFrame:
    """Alerts as people read them."""
    return pd.DataFrame(
        [
            (
                row.label, row.alerts, row.people, row.handed_over, row.delivered, row.opened,
                UNKNOWN if row.in_time is None else f"{100 * row.in_time:.1f} %",
                seconds(row.p50_s), seconds(row.p95_s),
            )
            for row in rows
        ],
        columns=[title, "Alerts", "People told", "Handed over", "Delivered", "Opened", "In time", "p50", "p95"],
        dtype=object,
    )  # fmt: skip


def corrections(found: Reach) -> Panel:
    """What had to be put right."""
    facts = {
        "Issued": found.alerts,
        "Undone within ten seconds": found.withdrawn,
        "Stopped on their way": found.stopped,
        "Corrections and updates": found.updates,
        "Called off": found.cancels,
    }
    table = pd.DataFrame(list(facts.items()), columns=["What", "Alerts"])
    right = found.updates + found.cancels
    return Panel(
        "corrections", "Put right", f"{count(right, 'message', 'messages')} corrected, updated or called off another.",
        "An update or cancel goes to those who were told of the first alert. Counted among the alerts issued.", table,
        bars(table, "What", "Alerts", unit="alerts"),
    )  # fmt: skip


def share(row: reach.Fatigue) -> str:
    """Who left of those who got so many."""
    if row.left is None or row.people is None:
        return HIDDEN
    return UNKNOWN if row.share is None else f"{100 * row.share:.1f} %"


def fatigue(conn: Connection, scope: Scope) -> Panel:
    """How many alerts a person got in a month, beside who left."""
    rows = reach.fatigue(conn, scope.period)
    table = pd.DataFrame(
        [(row.band, row.people, row.left, share(row)) for row in rows],
        columns=["Alerts a month", "People", "Left", "Share who left"], dtype=object,
    )  # fmt: skip
    return Panel(
        "fatigue", "Do we send too much?", "People by how many alerts they got in a month, and who of them left.",
        "Whole months of the period, whole force. Left: in that month or the next.", table,
        bars(table, "Alerts a month", "People", unit="people and months"),
    )  # fmt: skip
