"""An approval is also of the photograph: no other picture goes with it, nor other words for it, nor none."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from smartalert.alerts import approvals, drafts, issuing, photos
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused
from tests.alerts.test_photos import ALT, attach
from tests.factories import NOW, OFFICER, make_draft, make_force_area, make_subscriber, preview_of
from tests.photographs import photograph

CHIEF, LATER = "chief.whitlock", NOW + timedelta(minutes=2)


@pytest.fixture
def draft_id(conn: Connection) -> UUID:
    """A draft with a photograph, under a policy that wants a second person for it."""
    make_force_area(conn)
    make_subscriber(conn)
    make_subscriber(conn)
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    draft_id, _ = make_draft(conn)
    drafts.save(conn, draft_id, OFFICER, attach(conn, draft_id))
    return draft_id


@pytest.fixture
def asked(conn: Connection, draft_id: UUID) -> int:
    row = drafts.load(conn, draft_id, OFFICER)
    return approvals.ask(conn, draft_id, row.version, OFFICER, shown=preview_of(conn, row.content), now=NOW)


def approve(conn: Connection, asked: int, draft_id: UUID) -> int:
    """Approve, and let everything be checked that a commit would check."""
    content = drafts.load(conn, draft_id, OFFICER).content
    issued = approvals.approve(conn, asked, CHIEF, shown=preview_of(conn, content, LATER), now=LATER)
    conn.execute("set constraints all immediate")
    return issued.id


def swap(conn: Connection) -> None:
    """Put another picture where the draft's was, under the same id: no word of the draft changes."""
    other = photos.prepare(photograph(size=(300, 200)), Mode.LIVE)
    conn.execute("update draft_photos set jpeg = %s", (other.jpeg,))


def test_the_approved_photograph_goes_with_the_alert(conn: Connection, asked: int, draft_id: UUID) -> None:
    assert photos.find(conn, approve(conn, asked, draft_id)).alt == ALT


def test_a_photograph_swapped_since_it_was_asked_for_is_refused(conn: Connection, asked: int, draft_id: UUID) -> None:
    swap(conn)
    with pytest.raises(AlertRefused, match="not what the sender asked for"):
        approve(conn, asked, draft_id)


def test_a_photograph_that_was_deleted_is_refused(conn: Connection, asked: int, draft_id: UUID) -> None:
    conn.execute("delete from draft_photos")
    with pytest.raises(AlertRefused, match="photograph is gone"):
        approve(conn, asked, draft_id)


Slip = Callable[[pytest.MonkeyPatch, Connection], None]


def swapped(patch: pytest.MonkeyPatch, conn: Connection) -> None:
    was = photos.fingerprint(conn, *conn.execute("select draft_id, id::text from draft_photos").fetchone())
    patch.setattr(photos, "fingerprint", lambda *_: was)
    swap(conn)


def said_otherwise(patch: pytest.MonkeyPatch, _conn: Connection) -> None:
    issue = photos.issue
    patch.setattr(photos, "issue", lambda *facts: issue(*facts[:-1], "Somebody else"))


def left_out(patch: pytest.MonkeyPatch, _conn: Connection) -> None:
    patch.setattr(photos, "issue", lambda *_: None)


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (swapped, "not the photograph that was approved"),
        (said_otherwise, "not the photograph that was approved"),
        (left_out, "photograph that was approved is missing"),
    ],
)
def test_the_database_refuses_it_from_whoever_goes_round_the_check(
    conn: Connection, asked: int, slip: Slip, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip(monkeypatch, conn)
    draft_id = approvals.load(conn, asked).draft_id
    with pytest.raises(psycopg.errors.CheckViolation, match=words):
        approve(conn, asked, draft_id)


def test_no_photograph_joins_an_alert_that_was_approved_without_one(conn: Connection, draft_id: UUID) -> None:
    plain, version = make_draft(conn)
    asked = approvals.ask(conn, plain, version, OFFICER, shown=preview_of(conn), now=NOW)
    alert_id = approve(conn, asked, plain)
    (photo_id,) = conn.execute("select id::text from draft_photos where draft_id = %s", (draft_id,)).fetchone()
    with pytest.raises(psycopg.errors.CheckViolation, match="not the photograph that was approved"):
        photos.issue(conn, draft_id, alert_id, photo_id, ALT)


def test_a_picture_is_the_one_its_hash_names(conn: Connection, asked: int, draft_id: UUID) -> None:
    approve(conn, asked, draft_id)
    with pytest.raises(psycopg.errors.CheckViolation, match="hash_is_the_pictures"):
        conn.execute("update alert_photos set jpeg = '\\x00'")


def test_what_may_go_at_once_is_held_to_its_own_draft(conn: Connection, draft_id: UUID) -> None:
    conn.execute("update approval_policy set people_over = 3000 where people_over = 1")
    row = drafts.load(conn, draft_id, OFFICER)
    conn.execute("delete from draft_photos")
    with pytest.raises(AlertRefused, match="photograph is gone"):
        issuing.issue(conn, draft_id, row.version, OFFICER, shown=preview_of(conn, row.content), now=NOW)
