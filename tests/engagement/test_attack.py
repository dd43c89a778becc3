"""What an analyst could work out of everything published together: the linear system of it all, solved with bounds.

The rule (docs/decisions/0021): of a count of 1 to 9 people, responses or deliveries at least LEAST values remain
possible, the true one among them. Where one could know more than an analyst may, the system is given it: that nobody
moved, nothing was erased, and every figure since the first day.
"""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from psycopg.errors import InsufficientPrivilege
from scipy.optimize import linprog
from scipy.sparse import coo_array

from smartalert.engagement import panels, published, reach, rollups, sign_ups
from smartalert.engagement.panels import Panel
from smartalert.engagement.periods import Period, Step, month, months_between
from smartalert.engagement.published import Series
from smartalert.engagement.sign_ups import FACTS, STAYS, Dimension
from tests.databases import Database
from tests.engagement.counties import NOW, TODAY, County

#: Of a count of 1 to 9 so many values remain possible.
LEAST = 6
#: Of so many alerts the moments of one are asked for: each has hundreds.
EVERY = 5
#: What adds up to everybody; a topic does not.
ADDING = [one for one in Dimension if one not in (Dimension.TOPIC, Dimension.DISTRICT)]


class System:
    """Unknown numbers that are never negative, and what is known of their sums."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}
        self.terms: list[tuple[int, int, float]] = []
        self.limits: list[float] = []
        self.made: Any = None

    def place(self, name: Any) -> int:
        return self.places.setdefault(name, len(self.places))

    def at_most(self, limit: float, *terms: tuple[float, Any]) -> None:
        self.terms += [(len(self.limits), self.place(name), factor) for factor, name in terms]
        self.limits.append(limit)

    def at_least(self, limit: float, *terms: tuple[float, Any]) -> None:
        self.at_most(-limit, *((-factor, name) for factor, name in terms))

    def equal(self, *terms: tuple[float, Any]) -> None:
        self.at_most(0, *terms)
        self.at_least(0, *terms)

    def shown(self, figure: int, phase: Any, *terms: tuple[float, Any]) -> None:
        """A sum that is published in tens: with its phase it lies between the figure and nine more."""
        self.at_least(figure, *terms, (1, phase))
        self.at_most(figure + 9, *terms, (1, phase))
        self.at_most(9, (1, phase))

    def matrix(self) -> Any:
        """What is known, made once for all that is asked of it."""
        if self.made is None or self.made.shape != (len(self.limits), len(self.places)):
            rows, columns, values = zip(*self.terms, strict=True)
            self.made = coo_array((values, (rows, columns)), shape=(len(self.limits), len(self.places))).tocsr()
        return self.made

    def interval(self, *terms: tuple[float, Any]) -> tuple[int, int]:
        """The least and the most whole number a sum may be."""
        matrix, ends = self.matrix(), []
        for sign in (1, -1):
            goal = np.zeros(len(self.places))
            for factor, name in terms:
                goal[self.places[name]] += sign * factor
            solved = linprog(goal, A_ub=matrix, b_ub=self.limits, bounds=(0, None), method="highs")
            assert solved.status in (0, 3), solved.message
            ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
        return ceil(ends[0] - 1e-6), 10**9 if np.isinf(ends[1]) else floor(ends[1] + 1e-6)


def months_of(county: County) -> list[date]:
    """The first day of each month that is over, and of the one that is not."""
    first = Step.MONTH.start(county.began)
    return [month(first, n) for n in range(months_between(first, TODAY) + 1)]


def test_no_small_count_of_people_is_narrower_than_the_rule(analyst: Any, owner: Any, county: County) -> None:
    ends = months_of(county)
    system, cells = people(analyst, ends)
    narrow = []
    for cell, terms in cells.items():
        true = truth(owner, cell)
        if 1 <= true <= 9:
            least, most = system.interval(*terms)
            assert least <= true <= most, (cell, true, least, most)
            if most - least + 1 < LEAST:
                narrow.append((cell, true, least, most))
    assert not narrow
    assert county.people == 0 or any(1 <= truth(owner, cell) <= 9 for cell in cells)


Terms = list[tuple[float, Any]]
Cells = dict[tuple[str, str, str, date, date], Terms]


def people(conn: Any, ends: list[date]) -> tuple[System, Cells]:
    """Everything published of people by month, and each count as a sum of unknowns.

    Unknown are those who joined by month and value, and those who left, also by the month in which they joined.
    """
    system, cells, force = System(), Cells(), Series(conn, "all", TODAY)
    for flow, end in pairwise(ends):
        since = [one for one in ends[1:] if one <= end]
        started: Terms = [(1, ("started", one)) for one in since]
        joined: Terms = [(1, ("joined", one)) for one in since]
        left: Terms = [(1, ("left", begin, one)) for one in since for begin in since if begin <= one]
        for fact, terms in (("started", started), ("confirmed", joined), ("left", left)):
            system.shown(force.upto("", fact, end), ("phase", "all", fact), *terms)
        system.at_least(0, *started, *minus(joined))
        for begin in since:
            system.at_least(0, (1, ("joined", begin)), *minus([term for term in left if term[1][1] == begin]))
        now = {
            "confirmed": [(1, ("joined", end))],
            "left": [term for term in left if term[1][2] == end],
            "active": joined + minus(left),
        }
        cells["all", "", "confirmed", flow, end], cells["all", "", "left", flow, end] = now["confirmed"], now["left"]
        for dimension in ADDING:
            cells |= shared(system, conn, dimension, (flow, end), now)
        districts(system, conn, end, since)
        stays(system, end, since)
    return system, cells


def minus(terms: Terms) -> Terms:
    return [(-factor, name) for factor, name in terms]


def shared(
    system: System, conn: Any, dimension: Dimension, during: tuple[date, date], everybody: dict[str, Terms]
) -> Cells:
    """One dimension until one month's end: its values add up to everybody."""
    series, (flow, end), cells = Series(conn, dimension, TODAY), during, Cells()
    values = sorted({*sign_ups.names_of(conn, dimension), *series.values()})
    for fact in FACTS[dimension]:
        for value in values:
            name = (dimension, value, fact)
            since = [key for key in system.places if key[:3] == name and len(key) == 4] if fact != "active" else []
            system.shown(series.upto(value, fact, end), ("phase", *name), *((1, key) for key in {*since, (*name, end)}))
            cells[str(dimension), value, fact, flow, end] = [(1, (*name, end))]
        system.equal(*((1, (dimension, value, fact, end)) for value in values), *minus(everybody[fact]))
    return cells


