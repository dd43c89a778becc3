"""What a process that was taken over could not do: each role's attack, tried as that role."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from smartalert.database.cluster import Cluster
from smartalert.dispatch import receipts, service_mail
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt
from smartalert.wording import Channel
from tests.database.calls import CHOICES, DEVICE, make_scene
from tests.databases import Database, fresh_database
from tests.factories import NOW, make_draft, make_subscriber

VICTIM = "victim@training.example"


@pytest.fixture(scope="module")
def made(cluster: Cluster) -> Iterator[Database]:
    with fresh_database(cluster) as database:
        with database.connect() as conn:
            make_scene(conn)
        yield database


@pytest.fixture
def scene(made: Database) -> Iterator[psycopg.Connection]:
    with made.connect() as conn:
        yield conn
        conn.rollback()


def ended(conn: psycopg.Connection, statement: str, *values: object) -> str:
    """The error that a statement ends with, undone; empty where it does what it says."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(statement, values)
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


def test_the_public_service_words_no_letter(scene):
    scene.execute("set local role smartalert_public")
    words = '{"confirm": {"subject": "You have won", "body": "http://elsewhere.example/-secret-", "html": ""}}'
    assert ended(scene, "select sign_up(%s, %s, '2026-11', '', %s)", VICTIM, CHOICES, words) == "42883"
    assert ended(scene, "select write_letter(%s, 'link', 'mine')", VICTIM) == "42501"
    scene.execute("select sign_up(%s, %s, '2026-11', '')", (VICTIM, CHOICES))
    scene.execute("reset role")
    row = scene.execute(
        "select id, subject, body, html, kind from service_mails where address = %s", (VICTIM,)
    ).fetchone()
    assert tuple(row)[1:] == (None, None, None, "confirm")
    assert service_mail.claim(scene, row.id, NOW).words["subject"] == "EXERCISE: Confirm that you want alerts"


def test_the_public_service_writes_to_nobody_without_end(scene):
    scene.execute("set local role smartalert_public")
    for _ in range(3):
        scene.execute("select sign_up(%s, %s, '2026-11', '')", (VICTIM, CHOICES))
        scene.execute("select ask_for_link(%s)", (VICTIM,))
    scene.execute("reset role")
    (written,) = scene.execute("select count(*) from service_mails where address = %s", (VICTIM,)).fetchone()
    assert written == 3


def test_the_public_service_stops_nobodys_mails_without_the_proof_in_one(scene):
    (person,) = scene.execute("select min(id) from subscribers").fetchone()
    mailed = f"person{person}@training.example"
    of_another = Reference(1, person, "email").to("somebody.else@training.example").proof
    for proof, is_off in (("", False), (of_another, False), (Reference(1, person, "email").to(mailed).proof, True)):
        scene.execute("set local role smartalert_public")
        scene.execute("select stop_mails(%s, %s)", (person, proof))
        scene.execute("reset role")
        row = scene.execute("select off_at is not null from contacts where address = %s", (mailed,)).fetchone()
        assert tuple(row) == (is_off,)


def test_the_public_service_forges_no_receipt(scene):
    """Of mails it can pass on nothing but what SendGrid signed; of a phone it has to know what the push carried."""
    (person,) = scene.execute("select min(id) from subscribers").fetchone()
    scene.execute("set local role smartalert_public")
    for forged in (
        f"record_receipts('{{1}}', '{{{person}}}', '{{email}}', '{{address_gone}}', '{{now}}', '{{x}}')",
        f"record_bounces('{{person{person}@training.example}}', '{{}}', '{{now}}', '{{x}}')",
        "record_link_receipts('{1}', '{now}', '{null}')",
    ):
        assert ended(scene, f"select {forged}") == "42501"
    for address in ("", "somebody.else@training.example", f"person{person}@training.example", f"token-{person}"):
        for event in ("delivered", "address_gone", "failed", "handed_over"):
            for channel in Channel:
                told = Receipt(Reference(1, person, channel).to(address), event, datetime.now(UTC))
                receipts.record_phones(scene, [told])
    scene.execute("reset role")
    ledger = scene.execute("select channel::text, state::text from deliveries").fetchall()
    assert dict(ledger) == {"push": "delivered", "email": "handed_over"}
    assert scene.execute("select from contacts where off_at is not null").fetchall() == []


