"""Approvers who are called: those on duty, one after the other, until one decides; nothing is said of the alert."""

from datetime import datetime, timedelta

import pytest

from smartalert.alerts import approvals, calls, drafts
from smartalert.alerts.calls import CallSource, Claim
from smartalert.audit import entries
from smartalert.config import settings
from smartalert.database.connection import Connection
from smartalert.errors import NotAllowed
from smartalert.officers import duties, register
from smartalert.officers.register import Officer, Role
from smartalert.providers.provider import AddressGone, HandedOver, PermanentFailure, TemporaryFailure
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    employ,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)  # fmt: skip

CHIEF, TRAINER, SUPER = "chief.whitlock", "trainer.marsh", "super.lane"
AFTER = timedelta(minutes=3)
WORKER = 7


@pytest.fixture(autouse=True)
def staff(conn: Connection) -> None:
    """Thirty people whom only a second person may have told; four approvers, one of whom asks, none of them on duty."""
    make_force_area(conn)
    for number in range(30):
        make_subscriber(conn, at=(number, 0))
    conn.execute("update approval_policy set people_over = 20 where people_over = 3000")
    both, phone_only = (Role.SENDER, Role.APPROVER), {"address": "", "phone": "ios-lane"}
    reached = {CHIEF: {}, TRAINER: {}, OFFICER: {}, SUPER: phone_only}
    for name, facts in reached.items():
        own = {"address": f"{name}@training.example", "phone": f"ios-{name}"} | facts
        register.sign_in(conn, Officer(name, name, "", both, **own), NOW)
    employ(conn, WORKER)


def on_duty(conn: Connection, *names: str, since: datetime = NOW - timedelta(hours=1)) -> None:
    """In this order."""
    for number, name in enumerate(names):
        duties.set_until(conn, name, NOW + timedelta(hours=9), name, since + timedelta(minutes=number))


def ask(conn: Connection, now: datetime = NOW, **changes: object) -> int:
    draft = complete_draft(**changes)
    draft_id, version = make_draft(conn, draft)
    return approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft, now), now=now)


def called(conn: Connection, request: int) -> list[str]:
    """Who was called, in order, each time once."""
    return [name for name, _ in dict.fromkeys((one.officer, one.called_at) for one in calls.made(conn, request))]


def due(conn: Connection, minutes: float) -> None:
    """What workers do by the clock, so many minutes after it was asked for."""
    calls.call_due(conn, NOW + timedelta(minutes=minutes))


def test_the_first_on_duty_is_called_as_it_is_asked_for_and_the_next_after_the_set_time(conn: Connection) -> None:
    on_duty(conn, CHIEF, TRAINER)
    request = ask(conn)
    assert [(one.officer, one.channel, one.called_at) for one in calls.made(conn, request)] == [
        (CHIEF, "push", NOW), (CHIEF, "email", NOW),
    ]  # fmt: skip
    assert calls.next_call(conn, request, NOW) == calls.NextCall(TRAINER, NOW + AFTER)
    due(conn, 2.9)
    assert called(conn, request) == [CHIEF]
    due(conn, 3)
    due(conn, 3.1)
    assert called(conn, request) == [CHIEF, TRAINER]
    jobs = conn.execute(
        "select args ->> 'call_id' from procrastinate_jobs where task_name = 'call_approver'"
    ).fetchall()
    assert len(jobs) == 4


def test_how_long_one_has_is_the_forces_to_say(conn: Connection) -> None:
    conn.execute("update approval_settings set call_next_after = '10 minutes'")
    on_duty(conn, CHIEF, TRAINER)
    request = ask(conn)
    due(conn, 9.9)
    assert called(conn, request) == [CHIEF]
    due(conn, 10)
    assert called(conn, request) == [CHIEF, TRAINER]


def test_an_urgent_alert_is_called_for_again_from_the_top_and_an_update_once(conn: Connection) -> None:
    on_duty(conn, CHIEF, TRAINER)
    urgent, update = ask(conn), ask(conn, urgent=False, incident_kind="update", expires="24h")
    for minute in range(0, 31, 3):
        due(conn, minute)
    assert called(conn, urgent) == [CHIEF, TRAINER] * 5
    assert called(conn, update) == [CHIEF, TRAINER]
    assert calls.next_call(conn, update, NOW) is None


def test_whoever_comes_on_duty_meanwhile_is_called_before_anybody_twice(conn: Connection) -> None:
    request = ask(conn)
    assert called(conn, request) == []
    assert calls.next_call(conn, request, NOW) is None
    on_duty(conn, TRAINER)
    due(conn, 0.1)
    on_duty(conn, CHIEF, since=NOW)
    due(conn, 4)
    assert called(conn, request) == [TRAINER, CHIEF]


