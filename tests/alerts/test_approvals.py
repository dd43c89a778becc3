"""Approval: of exactly one version, by somebody else, in time, once; whatever happens at the same moment."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from smartalert.alerts import approvals, drafts, issuing, lifecycle
from smartalert.alerts.drafts import Draft
from smartalert.audit import entries
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, NotAllowed, PreviewOutOfDate, SmartAlertError
from tests.databases import Database
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)  # fmt: skip
from tests.waiting import PATIENCE_S, eventually

CHIEF, TRAINER = "chief.whitlock", "trainer.marsh"
PEOPLE = 30
LATER = NOW + timedelta(minutes=3)


def settle(conn: Connection) -> None:
    """People by the crossroads, and a policy under which each alert to them needs a second person."""
    make_force_area(conn)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 0))
    conn.execute("update approval_policy set people_over = 20 where people_over = 3000")


@pytest.fixture
def asked(conn: Connection) -> int:
    """A request that waits."""
    settle(conn)
    return ask(conn)


def ask(conn: Connection, draft: Draft | None = None, *, now: datetime = NOW) -> int:
    """A draft of the duty inspector's, put to whoever approves; the request."""
    draft_id, version = make_draft(conn, draft)
    return approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft, now), now=now)


def approve(conn: Connection, request: int, officer: str = CHIEF, *, now: datetime = LATER) -> issuing.Issued:
    return approvals.approve(conn, request, officer, shown=preview_of(conn, content(conn, request), now), now=now)


def content(conn: Connection, request: int) -> Draft:
    return drafts.load(conn, draft_of(conn, request), OFFICER).content


def draft_of(conn: Connection, request: int) -> UUID:
    found: UUID = approvals.load(conn, request).draft_id
    return found


def decision(conn: Connection, request: int) -> str | None:
    found: str | None = approvals.load(conn, request).decision
    return found


def alerts_issued(conn: Connection) -> int:
    return int(conn.execute("select count(*) from alerts").fetchone()[0])


def test_approving_issues_exactly_what_was_asked_for(conn: Connection, asked: int) -> None:
    issued = approve(conn, asked)
    alert = lifecycle.load(conn, issued.id)
    assert (alert.headline, alert.people, alert.issued_by) == (complete_draft().headline, PEOPLE, OFFICER)
    row = conn.execute("select approval_rule, approval_id from alerts where id = %s", (issued.id,)).fetchone()
    assert row == ("second person", asked)
    did = [(entry.officer, entry.action) for entry in entries.timeline(conn, issued.id)]
    assert did == [(OFFICER, "approval asked"), (OFFICER, "issued"), (CHIEF, "approved")]
    assert approvals.waiting(conn, LATER) == []


def test_the_undo_begins_when_it_is_approved(conn: Connection, asked: int) -> None:
    alert = lifecycle.load(conn, approve(conn, asked).id)
    assert alert.release_at == LATER + timedelta(seconds=issuing.UNDO_S)
    assert alert.expires_at == LATER + timedelta(hours=6)


def test_approving_twice_names_the_same_alert_and_another_approver_comes_too_late(conn: Connection, asked: int) -> None:
    issued = approve(conn, asked)
    assert (approve(conn, asked).id, approve(conn, asked).is_new) == (issued.id, False)
    with pytest.raises(AlertRefused, match="just approved this"):
        approve(conn, asked, TRAINER)


def test_what_waits_says_everything_an_approver_needs_to_choose(conn: Connection, asked: int) -> None:
    (row,) = approvals.waiting(conn, LATER)
    assert (row.id, row.author, row.people, row.urgent) == (asked, OFFICER, PEOPLE, True)
    assert row.reason == "More than 20 people: a second person must approve"
    assert row.area_text == "Within 500 m of the marked point"


def test_the_document_is_canonical_and_holds_every_fact_that_people_read_or_that_decides_who_they_are(
    conn: Connection, asked: int
) -> None:
    request = approvals.load(conn, asked)
    bound = json.loads(request.document)
    assert json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == request.document
    assert set(bound["draft"]) | approvals.NOT_BOUND == set(Draft.model_fields)
    assert bound["audience"] == {"people": PEOPLE, "newcomers": PEOPLE, "push": PEOPLE, "email": PEOPLE}
    assert (bound["mode"], bound["until"], bound["ground"]["within_m"]) == ("training", "6h", 500.0)
    assert request.sha256 == approvals.fingerprint(request.document)


