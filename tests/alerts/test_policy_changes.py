"""Moving the lines of the approval policy: by an administrator who does not send, with a reason, told in the audit."""

from dataclasses import replace

import psycopg
import pytest

from smartalert.alerts import approval_policy
from smartalert.alerts.approval_policy import Line, Rule
from smartalert.database.connection import Connection
from smartalert.errors import NotAllowed, PolicyRefused
from smartalert.officers import register
from smartalert.officers.register import Officer, Role
from tests.factories import NOW

ADMIN = "admin.foster"
WHY = "Two large towns have no second officer at night."


@pytest.fixture(autouse=True)
def staff(conn: Connection) -> None:
    """One officer of each role alone, and an administrator who sends as well."""
    for name, roles in {
        ADMIN: (Role.ADMINISTRATOR,),
        "both": (Role.ADMINISTRATOR, Role.SENDER),
        **{f"only.{role}": (role,) for role in Role},
    }.items():
        register.sign_in(conn, Officer(name, name, "", roles), NOW)


def rule_over_3000(conn: Connection) -> int:
    return next(row.id for row in approval_policy.policy(conn) if row.people_over == 3_000)


def line(conn: Connection, rule_id: int) -> Line:
    return approval_policy.line_of(approval_policy.queries("alerts/approval_policy").one(conn, id=rule_id))


@pytest.mark.parametrize("role", Role)
def test_only_administrators_move_lines(conn: Connection, role: Role) -> None:
    conn.execute("set local role smartalert_control")
    rule_id = rule_over_3000(conn)
    moved = Line(Rule.SECOND_PERSON, people_over=5_000)
    if role is Role.ADMINISTRATOR:
        approval_policy.change(conn, rule_id, moved, f"only.{role}", why=WHY)
        assert line(conn, rule_id) == moved
    else:
        with pytest.raises(NotAllowed):
            approval_policy.change(conn, rule_id, moved, f"only.{role}", why=WHY)


def test_whoever_sends_does_not_draw_their_own_line(conn: Connection) -> None:
    with pytest.raises(NotAllowed, match="another administrator"):
        approval_policy.change(conn, rule_over_3000(conn), Line(Rule.ALONE, people_over=3_000), "both", why=WHY)


def test_the_audit_says_who_and_why_and_what_was_before(conn: Connection) -> None:
    approval_policy.change(conn, rule_over_3000(conn), Line(Rule.SECOND_PERSON, people_over=500), ADMIN, why=f" {WHY} ")
    (change,) = approval_policy.changes(conn)
    assert (change.officer, change.why) == (ADMIN, WHY)
    assert approval_policy.row_words(change.before).startswith(
        "Urgent alerts and neighbourhood updates, more than 3,000"
    )
    assert approval_policy.row_words(change.after).startswith("Urgent alerts and neighbourhood updates, more than 500")
    conn.execute("update approval_policy set people_over = 9 where people_over = 500")
    assert approval_policy.changes(conn)[0].why is None
    assert approval_policy.changes(conn)[0].officer != ADMIN


def test_nothing_changed_is_nothing_told(conn: Connection) -> None:
    rule_id = rule_over_3000(conn)
    approval_policy.change(conn, rule_id, line(conn, rule_id), ADMIN, why=WHY)
    assert approval_policy.changes(conn) == []


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ({"people_over": 0}, "above 0"),
        ({"people_over": -5}, "above 0"),
        ({"km2_over": float("nan")}, "above 0"),
        ({"km2_over": float("inf")}, "above 0"),
        ({"from_hour": 24, "to_hour": 7}, "0 to 23"),
        ({"from_hour": 7, "to_hour": 7}, "differ"),
    ],
)
def test_what_divides_nothing_is_refused(conn: Connection, moved: dict[str, float], words: str) -> None:
    rule_id = rule_over_3000(conn)
    with pytest.raises(PolicyRefused, match=words):
        approval_policy.change(conn, rule_id, replace(line(conn, rule_id), **moved), ADMIN, why=WHY)


def test_a_change_needs_a_reason_and_a_rule(conn: Connection) -> None:
    with pytest.raises(PolicyRefused, match="Give a reason"):
        approval_policy.change(conn, rule_over_3000(conn), Line(Rule.ALONE, people_over=9), ADMIN, why=" ")
    with pytest.raises(PolicyRefused, match="no longer exists"):
        approval_policy.change(conn, 0, Line(Rule.ALONE), ADMIN, why=WHY)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_the_database_wants_a_reason_too(conn: Connection, reason: str | None) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="needs a reason"):
        conn.execute(
            "select change_policy(%s, %s, %s, 9, null, null, null, 'sender alone')",
            (rule_over_3000(conn), ADMIN, reason),
        )


def test_a_rule_gets_no_condition_that_it_did_not_have_and_loses_none(conn: Connection) -> None:
    rule_id = rule_over_3000(conn)
    approval_policy.change(conn, rule_id, Line(Rule.AFTER, None, 5.0, 1, 2), ADMIN, why=WHY)
    assert line(conn, rule_id) == Line(Rule.AFTER, people_over=3_000)


@pytest.mark.parametrize("who", ["both", "only.sender", "nobody"])
def test_the_database_refuses_whoever_goes_round_the_check(conn: Connection, who: str) -> None:
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="may not change"):
        conn.execute(
            "select change_policy(%s, %s, 'x', 9, null, null, null, 'sender alone')", (rule_over_3000(conn), who)
        )