@pytest.mark.parametrize("who", ["off duty", "over", "barred", "no approver", "cannot be reached", "asks"])
def test_nobody_is_called_who_is(conn: Connection, who: str) -> None:
    on_duty(conn, OFFICER if who == "asks" else CHIEF)
    match who:
        case "off duty":
            duties.set_until(conn, CHIEF, None, CHIEF, NOW)
        case "over":
            conn.execute("update duties set until = %s", (NOW,))
        case "barred":
            register.bar(conn, CHIEF, "admin.foster", NOW)
        case "no approver":
            conn.execute("update officers set roles = '{sender}' where id = %s", (CHIEF,))
        case "cannot be reached":
            conn.execute("update officers set address = '', phone = ''")
    assert called(conn, ask(conn)) == []


@pytest.mark.parametrize("how", ["approved", "returned", "withdrawn", "changed", "too late"])
def test_calls_end_as_soon_as_it_is(conn: Connection, how: str) -> None:
    on_duty(conn, CHIEF, TRAINER)
    request, later = ask(conn), NOW + timedelta(minutes=1)
    waits = [call for (call,) in conn.execute("select id from approval_calls order by id")]
    match how:
        case "approved":
            approvals.approve(conn, request, CHIEF, shown=preview_of(conn, None, later), now=later)
        case "returned":
            approvals.send_back(conn, request, CHIEF, "Say which canal", later)
        case "withdrawn":
            approvals.withdraw(conn, request, OFFICER, later)
        case "changed":
            drafts.change(conn, approvals.load(conn, request).draft_id, OFFICER, {"headline": "Other words"})
        case "too late":
            later = NOW + timedelta(minutes=30)
    calls.call_due(conn, later + AFTER)
    assert called(conn, request) == [CHIEF]
    assert calls.next_call(conn, request, later) is None
    assert [CallSource(WORKER, call).claim(conn, later) for call in waits] == [[], []]


def claims(conn: Connection, now: datetime = NOW) -> list[tuple[CallSource, Claim]]:
    """Every call that can be taken, in a worker's hands."""
    sources = [CallSource(WORKER, call) for (call,) in conn.execute("select id from approval_calls order by id")]
    return [(one, batch.claims[0]) for one in sources for batch in one.claim(conn, now)]


def test_a_call_says_that_something_waits_and_nothing_of_what(conn: Connection) -> None:
    on_duty(conn, CHIEF)
    request = ask(conn)
    sources = [CallSource(WORKER, call) for (call,) in conn.execute("select id from approval_calls order by id")]
    push, mail = (batch for one in sources for batch in one.claim(conn, NOW))
    link = f"{settings().control_base}/approvals?request={request}"
    assert push.message.title == "EXERCISE: An urgent alert is waiting for your approval"
    assert push.message.text.startswith("It was asked for at 14:02 and can be approved until 14:32.")
    assert push.message.data == {"page": link}
    assert push.message.urgent
    assert link in mail.message.text
    assert f'href="{link}"' in mail.message.html
    told = " ".join([push.message.text, mail.message.title, mail.message.text, mail.message.html])
    said = complete_draft()
    for word in (said.headline, said.incident_number, "Tannery", "burglary", "Carr", OFFICER):
        assert word.lower() not in told.lower()
    addressees = [
        one.addressee(found.message, found.claims[0]) for one, found in zip(sources, (push, mail), strict=True)
    ]
    assert [one.address for one in addressees] == [f"ios-{CHIEF}", f"{CHIEF}@training.example"]


def test_who_was_called_and_whether_it_was_handed_over_is_kept_and_audited(conn: Connection) -> None:
    on_duty(conn, CHIEF)
    request = ask(conn)
    (push, first), (mail, second) = claims(conn)
    at = NOW + timedelta(seconds=2)
    for _ in range(2):  # written twice, it is written once
        push.record(conn, [(first, HandedOver("taken"))], at)
        mail.record(conn, [(second, PermanentFailure("SendGrid refused this addressee: x"))], at)
    made = {one.channel: (one.handed_over_at, one.failed_at, one.failure_reason) for one in calls.made(conn, request)}
    assert made == {"push": (at, None, None), "email": (None, at, "SendGrid refused this addressee: x")}
    later = NOW + timedelta(minutes=1)
    alert = approvals.approve(conn, request, CHIEF, shown=preview_of(conn, None, later), now=later).id
    told = [
        (one.action, one.officer, one.detail.get("of"), one.detail.get("channel"))
        for one in entries.timeline(conn, alert)
    ]
    assert [one for one in told if "call" in one[0]] == [
        ("called an approver", OFFICER, CHIEF, None),
        ("call handed over", OFFICER, CHIEF, "push"),
        ("call not handed over", OFFICER, CHIEF, "email"),
    ]