def test_the_sender_cannot_approve_their_own(conn: Connection, asked: int) -> None:
    with pytest.raises(NotAllowed, match="Another approver needs to"):
        approve(conn, asked, OFFICER)
    with pytest.raises(NotAllowed, match="Another approver needs to"):
        approvals.send_back(conn, asked, OFFICER, "Never mind", LATER)


@pytest.mark.parametrize("part", ["author", "submitted_by"])
@pytest.mark.parametrize("wanted", ["approved", "returned"])
def test_the_database_refuses_an_approver_who_had_a_hand_in_it(
    conn: Connection, asked: int, part: str, wanted: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="approver_is_somebody_else"):
        conn.execute(
            f"update approval_requests set decision = %s, decided_by = {part}, decided_at = %s, note = 'x'"
            " where id = %s",
            (wanted, LATER, asked),
        )


@pytest.mark.parametrize("note", [None, "", "  "])
def test_the_database_wants_a_reason_for_what_is_returned(conn: Connection, asked: int, note: str | None) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="returned_with_a_reason"):
        conn.execute(
            "update approval_requests set decision = 'returned', decided_by = %s, decided_at = %s, note = %s"
            " where id = %s",
            (CHIEF, LATER, note, asked),
        )


def test_the_database_lets_nobody_ask_in_anothers_name(conn: Connection, asked: int) -> None:
    approvals.withdraw(conn, asked, OFFICER, LATER)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute(
            "insert into approval_requests (draft_id, author, version, submitted_by, submitted_at, lapses_at, reason,"
            " document, sha256) select draft_id, %s, version, %s, submitted_at, lapses_at, reason, document, sha256"
            " from approval_requests",
            (CHIEF, CHIEF),
        )


def test_the_database_refuses_a_document_that_its_hash_does_not_name(conn: Connection, asked: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("update approval_requests set document = document || ' '")


def test_the_database_lets_the_control_room_change_no_request_and_no_decision(conn: Connection, asked: int) -> None:
    approvals.withdraw(conn, asked, OFFICER, LATER)
    with pytest.raises(psycopg.errors.CheckViolation, match="decided before"), conn.transaction():
        conn.execute("update approval_requests set decision = 'approved', decided_by = 'x', decided_at = now()")
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("update approval_requests set document = ''")


def test_the_database_refuses_an_alert_that_differs_from_the_approved(
    conn: Connection, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = issuing.write

    def slip(conn: Connection, draft_id: UUID, ready: issuing.Ready, **facts: Any) -> int:
        other = ready.draft.model_copy(update={"headline": "Something else altogether"})
        return write(conn, draft_id, issuing.Ready(other, ready.counted), **facts)

    monkeypatch.setattr(issuing, "write", slip)
    with pytest.raises(psycopg.errors.CheckViolation, match="not the alert that was approved"):
        approve(conn, asked)


def test_the_database_refuses_an_alert_under_a_request_that_was_never_approved(conn: Connection, asked: int) -> None:
    request = approvals.load(conn, asked)
    row = issuing.hold(conn, request.draft_id, OFFICER)
    ready = issuing.examine(conn, row, request.version, shown=preview_of(conn), now=NOW)
    with pytest.raises(psycopg.errors.CheckViolation, match="not the alert that was approved"):
        issuing.write(conn, request.draft_id, ready, officer=OFFICER, now=NOW, undo_s=0, approval_id=asked)


def test_a_change_of_one_word_ends_the_request_and_changing_it_back_does_not_revive_it(
    conn: Connection, asked: int
) -> None:
    for headline in ("Another headline", complete_draft().headline):
        drafts.change(conn, draft_of(conn, asked), OFFICER, {"headline": headline})
        with pytest.raises(AlertRefused, match="The sender has changed it"):
            approve(conn, asked)
    assert decision(conn, asked) == "void"


def test_a_draft_that_was_thrown_away_cannot_be_approved(conn: Connection, asked: int) -> None:
    drafts.discard(conn, draft_of(conn, asked), OFFICER)
    drafts.bring_back(conn, draft_of(conn, asked), OFFICER)
    with pytest.raises(AlertRefused, match="this request has ended"):
        approve(conn, asked)


def test_a_street_that_an_import_redrew_is_not_the_approved_one(conn: Connection) -> None:
    settle(conn)
    street = make_street(conn)
    request = ask(conn, complete_draft(area={"street_id": street, "buffer_m": 60}))
    conn.execute("update streets set geom = st_translate(geom, 1, 0) where id = %s", (street,))
    with pytest.raises(AlertRefused, match="not what the sender asked for"):
        approve(conn, request)


def test_until_ten_in_the_evening_does_not_become_tomorrows(conn: Connection) -> None:
    settle(conn)
    evening = NOW.replace(hour=21, minute=40)
    request = ask(conn, complete_draft(expires="22:00"), now=evening)
    with pytest.raises(AlertRefused, match="or the end"):
        approve(conn, request, now=evening + timedelta(minutes=10))


def test_an_audience_that_moved_since_it_was_asked_for_is_not_the_approved_one(conn: Connection, asked: int) -> None:
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 5))
    with pytest.raises(PreviewOutOfDate, match="asked for 30 people"):
        approve(conn, asked)
    assert decision(conn, asked) is None


