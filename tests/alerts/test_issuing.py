"""Issued once, exactly as shown; undone in time; stopped at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from smartalert.alerts import drafts, issuing, lifecycle
from smartalert.audience.preview import Preview
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused, AreaRefused, PreviewOutOfDate
from smartalert.geography import areas, geo
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import (
    LAT,
    LON,
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

RELEASED = NOW + timedelta(seconds=issuing.UNDO_S)


@pytest.fixture(autouse=True)
def cast(conn: Connection) -> None:
    """Ada inside on both channels, Abe inside by phone, Ben outside."""
    make_force_area(conn)
    make_subscriber(conn)
    make_subscriber(conn, at=(50, 50), channels=(Channel.PUSH,))
    make_subscriber(conn, at=(900, 0))


def issue(conn: Connection, draft: drafts.Draft | None = None) -> int:
    draft = draft or complete_draft()
    draft_id, version = make_draft(conn, draft)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft), now=NOW).id


def states(conn: Connection, alert_id: int) -> dict[str, int]:
    rows = conn.execute("select state, count(*) from deliveries where alert_id = %s group by 1", (alert_id,))
    return dict(rows.fetchall())


def jobs(conn: Connection, alert_id: int) -> list[str]:
    rows = conn.execute(
        "select args ->> 'channel' from procrastinate_jobs where args ->> 'alert_id' = %s order by id", (str(alert_id),)
    )
    return [row[0] for row in rows]


def test_issuing_writes_alert_words_deliveries_audit_and_jobs(conn: Connection) -> None:
    alert_id = issue(conn)
    alert = lifecycle.load(conn, alert_id)
    assert (alert.people, alert.status, alert.area_desc) == (2, "Exercise", "Within 500 m of the marked point")
    assert states(conn, alert_id) == {"pending": 3}
    assert lifecycle.words(conn, alert_id)["push"].title == "EXERCISE: Burglary in Tannery Row just now"
    assert sorted(jobs(conn, alert_id)) == ["email", "push"]
    audit = conn.execute("select action, detail from audit where alert_id = %s", (alert_id,)).fetchall()
    words = {channel: words.digest for channel, words in lifecycle.words(conn, alert_id).items()}
    assert audit == [("issued", {"people": 2, "deliveries": {"push": 2, "email": 1}, "words": words})]


def test_deliveries_written_equal_the_preview(conn: Connection) -> None:
    preview = preview_of(conn)
    assert sum(states(conn, issue(conn)).values()) == preview.deliveries


def test_a_second_press_names_the_alert_of_the_first(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    preview = preview_of(conn)
    first = issuing.issue(conn, draft_id, version, OFFICER, shown=preview, now=NOW)
    again = issuing.issue(conn, draft_id, version, OFFICER, shown=preview, now=NOW)
    assert (again.id, again.is_new) == (first.id, False)


def test_a_change_in_another_tab_voids_what_was_shown(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    drafts.save(conn, draft_id, OFFICER, complete_draft(headline="Something else"))
    with pytest.raises(PreviewOutOfDate, match="changed since you looked"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)


def test_an_audience_that_moved_is_shown_again(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    moved = replace(preview_of(conn), people=60)
    with pytest.raises(PreviewOutOfDate, match="60 people when you looked; it is 2 now"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=moved, now=NOW)


def test_counts_older_than_five_minutes_are_shown_again(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    looked = preview_of(conn)
    with pytest.raises(PreviewOutOfDate, match="more than five minutes ago"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=looked, now=NOW + timedelta(minutes=5, seconds=1))
    assert issuing.issue(conn, draft_id, version, OFFICER, shown=looked, now=NOW + timedelta(minutes=5)).is_new


def test_a_count_that_nobody_was_shown_issues_nothing(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    for made_up in (Preview(2, 2, 1), replace(preview_of(conn), counted_at=None)):
        with pytest.raises(PreviewOutOfDate):
            issuing.issue(conn, draft_id, version, OFFICER, shown=made_up, now=NOW)


def test_a_street_that_an_import_redrew_since_it_was_shown_is_shown_again(conn: Connection) -> None:
    street = make_street(conn)
    draft = complete_draft(area={"street_id": street, "buffer_m": 60})
    draft_id, version = make_draft(conn, draft)
    looked = preview_of(conn, draft)
    conn.execute("update streets set geom = st_translate(geom, 1, 0) where id = %s", (street,))
    with pytest.raises(PreviewOutOfDate, match="has changed since you looked"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=looked, now=NOW)


def test_nobody_to_tell_refuses(conn: Connection) -> None:
    far = complete_draft(area={"lat": 52.85, "lon": -2.0, "radius_m": 50})
    with pytest.raises(AlertRefused, match="Nobody in this area has signed up"):
        issue(conn, far)


def test_an_open_gap_refuses_and_is_named(conn: Connection) -> None:
    with pytest.raises(AlertRefused, match=r"Fill the gap \[first name\]"):
        issue(conn, complete_draft(headline="Missing: [first name]"))


def test_another_officers_draft_is_out_of_reach(conn: Connection) -> None:
    draft_id, version = make_draft(conn, officer="sergeant.other")
    with pytest.raises(AlertRefused, match="another officer"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=Preview(2, 2, 1), now=NOW)


def test_no_area_never_becomes_everywhere(conn: Connection) -> None:
    draft = complete_draft(area=None)
    draft_id, version = make_draft(conn, draft)
    with pytest.raises(AlertRefused, match="Draw or search for the area"):
        issuing.issue(conn, draft_id, version, OFFICER, shown=Preview(2, 2, 1), now=NOW)


def test_an_area_outside_the_force_refuses(conn: Connection) -> None:
    with pytest.raises(AreaRefused, match="outside the force"):
        areas.survey(conn, geo.Circle(lat=51.5, lon=-0.12, radius_m=500))


def test_undo_in_time_tells_nobody(conn: Connection) -> None:
    alert_id = issue(conn)
    lifecycle.withdraw(conn, alert_id, OFFICER, RELEASED - timedelta(seconds=1))
    assert states(conn, alert_id) == {"cancelled": 3}


def test_the_seconds_to_undo_begin_once_the_way_to_is_shown(conn: Connection) -> None:
    alert_id, shown = issue(conn), NOW + timedelta(seconds=1.5)
    employ(conn, 7)
    issuing.begin_undo(conn, alert_id, OFFICER, shown)
    issuing.begin_undo(conn, alert_id, OFFICER, shown + timedelta(seconds=1))
    until = shown + timedelta(seconds=issuing.UNDO_S)
    assert lifecycle.load(conn, alert_id).release_at == until

    def claimed(now: datetime) -> int:
        return len(deliveries.claim_batch(conn, alert_id, Channel.PUSH, worker=7, limit=10, now=now))

    assert (claimed(RELEASED), claimed(until)) == (0, 2)
    due = conn.execute(
        "select max(scheduled_at) from procrastinate_jobs where args ->> 'alert_id' = %s", [str(alert_id)]
    )
    assert due.fetchone() == (until,)


@pytest.mark.parametrize("seconds", [6, 30])
def test_a_screen_that_comes_late_holds_nothing_back(conn: Connection, seconds: int) -> None:
    alert_id = issue(conn)
    issuing.begin_undo(conn, alert_id, OFFICER, NOW + timedelta(seconds=seconds))
    assert lifecycle.load(conn, alert_id).release_at == RELEASED


def test_officers_hold_an_alert_back_for_seconds_only_and_never_one_that_was_released(conn: Connection) -> None:
    alert_id = issue(conn)
    conn.execute(
        "update alerts set issued_at = now(), release_at = now() + interval '10 s', expires_at = now() + interval '1 h'"
        " where id = %s",
        (alert_id,),
    )
    conn.execute("set local role smartalert_control")

    def held_back(until: str) -> bool:
        try:
            with conn.transaction():
                conn.execute(f"update alerts set release_at = {until} where id = %s", (alert_id,))
        except psycopg.errors.CheckViolation:
            return False
        return True

    assert [held_back(f"issued_at + interval '{seconds} s'") for seconds in (12, 15, 16, 86_400)] == [
        True, True, False, False
    ]  # fmt: skip
    conn.execute("reset role")
    conn.execute("update alerts set release_at = now() where id = %s", (alert_id,))
    conn.execute("set local role smartalert_control")
    assert not held_back("issued_at + interval '12 s'")


def test_undo_comes_too_late_after_release(conn: Connection) -> None:
    alert_id = issue(conn)
    with pytest.raises(AlertRefused, match="Too late"):
        lifecycle.withdraw(conn, alert_id, OFFICER, RELEASED)


def test_skipping_the_wait_makes_everything_due_and_calls_workers(conn: Connection) -> None:
    alert_id = issue(conn)
    now = NOW + timedelta(seconds=2)
    lifecycle.release_now(conn, alert_id, OFFICER, now)
    due = conn.execute("select distinct due_at from deliveries where alert_id = %s", (alert_id,)).fetchall()
    assert (due, len(jobs(conn, alert_id))) == ([(now,)], 4)


def test_stopping_spares_what_is_not_claimed_and_says_how_much(conn: Connection) -> None:
    alert_id = issue(conn)
    conn.execute("update deliveries set state = 'handed_over' where channel = 'email'")
    assert lifecycle.stop(conn, alert_id, OFFICER, RELEASED) == 2
    assert states(conn, alert_id) == {"cancelled": 2, "handed_over": 1}
    assert lifecycle.stop(conn, alert_id, OFFICER, RELEASED) == 0


def test_an_alert_is_in_force_until_it_is_stopped(conn: Connection) -> None:
    alert_id = issue(conn)
    assert [row.id for row in lifecycle.in_force(conn, RELEASED)] == [alert_id]
    here = [
        areas.survey(conn, geo.Circle(lat=LAT + degrees, lon=LON, radius_m=200)) for degrees in (0.003, 0.01, 0.012)
    ]
    near = [lifecycle.in_force_near(conn, ground, RELEASED) for ground in here]
    assert [[(one.id, one.overlaps) for one in found] for found in near] == [
        [(alert_id, True)],
        [(alert_id, False)],
        [],
    ]
    lifecycle.stop(conn, alert_id, OFFICER, RELEASED)
    assert lifecycle.in_force(conn, RELEASED) == lifecycle.in_force_near(conn, here[0], RELEASED) == []


def test_an_alert_that_does_not_exist_is_not_found(conn: Connection) -> None:
    assert lifecycle.find(conn, 1) is None
    with pytest.raises(AlertRefused):
        lifecycle.load(conn, 1)


def test_a_draft_that_does_not_exist_refuses(conn: Connection) -> None:
    with pytest.raises(AlertRefused):
        issuing.issue(conn, uuid4(), 1, OFFICER, shown=Preview(1, 1, 0), now=NOW)


def test_two_presses_at_the_same_moment_issue_once(database: Database) -> None:
    engine = database.engine("smartalert_control")
    with database.connect() as owner:
        make_force_area(owner)
        make_subscriber(owner)
    with connection.transaction(engine) as conn:
        draft_id, version = make_draft(conn)
        looked = preview_of(conn)

    def press(_: int) -> issuing.Issued:
        with connection.transaction(engine) as conn:
            return issuing.issue(conn, draft_id, version, OFFICER, shown=looked, now=NOW)

    with ThreadPoolExecutor(4) as fingers:
        results = list(fingers.map(press, range(4)))
    assert sorted(issued.is_new for issued in results) == [False, False, False, True]
    with database.connect() as owner:
        assert states(owner, results[0].id) == {"pending": 2}
        assert len(jobs(owner, results[0].id)) == 2
