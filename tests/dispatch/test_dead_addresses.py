"""A dead address is switched off, and nothing else: whoever has another by then keeps the channel."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from psycopg import Connection as Session

from smartalert.alerts import issuing
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries, receipts, service_mail
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure
from smartalert.providers.sendgrid.events import understood
from smartalert.subscribers import devices
from smartalert.worker.digests import DigestSource
from tests.databases import Database
from tests.factories import (
    NOW,
    OFFICER,
    employ,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
    stale_matches,
)

WORKER, LATER = 4_712, NOW + timedelta(hours=1)
GONE = AddressGone("The app was removed from this phone.")


@pytest.fixture
def life(conn: Connection, shared_database: Database) -> Iterator[Session]:
    """A session that is a worker."""
    with shared_database.connect(autocommit=True) as session:
        employ(session, WORKER)
        yield session
        conn.rollback()
        session.execute("delete from workers")
        session.execute("select pg_advisory_unlock_all()")


@pytest.fixture
def person(conn: Connection) -> int:
    make_force_area(conn)
    return make_subscriber(conn)


@pytest.fixture
def alert(conn: Connection, person: int) -> int:
    """An alert to that person on both channels, released."""
    draft_id, version = make_draft(conn)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW, undo_s=0).id


def rotate(conn: Connection, person: int, token: str) -> None:
    """As the app does it: by the device's secret."""
    (secret,) = conn.execute("select new_secret(%s, 'device', '1 hour')", (person,)).fetchone()
    devices.change_token(conn, secret, token, "1.1")


def off(conn: Connection, person: int, channel: str = "push") -> str | None:
    assert stale_matches(conn) == 0
    (reason,) = conn.execute(
        "select off_reason from contacts where subscriber_id = %s and channel = %s", (person, channel)
    ).fetchone()
    return reason


def claim(conn: Connection, alert: int, channel: str = "push") -> list[deliveries.Claim]:
    return deliveries.claim_batch(conn, alert, channel, worker=WORKER, limit=9, now=NOW)


def record(
    conn: Connection, alert: int, claims: list[deliveries.Claim], outcome: Outcome, channel: str = "push"
) -> None:
    deliveries.record(
        conn, alert, channel, [(one, outcome) for one in claims], worker=WORKER, now=NOW, repeat_is_harmless=True
    )


@pytest.mark.usefixtures("life")
def test_a_token_that_changed_while_a_push_was_failing_stays_on_and_gets_the_alert_once(
    conn: Connection, person: int, alert: int
) -> None:
    claims = claim(conn, alert)
    rotate(conn, person, "another-token")
    record(conn, alert, claims, GONE)
    assert (off(conn, person), off(conn, person, "email")) == (None, None)
    (again,) = claim(conn, alert)
    assert again.address == "another-token"
    record(conn, alert, [again], HandedOver("x"))
    assert claim(conn, alert) == []
    assert conn.execute("select maybe_repeated from deliveries where channel = 'push'").fetchone() == (False,)


@pytest.mark.usefixtures("life")
def test_a_token_that_is_gone_and_no_other_came_is_switched_off_and_tried_no_more(
    conn: Connection, person: int, alert: int
) -> None:
    record(conn, alert, claim(conn, alert), GONE)
    assert (off(conn, person), off(conn, person, "email")) == (GONE.reason, None)
    assert claim(conn, alert) == []


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize(
    ("then", "state"),
    [
        ("expires_at = now() + interval '1 day'", "pending"),
        ("expires_at = issued_at + interval '1 second'", "failed"),
        ("expires_at = now() + interval '1 day', stopped_at = now()", "failed"),
        ("expires_at = now() + interval '1 day', withdrawn_at = now()", "failed"),
    ],
)
def test_a_token_that_came_after_the_old_one_was_reported_dead_gets_what_still_runs(
    conn: Connection, person: int, alert: int, then: str, state: str
) -> None:
    record(conn, alert, claim(conn, alert), GONE)
    conn.execute(f"update alerts set {then}")
    rotate(conn, person, "another-token")
    assert off(conn, person) is None
    assert conn.execute("select state::text from deliveries where channel = 'push'").fetchall() == [(state,)]


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("outcome", [HandedOver("x"), PermanentFailure("no")])
def test_what_was_answered_for_the_old_token_is_not_repeated_at_the_new_one(
    conn: Connection, person: int, alert: int, outcome: Outcome
) -> None:
    claims = claim(conn, alert)
    rotate(conn, person, "another-token")
    record(conn, alert, claims, outcome)
    assert claim(conn, alert) == []


