"""An end of one's own, and an update that leaves later: by London's clock, approved for then, undone until then."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartalert.alerts import approvals, drafts, feeds, issuing, lifecycle, published, threads
from smartalert.alerts.drafts import Draft
from smartalert.alerts.times import read_end
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import settings
from smartalert.control.approvals.changes import facts
from smartalert.control.live.timeline import did
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused, ApprovalNeeded
from smartalert.wording import Channel
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    employ,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)

#: Four in the afternoon, and eleven at night: two hours and nine after the test's now.
AT_FOUR, AT_NIGHT = "2026-11-22T16:00", "2026-11-22T23:00"


@pytest.fixture(autouse=True)
def town(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "utc_now", lambda: NOW)
    make_force_area(conn)
    make_street(conn)
    for metres in range(12):
        make_subscriber(conn, at=(metres, 0))


def update(**changes: Any) -> Draft:
    words = {"contact": "Call 101.", "description": "Engraving at the library from 18:00.", "headline": "Bikes marked"}
    return complete_draft(urgent=False, incident_kind="update", incident_number="", **words | changes)


def issue(conn: Connection, content: Draft, now: datetime = NOW) -> lifecycle.Alert:
    draft_id, version = make_draft(conn, content)
    made = issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, content, now), now=now)
    return lifecycle.load(conn, made.id)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-28T06:30", datetime(2026, 11, 28, 6, 30, tzinfo=UTC)),
        ("2026-07-01T06:30", datetime(2026, 7, 1, 5, 30, tzinfo=UTC)),
        # The hour that comes twice is the first of the two; the one that does not come at all is the hour after.
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2027-03-28T01:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        *[(text, None) for text in ("", "6h", "22:00", "2026-11-28", "2026-11-28T06:30:00", "2026-11-28T06:30Z",
                                    "2026-11-31T06:30", "20261128T0630", "2026-11-28 06:30", "2026-11-28T24:00")],
    ],
)  # fmt: skip
def test_a_time_of_ones_own_is_londons(text: str, moment: datetime | None) -> None:
    assert read_end(text) == moment


def test_an_alert_ends_when_its_officer_says(conn: Connection) -> None:
    alert = issue(conn, complete_draft(expires="2026-11-28T06:30"))
    assert alert.expires_at == datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        ("2026-11-22T14:10", "Choose a later end"), ("2026-11-22T13:00", "Choose a later end"),
        ("2026-12-07T14:02", "Choose an earlier end"), ("soon", "Choose when the alert ends"),
    ],
)  # fmt: skip
def test_an_end_too_soon_or_too_late_is_refused(conn: Connection, expires: str, words: str) -> None:
    assert words in complete_draft(expires=expires).lacking()["expires"]
    with pytest.raises(AlertRefused, match=words):
        issue(conn, complete_draft(expires=expires if expires != "soon" else "soon:0"))


def test_an_update_that_leaves_later_waits_ends_later_and_is_undone_until_then(conn: Connection) -> None:
    alert = issue(conn, update(leaves=AT_FOUR, expires="2h"))
    at = read_end(AT_FOUR)
    assert at is not None
    assert (alert.release_at, alert.expires_at) == (at, at + timedelta(hours=2))
    jobs = conn.execute("select distinct scheduled_at from procrastinate_jobs where task_name = 'dispatch'").fetchall()
    assert [row.scheduled_at for row in jobs] == [at]
    employ(conn, 1)
    early = deliveries.claim_batch(conn, alert.id, "push", worker=1, limit=9, now=at - timedelta(seconds=1))
    assert early == []
    assert feeds.document(*published.issued(conn, alert.id)).count(b"<effective>2026-11-22T16:00:00-00:00") == 1
    lifecycle.withdraw(conn, alert.id, OFFICER, at - timedelta(seconds=1))
    assert deliveries.claim_batch(conn, alert.id, "push", worker=1, limit=9, now=at) == []


def test_it_is_handed_over_once_its_time_has_come(conn: Connection) -> None:
    alert = issue(conn, update(leaves=AT_FOUR))
    employ(conn, 1)
    claimed = deliveries.claim_batch(conn, alert.id, "push", worker=1, limit=99, now=alert.release_at)
    assert len(claimed) == 12


def told(conn: Connection, alert: lifecycle.Alert) -> list[int]:
    """Who is to be told of it, and who was."""
    rows = conn.execute("select distinct subscriber_id as id from deliveries where alert_id = %s", (alert.id,))
    return sorted(row.id for row in rows)


def claim(conn: Connection, alert: lifecycle.Alert, channel: str = "push") -> list[int]:
    """Whom a worker has in hand, once the alert's time has come."""
    conn.execute("set local role smartalert_worker")
    claims = deliveries.claim_batch(conn, alert.id, channel, worker=1, limit=99, now=alert.release_at)
    conn.execute("reset role")
    return sorted(one.subscriber_id for one in claims)


