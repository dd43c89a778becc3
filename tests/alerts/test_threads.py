"""Putting it right: what follows an alert goes to exactly those who were told, takes its place, and can be undone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from smartalert.alerts import approvals, drafts, issuing, lifecycle, listing, threads
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.audit import entries
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import (
    LAT,
    LON,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

LATER = NOW + timedelta(minutes=20)
SERGEANT = "sergeant.other"


class Cast:
    """Ada told on both channels, Abe by phone, Ann by mail and still waiting; Ben outside, Cleo unsubscribed since."""

    def __init__(self, conn: Connection) -> None:
        make_force_area(conn)
        self.conn = conn
        self.ada = make_subscriber(conn)
        self.abe = make_subscriber(conn, at=(50, 50), channels=(Channel.PUSH,))
        self.ann = make_subscriber(conn, at=(90, 0), channels=(Channel.EMAIL,))
        self.ben = make_subscriber(conn, at=(900, 0))
        self.cleo = make_subscriber(conn, at=(10, 0))
        self.alert = issue(conn, complete_draft(), now=NOW)
        reach(conn, self.alert, self.ada, "delivered")
        reach(conn, self.alert, self.abe, "handed_over")
        reach(conn, self.alert, self.cleo, "delivered")
        self.leave(self.cleo)

    def leave(self, person: int) -> None:
        self.conn.execute("update subscribers set left_at = %s where id = %s", (NOW, person))
        self.conn.execute("select refresh_audience(%s)", ([person],))

    def switch_off(self, person: int, channel: str) -> None:
        self.conn.execute(
            "update contacts set off_at = %s, off_reason = 'asked' where subscriber_id = %s and channel = %s",
            (NOW, person, channel),
        )
        self.conn.execute("select refresh_audience(%s)", ([person],))


@pytest.fixture
def cast(conn: Connection) -> Cast:
    return Cast(conn)


def issue(conn: Connection, content: drafts.Draft, *, now: Any = LATER, undo_s: int = 0) -> int:
    draft_id, version = make_draft(conn, content)
    shown = preview_of(conn, content, now)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=undo_s).id


def reach(conn: Connection, alert_id: int, person: int, state: str) -> None:
    conn.execute(
        "update deliveries set state = %s where alert_id = %s and subscriber_id = %s", (state, alert_id, person)
    )


def follow(conn: Connection, alert_id: int, kind: str, **changes: Any) -> drafts.Draft:
    """The draft an officer gets, with its gaps filled."""
    draft_id = threads.begin(conn, alert_id, kind, OFFICER, LATER)
    draft = drafts.load(conn, draft_id, OFFICER).content
    filled = draft.model_copy(update={"description": draft.description.replace("[", "").replace("]", "")})
    return filled.model_copy(update=changes)


def told(conn: Connection, alert_id: int) -> set[tuple[int, str]]:
    rows = conn.execute("select subscriber_id, channel::text from deliveries where alert_id = %s", (alert_id,))
    return {(row[0], row[1]) for row in rows}


def states(conn: Connection, alert_id: int) -> dict[str, int]:
    rows = conn.execute("select state::text, count(*) from deliveries where alert_id = %s group by 1", (alert_id,))
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("kind", ["all_clear", "false_alarm", "outcome"])
def test_what_ends_an_alert_goes_to_exactly_those_who_were_told(conn: Connection, cast: Cast, kind: str) -> None:
    draft = follow(conn, cast.alert, kind, area={"lat": LAT, "lon": LON, "radius_m": 2_000})
    preview = preview_of(conn, draft, LATER)
    assert (preview.people, preview.told_before, preview.newcomers) == (2, 2, 0)
    sent = issue(conn, draft)
    assert told(conn, sent) == {(cast.ada, "push"), (cast.ada, "email"), (cast.abe, "push")}


def test_a_thread_is_its_messages_in_order(conn: Connection, cast: Cast) -> None:
    sent = issue(conn, follow(conn, cast.alert, "update"))
    undone = issue(conn, follow(conn, sent, "all_clear"), undo_s=10)
    lifecycle.withdraw(conn, undone, OFFICER, LATER)
    assert [(row.id, row.messages) for row in listing.recent(conn).rows] == [(sent, 2)]
    for one in (cast.alert, sent):
        assert [(row.id, row.follow_up) for row in threads.messages(conn, one)] == [
            (cast.alert, None),
            (sent, "update"),
        ]


@pytest.mark.parametrize("kind", ["update", "correction"])
def test_an_update_to_a_wider_area_tells_the_newcomers_as_well(conn: Connection, cast: Cast, kind: str) -> None:
    wider = follow(conn, cast.alert, kind, area={"lat": LAT, "lon": LON, "radius_m": 1_000})
    preview = preview_of(conn, wider, LATER)
    # Ann still waits for the alert: she gets the update instead, and is not counted as somebody new.
    assert (preview.people, preview.told_before, preview.newcomers) == (4, 3, 1)
    sent = issue(conn, wider)
    assert {person for person, _ in told(conn, sent)} == {cast.ada, cast.abe, cast.ann, cast.ben}


def test_an_update_elsewhere_still_goes_to_those_who_were_told(conn: Connection, cast: Cast) -> None:
    moved = follow(conn, cast.alert, "update", area={"lat": LAT + 0.05, "lon": LON, "radius_m": 300})
    assert {person for person, _ in told(conn, issue(conn, moved))} == {cast.ada, cast.abe, cast.ann}


def test_nobody_is_told_on_a_channel_they_were_not_told_on_or_have_switched_off(conn: Connection, cast: Cast) -> None:
    cast.switch_off(cast.ada, "email")
    conn.execute("insert into contacts (subscriber_id, channel, address) values (%s, 'email', 'abe@x')", (cast.abe,))
    conn.execute("select refresh_audience(%s)", ([cast.abe],))
    cast.switch_off(cast.abe, "push")
    draft = follow(conn, cast.alert, "false_alarm")
    assert preview_of(conn, draft, LATER).not_told == {"channel off": 1}
    assert told(conn, issue(conn, draft)) == {(cast.ada, "push")}


def test_everybody_told_anywhere_in_the_thread_is_told_how_it_ends(conn: Connection, cast: Cast) -> None:
    update = issue(conn, follow(conn, cast.alert, "update", area={"lat": LAT, "lon": LON, "radius_m": 1_000}))
    for person in (cast.ada, cast.abe, cast.ann, cast.ben):
        reach(conn, update, person, "handed_over")
    later = LATER + timedelta(minutes=5)
    ending = follow(conn, update, "all_clear")
    assert {person for person, _ in told(conn, issue(conn, ending, now=later))} == {
        cast.ada,
        cast.abe,
        cast.ann,
        cast.ben,
    }


def test_a_preview_and_its_snapshot_agree_on_every_kind(conn: Connection, cast: Cast) -> None:
    for kind in FOLLOW_UPS:
        draft = follow(conn, cast.alert, kind, area={"lat": LAT, "lon": LON, "radius_m": 2_000})
        preview = preview_of(conn, draft, LATER)
        with conn.transaction(force_rollback=True):
            sent = issue(conn, draft)
            assert sum(states(conn, sent).values()) == preview.deliveries, kind
            assert lifecycle.load(conn, sent).people == preview.people, kind


def test_a_false_alarm_stops_what_is_unsent_in_the_same_transaction(conn: Connection, cast: Cast) -> None:
    issue(conn, follow(conn, cast.alert, "false_alarm"))
    assert states(conn, cast.alert) == {"delivered": 4, "handed_over": 1, "cancelled": 1}
    assert lifecycle.load(conn, cast.alert).stopped_at == LATER
    assert [entry.action for entry in entries.timeline(conn, cast.alert)][-1] == "stopped"


def is_running(conn: Connection, alert: int, now: datetime) -> bool:
    """Whether a worker may hand it over now."""
    return bool(deliveries.queries("dispatch/deliveries").standing(conn, alert_id=alert, now=now).is_running)


def test_undoing_a_false_alarm_lets_the_alert_go_on(conn: Connection, cast: Cast) -> None:
    cancel = issue(conn, follow(conn, cast.alert, "false_alarm"), undo_s=10)
    lifecycle.withdraw(conn, cancel, OFFICER, LATER + timedelta(seconds=5))
    assert states(conn, cast.alert) == {"delivered": 4, "handed_over": 1, "pending": 1}
    assert lifecycle.load(conn, cast.alert).stopped_at is None
    assert is_running(conn, cast.alert, LATER)
    again = issue(conn, follow(conn, cast.alert, "update"), now=LATER + timedelta(seconds=9))
    assert lifecycle.load(conn, again).follows == cast.alert


def test_undoing_leaves_stopped_what_was_stopped_before(conn: Connection, cast: Cast) -> None:
    lifecycle.stop(conn, cast.alert, OFFICER, NOW + timedelta(minutes=1))
    cancel = issue(conn, follow(conn, cast.alert, "false_alarm"), undo_s=10)
    lifecycle.withdraw(conn, cancel, OFFICER, LATER + timedelta(seconds=5))
    assert states(conn, cast.alert) == {"delivered": 4, "handed_over": 1, "cancelled": 1}
    assert lifecycle.load(conn, cast.alert).stopped_at == NOW + timedelta(minutes=1)


def test_an_update_takes_the_alerts_place_once_it_leaves_and_not_before(conn: Connection, cast: Cast) -> None:
    update = issue(conn, follow(conn, cast.alert, "update"), undo_s=10)
    assert is_running(conn, cast.alert, LATER + timedelta(seconds=9))
    leaves = LATER + timedelta(seconds=10)
    assert not is_running(conn, cast.alert, leaves)
    assert deliveries.claim_batch(conn, cast.alert, "email", worker=1, limit=10, now=leaves) == []
    assert states(conn, cast.alert)["cancelled"] == 1
    with pytest.raises(AlertRefused, match="has ended"):
        lifecycle.try_again(conn, cast.alert, "email", OFFICER, leaves)
    assert is_running(conn, update, leaves)


def test_the_second_of_two_officers_hears_of_the_first(conn: Connection, cast: Cast) -> None:
    mine, theirs = follow(conn, cast.alert, "all_clear"), follow(conn, cast.alert, "update")
    issue(conn, theirs)
    said = "already sent a follow-up: “Update: Burglary in Tannery Row just now”"
    with pytest.raises(AlertRefused, match=said), conn.transaction():
        issue(conn, mine, now=LATER + timedelta(seconds=1))
    assert lifecycle.load(conn, cast.alert).stopped_at is None


def test_an_alert_that_can_still_be_undone_is_undone_and_not_followed(conn: Connection, cast: Cast) -> None:
    held = issue(conn, complete_draft(), undo_s=10)
    with pytest.raises(AlertRefused, match="Undo it instead"):
        threads.begin(conn, held, "false_alarm", OFFICER, LATER + timedelta(seconds=3))
    lifecycle.withdraw(conn, held, OFFICER, LATER + timedelta(seconds=3))
    with pytest.raises(AlertRefused, match="nobody was told"):
        threads.begin(conn, held, "false_alarm", OFFICER, LATER + timedelta(seconds=20))


def test_a_follow_up_begins_from_the_newest_message_and_is_not_begun_twice(conn: Connection, cast: Cast) -> None:
    update = issue(conn, follow(conn, cast.alert, "update"))
    now = LATER + timedelta(minutes=1)
    first = threads.begin(conn, cast.alert, "all_clear", OFFICER, now)
    assert drafts.load(conn, first, OFFICER).content.follows == update
    assert threads.begin(conn, cast.alert, "all_clear", OFFICER, now) == first
    assert threads.begin(conn, cast.alert, "all_clear", SERGEANT, now) != first


@pytest.mark.parametrize("kind", ["all_clear", "false_alarm"])
def test_what_ends_an_alert_is_ready_as_it_stands(conn: Connection, cast: Cast, kind: str) -> None:
    draft = drafts.load(conn, threads.begin(conn, cast.alert, kind, OFFICER, LATER), OFFICER).content
    assert draft.lacking() == {}
    assert 'At 14:02 we told you: "Burglary in Tannery Row just now"' in draft.description
    assert draft.title.startswith(FOLLOW_UPS[kind].title)


def test_words_of_a_follow_up_say_so_first(conn: Connection, cast: Cast) -> None:
    sent = issue(conn, follow(conn, cast.alert, "false_alarm"))
    alert, words = lifecycle.load(conn, sent), lifecycle.words(conn, sent)
    assert (alert.msg_type, alert.headline) == ("Cancel", "Cancelled: Burglary in Tannery Row just now")
    assert words["push"].title == "EXERCISE: Cancelled: Burglary in Tannery Row just now"
    assert words["email"].title == words["push"].title
    assert "This alert ends at" not in words["email"].body
    assert alert.thread == lifecycle.load(conn, cast.alert).identifier


def test_an_outcome_is_no_longer_urgent_and_says_what_was_written(conn: Connection, cast: Cast) -> None:
    draft_id = threads.begin(conn, cast.alert, "outcome", OFFICER, LATER, words="Two men were arrested.")
    draft = drafts.load(conn, draft_id, OFFICER).content
    assert (draft.description, draft.urgent, draft.lacking()) == ("Two men were arrested.", False, {})


def test_an_incident_that_is_live_nearby_is_found_as_soon_as_number_and_area_are_known(
    conn: Connection, cast: Cast
) -> None:
    def found(**changes: Any) -> Any:
        draft = complete_draft(**changes)
        ground = issuing.areas.survey(conn, issuing.geo.area_from(draft.area))
        return threads.same_incident(conn, draft, ground, LATER)

    assert found().id == cast.alert
    assert found(incident_number="483 of 22 November") is None
    assert found(incident_number="") is None
    assert found(area={"lat": LAT + 0.09, "lon": LON, "radius_m": 300}) is None
    assert found(follows=cast.alert, follow_up="update") is None
    issue(conn, follow(conn, cast.alert, "all_clear"))
    assert found() is None


def test_no_message_can_be_put_into_a_thread_by_hand(conn: Connection, cast: Cast) -> None:
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("update alerts set thread = gen_random_uuid()")


def test_two_at_once_leave_one_message_that_follows(database: Database) -> None:
    with database.connect() as one, database.connect() as two:
        cast = Cast(one)
        first, second = follow(one, cast.alert, "update"), follow(one, cast.alert, "correction")
        one.commit()
        issue(one, first)
        two.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            issue(two, second)
        two.rollback()
        one.commit()
        with pytest.raises(AlertRefused, match="already sent a follow-up"):
            issue(two, second)


def test_an_approval_is_also_of_what_a_message_follows(conn: Connection, cast: Cast) -> None:
    conn.execute("update approval_policy set rule = 'second person'")
    draft_id, version = make_draft(conn, follow(conn, cast.alert, "update"))
    shown = preview_of(conn, drafts.load(conn, draft_id, OFFICER).content, LATER)
    request = approvals.ask(conn, draft_id, version, OFFICER, shown=shown, now=LATER)
    ready = issuing.examine(conn, issuing.hold(conn, draft_id, OFFICER), version, shown=shown, now=LATER)
    other = replace(ready, draft=ready.draft.model_copy(update={"follow_up": "correction"}))
    asked = conn.execute("select document::jsonb -> 'draft' ->> 'headline' from approval_requests").fetchone()
    assert asked == ("Update: Burglary in Tannery Row just now",)
    with conn.transaction(force_rollback=True):
        approvals.decide(conn, request, "approved", SERGEANT, LATER)
        with pytest.raises(psycopg.errors.CheckViolation):
            issuing.write(conn, draft_id, other, officer=OFFICER, now=LATER, undo_s=0, approval_id=request)
    sent = approvals.approve(conn, request, SERGEANT, shown=shown, now=LATER, undo_s=0)
    assert lifecycle.load(conn, sent.id).follow_up == "update"


def test_whoever_sees_a_false_alarm_first_may_put_it_right(conn: Connection, cast: Cast) -> None:
    conn.execute("update approval_policy set rule = 'second person' where not 'cancel' = any(kinds)")
    sent = issue(conn, follow(conn, cast.alert, "false_alarm"))
    assert conn.execute("select approval_rule from alerts where id = %s", (sent,)).fetchone() == ("reviewed after",)