@pytest.mark.parametrize("statement", [
    "select * from event_posts", "select body from event_posts", "delete from event_posts",
    "update event_posts set body = ''", "insert into event_posts (body, signature, signed_at) values ('', '', '')",
    "truncate event_posts",
])  # fmt: skip
@pytest.mark.parametrize("role", ["smartalert_public", "smartalert_control", "smartalert_engagement"])
def test_posts_of_events_are_the_workers_to_read(scene, role, statement):
    scene.execute(f"set local role {role}")
    assert ended(scene, statement) == "42501"


def test_the_public_service_keeps_no_post_beyond_its_bounds(scene):
    scene.execute("set local role smartalert_public")
    keep = "select keep_event_post(convert_to(repeat('x', %s), 'UTF8'), repeat('x', %s), repeat('x', %s))"
    assert ended(scene, keep, 2_000_000, 200, 20) == ""
    for larger in ((2_000_001, 1, 1), (1, 201, 1), (1, 1, 21)):
        assert ended(scene, keep, *larger) == "23514"


def test_however_often_the_public_service_calls_one_job_waits(scene):
    scene.execute("set local role smartalert_public")
    for _ in range(3):
        scene.execute("select call_event_reader()")
    scene.execute("reset role")
    (waiting,) = scene.execute("select count(*) from procrastinate_jobs where task_name = 'read_events'").fetchone()
    assert waiting == 1


def test_the_public_service_says_of_no_mail_that_a_test_of_the_line_arrived(scene):
    (mail,) = scene.execute(
        "insert into link_tests (channel, started_at) values ('email', now()) returning id"
    ).fetchone()
    scene.execute("set local role smartalert_public")
    scene.execute("select acknowledge_test(id) from generate_series(1, %s) id", (mail,))
    scene.execute("reset role")
    arrived = scene.execute("select channel::text from link_tests where arrived_at is not null").fetchall()
    assert [tuple(row) for row in arrived] == [("push",)]


def test_a_device_reports_of_its_own_alerts_and_no_bounce(scene):
    scene.execute("set local role smartalert_public")
    scene.execute("select acknowledge(%s, 1, 'opened')", (DEVICE,))
    assert ended(scene, "select acknowledge(%s, 1, 'address_gone')", DEVICE) == "22023"
    assert ended(scene, "select acknowledge('a guess', 1, 'opened')") == "28000"


#: What the ledger may say of a delivery → what the control room may make of it.
OFFICERS_MAY = {
    "pending": {"cancelled"},
    "cancelled": {"pending"},
    "failed": {"pending"},
    "unknown": {"pending", "failed"},
    "sending": set(),
    "handed_over": set(),
    "delivered": set(),
    "expired": set(),
}