@pytest.mark.usefixtures("life")
def test_both_of_two_tokens_that_were_dead_in_turn_are_tried_and_the_second_switched_off(
    conn: Connection, person: int, alert: int
) -> None:
    first = claim(conn, alert)
    rotate(conn, person, "another-token")
    record(conn, alert, first, GONE)
    record(conn, alert, claim(conn, alert), GONE)
    assert off(conn, person) == GONE.reason
    assert claim(conn, alert) == []


@pytest.mark.usefixtures("life")
def test_a_digest_that_met_an_old_token_goes_to_the_new_one_whole(conn: Connection, person: int, alert: int) -> None:
    draft_id, version = make_draft(conn)
    issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW, undo_s=0)
    conn.execute("update deliveries set digest_on = current_date where channel = 'push'")
    conn.execute("update deliveries set state = 'cancelled' where channel = 'email'")
    worker = SimpleNamespace(
        number=WORKER, mode=Mode.TRAINING, providers={"push": SimpleNamespace(repeat_is_harmless=True)}
    )
    source = DigestSource(worker)  # type: ignore[arg-type]
    (batch,) = source.claim(conn, NOW)
    rotate(conn, person, "another-token")
    source.record(conn, [(one, GONE) for one in batch.claims], NOW)
    ((again,),) = [batch.claims for batch in source.claim(conn, NOW)]
    assert (again.address, len(again.alert_ids)) == ("another-token", 2)


def test_of_many_only_those_who_still_have_their_address_are_switched_off(conn: Connection) -> None:
    people = [make_subscriber(conn) for _ in range(4)]
    rotate(conn, people[1], "another-token")
    conn.execute(
        "select switch_off(%s, 'push', %s, %s)", (people, ["gone"] * 4, [f"token-{person}" for person in people])
    )
    assert [off(conn, person) for person in people] == ["gone", None, "gone", "gone"]


def test_a_message_about_the_service_to_an_old_token_goes_to_the_new_one_which_stays_on(
    conn: Connection, person: int
) -> None:
    (mail_id,) = conn.execute(
        "insert into service_mails (channel, address, subject, body, written_at)"
        " values ('push', %s, 's', 'b', %s) returning id",
        (f"token-{person}", NOW),
    ).fetchone()
    mail = service_mail.claim(conn, mail_id, NOW)
    assert mail is not None
    rotate(conn, person, "another-token")
    service_mail.record(conn, mail, GONE, NOW)
    assert off(conn, person) is None
    again = service_mail.claim(conn, mail_id, NOW)
    assert again is not None
    assert again.address == "another-token"
    service_mail.record(conn, again, GONE, NOW)
    assert off(conn, person) == GONE.reason
    assert service_mail.claim(conn, mail_id, NOW) is None


def test_a_message_about_the_service_that_waits_goes_to_the_token_that_the_phone_has_by_then(
    conn: Connection, person: int
) -> None:
    (mail_id,) = conn.execute(
        "insert into service_mails (channel, address, subject, body) values ('push', %s, 's', 'b') returning id",
        (f"token-{person}",),
    ).fetchone()
    rotate(conn, person, "another-token")
    mail = service_mail.claim(conn, mail_id, NOW)
    assert mail is not None
    assert mail.address == "another-token"


def told(conn: Connection, event: dict[str, object]) -> None:
    """What SendGrid posted about a mail, read and written."""
    heard = understood([event], LATER)
    receipts.record_events(conn, heard)
    receipts.record_bounces(conn, heard)


