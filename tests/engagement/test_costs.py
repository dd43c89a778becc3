"""What the service costs: dated, so that reports of the past stay; and what each person told costs."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from smartalert.engagement import costs
from smartalert.engagement.costs import What
from smartalert.engagement.panels.words import pence
from smartalert.errors import CostRefused

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BY = {"officer": "admin.foster", "now": NOW}
JANUARY, OCTOBER, NOVEMBER, DECEMBER = (date(2026, month, 1) for month in (1, 10, 11, 12))


def counts(conn: psycopg.Connection, what: What, month: date) -> float | None:
    return costs.price_in(costs.prices(costs.costs(conn))[what], month)


def test_a_cost_counts_from_its_month_until_the_next(conn: psycopg.Connection) -> None:
    costs.set_cost(conn, What.EMAIL, date(2026, 1, 17), pounds=0.0008, **BY)
    costs.set_cost(conn, What.EMAIL, DECEMBER, pounds=0.001, **BY)
    costs.set_cost(conn, What.EMAIL, NOVEMBER, pounds=0.0009, **BY)
    assert [counts(conn, What.EMAIL, month) for month in (date(2025, 12, 1), JANUARY, OCTOBER, NOVEMBER, DECEMBER)] == [
        None, 0.0008, 0.0008, 0.0009, 0.001,
    ]  # fmt: skip
    assert counts(conn, What.PUSH, NOVEMBER) is None


def test_a_month_that_is_over_keeps_its_cost(conn: psycopg.Connection) -> None:
    costs.set_cost(conn, What.PUSH, JANUARY, pounds=0, **BY)
    for since in (JANUARY, OCTOBER):
        with pytest.raises(CostRefused, match="months that are over cannot change"):
            costs.set_cost(conn, What.PUSH, since, pounds=0.01, **BY)
    costs.set_cost(conn, What.PUSH, date(2025, 1, 1), pounds=0.02, **BY)  # nothing was said of that year
    costs.set_cost(conn, What.PUSH, NOVEMBER, pounds=0.03, **BY)
    costs.set_cost(conn, What.PUSH, NOVEMBER, pounds=0.04, **BY)
    assert [counts(conn, What.PUSH, month) for month in (date(2025, 6, 1), OCTOBER, NOVEMBER)] == [0.02, 0, 0.04]


def test_a_slip_of_the_hand_is_taken_back_the_same_day_and_no_later(conn: psycopg.Connection) -> None:
    costs.set_cost(conn, What.MONTH, JANUARY, pounds=45, **BY)
    (row,) = costs.costs(conn)
    with pytest.raises(CostRefused):
        costs.take_back(conn, row.id, "admin.foster", NOW + timedelta(days=1))
    costs.take_back(conn, row.id, "admin.foster", NOW + timedelta(hours=14))
    costs.take_back(conn, row.id, "admin.foster", NOW)
    assert costs.costs(conn) == []
    entries = conn.execute("select action, detail from audit where action like '%cost%' order by id").fetchall()
    assert [(row.action, row.detail) for row in entries] == [
        ("entered a cost", {"what": "month", "since": "2026-01", "before": None, "after": {"pounds": 45}}),
        ("took a cost back", {"what": "month", "since": "2026-01", "before": {"pounds": 45}}),
    ]


@pytest.mark.parametrize(
    ("since", "pounds"),
    [(NOVEMBER, -0.01), (NOVEMBER, 1e9), (NOVEMBER, float("nan")), (date(1999, 12, 1), 1), (date(2028, 12, 1), 1)],
)
def test_what_cannot_be_a_cost_is_refused(conn: psycopg.Connection, since: date, pounds: float) -> None:
    with pytest.raises(CostRefused):
        costs.set_cost(conn, What.MONTH, since, pounds=pounds, **BY)


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0.0 p"), (0.04, "less than 0.1 p"), (3.14, "3.1 p"), (99.96, "£1.00"), (12_345, "£123.45")]
)
def test_pence_are_said_as_people_say_them(value: float, said: str) -> None:
    assert pence(value) == said
