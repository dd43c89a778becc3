"""What the engagement screen and its exports read: as a database role that can see no person."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

import streamlit as st

from smartalert.clock import LONDON
from smartalert.control import transactions
from smartalert.database.connection import Connection
from smartalert.engagement import panels, periods, reach, rollups, sign_ups
from smartalert.engagement.panels import Panel, Scope, scope_of
from smartalert.engagement.periods import Period, Step

ROLE = "smartalert_engagement"
#: Figures are counted every twenty seconds: looking more often shows nothing new.
KEPT_S = 20
#: How many single months may be chosen.
MONTHS_BACK = 24
T = TypeVar("T")


def today() -> date:
    """London's day."""
    return datetime.now(LONDON).date()


def period_choices(on: date) -> dict[str, str]:
    """Choice → its words: a year, a quarter, or one month."""
    this = Step.MONTH.start(on)
    months = [periods.month(this, -back) for back in range(MONTHS_BACK)]
    return {
        "12m": "Last 12 months",
        "3m": "Last 3 months",
        f"{this:%Y-%m}": f"{this:%B %Y}, so far",
        **{f"{month:%Y-%m}": f"{month:%B %Y}" for month in months[1:]},
    }


def period(chosen: str, on: date) -> Period:
    """The period of a choice; today is its last day where it is not over. Raises ValueError for no choice of ours."""
    if chosen not in period_choices(on):
        raise ValueError(chosen)
    tomorrow = on + timedelta(days=1)
    if chosen.endswith("m"):
        return Period(periods.month(Step.MONTH.start(on), 1 - int(chosen[:-1])), tomorrow)
    whole = Period.of_month(int(chosen[:4]), int(chosen[5:]))
    return Period(whole.start, min(whole.before, tomorrow))


def last_month(on: date) -> str:
    """The newest month that is over."""
    return f"{periods.month(Step.MONTH.start(on), -1):%Y-%m}"


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner="Reading the figures …")
def section(title: str, chosen: str, on: date, district: str) -> list[Panel]:
    """The panels of one section."""
    return in_transaction(lambda conn: panels.sections(conn, scope(conn, chosen, on, district))[title]())


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def summary(chosen: str, on: date, district: str) -> str:
    """The period in one breath."""
    return in_transaction(lambda conn: panels.summary(conn, scope(conn, chosen, on, district)))


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
    found = in_transaction(lambda conn: sign_ups.coverage(conn, today() + timedelta(days=1)))
    return sorted({one.district for one in found if one.district})


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
