"""Growth, where from, who left and why, how long people stay."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, sign_ups
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope, bars, spoken
from smartalert.engagement.panels.words import people, readable_steps, tenth
from smartalert.engagement.periods import Step
from smartalert.engagement.published import ENOUGH
from smartalert.engagement.sign_ups import FACTS, NOT_SAID, Dimension, SignUps
from smartalert.engagement.targets import Measure

#: The trade of those who have none.
RESIDENTS = "0"
#: Fact → its column.
COLUMNS = {"started": "Started", "confirmed": "Confirmed", "left": "Left", "active": "Active"}
#: What people are counted by → title and definition.
BY = {
    Dimension.DISTRICT: ("By district", "Where the first place they named is: the sum of its neighbourhoods."),
    Dimension.NEIGHBOURHOOD: (
        "By neighbourhood",
        "Where the first place they named is. The chart shows the fifteen with most people, the table all of them.",
    ),
    Dimension.CHANNEL: ("By channel", "How people are reached, or were when they left."),
    Dimension.HEARD_OF: ("How they heard of us", "What people answered when they signed up. They may leave it out."),
    Dimension.TOPIC: ("By topic", "What people want to hear of. One person may have several topics."),
    Dimension.SECTOR: ("Businesses by trade", "Which trade people are in. The chart leaves residents out."),
    Dimension.REASON: ("Why people left", "What people answered when they left. They may leave it out."),
}
COUNTED = (
    "Confirmed: people who followed the link in our e-mail, or use the app. Left: confirmed people who left. Active: "
    "confirmed people who had not left at the end."
)


def of_sign_ups(conn: Connection, scope: Scope) -> list[Panel]:
    """Growth, where from, who left and why, how long people stay; of one district only what is known by place."""
    if scope.district:
        return [growth_of_district(conn, scope), by_panel(conn, scope, Dimension.NEIGHBOURHOOD)]
    return [
        *growth(conn, scope), *(by_panel(conn, scope, dimension) for dimension in BY), staying(conn, scope),
    ]  # fmt: skip


def growth(conn: Connection, scope: Scope) -> list[Panel]:
    """Confirmed and left in each step, and who was in when it ended."""
    points = sign_ups.over_time(conn, scope.period, scope.step)
    table = pd.DataFrame(
        [(p.start, p.started, p.confirmed, p.left, p.net, p.active, p.whole) for p in points],
        columns=["start", "Started", "Confirmed", "Left", "Net", "Active", "whole"], dtype=object,
    )  # fmt: skip
    total = sign_ups.totals(conn, scope.period)
    wanted = targets.standing(conn, scope, Measure.SIGN_UPS)
    joined = Panel(
        "sign-ups", "Sign-ups and leavers",
        f"{people(total.confirmed or 0).capitalize()} confirmed their sign-up and {people(total.left or 0)} left.",
        f"Started: sign-up forms sent and phones registered. {COUNTED} Net: confirmed minus left. A day counts "
        "when it is over. Hollow points are weeks or months that are not complete.",
        readable_steps(table.drop(columns="whole"), scope.step),
        partial(
            charts.over_time, table, ["Confirmed", "Left"], unit="people",
            limit=targets.line(wanted, scope, scope.step),
        ),
        target=targets.said(wanted),
    )  # fmt: skip
    return [joined, signed_up(conn, scope, table[["start", "Active", "whole"]])]


def signed_up(conn: Connection, scope: Scope, table: pd.DataFrame) -> Panel:
    """Who was in when each step ended."""
    wanted = targets.standing(conn, scope, Measure.SIGNED_UP)
    known = [count for count in table["Active"] if count is not None]
    return Panel(
        "signed-up", "People signed up",
        f"{people(known[-1]).capitalize()} at the end." if known else "Counted when the day is over.",
        "Confirmed and not left, when each step ended. Hollow points are weeks or months that are not complete.",
        readable_steps(table.drop(columns="whole"), scope.step),
        partial(charts.over_time, table, ["Active"], unit="people", limit=targets.line(wanted, scope, scope.step)),
        target=targets.said(wanted),
    )  # fmt: skip


def growth_of_district(conn: Connection, scope: Scope) -> Panel:
    """The same by month, for less would point at people."""
    facts = {"Confirmed": "confirmed", "Left": "left", "Active": "active"}
    months = scope.period.steps(Step.MONTH)
    table = pd.DataFrame({"start": months})
    for title, fact in facts.items():
        found = sign_ups.by_month(conn, scope.period, Dimension.DISTRICT, fact)
        known = [found.get(month, {}).get(scope.district, 0 if month in found else None) for month in months]
        table[title] = pd.Series(known, dtype=object)
    table["whole"] = [scope.whole(month, Step.MONTH) for month in months]
    confirmed, left = (int(table[title].fillna(0).sum()) for title in ("Confirmed", "Left"))
    return Panel(
        "sign-ups", "Sign-ups and leavers",
        f"{people(confirmed).capitalize()} confirmed their sign-up in {scope.district} and {people(left)} left."
        if scope.has_months else not_yet(scope),
        f"{COUNTED} Where they live: the first place they named. A month counts when it is over.",
        readable_steps(table.drop(columns="whole"), Step.MONTH),
        partial(charts.over_time, table, ["Confirmed", "Left"], unit="people") if scope.has_months else None,
    )  # fmt: skip


def not_yet(scope: Scope) -> str:
    """What stands where no month of the period is over."""
    return f"{scope.dates} is counted by month, when the month is over."


def by_panel(conn: Connection, scope: Scope, dimension: Dimension) -> Panel:
    """People by one thing they share, in the period's months that are over; the last column is drawn."""
    title, definition = BY[dimension]
    name = f"sign-ups-by-{dimension.replace('_', '-')}"
    if not scope.has_months:
        return Panel(name, title, not_yet(scope), definition, pd.DataFrame())
    rows = [row for row in sign_ups.by(conn, scope.months, dimension) if is_shown(row, dimension, scope)]
    facts = FACTS[dimension]
    table = pd.DataFrame(
        [(row.label, *(getattr(row, fact) for fact in facts)) for row in rows],
        columns=[title, *(COLUMNS[fact] for fact in facts)], dtype=object,
    )  # fmt: skip
    drawn = COLUMNS[facts[-1]]
    return Panel(
        name, title, says_of(rows, facts[-1]),
        f"{definition} {COUNTED} {spoken(scope.months)}, {scope.area}: months count when they are over.",
        table, bars(table, title, drawn, unit="people who left" if drawn == "Left" else "people signed up"),
    )  # fmt: skip