def test_an_approver_who_looked_too_long_ago_looks_again(conn: Connection, asked: int) -> None:
    with pytest.raises(PreviewOutOfDate, match="five minutes"):
        approvals.approve(conn, asked, CHIEF, shown=preview_of(conn), now=NOW + timedelta(minutes=6))


@pytest.mark.parametrize("urgent", [True, False])
def test_a_request_lapses_and_is_asked_for_again(conn: Connection, urgent: bool) -> None:
    settle(conn)
    draft = complete_draft(urgent=urgent)
    request = ask(conn, draft)
    too_late = NOW + approvals.LASTS[urgent]
    assert approvals.waiting(conn, too_late) == []
    with pytest.raises(AlertRefused, match="Nobody approved it in time"):
        approve(conn, request, now=too_late)
    row = approvals.load(conn, request)
    again = approvals.ask(
        conn, row.draft_id, row.version, OFFICER, shown=preview_of(conn, draft, too_late), now=too_late
    )
    assert (decision(conn, request), decision(conn, again)) == ("void", None)
    assert approve(conn, again, now=too_late).is_new


def test_the_database_refuses_an_approval_after_the_time(conn: Connection, asked: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="approved_in_time"):
        conn.execute("update approval_requests set decision = 'approved', decided_by = 'x', decided_at = lapses_at")


def test_asking_twice_asks_once(conn: Connection, asked: int) -> None:
    row = approvals.load(conn, asked)
    again = approvals.ask(conn, row.draft_id, row.version, OFFICER, shown=preview_of(conn), now=NOW)
    assert again == asked
    assert len(approvals.waiting(conn, NOW)) == 1


def test_what_may_go_at_once_is_not_asked_for(conn: Connection) -> None:
    settle(conn)
    conn.execute("update approval_policy set people_over = 3000 where people_over = 20")
    with pytest.raises(AlertRefused, match="You can send it yourself"):
        ask(conn)


def test_an_incomplete_alert_is_not_asked_for(conn: Connection) -> None:
    settle(conn)
    with pytest.raises(AlertRefused, match="Fill the gap"):
        ask(conn, complete_draft(headline="Missing: [first name]"))