def districts(system: System, conn: Any, end: date, since: list[date]) -> None:
    """Who left by district: of those who came to its neighbourhoods, all that are not there."""
    series, places = Series(conn, Dimension.DISTRICT, TODAY), defaultdict(list, {"": [""]})
    for row in published.neighbourhoods(conn):
        places[row.district].append(str(row.id))
    for district, inside in places.items():
        gone: Terms = [(1, ("district", district, "left", one)) for one in since]
        system.shown(series.upto(district, "left", end), ("phase", "district", district), *gone)
        came = [(1, (Dimension.NEIGHBOURHOOD, value, "confirmed", one)) for value in inside for one in since]
        stay = [(-1, (Dimension.NEIGHBOURHOOD, value, "active", end)) for value in inside]
        system.equal(*came, *stay, *minus(gone))


def stays(system: System, end: date, since: list[date]) -> None:
    """Who left, and who is here, by how many months before they joined."""
    bands = [*sorted(map(int, STAYS)), 10**6]
    for first, beyond in pairwise(bands):
        of_band = [one for one in since if first <= months_between(one, end) < beyond]
        here: Terms = [(1, ("joined", one)) for one in of_band]
        left: Terms = [(1, ("left", one, end)) for one in of_band]
        gone: Terms = [(1, ("left", one, at)) for one in of_band for at in since if one <= at]
        system.equal((1, (Dimension.STAY, str(first), "left", end)), *minus(left))
        system.equal((1, (Dimension.STAY, str(first), "active", end)), *minus(here), *gone)


def truth(owner: Any, cell: tuple[str, str, str, date, date]) -> int:
    """The very count, which only the owner can read."""
    dimension, value, fact, start, end = cell
    counts = [
        owner.execute(
            "select counted from published_people where (dimension, value, fact) = (%s, %s, %s) and before <= %s"
            " order by before desc limit 1",
            (dimension, value, fact, day),
        ).fetchone()
        for day in ((end,) if fact == "active" else (start, end))
    ]
    *before, upto = [row.counted if row else 0 for row in counts]
    return int(upto - sum(before))


