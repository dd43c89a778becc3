"""Service mail: handed over once or not at all, then forgotten. A real worker sends it, the simulator receives it."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from smartalert.config import Mode, settings
from smartalert.database.connection import Connection
from smartalert.dispatch import jobs, service_mail
from smartalert.dispatch.service_mail import ServiceMail
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure
from smartalert.wording import Channel
from tests.databases import Database
from tests.deployment import deployment
from tests.factories import NOW, complete_draft, make_subscriber
from tests.public.people import ADDRESS, Visitor, link_in, nap, settle
from tests.waiting import PATIENCE_S, eventually


@pytest.fixture
def mail_id(conn: Connection) -> int:
    row = conn.execute(
        "insert into service_mails (address, subject, body, html, written_at)"
        " values (%s, 's', 'b', 'h', %s) returning id",
        (ADDRESS, NOW),
    ).fetchone()
    return int(row[0])


def take(conn: Connection, mail_id: int) -> ServiceMail:
    mail = service_mail.claim(conn, mail_id, NOW)
    assert mail is not None
    return mail


def test_a_service_mail_is_claimed_once(conn: Connection, mail_id: int) -> None:
    assert take(conn, mail_id).address == ADDRESS
    assert service_mail.claim(conn, mail_id, NOW) is None


@pytest.mark.parametrize(
    "outcome",
    [
        HandedOver("message 1"),
        PermanentFailure("refused"),
        TemporaryFailure("cut", perhaps_accepted=True),
        AddressGone("bounced"),
    ],
)
def test_words_and_address_are_forgotten_however_it_ends(conn: Connection, mail_id: int, outcome: Outcome) -> None:
    service_mail.record(conn, take(conn, mail_id), outcome, NOW)
    row = conn.execute("select address, subject, body, html from service_mails where id = %s", (mail_id,)).fetchone()
    assert tuple(row) == (None, None, None, None)
    assert service_mail.claim(conn, mail_id, NOW) is None


def test_one_that_did_not_leave_is_tried_again_for_an_hour(conn: Connection, mail_id: int) -> None:
    busy = TemporaryFailure("busy", retry_after_s=30)
    service_mail.record(conn, take(conn, mail_id), busy, NOW)
    job = conn.execute(
        "select args, scheduled_at from procrastinate_jobs where task_name = 'send_service_mail'"
    ).fetchone()
    assert tuple(job) == ({"mail_id": mail_id}, NOW + timedelta(seconds=30))
    service_mail.record(conn, take(conn, mail_id), busy, NOW + service_mail.GIVEN_UP_AFTER)
    assert service_mail.claim(conn, mail_id, NOW) is None


@pytest.mark.parametrize("outcome", [TemporaryFailure("busy"), HandedOver("message 1")], ids=["put back", "finished"])
def test_an_outcome_told_late_leaves_alone_who_has_taken_it_since(
    conn: Connection, mail_id: int, outcome: Outcome
) -> None:
    """A commit whose answer got lost is asked for again: by then somebody else may have the mail in hand."""
    first = take(conn, mail_id)
    service_mail.record(conn, first, TemporaryFailure("busy"), NOW)
    again = service_mail.claim(conn, mail_id, NOW + timedelta(seconds=1))
    service_mail.record(conn, first, outcome, NOW)
    assert service_mail.claim(conn, mail_id, NOW + timedelta(seconds=2)) is None
    service_mail.record(conn, again, HandedOver("message 2"), NOW)
    row = conn.execute("select provider_reference from service_mails where id = %s", (mail_id,)).fetchone()
    assert tuple(row) == ("message 2",)


def test_a_dead_token_met_by_an_outcome_switches_the_phone_off_and_nothing_else(conn: Connection) -> None:
    """What came of it goes to phones as pushes; one whose app is gone is told no more alerts either."""
    ada, ben = (make_subscriber(conn, channels=(Channel.EMAIL, Channel.PUSH)) for _ in range(2))
    token = conn.execute("select address from contacts where subscriber_id = %s and channel = 'push'", (ada,))
    push = conn.execute(
        "insert into service_mails (channel, address, subject, body, written_at)"
        " values ('push', %s, 's', 'b', %s) returning id",
        (token.fetchone()[0], NOW),
    )
    number = push.fetchone()[0]
    conn.execute("set local role smartalert_worker")
    service_mail.record(conn, take(conn, number), AddressGone("The app was removed from this phone."), NOW)
    conn.execute("reset role")
    off = conn.execute("select subscriber_id, channel::text, off_reason from contacts where off_at is not null")
    assert [tuple(row) for row in off] == [(ada, "push", "The app was removed from this phone.")]
    told = conn.execute("select subscriber_id, channels from audience_places order by 1").fetchall()
    assert [tuple(row) for row in told] == [(ada, Channel.EMAIL.bit), (ben, Channel.EMAIL.bit + Channel.PUSH.bit)]
    failed = conn.execute("select address, failure_reason from service_mails where id = %s", (number,)).fetchone()
    assert tuple(failed) == (None, "The app was removed from this phone.")


def test_every_mail_carries_its_secret_and_in_training_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_FORCE_NAME", "Dorset & <Co>")
    settings.cache_clear()
    for kind in (service_mail.CONFIRM, service_mail.LINK, service_mail.KNOWN):
        words = service_mail.word(kind)
        assert words["subject"].startswith("EXERCISE: ")
        assert service_mail.SECRET in words["body"]
        assert service_mail.SECRET in words["html"]
        assert "<Co>" not in words["html"]
    assert settings().mode is Mode.TRAINING
    monkeypatch.undo()
    settings.cache_clear()


def test_what_is_over_is_forgotten(conn: Connection, mail_id: int) -> None:
    stale = make_subscriber(conn, confirmed_at=None, consented_at=NOW - timedelta(days=300))
    kept = make_subscriber(conn, consented_at=NOW - timedelta(days=300))
    conn.execute("update service_mails set written_at = now() - interval '2 days' where id = %s", (mail_id,))
    conn.execute("select new_secret(%s, 'session', '-1 second')", (kept,))
    conn.execute("set local role smartalert_worker")
    service_mail.forget_what_is_over(conn)
    conn.execute("reset role")
    people = [row[0] for row in conn.execute("select id from subscribers where id = any(%s)", ([stale, kept],))]
    assert people == [kept]
    assert conn.execute("select count(*) from secrets where subscriber_id = %s", (kept,)).fetchone() == (0,)
    assert conn.execute("select address from service_mails where id = %s", (mail_id,)).fetchone() == (None,)


def test_from_the_first_step_to_the_last_mail(database: Database, tmp_path: Path) -> None:
    """Sign up, confirm by the mail that came, get an alert, stop by one click, get nothing after."""
    settle(database)
    with (
        deployment(database, tmp_path) as running,
        httpx.Client(base_url=running.public_url, trust_env=False, timeout=PATIENCE_S) as client,
    ):
        ada = Visitor(client)
        ada.choose_place()
        ada.post("/sign-up/where", go="on", label_0="Home", reach_0="500")
        ada.post("/sign-up/what", go="on", updates="yes")
        nap()
        ada.finish()
        eventually(lambda: running.simulator.mails(q=ADDRESS))
        (mail,) = running.simulator.mails(q=ADDRESS)
        assert mail["subject"] == "EXERCISE: Confirm that you want alerts"
        assert link_in(mail["text"]) in mail["html"]
        assert "You have signed up" in ada.post(link_in(mail["text"]))

        nearby = complete_draft(area={"lat": 52.8067, "lon": -2.1245, "radius_m": 100})
        states = running.wait_until_done(running.issue(nearby))
        assert sum(states.values()) == 1
        eventually(lambda: len(running.simulator.mails(q=ADDRESS)) == 2)
        alert = running.simulator.mails(q=ADDRESS)[0]
        assert f"Change your alerts: {running.public_url}/my-alerts" in alert["text"]
        httpx.post(alert["headers"]["List-Unsubscribe"].strip("<>"), trust_env=False).raise_for_status()
        page = ada.see("/my-alerts")
        assert "We have stopped emailing you" in page
        with database.connect() as conn:
            make_subscriber(conn)
        states = running.wait_until_done(running.issue(complete_draft()))
        assert sum(n for (channel, _), n in states.items() if channel == "email") == 1
        assert running.simulator.ledger()["mail_doubles"] == 0


def test_those_who_sign_up_at_once_do_not_stand_in_line_to_call_a_worker(database: Database) -> None:
    """A commit that notifies waits for the one before it to be on disk; mails are found at the workers' next look."""
    with database.connect(autocommit=True) as listening, database.connect(autocommit=True) as conn:
        listening.execute("listen procrastinate_any_queue_v1")
        conn.execute(
            "select write_service_mail(%s, jsonb_build_object('subject', 's', 'body', 'b', 'html', 'h'))",
            (ADDRESS,),
        )
        assert list(listening.notifies(timeout=0.3)) == []
        jobs.queue_dispatch(conn, 1, "push", deliveries=1, urgent=True)
        assert len(list(listening.notifies(timeout=PATIENCE_S, stop_after=1))) == 1
