"""A photograph with an alert: made anew, part of what is confirmed, seen while the alert counts, gone afterwards."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from PIL import ExifTags, Image

from smartalert.alerts import drafts, issuing, lifecycle, photos, threads
from smartalert.alerts.drafts import Draft
from smartalert.audit import entries
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.dispatch import links
from smartalert.errors import AlertRefused, PhotoRefused, PreviewOutOfDate
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.photographs import photograph

ALT = "Jack, 9, in a blue coat"


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def attach(conn: Connection, draft_id: UUID, **changes: str) -> Draft:
    """A draft's content with a photograph."""
    kept = photos.keep(conn, draft_id, photos.prepare(photograph(), Mode.LIVE))
    return complete_draft(photo=kept, photo_alt=ALT, **changes)


def issue(
    conn: Connection, draft_id: UUID, version: int, *, ago: timedelta = timedelta(minutes=1), undo_s: int = 0
) -> int:
    now = datetime.now(UTC) - ago
    content = drafts.load(conn, draft_id, OFFICER).content
    shown = preview_of(conn, content, now)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=undo_s).id


@pytest.fixture
def settled(conn: Connection) -> Connection:
    make_force_area(conn)
    make_subscriber(conn)
    return conn


@pytest.fixture
def alert_id(settled: Connection) -> int:
    """An alert with a photograph, released."""
    draft_id, _ = make_draft(settled)
    version = drafts.save(settled, draft_id, OFFICER, attach(settled, draft_id))
    return issue(settled, draft_id, version)


def public(conn: Connection, alert_id: int) -> bytes | None:
    """What the public service may read."""
    conn.execute("set local role smartalert_public")
    try:
        return photos.shown(conn, alert_id)
    finally:
        conn.execute("reset role")


def test_what_is_kept_is_a_new_picture_without_metadata_and_no_larger_than_phones_show() -> None:
    kept = photos.prepare(photograph(size=(4_000, 3_000), taken_at=(52.8, -2.1)), Mode.LIVE)
    with opened(kept.jpeg) as image:
        assert (image.format, image.size) == ("JPEG", (1_000, 750))
        assert dict(image.getexif()) == {}
        assert not image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert len(kept.jpeg) < 1_000_000


def test_what_is_no_photograph_is_refused_in_words() -> None:
    with pytest.raises(PhotoRefused, match="Choose a JPEG, PNG or WebP"):
        photos.prepare(b"%PDF-1.7 a letter", Mode.LIVE)
    with pytest.raises(PhotoRefused, match="larger than 8 MB"):
        photos.prepare(b"x" * 8_000_001, Mode.LIVE)


def test_in_training_the_picture_itself_says_exercise() -> None:
    live, exercise = (photos.prepare(photograph(), mode) for mode in (Mode.LIVE, Mode.TRAINING))
    assert exercise.height > live.height
    with opened(exercise.jpeg) as image:
        red, green, blue = image.getpixel((5, 5))
    assert red > 220
    assert 140 < green < 190
    assert blue < 40


def test_a_photograph_needs_words_for_those_who_cannot_see_it() -> None:
    without = complete_draft(photo="3f0e…", photo_alt=" ")
    assert without.lacking() == {"photo_alt": "Say what the photo shows, for people who cannot see it."}
    assert complete_draft(photo="3f0e…", photo_alt=ALT).lacking() == {}
    assert "200 characters" in complete_draft(photo="3f0e…", photo_alt="x" * 201).lacking()["photo_alt"]


def test_another_photograph_is_another_version(settled: Connection) -> None:
    draft_id, _ = make_draft(settled)
    seen = drafts.save(settled, draft_id, OFFICER, attach(settled, draft_id))
    drafts.save(settled, draft_id, OFFICER, attach(settled, draft_id))
    with pytest.raises(PreviewOutOfDate):
        issue(settled, draft_id, seen)


def test_the_confirmed_photograph_goes_with_the_alert_and_leaves_the_draft(settled: Connection) -> None:
    draft_id, _ = make_draft(settled)
    attach(settled, draft_id)
    content = attach(settled, draft_id)
    jpeg = photos.of_draft(settled, UUID(content.photo))
    alert_id = issue(settled, draft_id, drafts.save(settled, draft_id, OFFICER, content))
    assert public(settled, alert_id) == photos.of_alert(settled, alert_id) == jpeg
    found = photos.find(settled, alert_id)
    assert (found.alt, found.sha256) == (ALT, hashlib.sha256(jpeg).hexdigest())
    assert photos.of_draft(settled, UUID(content.photo)) is None
    words = lifecycle.words(settled, alert_id)["email"]
    assert f'alt="{ALT}"' in words.html
    assert links.PHOTO in words.html
    assert f"Photograph: {ALT}" in words.body


def test_a_photograph_of_another_draft_cannot_be_sent(settled: Connection) -> None:
    other, _ = make_draft(settled)
    draft_id, _ = make_draft(settled)
    version = drafts.save(settled, draft_id, OFFICER, attach(settled, other))
    with pytest.raises(AlertRefused, match="photograph is gone"):
        issue(settled, draft_id, version)