def test_no_small_count_of_an_alert_is_narrower_than_the_rule(analyst: Any, owner: Any, county: County) -> None:
    narrow, tried = [], 0
    for row in reach.read(analyst, Period(county.began, TODAY)):
        system = System()  # alerts have phases of their own: none says anything of another
        one_alert(system, analyst, row)
        asked = counts_of(owner, row.id) | (moments_of(owner, row, system) if row.id % EVERY == 0 else {})
        for name, (true, terms) in asked.items():
            least, most = system.interval(*((factor, (row.id, key)) for factor, key in terms))
            assert least <= true <= most, (row.id, name, true, least, most)
            tried += 1 <= true <= 9
            if 1 <= true <= 9 and most - least + 1 < LEAST:
                narrow.append((row.id, name, true, least, most))
    assert not narrow
    assert tried or not county.alerts


def one_alert(system: System, conn: Any, row: Any) -> None:
    """What is published of one alert, and what contains what."""

    def known(name: str) -> tuple[float, Any]:
        return 1, (row.id, name)

    for name in ("people", "handed_over", "delivered", "opened"):
        system.shown(getattr(row, name), (row.id, "phase"), known(name))
    for whole, part in (("people", "handed_over"), ("handed_over", "delivered"), ("delivered", "opened"),
                        ("responses", "useful"), ("responses", "looks")):  # fmt: skip
        system.at_least(0, known(whole), (-1, (row.id, part)))
    for name, figure in (("responses", sum(row.responses)), ("useful", row.useful), ("looks", sum(row.looks))):
        system.shown(figure, (row.id, "answers"), known(name))
    for lists in reach.channel_rows(conn, [row.id]):
        by_time(system, row.id, lists)
        one = reach.deliveries(lists.channel, [lists])
        system.shown(one.handed_over, (row.id, "phase", one.channel), known(one.channel))
        system.shown(one.delivered, (row.id, "phase", one.channel), known(f"{one.channel} delivered"))
        system.shown(one.failed, (row.id, "phase", one.channel, "failed"), known(f"{one.channel} failed"))
        system.at_least(0, known(one.channel), (-1, (row.id, f"{one.channel} delivered")))
        system.at_least(0, known("handed_over"), (-1, (row.id, one.channel)))
    system.at_least(0, known("push"), known("email"), (-1, (row.id, "handed_over")))


def by_time(system: System, alert_id: int, lists: Any) -> None:
    """One channel's hand-overs and arrivals by how long they took: each so far, and none arrives before it is sent."""
    phase, channel = (alert_id, "phase", lists.channel), lists.channel
    last = max(len(lists.hand_overs), len(lists.arrivals), 1) - 1
    for what, counts, total in (("by", lists.hand_overs, channel), ("in by", lists.arrivals, f"{channel} delivered")):
        for place in range(last + 1):
            here = (1, (alert_id, f"{channel} {what} {place}"))
            system.shown(sum(counts[: place + 1]), phase, here)
            if place:
                system.at_least(0, here, (-1, (alert_id, f"{channel} {what} {place - 1}")))
        system.at_least(0, (1, (alert_id, total)), (-1, (alert_id, f"{channel} {what} {last}")))
    for place in range(last + 1):
        sent, arrived = (alert_id, f"{channel} by {place}"), (alert_id, f"{channel} in by {place}")
        system.at_least(0, (1, sent), (-1, arrived))


Asked = dict[str, tuple[int, list[tuple[float, str]]]]


def moments_of(owner: Any, row: Any, system: System) -> Asked:
    """How many deliveries were handed over, or arrived, in each span of time; and of how many nobody knows whether."""
    found: Asked = {}
    for channel in ("push", "email"):
        places = owner.execute(
            """select case when handed_over_at is not null
                           then slice(extract(epoch from handed_over_at - %(release)s)::float8) end as by,
                      case when delivered_at is not null
                           then slice(extract(epoch from delivered_at - %(release)s)::float8) end as in_by
               from deliveries where alert_id = %(id)s and channel = %(channel)s""",
            {"id": row.id, "release": row.release_at, "channel": channel},
        ).fetchall()
        for what, took in (("by", [one.by for one in places]), ("in by", [one.in_by for one in places])):
            for place in sorted({one for one in took if one is not None}):
                if (row.id, f"{channel} {what} {place}") in system.places:
                    before: Terms = [(-1, f"{channel} {what} {place - 1}")] if place else []
                    found[f"{channel} {what} {place}"] = took.count(place), [(1, f"{channel} {what} {place}"), *before]
        silent = sum(one.by is not None and one.in_by is None for one in places)
        if places:
            found[f"{channel} unconfirmed"] = silent, [(1, channel), (-1, f"{channel} delivered")]
    return found


