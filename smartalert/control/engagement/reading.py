"""What the engagement screen and its exports read: as a database role that can see no person."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

import streamlit as st

from smartalert.clock import LONDON, utc_now
from smartalert.control import transactions
from smartalert.database.connection import Connection
from smartalert.engagement import panels, periods, published, reach, rollups
from smartalert.engagement.panels import Panel, Scope, scope_of
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.practised import practised_said

ROLE = "smartalert_engagement"
#: Figures are counted every twenty seconds: looking more often shows nothing new.
KEPT_S = 20
#: How many single months may be chosen.
MONTHS_BACK = 24
YEARS_BACK = 5
#: Between two dates that were typed in; no force had alerts before the earliest.
DATES = ".."
EARLIEST = date(2000, 1, 1)
T = TypeVar("T")


def today() -> date:
    """London's day."""
    return datetime.now(LONDON).date()


def period_choices(on: date) -> dict[str, str]:
    """Choice → its words: the last months, one month, a quarter, a financial year (from April), or dates."""
    this = Step.MONTH.start(on)
    months = [periods.month(this, -back) for back in range(MONTHS_BACK)]
    quarters = [start for start in months[3:] if start.month % 3 == 1]
    years = [date(year, 4, 1) for year in range(on.year, on.year - YEARS_BACK, -1) if date(year, 4, 1) <= on]
    return {
        "12m": "Last 12 months",
        "3m": "Last 3 months",
        DATES: "Choose dates",
        f"{this:%Y-%m}": f"{this:%B %Y}, so far",
        **{f"{month:%Y-%m}": f"{month:%B %Y}" for month in months[1:]},
        **{f"q{start:%Y-%m}": f"{start:%B} to {periods.month(start, 2):%B %Y}" for start in quarters},
        **{f"y{start:%Y-%m}": f"April {start:%Y} to March {start.year + 1}" for start in years},
    }


def period(chosen: str, on: date) -> Period:
    """The period of a choice, or of two dates ("2026-01-05..2026-02-07"); today is its last day where it is not over.

    Raises ValueError for no choice of ours.
    """
    tomorrow = on + timedelta(days=1)
    if DATES in chosen and chosen != DATES:
        start, last = map(date.fromisoformat, chosen.split(DATES))
        if not EARLIEST <= start <= last <= on:
            raise ValueError(chosen)
        return Period(start, last + timedelta(days=1))
    if chosen not in period_choices(on) or chosen == DATES:
        raise ValueError(chosen)
    if chosen.endswith("m"):
        return Period(periods.month(Step.MONTH.start(on), 1 - int(chosen[:-1])), tomorrow)
    length = {"q": 3, "y": 12}.get(chosen[0], 1)
    start = date.fromisoformat(f"{chosen.lstrip('qy')}-01")
    return Period(start, min(periods.month(start, length), tomorrow))


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner="Reading the figures …")
def section(title: str, chosen: str, on: date, district: str) -> list[Panel]:
    """The panels of one section."""
    return in_transaction(lambda conn: panels.sections(conn, scope(conn, chosen, on, district))[title]())


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def summary(chosen: str, on: date, district: str) -> str:
    """The period in one breath."""
    return in_transaction(lambda conn: panels.summary(conn, scope(conn, chosen, on, district)))


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def targets_said(chosen: str, on: date, district: str) -> str:
    """How the period's figures stand beside its targets; empty where there are none."""
    return in_transaction(lambda conn: panels.all_said(conn, scope(conn, chosen, on, district)))


@st.cache_resource(ttl=KEPT_S, show_spinner=False)
def practised() -> str:
    """How many officers who send have done a drill in time."""
    return in_transaction(lambda conn: practised_said(conn, utc_now()))


def forget() -> None:
    """Read anew what is shown beside targets and costs: one of them was changed."""
    for kept in (section, summary, targets_said):
        kept.clear()


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def alerts(chosen: str, on: date, district: str) -> list[reach.Alert]:
    """The alerts of the period and area, the newest first."""

    def read(conn: Connection) -> list[reach.Alert]:
        found = scope(conn, chosen, on, district)
        return reach.alerts(conn, found.period, found.choice)

    return in_transaction(read)


@st.cache_resource(ttl=KEPT_S, show_spinner=False)
def districts() -> list[str]:
    """What the area may be narrowed to."""
    return in_transaction(published.districts)


@st.cache_resource(ttl=KEPT_S / 2, show_spinner=False)
def as_of() -> datetime | None:
    """Until when everything has been counted."""
    return in_transaction(rollups.as_of)


def scope(conn: Connection, chosen: str, on: date, district: str) -> Scope:
    """What is looked at."""
    return scope_of(conn, period(chosen, on), on, district)


def in_transaction(work: Callable[[Connection], T]) -> T:
    """Run work(conn) as a role that can see no person, in a transaction that cannot write."""
    return transactions.in_transaction(work, role=ROLE)