def test_it_is_for_whoever_it_would_be_for_if_it_were_sent_at_its_time(conn: Connection) -> None:
    employ(conn, 1)
    alert = issue(conn, update(leaves=AT_FOUR))
    first, second, third, fourth, *rest = told(conn, alert)
    conn.execute("update places set point = st_translate(point, 9000, 0) where subscriber_id = %s", (first,))
    conn.execute("update subscribers set updates = false where id = %s", (second,))
    conn.execute("update subscribers set paused_until = %s where id = %s", (NOW + timedelta(days=1), third))
    conn.execute("update subscribers set quiet_from = '15:30', quiet_to = '17:00' where id = %s", (fourth,))
    newcomer, by_mail = make_subscriber(conn), make_subscriber(conn, channels=(Channel.EMAIL,))
    conn.execute("select refresh_audience(%s)", ([first, second, third, fourth],))
    assert claim(conn, alert) == [*rest, newcomer]
    assert told(conn, alert) == [fourth, *rest, newcomer, by_mail]
    assert by_mail in claim(conn, alert, "email")
    row = conn.execute("select people, joined, dropped, kept_out from later_audiences").fetchone()
    assert row == (11, 2, 3, 0)
    assert lifecycle.load(conn, alert.id).people == 11
    assert conn.execute("select people from alerts").fetchone() == (12,)
    # What comes later still changes nothing, and nobody is told twice.
    make_subscriber(conn)
    assert (claim(conn, alert), conn.execute("select count(*) from later_audiences").fetchone()) == ([], (1,))
    (entry,) = [one for one in entries.timeline(conn, alert.id) if one.action == Action.COUNTED_AGAIN]
    assert did(entry) == (
        "sent it later: confirmed for 12 people, told 11, 2 who joined since, without 3 who left or chose otherwise"
    )


def test_what_leaves_at_once_is_not_counted_again(conn: Connection) -> None:
    employ(conn, 1)
    alert = issue(conn, update())
    newcomer = make_subscriber(conn)
    assert newcomer not in claim(conn, alert)
    assert conn.execute("select from later_audiences").fetchall() == []


def test_so_many_as_would_need_an_approval_do_not_join_without_one(conn: Connection) -> None:
    employ(conn, 1)
    conn.execute("update approval_policy set people_over = 13 where people_over = 3000")
    alert = issue(conn, update(leaves=AT_FOUR))
    before = told(conn, alert)
    conn.execute("update subscribers set updates = false where id = %s", (before[0],))
    conn.execute("select refresh_audience(%s)", (before[:1],))
    for _ in range(3):
        make_subscriber(conn)
    assert claim(conn, alert) == before[1:]
    row = conn.execute("select people, joined, dropped, kept_out from later_audiences").fetchone()
    assert row == (11, 0, 1, 3)


def test_the_weeks_ration_is_that_of_the_day_on_which_it_leaves(conn: Connection) -> None:
    employ(conn, 1)
    for _ in range(settings().updates_a_week):
        issue(conn, update())
    tonight, next_week = (issue(conn, update(leaves=day)) for day in (AT_FOUR, "2026-11-30T16:00"))
    assert claim(conn, tonight) == []
    assert len(claim(conn, next_week)) == 12


def test_the_rules_of_the_hour_in_which_it_leaves_decide(conn: Connection) -> None:
    """Between 22 and 7 an update to phones is looked at afterwards; here a second person must agree."""
    conn.execute("update approval_policy set rule = 'second person' where from_hour is not null")
    assert issue(conn, update(leaves=AT_FOUR)).people == 12
    with pytest.raises(ApprovalNeeded, match="Between 22:00 and 07:00"):
        issue(conn, update(leaves=AT_NIGHT))
    # At night, for the day: nobody has to be called.
    night = NOW + timedelta(hours=9)
    assert issue(conn, update(leaves="2026-11-23T09:00"), night).people == 12


def test_an_approval_binds_the_time_and_lapses_with_it(conn: Connection) -> None:
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    content = update(leaves=AT_FOUR)
    draft_id, version = make_draft(conn, content)
    request = approvals.load(
        conn, approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, content), now=NOW)
    )
    assert request.lapses_at == read_end(AT_FOUR)
    assert facts(json.loads(request.document))["Sent"] == "16:00 on 22 November"
    later = NOW + timedelta(minutes=5)
    made = approvals.approve(conn, request.id, "chief.whitlock", shown=preview_of(conn, content, later), now=later)
    assert lifecycle.load(conn, made.id).release_at == read_end(AT_FOUR)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (complete_draft(leaves=AT_FOUR), "Only a neighbourhood update"),
        (update(leaves="2026-11-22T14:02"), "has passed"),
        (update(leaves="2026-12-07T14:02"), "at most 14 days"),
        (update(leaves="tomorrow"), "has passed"),
        (update(leaves=AT_FOUR, expires="2026-11-22T16:10"), "Choose a later end"),
    ],
)
def test_what_cannot_leave_then_is_refused(conn: Connection, content: Draft, words: str) -> None:
    with pytest.raises(AlertRefused, match=words):
        issue(conn, content)
    assert conn.execute("select count(*) from alerts").fetchone() == (0,)


def test_what_follows_an_update_leaves_at_once(conn: Connection) -> None:
    alert = issue(conn, update(leaves=AT_FOUR))
    with pytest.raises(AlertRefused, match="Undo it instead"):
        threads.begin(conn, alert.id, "correction", OFFICER, NOW + timedelta(hours=1))
    followed = threads.followed(conn, alert.id)
    assert threads.prefilled(followed, "correction", NOW + timedelta(hours=3)).leaves == ""