def counts_of(owner: Any, alert_id: int) -> Asked:
    """The very counts of one alert, each by its name in the system."""
    row = owner.execute(
        """select (select people from alerts where id = %(id)s) as people,
                  count(distinct subscriber_id) filter (where handed_over_at is not null) as handed_over,
                  count(distinct subscriber_id) filter (where delivered_at is not null) as delivered,
                  count(distinct subscriber_id) filter (where opened_at is not null) as opened,
                  count(handed_over_at) filter (where channel = 'push') as push,
                  count(handed_over_at) filter (where channel = 'email') as email,
                  (select count(*) from responses where alert_id = %(id)s) as responses,
                  (select count(*) from responses where alert_id = %(id)s and verdict = 'useful') as useful
           from deliveries where alert_id = %(id)s""",
        {"id": alert_id},
    ).fetchone()
    return {name: (true, [(1, name)]) for name, true in row._asdict().items()}


def periods(county: County) -> list[Period]:
    """Months, quarters, years, and dates that slide: what may be asked for."""
    ends = [*months_of(county), TODAY + timedelta(days=1)]
    months = [Period(*pair) for pair in pairwise(ends)]
    sliding = [Period(TODAY - timedelta(days=n + 40), TODAY - timedelta(days=n)) for n in (0, 1, 17)]
    return [*months, *sliding, Period(ends[0], ends[-1]), Period(month(ends[0], -12), ends[0])]


def test_every_way_of_asking_says_what_adding_up_says(analyst: Any, county: County) -> None:
    """No figure of any panel is a second publication of its count."""
    everything = {
        row.id: row for row in reach.read(analyst, Period(month(county.began, -13), TODAY + timedelta(days=1)))
    }
    for period in periods(county):
        for district in ("", "North", "South"):
            scope = panels.scope_of(analyst, period, TODAY, district)
            chosen = [row for row in everything.values() if period.start <= row.day < period.before
                      and (not district or row.district == district)]  # fmt: skip
            for panel in (one for read in panels.sections(analyst, scope).values() for one in read()):
                assert_in_tens(panel)
                if panel.name == "reach-by-kind":
                    assert panel.table["People told"].sum() == sum(row.people for row in chosen)
                if panel.name == "responses":
                    assert panel.table["Responses"].sum() == sum(sum(row.responses) for row in chosen)
                if panel.name == "arrival":
                    assert_adds_up(analyst, panel, [row.id for row in chosen])
                if panel.name == "cost" and not district:
                    assert_costs_what_was_sent(analyst, panel, chosen)
                if panel.name == "responses-by-kind":
                    assert panel.table["Responses"].sum() == sum(sum(row.responses) for row in chosen)
                if panel.name in WHOLE:
                    assert_differences(analyst, panel, scope, *WHOLE[panel.name])


def assert_adds_up(conn: Any, panel: Panel, ids: list[int]) -> None:
    """Arrival over time is the alerts' own figures added up, channel by channel."""
    sent = reach.channels_of(conn, ids)
    assert panel.table["Handed over"].sum() == sum(one.handed_over for one in sent)
    assert panel.table["Confirmed"].sum() == sum(one.delivered for one in sent)
    assert panel.table["No confirmation"].sum() == sum(one.handed_over - one.delivered for one in sent)


def assert_costs_what_was_sent(conn: Any, panel: Panel, chosen: list[Any]) -> None:
    """No month's cost says more than its alerts' figures do, each added up."""
    for row in panel.table.to_dict("records"):
        alerts = [one for one in chosen if f"{one.day:%B %Y}" == row["Month"]]
        sent = {one.channel: one.handed_over for one in reach.channels_of(conn, [one.id for one in alerts])}
        assert (row["E-mails"], row["Pushes"]) == (sent.get("email", 0), sent.get("push", 0))
        assert row["People it was handed over to"] == sum(one.handed_over for one in alerts)


#: Panel → its dimension, and the fact of each column.
NAMED = {"Confirmed": "confirmed", "Left": "left", "Active": "active"}
WHOLE = {
    f"sign-ups-by-{one.replace('_', '-')}": (one, NAMED) for one in Dimension if one is not Dimension.STAY
}  # fmt: skip


