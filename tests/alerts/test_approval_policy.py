"""Who must agree: the strictest row of the policy that holds, and nobody decided means a second person."""

from datetime import UTC, datetime

import psycopg
import pytest

from smartalert.alerts import approval_policy, issuing
from smartalert.alerts.approval_policy import Rule, Ruling
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import Preview
from smartalert.database.connection import Connection
from smartalert.errors import ApprovalNeeded
from smartalert.geography import areas, geo
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)  # fmt: skip

NIGHT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


def ruling(conn: Connection, draft: Draft, *, people: int = 100, now: datetime = NOW) -> Ruling:
    make_force_area(conn)
    ground = areas.survey(conn, geo.area_from(draft.area))
    return approval_policy.ruling(conn, draft, ground, Preview(people, people, people), now)


def test_a_small_urgent_alert_goes_at_once_and_is_reviewed_after(conn: Connection) -> None:
    found = ruling(conn, complete_draft())
    assert found.rule is Rule.AFTER
    assert found.words == "It goes at once and an approver reviews it afterwards"


def test_a_neighbourhood_update_goes_on_the_senders_word(conn: Connection) -> None:
    assert ruling(conn, complete_draft(urgent=False)).rule is Rule.ALONE


@pytest.mark.parametrize(("people", "needed"), [(3_000, False), (3_001, True)])
def test_more_than_3000_people_need_a_second_person(conn: Connection, people: int, needed: bool) -> None:
    for urgent in (True, False):
        found = ruling(conn, complete_draft(urgent=urgent), people=people)
        assert found.needs_second_person is needed
    if needed:
        assert found.words == "More than 3,000 people: a second person must approve"


@pytest.mark.parametrize(("radius_m", "needed"), [(2_500, False), (2_600, True)])
def test_a_large_area_needs_a_second_person_however_few_live_there(
    conn: Connection, radius_m: int, needed: bool
) -> None:
    draft = complete_draft(area={"lat": 52.8, "lon": -2.1, "radius_m": radius_m})
    assert ruling(conn, draft, people=20).needs_second_person is needed


def test_every_condition_that_led_to_it_is_said(conn: Connection) -> None:
    draft = complete_draft(area={"lat": 52.8, "lon": -2.1, "radius_m": 3_000})
    assert ruling(conn, draft, people=9_000).words == (
        "More than 3,000 people; an area of more than 20 km²: a second person must approve"
    )


@pytest.mark.parametrize(
    ("at", "channels", "rule"),
    [(NOW, ["push"], Rule.ALONE), (NIGHT, ["push", "email"], Rule.AFTER), (NIGHT, ["email"], Rule.ALONE)],
)
def test_an_update_that_lights_up_phones_at_night_is_reviewed_after(
    conn: Connection, at: datetime, channels: list[str], rule: Rule
) -> None:
    assert ruling(conn, complete_draft(urgent=False, channels=channels), now=at).rule is rule


def test_a_false_alarm_is_put_right_by_whoever_sees_it_first_however_many_were_told(conn: Connection) -> None:
    for follow_up, needed in (("false_alarm", False), ("all_clear", False), ("update", True)):
        draft = complete_draft(follows=1, follow_up=follow_up)
        assert ruling(conn, draft, people=50_000).needs_second_person is needed


@pytest.mark.parametrize(("hour", "holds"), [(6, False), (7, True), (8, True), (9, False)])
def test_hours_are_londons_in_summer_too(conn: Connection, hour: int, holds: bool) -> None:
    conn.execute("delete from approval_policy")
    conn.execute(
        "insert into approval_policy (kinds, from_hour, to_hour, rule) values ('{urgent}', 8, 10, 'sender alone')"
    )
    found = ruling(conn, complete_draft(), now=datetime(2026, 7, 1, hour, 0, tzinfo=UTC))
    assert found.needs_second_person is not holds


def test_where_no_row_holds_a_second_person_must_approve(conn: Connection) -> None:
    conn.execute("delete from approval_policy")
    found = ruling(conn, complete_draft())
    assert found.words == "No rule covers this alert: a second person must approve"


def test_a_force_changes_its_policy_by_changing_rows(conn: Connection) -> None:
    conn.execute("update approval_policy set people_over = 50 where people_over = 3000")
    assert ruling(conn, complete_draft(), people=51).words.startswith("More than 50 people")


def test_a_change_of_the_policy_is_audited_with_what_was_before(conn: Connection) -> None:
    conn.execute("update approval_policy set people_over = 50 where people_over = 3000")
    (who, detail) = conn.execute(
        "select officer, detail from audit where action = 'approval policy changed' order by id desc limit 1"
    ).fetchone()
    assert (detail["before"]["people_over"], detail["after"]["people_over"]) == (3_000, 50)
    assert who == conn.execute("select session_user").fetchone()[0]


def test_every_row_is_said_in_words(conn: Connection) -> None:
    assert [approval_policy.row_words(row) for row in approval_policy.policy(conn)] == [
        "Neighbourhood updates: it goes at once",
        "Urgent alerts: it goes at once and an approver reviews it afterwards",
        "Neighbourhood updates, between 22:00 and 07:00, on phones: it goes at once and an approver reviews it "
        "afterwards",
        "All clears and false alarms: it goes at once and an approver reviews it afterwards",
        "Urgent alerts and neighbourhood updates, more than 3,000 people: a second person must approve",
        "Urgent alerts and neighbourhood updates, an area of more than 20 km²: a second person must approve",
    ]


def test_issuing_alone_is_refused_where_a_second_person_is_needed(conn: Connection) -> None:
    make_force_area(conn)
    make_subscriber(conn)
    make_subscriber(conn)
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    draft_id, version = make_draft(conn)
    with pytest.raises(ApprovalNeeded, match="More than 1 people: a second person must approve"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)


def test_the_database_refuses_an_alert_that_went_round_the_policy(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_force_area(conn)
    make_subscriber(conn)
    conn.execute("delete from approval_policy")
    monkeypatch.setattr(approval_policy, "ruling", lambda *_: Ruling(Rule.ALONE))
    draft_id, version = make_draft(conn)
    with pytest.raises(psycopg.errors.CheckViolation, match="a second person must approve"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)


def test_the_control_room_cannot_change_the_policy(conn: Connection) -> None:
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("update approval_policy set rule = 'sender alone'")
