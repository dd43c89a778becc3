"""What a process that was taken over could not do: each role's attack, tried as that role."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from smartalert.database.cluster import Cluster
from smartalert.dispatch import receipts, service_mail
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt
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
    """Not even of a delivery whose numbers it guessed: it has to know the address, or what a message to it carried."""
    (person,) = scene.execute("select min(id) from subscribers").fetchone()
    told = (
        "select state::text, (select off_at is not null from contacts where channel = 'email') from deliveries"
        " where channel = 'email'"
    )
    for address, ledger in (
        ("", ("handed_over", False)),
        ("somebody.else@training.example", ("handed_over", False)),
        (f"person{person}@training.example", ("failed", True)),
    ):
        bounce = Receipt(Reference(1, person, "email").to(address), "address_gone", datetime.now(UTC), "refused")
        scene.execute("set local role smartalert_public")
        assert (
            ended(scene, "select record_receipts('{1}', '{1}', '{email}', '{address_gone}', '{now}', '{x}')") == "42501"
        )
        receipts.record_proven(scene, [bounce])
        scene.execute("reset role")
        assert tuple(scene.execute(told).fetchone()) == ledger


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