def is_shown(row: SignUps, dimension: Dimension, scope: Scope) -> bool:
    """Whether a row belongs to what is looked at."""
    if dimension is Dimension.SECTOR:
        return row.value != RESIDENTS
    return not scope.district or row.value in map(str, scope.neighbourhoods)


def says_of(rows: Sequence[SignUps], fact: str) -> str:
    """Which comes first, where it can be said."""
    known = [(row.label, getattr(row, fact) or 0) for row in rows if row.label != NOT_SAID]
    first, second = [*known, ("", 0), ("", 0)][:2]
    if not first[1]:
        return "Nobody, or too few to show." if rows else "Nobody yet."
    said = f"“{first[0]}” comes first" if first[1] > second[1] else f"“{first[0]}” and “{second[0]}” come first"
    return f"{said}, of those who answered." if len(known) < len(rows) else f"{said}."


def staying(conn: Connection, scope: Scope) -> Panel:
    """How long people stay."""
    rows = sign_ups.staying(conn, scope.months) if scope.has_months else []
    table = pd.DataFrame(
        [(r.label, r.left, tenth(100 * r.left / r.months_of_people), round(100 * r.share, 1)) for r in rows],
        columns=["Signed up for", "Left", "Left in a month, %", "Still here at the end, %"], dtype=object,
    )  # fmt: skip
    if sum(row.left for row in rows) < ENOUGH:
        rows = []
    last = rows[-1] if rows else None
    says = (
        f"If people keep leaving as they did in {spoken(scope.months)}, {100 * last.share:.0f} of every 100 who join "
        f"will still be signed up after {last.months} months."
        if last
        else "Too few people left to show this."
    )
    return Panel(
        "staying", "How long people stay", says,
        "People who left in the whole months of this period, by how long they had been signed up, compared with "
        "everybody who had been signed up for as long. From the two we work out how many of every 100 people who join "
        "would still be signed up at the end of each time (a period life table). It stops where too few people have "
        "been signed up for as long.",
        table, bars(table, "Signed up for", "Still here at the end, %", unit="% still here") if rows else None,
    )  # fmt: skip
