"""Growth, where from, who left and why, how long people stay."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, sign_ups
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.words import readable_steps
from smartalert.engagement.periods import Step
from smartalert.engagement.sign_ups import Dimension, SignUps

#: Months of staying that are drawn; the table has all.
STAYS = (1, 2, 3, 6, 9, 12, 18, 24)
#: The trade of those who have none.
RESIDENTS = "0"
#: What sign-ups are counted by → title, definition, and the columns that are known by it.
EVERYTHING = ("Started", "Confirmed", "Left", "Active")
BY = {
    Dimension.DISTRICT: ("By district", "Where the first place they named lies.", EVERYTHING),
    Dimension.NEIGHBOURHOOD: (
        "By neighbourhood",
        "Where the first place they named lies; the fifteen with most people are drawn, the table has all.",
        EVERYTHING,
    ),
    Dimension.CHANNEL: ("By channel", "How people are reached, or were when they left.", EVERYTHING),
    Dimension.HEARD_OF: (
        "How they heard of us",
        "What people answered when they signed up; nobody has to.",
        EVERYTHING,
    ),
    Dimension.TOPIC: (
        "By topic",
        "Of those who are still here: choices are deleted when somebody leaves. One person may have several topics.",
        ("Started", "Confirmed", "Active"),
    ),
    Dimension.SECTOR: (
        "Businesses by trade",
        "Of those who are still here: choices are deleted when somebody leaves.",
        ("Started", "Confirmed", "Active"),
    ),
    Dimension.REASON: ("Why people left", "What leavers answered; nobody has to.", ("Left",)),
}


def of_sign_ups(conn: Connection, scope: Scope) -> list[Panel]:
    """Growth, where from, who left and why, how long people stay."""
    return [
        growth(conn, scope),
        *(sign_ups_by(dimension, sign_ups.by(conn, scope.period, dimension)) for dimension in BY),
        staying(conn, scope),
    ]


def growth(conn: Connection, scope: Scope) -> Panel:
    """Confirmed and left in each step."""
    if scope.district:
        return growth_of_district(conn, scope)
    points = sign_ups.over_time(conn, scope.period, scope.step, today=scope.today)
    table = pd.DataFrame(
        [(p.start, p.started, p.confirmed, p.left, p.net, p.active, p.whole) for p in points],
        columns=["start", "Started", "Confirmed", "Left", "Net", "Active", "whole"],
    )
    total = sign_ups.totals(conn, scope.period)
    says = (
        f"{total.confirmed:,} people confirmed their sign-up and {total.left:,} left; {total.active:,} are "
        "signed up at the end."
    )
    return Panel(
        "sign-ups", "Sign-ups and leavers", says,
        "Started: forms sent, phones registered. Confirmed: links followed; an app counts at once. Left: confirmed "
        "people who left. Net: confirmed less left. Active: confirmed and not left, at the end of the step. Hollow "
        "points are steps that are not over; what is hidden breaks the line.",
        readable_steps(table.drop(columns="whole"), scope.step),
        partial(charts.over_time, table, ["Confirmed", "Left"], unit="people"),
    )  # fmt: skip


def growth_of_district(conn: Connection, scope: Scope) -> Panel:
    """The same by month, for less would point at people."""
    facts = {"Confirmed": "confirmed", "Left": "leavers"}
    series = {title: sign_ups.by_month(conn, scope.period, Dimension.DISTRICT, fact) for title, fact in facts.items()}
    months = scope.period.steps(Step.MONTH)
    table = pd.DataFrame({"start": months})
    for title, found in series.items():
        table[title] = [found[month].get(scope.district) for month in months]
    table["whole"] = [m >= scope.period.start and Step.MONTH.next(m) <= scope.today for m in months]
    return Panel(
        "sign-ups", "Sign-ups and leavers", f"{scope.district}, by month.",
        "Confirmed: links followed; an app counts at once. Left: confirmed people who left. Where they live: the first "
        "place they named.",
        readable_steps(table.drop(columns="whole"), Step.MONTH),
        partial(charts.over_time, table, list(facts), unit="people"),
    )  # fmt: skip


def sign_ups_by(dimension: Dimension, rows: Sequence[SignUps]) -> Panel:
    """Sign-ups of the whole force by one thing they share; the last column is drawn."""
    title, definition, columns = BY[dimension]
    if dimension is Dimension.SECTOR:
        rows = [row for row in rows if row.value != RESIDENTS]
    counts = pd.DataFrame(
        [(row.label, row.started, row.confirmed, row.left, row.active) for row in rows],
        columns=[title, *EVERYTHING],
        dtype=object,
    )
    drawn = columns[-1]
    table = counts[[title, *columns]]
    first = next((row[title] for row in table.to_dict("records") if row[drawn]), None)
    return Panel(
        name=f"sign-ups-by-{dimension.replace('_', '-')}",
        title=title,
        says=f"{first} comes first." if first else "Nobody yet.",
        definition=f"{definition} Whole force.",
        table=table,
        chart=bars(table, title, drawn, unit="people who left" if drawn == "Left" else "signed up"),
    )


def staying(conn: Connection, scope: Scope) -> Panel:
    """How long people stay."""
    rows = sign_ups.staying(conn, scope.today)
    table = pd.DataFrame(
        [(r.months, round(100 * r.share, 1), r.people) for r in rows], columns=["Months", "Still here, %", "Of"]
    )
    last = rows[-1] if rows else None
    says = (
        f"After {last.months} months {100 * last.share:.0f} % are still here."
        if last
        else "Nobody has been here for a month."
    )
    drawn = table[table["Months"].isin(STAYS)]
    points = drawn.assign(Months=[f"{months} months" for months in drawn["Months"]])
    return Panel(
        "staying", "How long people stay", says,
        "The share of people still signed up so many months after the one in which they confirmed (Kaplan and Meier's "
        "estimate); it ends where fewer than ten have been here so long.",
        table, bars(points, "Months", "Still here, %", unit="% still here"),
    )  # fmt: skip
