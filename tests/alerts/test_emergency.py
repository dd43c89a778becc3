"""In an emergency, where the force allows it, an alert leaves without the approval it needs, and is reviewed after."""

from datetime import timedelta

import psycopg
import pytest

from smartalert.alerts import approval_settings, approvals, issuing, lifecycle, reviews
from smartalert.alerts.approval_settings import ApprovalSettings
from smartalert.alerts.issuing import Issued
from smartalert.audit import entries
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, ApprovalNeeded, NotAllowed, PolicyRefused
from smartalert.officers import register
from smartalert.officers.register import Officer, Role
from tests.factories import NOW, OFFICER, make_draft, make_force_area, make_subscriber, preview_of

ADMIN, CHIEF, SENDER = "admin.foster", "chief.whitlock", "officer.bailey"
WHY = "A man with a knife walks towards the school; nobody answers."
ALLOWED = ApprovalSettings(timedelta(minutes=3), may_override=True)


@pytest.fixture(autouse=True)
def staff(conn: Connection) -> None:
    """An alert to thirty people needs a second person; senders who are approvers, or are not, and an administrator."""
    make_force_area(conn)
    for number in range(30):
        make_subscriber(conn, at=(number, 0))
    conn.execute("update approval_policy set people_over = 20 where people_over = 3000")
    both = (Role.SENDER, Role.APPROVER)
    for name, roles in {OFFICER: both, CHIEF: both, SENDER: (Role.SENDER,), ADMIN: (Role.ADMINISTRATOR,)}.items():
        register.sign_in(conn, Officer(name, name, "", roles), NOW)


def allow(conn: Connection) -> None:
    approval_settings.change(conn, ALLOWED, ADMIN, why="One approver at night")


def send(conn: Connection, officer: str = OFFICER, why: str = WHY) -> Issued:
    draft = make_draft(conn, officer=officer)
    return issuing.issue_without_approval(conn, *draft, officer, why=why, shown=preview_of(conn), now=NOW)


def test_it_leaves_with_its_reason_and_waits_for_another_approvers_look(conn: Connection) -> None:
    allow(conn)
    alert_id = send(conn).id
    assert lifecycle.load(conn, alert_id).override_reason == WHY
    (waits,) = reviews.due(conn, NOW + timedelta(minutes=1))
    assert (waits.id, waits.override_reason) == (alert_id, WHY)
    with pytest.raises(NotAllowed):
        reviews.seen_and_right(conn, alert_id, OFFICER, NOW)
    reviews.seen_and_right(conn, alert_id, CHIEF, NOW + timedelta(minutes=1))
    told = [(one.officer, one.action, one.detail.get("why")) for one in entries.timeline(conn, alert_id)]
    assert (OFFICER, "sent without approval", WHY) in told


def test_off_unless_the_force_wants_it(conn: Connection) -> None:
    assert not approval_settings.load(conn).may_override
    with pytest.raises(NotAllowed):
        send(conn)


def test_only_senders_who_are_approvers_and_only_with_a_reason(conn: Connection) -> None:
    allow(conn)
    with pytest.raises(NotAllowed):
        send(conn, SENDER)
    with pytest.raises(AlertRefused, match="cannot wait"):
        send(conn, why=" \n ")


def test_the_database_asks_the_same_of_every_alert(conn: Connection) -> None:
    """Whoever goes round the Python meets it: not allowed, not theirs, no reason, or no approval to go without."""
    draft_id, version = make_draft(conn)
    held = issuing.hold(conn, draft_id, OFFICER)
    ready = issuing.examine(conn, held, version, shown=preview_of(conn), now=NOW)

    def write(officer: str, why: str | None) -> None:
        with conn.transaction(force_rollback=True):
            conn.execute("set local role smartalert_control")
            issuing.write(conn, draft_id, ready, officer=officer, now=NOW, undo_s=0, override_reason=why)

    with pytest.raises(psycopg.errors.CheckViolation):
        write(OFFICER, WHY)
    allow(conn)
    write(OFFICER, WHY)
    for officer, why in ((SENDER, WHY), (OFFICER, None), (OFFICER, " ")):
        with pytest.raises(psycopg.errors.CheckViolation):
            write(officer, why)
    conn.execute("update approval_policy set people_over = 3000 where people_over = 20")
    with pytest.raises(psycopg.errors.CheckViolation):
        write(OFFICER, WHY)


def test_what_needs_no_approval_goes_as_ever(conn: Connection) -> None:
    allow(conn)
    conn.execute("update approval_policy set people_over = 3000 where people_over = 20")
    assert lifecycle.load(conn, send(conn).id).override_reason is None


def test_a_request_that_waits_ends_and_a_second_press_issues_nothing(conn: Connection) -> None:
    allow(conn)
    draft_id, version = make_draft(conn)
    request = approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)
    facts = {"why": WHY, "shown": preview_of(conn), "now": NOW}
    with pytest.raises(ApprovalNeeded):
        issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)
    issued = issuing.issue_without_approval(conn, draft_id, version, OFFICER, **facts)
    assert approvals.load(conn, request).decision == "void"
    again = issuing.issue_without_approval(conn, draft_id, version, OFFICER, **facts)
    assert (again.id, again.is_new) == (issued.id, False)


def test_the_settings_are_changed_by_administrators_who_do_not_send_with_a_reason(conn: Connection) -> None:
    conn.execute("set local role smartalert_control")
    with pytest.raises(NotAllowed):
        approval_settings.change(conn, ALLOWED, OFFICER, why="x")
    with pytest.raises(PolicyRefused, match="reason"):
        approval_settings.change(conn, ALLOWED, ADMIN, why=" ")
    for minutes in (0, 31):
        with pytest.raises(PolicyRefused, match="1 to 30"):
            approval_settings.change(conn, ApprovalSettings(timedelta(minutes=minutes), True), ADMIN, why="x")
    allow(conn)
    allow(conn)
    found = conn.execute("select officer, detail from audit where action = 'approval settings changed'").fetchall()
    assert [row.officer for row in found] == [ADMIN]
    assert found[0].detail == {
        "why": "One approver at night",
        "before": {"call_next_after": "00:03:00", "may_override": False},
        "after": {"call_next_after": "00:03:00", "may_override": True},
    }
