"""An alert that was undone in its ten seconds: a draft of its author's again, with everything that it had."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from smartalert.alerts import drafts, issuing, lifecycle, photos, threads, undone
from smartalert.alerts.drafts import Draft
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused
from tests.factories import LAT, LON, OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.photographs import photograph

SERGEANT = "sergeant.okoye"


@pytest.fixture
def settled(conn: Connection) -> Connection:
    make_force_area(conn)
    make_subscriber(conn)
    return conn


def issue(conn: Connection, content: Draft, draft_id: UUID | None = None, *, undo_s: int = 10) -> int:
    if draft_id is None:
        draft_id, version = make_draft(conn, content)
    else:
        version = drafts.save(conn, draft_id, OFFICER, content)
    now = datetime.now(UTC)
    return issuing.issue(
        conn, draft_id, version, OFFICER, shown=preview_of(conn, content, now), now=now, undo_s=undo_s
    ).id


def undo(conn: Connection, alert_id: int, officer: str = OFFICER) -> None:
    lifecycle.withdraw(conn, alert_id, officer, datetime.now(UTC))


def test_it_is_its_authors_newest_draft_with_area_words_choices_and_photograph(settled: Connection) -> None:
    jpeg = photos.prepare(photograph(), Mode.TRAINING)
    draft_id = drafts.begin(settled, OFFICER).id
    content = complete_draft(
        area={"lat": LAT, "lon": LON, "radius_m": 750}, channels=["email"], expires="12h",
        photo=photos.keep(settled, draft_id, jpeg), photo_alt="Jack, 9, in a blue coat",
    )  # fmt: skip
    alert_id = issue(settled, content, draft_id)
    make_draft(settled)
    undo(settled, alert_id, officer="chief.whitlock")
    newest = drafts.open_drafts(settled, OFFICER)[0]
    again = drafts.load(settled, newest.id, OFFICER).content
    assert again.photo != content.photo
    assert photos.of_draft(settled, UUID(again.photo)) == jpeg.jpeg
    assert again == content.model_copy(update={"photo": again.photo, "again": alert_id})
    assert issue(settled, again, newest.id) > alert_id


def test_it_is_one_draft_however_often_it_is_asked_for_and_another_officers_is_their_own(settled: Connection) -> None:
    alert_id = issue(settled, complete_draft())
    undo(settled, alert_id)
    undo(settled, alert_id)
    mine = undone.as_draft(settled, alert_id, OFFICER)
    theirs = undone.as_draft(settled, alert_id, SERGEANT)
    assert [row.id for row in drafts.open_drafts(settled, OFFICER)] == [mine]
    assert [row.id for row in drafts.open_drafts(settled, SERGEANT)] == [theirs]
    drafts.change(settled, mine, OFFICER, {"headline": "Another headline"})
    assert undone.as_draft(settled, alert_id, OFFICER) == mine
    drafts.discard(settled, mine, OFFICER)
    fresh = undone.as_draft(settled, alert_id, OFFICER)
    assert drafts.load(settled, fresh, OFFICER).content.headline == complete_draft().headline


def test_what_follows_an_alert_follows_it_still_and_a_later_follow_up_is_none_of_it(settled: Connection) -> None:
    told = issue(settled, complete_draft(), undo_s=0)
    settled.execute("update deliveries set state = 'handed_over'")
    clear = threads.begin(settled, told, "all_clear", OFFICER, datetime.now(UTC) + timedelta(seconds=1))
    alert_id = issue(settled, drafts.load(settled, clear, OFFICER).content, clear)
    undo(settled, alert_id)
    again = drafts.load(settled, undone.as_draft(settled, alert_id, OFFICER), OFFICER).content
    assert (again.follows, again.follow_up, again.again) == (told, "all_clear", alert_id)
    follow_up = threads.prefilled(threads.followed(settled, told), "update", datetime.now(UTC))
    assert follow_up.again is None


def test_a_photograph_that_was_erased_is_left_out(settled: Connection) -> None:
    draft_id = drafts.begin(settled, OFFICER).id
    kept = photos.keep(settled, draft_id, photos.prepare(photograph(), Mode.LIVE))
    alert_id = issue(settled, complete_draft(photo=kept, photo_alt="Jack"), draft_id)
    undo(settled, alert_id)
    settled.execute("update alert_photos set jpeg = null")
    assert drafts.load(settled, undone.as_draft(settled, alert_id, SERGEANT), SERGEANT).content.photo == ""


def test_what_was_not_undone_is_no_draft_again(settled: Connection) -> None:
    alert_id = issue(settled, complete_draft(), undo_s=0)
    with pytest.raises(AlertRefused, match="not undone"):
        undone.as_draft(settled, alert_id, OFFICER)