def bounce(person: int, **facts: object) -> dict[str, object]:
    return {
        "event": "bounce", "type": "bounce", "email": f"Person{person}@training.example", "sg_message_id": "",
        "timestamp": int(LATER.timestamp()), "reason": "550 5.1.10 not found", **facts,
    }  # fmt: skip


def mail_state(conn: Connection, alert: int) -> str:
    (state,) = conn.execute(
        "select state::text from deliveries where alert_id = %s and channel = 'email'", (alert,)
    ).fetchone()
    return str(state)


@pytest.fixture
def handed_over(conn: Connection, alert: int) -> int:
    conn.execute("update deliveries set state = 'handed_over', provider_reference = 'abc' where channel = 'email'")
    return alert


@pytest.mark.parametrize("named", ["", "abc.recvd-5f54b5d587-pczjm-1-67BADEEA-6.0", "abc"])
def test_a_late_bounce_without_our_arguments_finds_address_and_delivery(
    conn: Connection, person: int, handed_over: int, named: str
) -> None:
    told(conn, bounce(person, sg_message_id=named))
    assert off(conn, person, "email") == "the mail server refused it"
    assert mail_state(conn, handed_over) == "failed"


@pytest.mark.parametrize("theirs", [True, False])
def test_a_bounce_switches_off_the_address_that_it_names_and_no_other(
    conn: Connection, person: int, handed_over: int, theirs: bool
) -> None:
    to = {} if theirs else {"email": "of.somebody@before.example"}
    told(conn, bounce(person, delivery=f"{handed_over}-{person}-email", **to))
    assert (off(conn, person, "email") is not None) is theirs
    assert mail_state(conn, handed_over) == "failed"


def test_a_late_bounce_of_another_mail_fails_no_delivery(conn: Connection, person: int, handed_over: int) -> None:
    told(conn, bounce(person, sg_message_id="another.mail"))
    assert off(conn, person, "email") == "the mail server refused it"
    assert mail_state(conn, handed_over) == "handed_over"


def test_a_late_bounce_that_may_be_of_two_deliveries_fails_neither(
    conn: Connection, person: int, handed_over: int
) -> None:
    draft_id, version = make_draft(conn)
    second = issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW, undo_s=0).id
    conn.execute("update deliveries set state = 'handed_over' where channel = 'email'")
    told(conn, bounce(person))
    assert off(conn, person, "email") == "the mail server refused it"
    assert (mail_state(conn, handed_over), mail_state(conn, second)) == ("handed_over", "handed_over")


def test_a_late_bounce_from_before_the_person_switched_on_again_is_over(
    conn: Connection, person: int, handed_over: int
) -> None:
    conn.execute("update contacts set switched_on_at = %s", (LATER + timedelta(minutes=1),))
    told(conn, bounce(person))
    assert off(conn, person, "email") is None


@pytest.mark.parametrize("event", [
    {"type": "blocked"}, {"type": "expired"}, {"event": "delivered"}, {"event": "dropped", "reason": "Spam Content"},
    {"email": "somebody.else@training.example"}, {"email": ""}, {"email": None}, {"email": ["x"]},
    {"timestamp": "soon"},
])  # fmt: skip
def test_what_says_nothing_against_the_address_leaves_it_on(
    conn: Connection, person: int, handed_over: int, event: dict[str, object]
) -> None:
    told(conn, bounce(person, **event))
    assert off(conn, person, "email") is None


@pytest.mark.parametrize(("reason", "is_off"), [
    ("Bounced Address", True), ("bounced  address", True), ("Invalid", True), ("Spam Reporting Address", True),
    ("Unsubscribed Address", True), ("Spam Content", False), ("Invalid SMTPAPI header", False),
    ("Recipient List over Package Quota", False), ("", False), (None, False), (["Bounced Address"], False),
])  # fmt: skip
def test_what_sendgrid_did_not_try_switches_off_if_the_address_is_why(
    conn: Connection, person: int, handed_over: int, reason: object, is_off: bool
) -> None:
    told(conn, bounce(person, event="dropped", reason=reason, delivery=f"{handed_over}-{person}-email"))
    assert (off(conn, person, "email") is not None) is is_off
    assert mail_state(conn, handed_over) == "failed"
