"""What the top bar says of the channels, from a ledger and link tests made for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from smartalert.clock import utc_now
from smartalert.control import status
from smartalert.control.status import health
from smartalert.database import connection
from smartalert.dispatch import link_tests, outages
from smartalert.providers.provider import TemporaryFailure
from tests.factories import NOW, OFFICER, complete_draft, employ, make_draft


@pytest.fixture
def worker(conn, shared_database) -> Iterator[None]:
    """A worker's lock, held by a session of its own as a worker does."""
    with shared_database.connect(autocommit=True) as session:
        employ(session, 1)
        yield
        session.execute("delete from workers")


def make_alert(conn, *, states: dict[str, int], ago=timedelta(minutes=2), **columns) -> None:
    """An alert on phones whose deliveries are in these states."""
    draft_id, _ = make_draft(conn, complete_draft())
    (alert_id,) = conn.execute(
        "insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline, description,"
        " instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by, issued_at,"
        " release_at, expires_at) values (%s, 'Exercise', 'Alert', true, 'burglary', '1', '', '', '', '',"
        " st_setsrid(st_makepoint(0, 0), 27700), 100, '', 0, 0, 1, 1, %s, %s, %s, %s) returning id",
        (draft_id, OFFICER, NOW - ago, NOW - ago, NOW + timedelta(hours=1)),
    ).fetchone()
    person = 0
    for state, number in states.items():
        for _ in range(number):
            person += 1
            handed = NOW - ago if state in {"handed_over", "delivered"} else None
            conn.execute(
                "insert into deliveries (alert_id, subscriber_id, channel, state, due_at, handed_over_at,"
                " failure_reason, claimed_at) values (%s, %s, 'push', %s, %s, %s, %s, %s)",
                (alert_id, person, state, NOW - ago, handed, columns.get("reason"), NOW - ago),
            )


def said(conn) -> list[tuple[str, str]]:
    return [(one.level, one.text) for one in health(conn, NOW)]


def test_without_a_worker_nothing_can_leave(conn):
    assert said(conn) == [("bad", "Nothing can be sent: no worker is running")]


def test_before_the_first_alert_nothing_is_claimed(conn, worker):
    assert said(conn) == [("quiet", "Nothing handed over yet")]


def test_a_provider_that_takes_nothing_is_said_with_when_it_is_tried_again(conn, worker):
    make_alert(conn, states={"pending": 40})
    refusal = TemporaryFailure("SendGrid asked everybody to wait.", 30, whole_channel=True)
    outages.see(conn, "email", [refusal], NOW, repeat_is_harmless=False)
    conn.execute("update outages set try_at = %s, tries = 1", (NOW + timedelta(seconds=12),))
    mails = next(one for one in health(conn, NOW) if one.channel == "email")
    assert (mails.level, mails.text) == ("bad", "E-mail not getting through since 14:02")
    assert mails.why.startswith(
        "SendGrid has taken no e-mails since 14:02. We try again in 12 s. Nothing is lost. Tried 1 time since."
        " SendGrid asked everybody to wait."
    )


def test_a_channel_that_hands_over_is_ok_and_one_unused_is_quiet(conn, worker):
    make_alert(conn, states={"handed_over": 5, "delivered": 5})
    assert said(conn) == [("good", "Phones ok"), ("quiet", "E-mail quiet")]


def test_a_channel_used_some_time_ago_says_when(conn, worker):
    make_alert(conn, states={"delivered": 5}, ago=timedelta(minutes=40))
    assert said(conn)[0] == ("quiet", "Phones last used 13:22")


def test_a_channel_where_much_is_tried_again_is_slow(conn, worker):
    make_alert(conn, states={"delivered": 8})
    make_alert(conn, states={"pending": 2}, reason="FCM asked everybody to wait.")
    assert said(conn)[0] == ("slow", "Phones slow since 14:00")


def test_a_channel_where_everything_is_tried_again_is_not_getting_through(conn, worker):
    make_alert(conn, states={"pending": 2}, reason="FCM could not be reached.")
    assert said(conn)[0] == ("bad", "Phones not getting through since 14:00")


def test_deliveries_that_nobody_takes_are_said_to_wait(conn, worker):
    make_alert(conn, states={"pending": 2})
    assert said(conn)[0] == ("bad", "Phones waiting since 14:00")