def test_returned_with_a_reason_changed_and_asked_again_shows_what_the_approver_saw_before(
    conn: Connection, asked: int
) -> None:
    assert approvals.look(conn, asked, CHIEF, LATER).earlier is None
    with pytest.raises(AlertRefused, match="Say what needs to change"):
        approvals.send_back(conn, asked, CHIEF, "  ", LATER)
    approvals.send_back(conn, asked, CHIEF, "Say which canal", LATER)
    draft_id = draft_of(conn, asked)
    last = approvals.of_draft(conn, draft_id)
    assert (last.decision, last.decided_by, last.note) == ("returned", CHIEF, "Say which canal")
    changed = drafts.change(conn, draft_id, OFFICER, {"headline": "Burglary by the Trent and Mersey"})
    again = approvals.ask(conn, draft_id, changed.version, OFFICER, shown=preview_of(conn, changed.content), now=NOW)
    for _ in range(2):
        earlier = approvals.look(conn, again, CHIEF, LATER).earlier
        assert json.loads(earlier.document)["draft"]["headline"] == complete_draft().headline
        assert earlier.note == "Say which canal"
    assert approvals.look(conn, again, TRAINER, LATER).earlier is None


def test_a_request_taken_back_leaves_the_draft_as_it_is(conn: Connection, asked: int) -> None:
    with pytest.raises(NotAllowed):
        approvals.withdraw(conn, asked, CHIEF, LATER)
    approvals.withdraw(conn, asked, OFFICER, LATER)
    assert content(conn, asked) == complete_draft()
    with pytest.raises(AlertRefused, match="sender took the request back"):
        approve(conn, asked)


def test_a_request_that_does_not_exist_refuses(conn: Connection) -> None:
    with pytest.raises(AlertRefused, match="no such request"):
        approvals.approve(conn, 12345, CHIEF, shown=None, now=NOW)


# At the same moment, on two real connections: whoever holds the draft first decides, the other hears of it.

ACTS = {
    "approve": lambda conn, request: approve(conn, request, CHIEF),
    "another approves": lambda conn, request: approve(conn, request, TRAINER),
    "return": lambda conn, request: approvals.send_back(conn, request, CHIEF, "Shorter, please", LATER),
    "withdraw": lambda conn, request: approvals.withdraw(conn, request, OFFICER, LATER),
    "change": lambda conn, request: drafts.change(conn, draft_of(conn, request), OFFICER, {"headline": "Other words"}),
    "throw away": lambda conn, request: drafts.discard(conn, draft_of(conn, request), OFFICER),
}
ENDS = {
    "approve": "approved", "another approves": "approved", "return": "returned", "withdraw": "withdrawn",
    "change": "void", "throw away": "void",
}  # fmt: skip


@pytest.fixture(scope="module")
def room(module_database: Database) -> Iterator[Engine]:
    """The control room's own engine, on people and a policy that are there to stay."""
    with module_database.connect(autocommit=True) as owner:
        settle(owner)
    engine = module_database.engine("smartalert_control")
    yield engine
    engine.dispose()


@pytest.mark.parametrize(("first", "second"), [pair for pair in product(ACTS, ACTS) if pair[0] != pair[1]])
def test_of_two_at_the_same_moment_the_first_decides(
    room: Engine, module_database: Database, first: str, second: str
) -> None:
    with connection.transaction(room) as conn:
        request = ask(conn)
        before = alerts_issued(conn)

    def come_second() -> None:
        with connection.transaction(room) as conn:
            ACTS[second](conn, request)

    with ThreadPoolExecutor(1) as other:
        with connection.transaction(room) as conn:
            ACTS[first](conn, request)
            later = other.submit(come_second)
            eventually(lambda: somebody_waits(module_database) or later.done())
        refusal = later.exception(timeout=PATIENCE_S)
    assert refusal is None or isinstance(refusal, SmartAlertError)
    with connection.transaction(room) as conn:
        assert decision(conn, request) == ENDS[first]
        issued = alerts_issued(conn) - before
        assert issued == (ENDS[first] == "approved")
        if ENDS[second] == "approved":
            assert str(refusal) == approvals.TOO_LATE[ENDS[first]]


def test_an_alert_that_was_just_approved_takes_no_other_words(room: Engine) -> None:
    with connection.transaction(room) as conn:
        approve(conn, request := ask(conn))
    with pytest.raises(AlertRefused, match="already been sent"), connection.transaction(room) as conn:
        ACTS["change"](conn, request)


def somebody_waits(database: Database) -> bool:
    with database.connect() as conn:
        row = conn.execute(
            "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", (database.name,)
        ).fetchone()
        return bool(row[0])
