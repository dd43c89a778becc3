"""The ledger's own rules: who may claim, what each outcome writes, what a dead worker leaves behind."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import Connection as Session

from smartalert.alerts import issuing, lifecycle
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries, link_tests, progress
from smartalert.dispatch.deliveries import Claim
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt, from_sendgrid, record, record_phones
from smartalert.errors import AlertRefused
from smartalert.providers.provider import AddressGone, HandedOver, PermanentFailure, TemporaryFailure
from smartalert.providers.sendgrid.events import Event, understood
from smartalert.wording import Channel
from smartalert.worker import life as life_of_workers
from tests.databases import Database
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    employ,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

WORKER = 4_711
LATER = NOW + timedelta(seconds=60)


@pytest.fixture
def life(conn: Connection, shared_database: Database) -> Iterator[Session]:
    """A session that is a worker."""
    with shared_database.connect(autocommit=True) as session:
        employ(session, WORKER)
        yield session
        conn.rollback()  # it may have changed the worker as well
        session.execute("delete from workers")
        # Closing says goodbye without waiting: the next test might still find the lock held.
        session.execute("select pg_advisory_unlock_all()")


@pytest.fixture
def alert(conn: Connection) -> int:
    """An alert to three people on both channels, released."""
    make_force_area(conn)
    for _ in range(3):
        make_subscriber(conn)
    draft_id, version = make_draft(conn)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW, undo_s=0).id


def claim(conn: Connection, alert: int, channel: str = "push", limit: int = 10) -> list[Claim]:
    return deliveries.claim_batch(conn, alert, channel, worker=WORKER, limit=limit, now=NOW)


def write(conn: Connection, alert: int, claims: list[Claim], outcome: object, channel: str = "push") -> None:
    deliveries.record(
        conn, alert, channel, [(c, outcome) for c in claims],
        worker=WORKER, now=NOW, repeat_is_harmless=channel == "push",
    )  # fmt: skip


def state(conn: Connection, alert: int, channel: str = "push") -> list[str]:
    rows = conn.execute(
        "select state::text from deliveries where alert_id = %s and channel = %s order by subscriber_id",
        (alert, channel),
    )
    return [row[0] for row in rows]


@pytest.mark.usefixtures("life")
def test_a_claim_takes_each_delivery_once(conn: Connection, alert: int) -> None:
    first, second = claim(conn, alert, limit=2), claim(conn, alert)
    assert (len(first), len(second), claim(conn, alert)) == (2, 1, [])


def test_a_worker_without_its_lock_may_claim_nothing(conn: Connection, alert: int) -> None:
    assert claim(conn, alert) == []


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("change", ["withdrawn_at = now()", "stopped_at = now()", "release_at = '2100-01-01'"])
def test_a_withdrawn_stopped_or_held_alert_is_not_claimed(conn: Connection, alert: int, change: str) -> None:
    conn.execute(f"update alerts set expires_at = '2101-01-01', {change} where id = %s", (alert,))
    assert claim(conn, alert) == []


@pytest.mark.usefixtures("life")
def test_what_is_pending_when_the_alert_is_over_expires(conn: Connection, alert: int) -> None:
    over = NOW + timedelta(days=2)
    assert deliveries.claim_batch(conn, alert, "push", worker=WORKER, limit=9, now=over) == []
    assert state(conn, alert) == ["expired"] * 3


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize(
    ("outcome", "channel", "expected"),
    [
        (HandedOver("m1"), "push", "handed_over"),
        (TemporaryFailure("busy"), "push", "pending"),
        (TemporaryFailure("cut", perhaps_accepted=True), "push", "pending"),
        (TemporaryFailure("cut", perhaps_accepted=True), "email", "unknown"),
        (TemporaryFailure("refused"), "email", "pending"),
        (PermanentFailure("too long"), "email", "failed"),
        (AddressGone("not registered"), "push", "failed"),
    ],
)
def test_every_outcome_has_its_state(
    conn: Connection, alert: int, outcome: object, channel: str, expected: str
) -> None:
    write(conn, alert, claim(conn, alert, channel), outcome, channel)
    assert state(conn, alert, channel) == [expected] * 3


@pytest.mark.usefixtures("life")
def test_a_dead_address_leaves_the_audience(conn: Connection, alert: int) -> None:
    write(conn, alert, claim(conn, alert), AddressGone("not registered"))
    assert conn.execute("select array_agg(channels) from audience_places").fetchone()[0] == [2, 2, 2]


def test_waits_grow_and_respect_what_the_provider_asked() -> None:
    assert 8 <= deliveries.wait_s(TemporaryFailure("x"), attempts=1) <= 12
    assert 32 <= deliveries.wait_s(TemporaryFailure("x"), attempts=3) <= 48
    assert deliveries.wait_s(TemporaryFailure("x", retry_after_s=90), attempts=1) == 90
    assert 2 <= deliveries.wait_s(TemporaryFailure("x", retry_after_s=2, whole_channel=True), attempts=5) <= 2.4
    assert deliveries.wait_s(TemporaryFailure("x", retry_after_s=1e13), attempts=50) == 900, "a quarter of an hour"
    absurd = TemporaryFailure("x", retry_after_s=1e13, whole_channel=True)
    assert 60 <= deliveries.wait_s(absurd, attempts=50) <= 72, "asked again once a minute"


def test_a_dead_workers_pushes_go_again_and_its_mails_wait(conn: Connection, alert: int, life: Session) -> None:
    assert len(claim(conn, alert)) == len(claim(conn, alert, "email")) == 3
    assert deliveries.recover(conn, NOW) == 0
    life.execute("select pg_advisory_unlock_all()")
    assert deliveries.recover(conn, NOW) == 0, "before it is given up for good it might still wake"
    conn.execute(life_of_workers.GIVE_UP)
    assert deliveries.recover(conn, NOW) == 6
    assert (state(conn, alert), state(conn, alert, "email")) == (["pending"] * 3, ["unknown"] * 3)


def in_doubt(conn: Connection, alert: int) -> list[Claim]:
    """Claim the mails, and lose the line while they are under way."""
    claims = claim(conn, alert, "email")
    write(conn, alert, claims, TemporaryFailure("cut", perhaps_accepted=True), "email")
    return claims


def report(conn: Connection, up_to: datetime) -> None:
    """SendGrid reports on a mail that was claimed then: one of another alert, or a link test."""
    test_id = link_tests.begin(conn, "email", up_to)
    link_tests.record_events(conn, [Event("delivered", up_to, f"link-test-{test_id}", "", "", None)])


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("later", [timedelta(seconds=200), timedelta(minutes=30), timedelta(hours=24)])
def test_silence_decides_nothing_as_long_as_reports_may_still_come(
    conn: Connection, alert: int, later: timedelta
) -> None:
    """SendGrid posts reports again for a day: those on other mails say nothing about the ones that are missing."""
    in_doubt(conn, alert)
    report(conn, NOW + later)
    deliveries.recover(conn, NOW + later)
    assert state(conn, alert, "email") == ["unknown"] * 3


@pytest.mark.usefixtures("life")
def test_silence_alone_never_decides(conn: Connection, alert: int) -> None:
    in_doubt(conn, alert)
    report(conn, NOW - timedelta(seconds=1))
    deliveries.recover(conn, NOW + timedelta(days=10))
    assert state(conn, alert, "email") == ["unknown"] * 3


@pytest.mark.usefixtures("life")
def test_a_mail_that_a_days_reports_passed_over_never_left_and_may_be_tried_again(conn: Connection, alert: int) -> None:
    in_doubt(conn, alert)
    conn.execute("update alerts set expires_at = %s", (NOW + timedelta(days=7),))
    late = NOW + timedelta(seconds=deliveries.WORST_LAG_S + 1)
    report(conn, late)
    deliveries.recover(conn, late)
    assert state(conn, alert, "email") == ["failed"] * 3
    assert lifecycle.try_again(conn, alert, Channel.EMAIL, OFFICER, late) == 3
    assert state(conn, alert, "email") == ["pending"] * 3


@pytest.mark.usefixtures("life")
def test_a_link_test_that_arrives_says_how_far_reports_have_come(conn: Connection, alert: int) -> None:
    in_doubt(conn, alert)
    assert not progress.in_doubt(conn, alert).is_passed_over
    report(conn, NOW + timedelta(minutes=3))
    doubt = progress.in_doubt(conn, alert)
    assert (doubt.deliveries, doubt.claimed_at, doubt.is_passed_over) == (3, NOW, True)


@pytest.mark.usefixtures("life")
def test_an_officer_may_have_mails_in_doubt_sent_again_and_that_is_written_down(conn: Connection, alert: int) -> None:
    in_doubt(conn, alert)
    assert lifecycle.send_in_doubt(conn, alert, OFFICER, NOW) == 3
    assert len(claim(conn, alert, "email")) == 3
    row = conn.execute("select bool_and(maybe_repeated) from deliveries where channel = 'email'").fetchone()
    assert row == (True,)
    assert [entry.action for entry in entries.timeline(conn, alert)][-1] == Action.SENT_IN_DOUBT


@pytest.mark.usefixtures("life")
def test_an_officer_may_leave_mails_in_doubt_and_what_is_reported_still_counts(conn: Connection, alert: int) -> None:
    first, *_ = in_doubt(conn, alert)
    assert lifecycle.leave_in_doubt(conn, alert, OFFICER, NOW) == 3
    record(conn, [Receipt(Reference(alert, first.subscriber_id, "email"), "delivered", LATER)])
    assert sorted(state(conn, alert, "email")) == ["delivered", "unknown", "unknown"]
    assert [entry.action for entry in entries.timeline(conn, alert)][-1] == Action.LEFT_IN_DOUBT


@pytest.mark.usefixtures("life")
def test_nothing_in_doubt_is_sent_again_once_the_alert_is_over(conn: Connection, alert: int) -> None:
    in_doubt(conn, alert)
    with pytest.raises(AlertRefused, match="has ended"):
        lifecycle.send_in_doubt(conn, alert, OFFICER, NOW + timedelta(days=2))


@pytest.mark.usefixtures("life")
def test_a_mail_that_was_refused_and_taken_all_the_same_is_not_sent_twice(conn: Connection, alert: int) -> None:
    """SendGrid answered 503, and then reports that it has the mail."""
    claims = claim(conn, alert, "email")
    write(conn, alert, claims, TemporaryFailure("SendGrid answered 503 and took no mail."), "email")
    record(conn, [Receipt(Reference(alert, claims[0].subscriber_id, "email"), "handed_over", NOW)])
    assert sorted(state(conn, alert, "email")) == ["handed_over", "pending", "pending"]


def test_a_receipt_of_what_was_never_offered_is_nobodys(conn: Connection, alert: int) -> None:
    person = conn.execute("select min(subscriber_id) from deliveries").fetchone()[0]
    record(conn, [Receipt(Reference(alert, person, "email"), "handed_over", NOW)])
    assert state(conn, alert, "email") == ["pending"] * 3


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("due", ["2058-01-01", "infinity"])
def test_whatever_waits_ends_when_the_alert_does_however_late_it_is_due(conn: Connection, alert: int, due: str) -> None:
    conn.execute(
        "update deliveries set due_at = %s, digest_on = case channel when 'push' then current_date end", (due,)
    )
    deliveries.recover(conn, NOW + timedelta(hours=1))
    assert state(conn, alert) + state(conn, alert, "email") == ["pending"] * 6
    deliveries.recover(conn, NOW + timedelta(days=2))
    assert state(conn, alert) + state(conn, alert, "email") == ["expired"] * 6


@pytest.mark.parametrize("attempts", [1, 5, 1_025, 32_767])
def test_no_number_of_tries_makes_a_wait_too_long(attempts: int) -> None:
    assert 8 <= deliveries.wait_s(TemporaryFailure("x"), attempts) <= 1.2 * deliveries.LONGEST_WAIT_S


def test_a_worker_that_is_not_heard_of_is_given_up_though_it_holds_its_lock(
    conn: Connection, alert: int, life: Session
) -> None:
    """Stopped or cut off: its session lives on, as far as the server knows."""
    assert len(claim(conn, alert)) == len(claim(conn, alert, "email")) == 3
    life.execute("update workers set heard_at = now() - interval '10 minutes'")
    conn.execute(life_of_workers.GIVE_UP)
    assert deliveries.recover(conn, NOW) == 6
    assert (state(conn, alert), state(conn, alert, "email")) == (["pending"] * 3, ["unknown"] * 3)


def test_a_worker_that_was_given_up_claims_nothing_when_it_wakes(conn: Connection, alert: int, life: Session) -> None:
    life.execute("update workers set heard_at = now() - interval '10 minutes'")
    conn.execute(life_of_workers.GIVE_UP)
    conn.execute("update workers set heard_at = clock_timestamp()")
    assert claim(conn, alert) == []
    assert conn.execute(life_of_workers.BE_HEARD, [WORKER]).fetchone() is None


@pytest.mark.usefixtures("life")
def test_a_receipt_settles_a_mail_in_doubt(conn: Connection, alert: int) -> None:
    claims = claim(conn, alert, "email")
    write(conn, alert, claims, TemporaryFailure("cut", perhaps_accepted=True), "email")
    event = {"event": "processed", "delivery": f"{alert}-{claims[0].subscriber_id}-email", "timestamp": 1_795_356_123}
    assert record(conn, from_sendgrid(understood([event], NOW))) == 1
    assert sorted(state(conn, alert, "email")) == ["handed_over", "unknown", "unknown"]


@pytest.mark.usefixtures("life")
def test_receipts_in_any_order_and_number_end_the_same(conn: Connection, alert: int) -> None:
    person = claim(conn, alert, "email")[0].subscriber_id
    reference = Reference(alert, person, "email")
    for event, at in [("opened", 9), ("handed_over", 1), ("delivered", 5), ("failed", 7), ("delivered", 5)]:
        record(conn, [Receipt(reference, event, NOW + timedelta(seconds=at))])
    row = conn.execute(
        "select state::text, delivered_at, opened_at, failed_at from deliveries"
        " where alert_id = %s and channel = 'email' and subscriber_id = %s",
        (alert, person),
    ).fetchone()
    assert row == ("delivered", NOW + timedelta(seconds=9), NOW + timedelta(seconds=9), None)


@pytest.mark.usefixtures("life")
def test_a_bounce_told_again_does_not_undo_what_the_person_did_since(conn: Connection, alert: int) -> None:
    person = claim(conn, alert, "email")[0].subscriber_id
    before, after = (datetime.now(UTC) + timedelta(minutes=minutes) for minutes in (-5, 5))
    bounce = Receipt(Reference(alert, person, "email"), "address_gone", before, "the mail server refused it")
    is_off = "select off_at is not null from contacts where subscriber_id = %s and channel = 'email'"
    for receipt, off in ((bounce, True), (None, False), (bounce, False), (replace(bounce, at=after), True)):
        if receipt:
            record(conn, [receipt])
        else:
            conn.execute("select switch_on_email(new_secret(%s, 'session', '1 hour'))", (person,))
        assert conn.execute(is_off, (person,)).fetchone() == (off,)


def test_events_that_name_no_delivery_of_ours_are_passed_over() -> None:
    events = [{"event": "delivered"}, {"event": "delivered", "delivery": "1-2-fax", "timestamp": 1}, {"timestamp": "x"}]
    assert from_sendgrid(understood(events, NOW)) == []


@pytest.mark.parametrize(
    ("quiet", "at", "due"),
    [
        (("22:00", "07:00"), "2026-11-22 23:30+00", "2026-11-23 07:00+00"),
        (("22:00", "07:00"), "2026-11-22 06:59+00", "2026-11-22 07:00+00"),
        (("22:00", "07:00"), "2026-11-22 07:00+00", "2026-11-22 07:00+00"),
        (("22:00", "07:00"), "2026-11-22 14:00+00", "2026-11-22 14:00+00"),
        (("13:00", "15:00"), "2026-11-22 14:00+00", "2026-11-22 15:00+00"),
        # London is an hour ahead of UTC in summer; the clock goes back on this night.
        (("22:00", "07:00"), "2026-07-01 21:30+00", "2026-07-02 06:00+00"),
        (("22:00", "07:00"), "2026-10-24 22:30+00", "2026-10-25 07:00+00"),
    ],
)
def test_quiet_hours_end_in_the_morning_by_londons_clock(
    conn: Connection, quiet: tuple[str, str], at: str, due: str
) -> None:
    row = conn.execute("select after_quiet(%s, %s, %s) = %s::timestamptz", (at, *quiet, due)).fetchone()
    assert row == (True,)


@pytest.mark.parametrize(("urgent", "waiting"), [(True, 0), (False, 1)])
def test_only_routine_messages_wait_for_the_morning(conn: Connection, urgent: bool, waiting: int) -> None:
    make_force_area(conn)
    make_subscriber(conn)
    make_subscriber(conn, quiet_from="13:00", quiet_to="15:00")
    draft_id, version = make_draft(conn, content := complete_draft(urgent=urgent))
    alert = issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, content), now=NOW).id
    lifecycle.release_now(conn, alert, OFFICER, NOW)
    rows = conn.execute("select due_at from deliveries where alert_id = %s and channel = 'email'", (alert,)).fetchall()
    assert sum(due > LATER for (due,) in rows) == waiting


def test_posts_about_the_same_deliveries_do_not_lock_each_other_out(database: Database) -> None:
    with database.connect() as owner:
        make_force_area(owner)
        people = [make_subscriber(owner) for _ in range(200)]
        draft_id, version = make_draft(owner)
        alert = issuing.issue(owner, draft_id, version, OFFICER, shown=preview_of(owner), now=NOW, undo_s=0).id
        owner.execute("update deliveries set state = 'handed_over'")
    engine = database.engine("smartalert_public")

    def post(number: int) -> int:
        shuffled = random.Random(number).sample(people, len(people))
        told = [Reference(alert, person, "push").to(f"token-{person}") for person in shuffled]
        with connection.transaction(engine) as conn:
            return record_phones(conn, [Receipt(reference, "delivered", NOW) for reference in told])

    with ThreadPoolExecutor(6) as posts:
        assert set(posts.map(post, range(24))) == {200}


def test_nobody_waits_for_rows_that_a_worker_which_stands_still_has_locked(database: Database) -> None:
    """An officer's "Stop" counts at once, and what was locked ends as the rest does."""
    with database.connect() as still, database.connect() as other:
        make_force_area(other)
        make_subscriber(other)
        draft_id, version = make_draft(other)
        alert = issuing.issue(other, draft_id, version, OFFICER, shown=preview_of(other), now=NOW, undo_s=0).id
        other.commit()
        employ(still, WORKER)
        assert len(claim(still, alert)) == 1
        other.execute("set lock_timeout = '1s'")
        assert lifecycle.stop(other, alert, OFFICER, NOW) == 1
        other.commit()
        deliveries.recover(other, NOW)
        assert claim(other, alert) == []
        other.commit()
        assert state(other, alert) + state(other, alert, "email") == ["pending", "cancelled"]
        still.rollback()
        deliveries.recover(other, NOW)
        assert state(other, alert) == ["cancelled"]