def test_nobody_waits_for_a_call_that_failed_on_every_channel(conn: Connection) -> None:
    on_duty(conn, CHIEF, SUPER)
    request = ask(conn)
    (push, first), (mail, second) = claims(conn)
    push.record(conn, [(first, PermanentFailure("refused"))], NOW)
    due(conn, 0.1)
    assert called(conn, request) == [CHIEF]
    mail.record(conn, [(second, PermanentFailure("refused"))], NOW)
    due(conn, 0.2)
    assert called(conn, request) == [CHIEF, SUPER]
    assert [one.channel for one in calls.made(conn, request)] == ["push", "email", "push"]
    for source, claim in claims(conn):
        source.record(conn, [(claim, PermanentFailure("refused"))], NOW)
    for tenths in range(3, 30):
        due(conn, tenths / 10)
    assert called(conn, request) == [CHIEF, SUPER], "a dead line is not called all the time"


def test_a_dead_token_unlinks_the_phone_and_another_one_that_was_linked_meanwhile_stays(conn: Connection) -> None:
    on_duty(conn, CHIEF, TRAINER)
    ask(conn)
    (push, claim), _ = claims(conn)
    push.record(conn, [(claim, AddressGone("The app was removed from this phone."))], NOW)
    assert phone(conn, CHIEF) == ""
    due(conn, 3)
    (push, claim), _ = claims(conn)
    conn.execute("update officers set phone = 'another' where id = %s", (TRAINER,))
    push.record(conn, [(claim, AddressGone("The app was removed from this phone."))], NOW)
    assert phone(conn, TRAINER) == "another"


def phone(conn: Connection, officer: str) -> str:
    return str(conn.execute("select phone from officers where id = %s", (officer,)).fetchone()[0])


def test_what_may_not_have_left_is_made_again_also_after_a_worker_died(conn: Connection) -> None:
    on_duty(conn, CHIEF)
    ask(conn)
    (push, claim), _ = claims(conn)
    assert claims(conn) == [], "another worker's, who lives"
    push.record(conn, [(claim, TemporaryFailure("busy", retry_after_s=20, perhaps_accepted=True))], NOW)
    job = conn.execute("select args, scheduled_at from procrastinate_jobs order by id desc limit 1").fetchone()
    assert tuple(job) == ({"call_id": claim.id}, NOW + timedelta(seconds=20))
    assert len(claims(conn)) == 1
    conn.execute("update workers set given_up_at = now()")
    assert len(claims(conn)) == 2


def test_duty_is_said_by_approvers_for_some_hours_and_is_in_the_audit(conn: Connection) -> None:
    register.sign_in(conn, Officer("only.sender", "S", "", (Role.SENDER,)), NOW)
    until = NOW + timedelta(hours=8)
    for wrong, officer in ((NOW, CHIEF), (NOW + timedelta(hours=17), CHIEF), (until, "only.sender")):
        with pytest.raises(NotAllowed):
            duties.set_until(conn, officer, wrong, officer, NOW)
    duties.set_until(conn, CHIEF, until, CHIEF, NOW)
    duties.set_until(conn, TRAINER, until, "admin.foster", NOW + timedelta(minutes=1))
    duties.set_until(conn, CHIEF, until + timedelta(hours=1), CHIEF, NOW + timedelta(hours=7))
    assert [(one.id, bool(one.until)) for one in duties.roster(conn, NOW)] == [
        (CHIEF, True), (TRAINER, True), (OFFICER, False), (SUPER, False),
    ]  # fmt: skip
    duties.set_until(conn, CHIEF, None, "admin.foster", NOW)
    duties.set_until(conn, CHIEF, None, "admin.foster", NOW)
    said = conn.execute(
        "select officer, action, detail ->> 'of' from audit where action like '%% duty' order by id", ()
    )
    assert [tuple(row) for row in said] == [
        (CHIEF, "on duty", CHIEF), ("admin.foster", "on duty", TRAINER), (CHIEF, "on duty", CHIEF),
        ("admin.foster", "off duty", CHIEF),
    ]  # fmt: skip


def test_at_a_screen_is_whoever_did_something_in_the_last_minutes(conn: Connection) -> None:
    assert len(register.at_screen(conn, NOW + timedelta(minutes=4))) == 4
    assert register.at_screen(conn, NOW + timedelta(minutes=5)) == []
    assert len(register.signed_in(conn, NOW + timedelta(minutes=5))) == 4