@pytest.mark.parametrize("login", ["smartalert_control", "another_login"])
@pytest.mark.parametrize("state", OFFICERS_MAY)
def test_the_control_room_moves_deliveries_only_as_officers_may(scene, state, login):
    """Also by a force's own login for it, which puts our role off."""
    scene.execute("create role another_login in role smartalert_control")
    scene.execute("set local session_replication_role = replica")
    scene.execute("update deliveries set state = %s::delivery_state", (state,))
    scene.execute("set local session_replication_role = origin")
    scene.execute(f"set local role {login}")
    change = "update deliveries set state = %s::delivery_state"
    assert {other for other in OFFICERS_MAY if not ended(scene, change, other)} - {state} == OFFICERS_MAY[state]


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("delivered", "state = 'pending'"),
        ("delivered", "state = 'failed'"),
        ("delivered", "delivered_at = null"),
        ("delivered", "handed_over_at = null"),
        ("delivered", "opened_at = null"),
        ("handed_over", "state = 'pending'"),
        ("handed_over", "state = 'sending'"),
        ("handed_over", "state = 'unknown'"),
        ("handed_over", "state = 'cancelled'"),
        ("expired", "state = 'pending'"),
    ],
)
@pytest.mark.parametrize("role", ["smartalert_worker", "smartalert_owner"])
def test_nobody_takes_back_what_was_reported(scene, role, state, change):
    facts = "" if state == "expired" else ", handed_over_at = now(), delivered_at = now(), opened_at = now()"
    scene.execute("set local session_replication_role = replica")
    scene.execute(f"update deliveries set state = %s::delivery_state {facts}", (state,))
    scene.execute("set local session_replication_role = origin")
    scene.execute(f"set local role {role}")
    assert ended(scene, f"update deliveries set {change}") == "23514"


def test_an_alert_that_anybody_was_told_of_is_not_withdrawn(scene):
    scene.execute("set local role smartalert_control")
    assert ended(scene, "update alerts set withdrawn_at = now()") == "23514"
    assert ended(scene, "update alerts set release_at = now() + interval '1 day'") == "23514"
    assert ended(scene, "update alerts set stopped_at = now()") == ""
    scene.execute("reset role")
    scene.execute("create role another_login in role smartalert_control")
    scene.execute("set local role another_login")
    assert ended(scene, "update alerts set release_at = now() + interval '1 day'") == "23514"


def test_one_that_was_withdrawn_stays_so(scene):
    scene.execute("set local session_replication_role = replica")
    scene.execute("update deliveries set state = 'cancelled', handed_over_at = null")
    scene.execute("set local session_replication_role = origin")
    scene.execute("set local role smartalert_control")
    scene.execute("update alerts set withdrawn_at = now()")
    assert ended(scene, "update alerts set withdrawn_at = null") == "23514"


ALERT = """
insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline, description,
  instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by, issued_at, release_at,
  expires_at)
select %s, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction, contact, area,
  within_m, area_desc, topics, sectors, channels, %s, issued_by, issued_at, release_at, expires_at
from alerts where id = 1 returning id
"""


def test_the_control_room_picks_nobody_and_says_of_nobody_that_they_are_fewer(scene):
    """Few people need no second officer: whoever says that they are few tells no more than that."""
    for _ in range(20):
        make_subscriber(scene)
    draft_id, _ = make_draft(scene)
    scene.execute("set local role smartalert_control")
    one_more = "insert into deliveries (alert_id, subscriber_id, channel, due_at) values (1, 2, 'push', now())"
    assert ended(scene, one_more) == "42501"
    assert ended(scene, "select tell(1, false)") == "23514"
    for people, how in ((1, "23514"), (200, "23514"), (21, "")):
        with scene.transaction(force_rollback=True):
            (alert,) = scene.execute(ALERT, (draft_id, people)).fetchone()
            assert ended(scene, "select tell(%s, false)", alert) == how


def test_no_change_of_a_draft_leaves_no_trace(scene):
    draft_id, version = make_draft(scene)
    scene.execute("set local role smartalert_control")
    unseen = 'update drafts set content = content || \'{"headline": "Another"}\' where id = %s'
    assert ended(scene, unseen, draft_id) == "23505"
    scene.execute(unseen.replace(" where", ", version = version + 1 where"), (draft_id,))
    changes = scene.execute("select max(version) from draft_changes where draft_id = %s", (draft_id,)).fetchone()
    assert tuple(changes) == (version + 1,)


def test_what_a_found_persons_alert_said_is_no_analysts_to_read(scene):
    scene.execute("set local role smartalert_engagement")
    for words in ("headline", "description", "instruction", "contact"):
        assert ended(scene, f"select {words} from alerts") == "42501"
        assert ended(scene, f"select {words} from alert_endings") == ""
