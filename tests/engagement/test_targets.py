"""Targets: who wants what by when, kept and audited; and figures beside them in the same words everywhere."""

from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from smartalert.engagement import published, targets
from smartalert.engagement.panels import Scope
from smartalert.engagement.panels.targets import Standing, line, said
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.targets import Measure, Target, Wish
from smartalert.errors import TargetRefused

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
YEAR = Period(date(2026, 4, 1), date(2027, 4, 1))
OCTOBER = Period.of_month(2026, 10)
UNTIL = published.Until(date(2026, 11, 24), date(2026, 11, 1))


def audited(conn: psycopg.Connection) -> list[tuple[str, dict[str, object]]]:
    rows = conn.execute("select action, detail from audit where action like '%target%' order by id")
    return [(row.action, row.detail) for row in rows]


def test_a_target_is_set_changed_and_taken_off_and_the_audit_says_all_of_it(conn: psycopg.Connection) -> None:
    targets.set_target(conn, Wish(Measure.SIGN_UPS, 1_200, YEAR), "analyst.price", NOW)
    targets.set_target(conn, Wish(Measure.SIGN_UPS, 1_500, YEAR), "analyst.price", NOW)
    (found,) = targets.targets(conn, OCTOBER)
    assert (found.wanted, found.period) == (1_500, YEAR)
    targets.remove_target(conn, found.id, "admin.foster", NOW)
    targets.remove_target(conn, found.id, "admin.foster", NOW)
    assert targets.targets(conn, OCTOBER) == []
    days, first, second = (
        "2026-04-01 to 2027-03-31",
        {"wanted": 1_200, "within_s": None},
        {"wanted": 1_500, "within_s": None},
    )
    assert audited(conn) == [
        ("set a target", {"measure": "sign_ups", "days": days, "before": None, "after": first}),
        ("set a target", {"measure": "sign_ups", "days": days, "before": first, "after": second}),
        ("took a target off", {"measure": "sign_ups", "days": days, "before": second}),
    ]  # fmt: skip


def test_a_target_counts_in_the_days_it_touches_and_in_no_others(conn: psycopg.Connection) -> None:
    targets.set_target(conn, Wish(Measure.RESPONSES, 300, OCTOBER), "analyst.price", NOW)
    assert targets.targets(conn, Period(date(2026, 10, 31), date(2026, 11, 1)))
    for outside in (Period(date(2026, 9, 1), date(2026, 10, 1)), Period(date(2026, 11, 1), date(2026, 12, 1))):
        assert targets.targets(conn, outside) == []


@pytest.mark.parametrize(
    "wish",
    [
        Wish(Measure.SIGN_UPS, 19, OCTOBER), Wish(Measure.SIGN_UPS, 10**9, OCTOBER),
        Wish(Measure.CONFIRMED, 101, OCTOBER), Wish(Measure.CONFIRMED, 0, OCTOBER),
        Wish(Measure.COVERAGE, 1_001, OCTOBER),
        Wish(Measure.SIGN_UPS, 100, Period(OCTOBER.before, OCTOBER.start)), Wish(Measure.URGENT_IN_TIME, 95, OCTOBER),
        Wish(Measure.URGENT_IN_TIME, 95, OCTOBER, 0), Wish(Measure.RESPONSES, 95, OCTOBER, 60),
        Wish(Measure.RESPONSES, float("nan"), OCTOBER),
    ],
)  # fmt: skip
def test_what_could_never_be_compared_is_refused(conn: psycopg.Connection, wish: Wish) -> None:
    with pytest.raises(TargetRefused):
        targets.set_target(conn, wish, "analyst.price", NOW)


def target(measure: Measure, wanted: float, period: Period = YEAR, within_s: int | None = None) -> Target:
    return Target(1, measure, wanted, within_s, period.start, period.before, "analyst.price")


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(target(Measure.SIGN_UPS, 12_000), OCTOBER, 1_019.2, 900),
         "Sign-ups: 12 % below the target of 1,019 sign-ups for October 2026 (12,000 for 2026/27)."),
        (Standing(target(Measure.SIGN_UPS, 1_000, OCTOBER), OCTOBER, 1_000, 1_040),
         "Sign-ups: 4 % above the target of 1,000 sign-ups for October 2026."),
        (Standing(target(Measure.RESPONSES, 1_000, OCTOBER), OCTOBER, 1_000, 1_000),
         "Responses: on the target of 1,000 responses for October 2026."),
        (Standing(target(Measure.RESPONSES, 1_000, OCTOBER), OCTOBER, 1_000, 10),
         "Responses: below the target of 1,000 responses for October 2026."),
        (Standing(target(Measure.SIGNED_UP, 10_000), OCTOBER, 10_000, 7_900),
         "People signed up: 21 % below the target of 10,000 people by 31 March 2027."),
        (Standing(target(Measure.COVERAGE, 12.5), OCTOBER, 12.5, 12.5),
         "Signed up of 1,000 residents: on the target of 12.5 of 1,000 residents by 31 March 2027."),
        (Standing(target(Measure.CONFIRMED, 95), OCTOBER, 95, 91.87),
         "Arrival confirmed: 3.1 points below the target of 95 % for 2026/27."),
        (Standing(target(Measure.URGENT_IN_TIME, 95, YEAR, 90), OCTOBER, 95, None),
         "Urgent alerts out within 1 min 30 s: too little is known to compare with the target of 95 % for "
         "2026/27."),
    ],
)  # fmt: skip
def test_a_figure_stands_beside_its_target_in_words(standing: Standing, words: str) -> None:
    assert said(standing) == words


def test_a_line_is_the_targets_share_of_one_step_in_its_own_days() -> None:
    months = Scope(Period(date(2026, 1, 1), date(2026, 11, 1)), TODAY, UNTIL)
    found = line(Standing(target(Measure.SIGN_UPS, 12_000), OCTOBER, 1, 1), months, Step.MONTH)
    assert found is not None
    assert (found.value, found.words) == (1_000, "target 1,000 a month")
    assert (found.start, found.last) == (date(2026, 4, 1), date(2026, 10, 1))
    weeks = line(
        Standing(target(Measure.RESPONSES, 62, OCTOBER), OCTOBER, 1, 1), replace(months, period=OCTOBER), Step.WEEK
    )
    assert weeks is not None
    assert weeks.words == "target 14 a week"
    share = line(Standing(target(Measure.CONFIRMED, 95), OCTOBER, 1, 1), months, Step.MONTH)
    assert share is not None
    assert (share.value, share.words) == (95, "target 95 %")