def test_nobody_sees_it_before_release(settled: Connection) -> None:
    draft_id, _ = make_draft(settled)
    held = issue(settled, draft_id, drafts.save(settled, draft_id, OFFICER, attach(settled, draft_id)), undo_s=120)
    assert public(settled, held) is None
    settled.execute("update alerts set release_at = now() where id = %s", (held,))
    assert public(settled, held) is not None


def test_nobody_sees_it_once_the_alert_is_over(settled: Connection) -> None:
    draft_id, _ = make_draft(settled)
    version = drafts.save(settled, draft_id, OFFICER, attach(settled, draft_id, expires="1h"))
    assert public(settled, issue(settled, draft_id, version, ago=timedelta(minutes=61))) is None


def test_nobody_sees_it_once_the_alert_is_stopped(settled: Connection, alert_id: int) -> None:
    lifecycle.stop(settled, alert_id, OFFICER, datetime.now(UTC))
    assert public(settled, alert_id) is None


def follow(conn: Connection, alert_id: int, how: str, **changes: str) -> int:
    """An alert that follows, with its gaps filled."""
    conn.execute("update deliveries set state = 'handed_over' where alert_id = %s", (alert_id,))
    draft_id = threads.begin(conn, alert_id, how, OFFICER, datetime.now(UTC))
    content = drafts.load(conn, draft_id, OFFICER).content
    filled = content.description.replace("[What is new]", "Seen.").replace("[The correct information]", "Right.")
    content = content.model_copy(update={"description": filled, **changes})
    version = drafts.save(conn, draft_id, OFFICER, content)
    made = issue(conn, draft_id, version)
    conn.execute("update alerts set release_at = now() where id = %s", (made,))
    return made


def test_an_update_carries_it_on_and_people_who_open_the_first_mail_still_see_it(
    settled: Connection, alert_id: int
) -> None:
    update = follow(settled, alert_id, "update")
    assert public(settled, update) == public(settled, alert_id) is not None
    photos.take_down(settled, alert_id, OFFICER, datetime.now(UTC))
    assert (public(settled, update), public(settled, alert_id)) == (None, None)


def test_a_correction_without_it_takes_the_wrong_one_down(settled: Connection, alert_id: int) -> None:
    correction = follow(settled, alert_id, "correction", photo="", photo_alt="")
    assert (public(settled, correction), public(settled, alert_id)) == (None, None)


@pytest.mark.parametrize("how", ["all_clear", "false_alarm"])
def test_what_ends_the_alert_takes_it_down(settled: Connection, alert_id: int, how: str) -> None:
    ending = follow(settled, alert_id, how)
    assert photos.find(settled, ending) is None
    assert public(settled, alert_id) is None


def test_it_is_taken_down_once_and_for_good_while_the_alert_goes_on(settled: Connection, alert_id: int) -> None:
    for officer in (OFFICER, "somebody.else"):
        photos.take_down(settled, alert_id, officer, datetime.now(UTC))
    assert public(settled, alert_id) is None
    assert photos.find(settled, alert_id).taken_down_by == OFFICER
    acts = [entry.action for entry in entries.timeline(settled, alert_id)]
    assert acts.count("took the photograph down") == 1


def test_the_public_role_reads_photographs_only_through_what_knows_the_alert(conn: Connection) -> None:
    for table in ("alert_photos", "draft_photos"):
        conn.execute("set local role smartalert_public")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(f"select * from {table}")
        conn.execute("reset role")


def test_the_worker_learns_what_it_shows_and_never_reads_it(settled: Connection, alert_id: int) -> None:
    settled.execute("set local role smartalert_worker")
    assert photos.alt_shown(settled, alert_id) == ALT
    with pytest.raises(psycopg.errors.InsufficientPrivilege), settled.transaction():
        settled.execute("select jpeg from public_photos")
    settled.execute("reset role")


def test_photographs_are_erased_a_day_after_they_were_last_to_be_seen(settled: Connection, alert_id: int) -> None:
    draft_id, _ = make_draft(settled)
    kept, replaced = attach(settled, draft_id), attach(settled, draft_id)
    drafts.save(settled, draft_id, OFFICER, kept)
    settled.execute("update draft_photos set kept_at = now() - interval '25 hours'")
    photos.take_down(settled, alert_id, OFFICER, datetime.now(UTC))
    settled.execute("set local role smartalert_worker")
    photos.forget(settled)
    settled.execute("reset role")
    assert photos.of_alert(settled, alert_id) is not None
    assert photos.of_draft(settled, UUID(kept.photo)) is not None
    assert photos.of_draft(settled, UUID(replaced.photo)) is None
    settled.execute("update alert_photos set taken_down_at = now() - interval '25 hours'")
    settled.execute("update drafts set closed_at = now() - interval '25 hours' where id = %s", (draft_id,))
    photos.forget(settled)
    assert photos.of_alert(settled, alert_id) is None
    assert photos.find(settled, alert_id).sha256
    assert photos.of_draft(settled, UUID(kept.photo)) is None