def assert_differences(conn: Any, panel: Panel, scope: Any, dimension: Dimension, facts: dict[str, str]) -> None:
    """Each cell is the difference of the published series at the two ends of the period."""
    if panel.table.empty:
        return
    series = published.counter(conn, dimension, TODAY)
    value_of = {label: value for value, label in sign_ups.names_of(conn, dimension).items()}
    for row in panel.table.to_dict("records"):
        for column, fact in facts.items():
            if column in row:
                value = value_of[row[panel.table.columns[0]]]
                assert row[column] == series.of(value, fact, scope.months), (panel.name, row)


#: Columns that count people, deliveries or responses.
COUNTED = {
    "Started", "Confirmed", "Left", "Net", "Active", "People told", "Handed over", "Delivered", "Opened", "Responses",
    "Useful", "Signed up", "No confirmation", "E-mails", "Pushes",
    "People it was handed over to", "Android", "iPhone", "Browser", "Not said",
}  # fmt: skip
#: Columns that count something else, or nothing.
OTHER = {
    "Alerts", "Residents", "District", "Neighbourhood", "In time, %", "Half within", "95 % within", "Per 1,000",
    "Half came within", "Half looked at within", "Left, %", "Confirmed, %", "Half arrived within",
    "95 % arrived within", "Left in a month, %", "Still here at the end, %", "Urgent alerts", "Out in time",
    "Out in time, %", "Together",
    "Cost, £", "Pence for each person told", "Wanted", "Due in these days", "Reached", "Reached, % of what is due",
    "Signed up for", "What", "People in the average month", "Alerts a month", "Installs", "Country", "Week", "Month",
}  # fmt: skip


def assert_in_tens(panel: Panel) -> None:
    """Every count of people is; a column nobody has thought about fails."""
    for column in panel.table.columns[0 if panel.name == "coverage" else 1 :]:
        assert column in COUNTED | OTHER, (panel.name, column)
        if column in COUNTED:
            assert all(value is None or value % 10 == 0 for value in panel.table[column].dropna()), (panel.name, column)
    for row in panel.table.to_dict("records") if panel.name == "targets" else []:
        if row["Target"].startswith(("Sign-ups,", "People signed up,", "Responses,")):
            assert row["Reached"] is None or row["Reached"] % 10 == 0


def test_the_analysts_own_tables_hold_the_same_figures(owner: Any, analyst: Any, county: County) -> None:
    for row in owner.execute("select * from analyst_sign_ups where dimension <> 'all'"):
        dimension = Dimension(row.dimension)
        (value,) = [value for value, label in sign_ups.names_of(analyst, dimension).items() if label == row.label]
        series, during = published.counter(analyst, dimension, TODAY), Period(row.month, month(row.month, 1))
        for column, fact in (("confirmed", "confirmed"), ("leavers", "left"), ("active", "active")):
            shown = getattr(row, column)
            assert shown is None or shown == series.of(value, fact, during)
    listed = {one.id: one.reach for one in reach.alerts(analyst, Period(county.began, TODAY))}
    for row in owner.execute("select * from analyst_alerts"):
        told = listed[row.alert_id]
        assert (row.people, row.delivered, row.responses) == (told.people, told.delivered, told.responses)


EXACT = (
    "select * from sign_up_days", "select * from stays", "select counted from published_people",
    "select * from published_people", "select secret from rounding", "select phase('x')",
    "select phase('x', 1)", "select people from alerts", "select count(*) from deliveries", "select * from responses",
    "select count(*) from contacts",
)  # fmt: skip


@pytest.mark.parametrize("role", ["smartalert_engagement", "smartalert_analyst"])
@pytest.mark.parametrize("query", EXACT)
def test_no_role_that_reads_figures_can_read_a_count(county_database: Database, query: str, role: str) -> None:
    with county_database.connect(role) as conn, pytest.raises(InsufficientPrivilege):
        conn.execute(query)


def test_what_is_published_stays_when_people_move_leave_or_are_erased(
    county_database: Database, county: County
) -> None:
    with county_database.connect() as conn:
        before = conn.execute("select * from shown_people order by 1, 2, 3, 4").fetchall()
        conn.execute("update places set point = st_translate(point, 900, 0)")
        conn.execute("update subscribers set topics = 0")
        conn.execute("delete from subscribers where id % 3 = 0 and left_at is null")
        rollups.count_all_due(conn, NOW + timedelta(days=40))
        kept = [row for row in conn.execute("select * from shown_people order by 1, 2, 3, 4") if row.before <= TODAY]
        assert kept == [row for row in before if row.before <= TODAY]
        conn.rollback()