def make_test(conn, channel: str, *, ago: timedelta, handed_over_s=0.2, arrived_s=1.0, reason=None) -> None:
    """One link test that began so long ago."""
    test_id = link_tests.begin(conn, channel, NOW - ago)
    conn.execute(
        "update link_tests set handed_over_at = started_at + %s * interval '1 s',"
        " arrived_at = started_at + %s * interval '1 s', failure_reason = %s where id = %s",
        (handed_over_s, arrived_s, reason, test_id),
    )


def test_tests_say_that_a_channel_nobody_uses_is_ok(conn, worker):
    make_test(conn, "push", ago=timedelta(minutes=2))
    make_test(conn, "email", ago=timedelta(minutes=2), arrived_s=8)
    assert said(conn) == [("good", "Phones ok"), ("good", "E-mail ok")]
    phones, mails = health(conn, NOW)
    assert (phones.arrives_s, mails.arrives_s) == (1.0, 8.0)
    assert phones.why.endswith("Test of 14:00: handed over in 0.2 s, arrived after 1.0 s.")


def test_a_channel_is_slow_since_the_first_slow_test_after_the_last_good_one(conn, worker):
    for minutes, arrived_s in ((12, 900), (9, 2), (6, 200), (3, None)):
        make_test(conn, "email", ago=timedelta(minutes=minutes), arrived_s=arrived_s)
    phones, mails = health(conn, NOW)
    assert (phones.level, mails.level, mails.text) == ("quiet", "slow", "E-mail slow since 13:56")
    assert mails.arrives_s == 200


def test_a_slow_answer_of_the_provider_counts_although_the_phone_had_it_sooner(conn, worker):
    make_test(conn, "push", ago=timedelta(minutes=1), handed_over_s=3.0, arrived_s=0.4)
    phones, _ = health(conn, NOW)
    assert (phones.level, phones.arrives_s) == ("slow", 3.0)


def test_a_test_that_was_not_taken_or_never_answered_is_not_getting_through(conn, worker):
    make_test(conn, "push", ago=timedelta(minutes=1), handed_over_s=None, arrived_s=None, reason="FCM is busy.")
    make_test(conn, "email", ago=timedelta(minutes=1), handed_over_s=None, arrived_s=None)
    assert said(conn) == [
        ("bad", "Phones not getting through since 14:01"),
        ("bad", "E-mail not getting through since 14:01"),
    ]


def test_a_test_under_way_changes_nothing_yet(conn, worker):
    make_test(conn, "push", ago=timedelta(minutes=3))
    make_test(conn, "push", ago=timedelta(seconds=2), handed_over_s=None, arrived_s=None)
    assert said(conn)[0] == ("good", "Phones ok")


def test_the_worse_of_deliveries_and_tests_is_said(conn, worker):
    make_alert(conn, states={"pending": 2}, reason="FCM could not be reached.")
    make_test(conn, "push", ago=timedelta(minutes=1))
    assert said(conn)[0] == ("bad", "Phones not getting through since 14:00")


def test_deliveries_in_doubt_are_said(conn, worker):
    make_alert(conn, states={"delivered": 5, "unknown": 2})
    phones, _ = health(conn, NOW)
    assert (phones.level, phones.text) == ("slow", "Phones ok, 2 in doubt")
    assert "2 may or may not have been sent: open the alert to decide." in phones.why


def test_the_last_words_of_a_worker_that_ended_itself_are_said(conn):
    conn.execute("insert into workers (number, ended_at, last_words) values (7, now(), 'This machine’s clock is off.')")
    (only,) = health(conn, NOW)
    assert (only.text, only.why) == ("Nothing can be sent: no worker is running", "This machine’s clock is off.")


def test_a_control_room_whose_clock_is_wrong_says_so_and_issues_nothing(database, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database.url("smartalert_control"))
    status.look.clear()
    connection.engine("smartalert_control")
    monkeypatch.setattr(connection, "utc_now", lambda: utc_now() - timedelta(hours=1))
    (said,) = status.look().channels
    status.look.clear()
    assert (said.level, said.text) == ("bad", "Nothing can be sent: a clock is wrong")
    assert "3,600 seconds behind the database" in said.why
