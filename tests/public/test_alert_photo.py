"""An alert's photograph as anybody sees it: while the alert counts, and not a minute longer."""

import io
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from PIL import Image

from smartalert.alerts import drafts, lifecycle, photos
from smartalert.config import Mode
from smartalert.database import connection
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import OFFICER, complete_draft, make_draft
from tests.photographs import photograph
from tests.public.served import forget, issue, issue_draft, served, settle

ALT = "Jack & his <red> bag"


@pytest.fixture
def public(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    with database.connect(autocommit=True) as conn:
        settle(conn)
    with served() as client:
        yield client


def issue_with_photo(*, undo_s: int = 0) -> tuple[int, UUID]:
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id, _ = make_draft(conn)
        kept = photos.keep(conn, draft_id, photos.prepare(photograph(), Mode.TRAINING))
        content = complete_draft(photo=kept, photo_alt=ALT)
        version = drafts.save(conn, draft_id, OFFICER, content)
    return issue_draft(draft_id, version, content, undo_s=undo_s)


def test_it_is_on_the_alerts_page_and_kept_by_nobody_for_longer_than_a_minute(public: httpx.Client) -> None:
    _, identifier = issue_with_photo()
    page = public.get(f"/alerts/{identifier}")
    assert f'src="/alerts/{identifier}/photo.jpg" alt="Jack &amp; his &lt;red&gt; bag" width="900"' in page.text
    photo = public.get(f"/alerts/{identifier}/photo.jpg")
    assert photo.headers["content-type"] == "image/jpeg"
    assert int(photo.headers["cache-control"].rpartition("=")[2]) <= 60
    assert photo.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(photo.content)) as image:
        assert image.width == 900
    again = public.get(f"/alerts/{identifier}/photo.jpg", headers={"if-none-match": photo.headers["etag"]})
    assert again.status_code == 304
    assert f"/alerts/{identifier}/photo.jpg" in public.get(f"/alerts/{identifier}.cap").text
    # A link preview keeps its picture for as long as it likes: the map goes there, never the photograph.
    assert f'og:image" content="http://127.0.0.1:8000/alerts/{identifier}.png"' in page.text


@pytest.mark.parametrize("ended", ["taken down", "stopped"])
def test_afterwards_its_address_answers_gone_in_words(public: httpx.Client, ended: str) -> None:
    alert_id, identifier = issue_with_photo()
    assert public.get(f"/alerts/{identifier}/photo.jpg").status_code == 200
    end = photos.take_down if ended == "taken down" else lifecycle.stop
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        end(conn, alert_id, OFFICER, datetime.now(UTC))
    forget()
    gone = public.get(f"/alerts/{identifier}/photo.jpg")
    assert gone.status_code == 410
    assert "This photograph has been removed" in gone.text
    assert gone.headers["cache-control"] == "no-store"
    page = public.get(f"/alerts/{identifier}").text
    assert "We have removed the photograph" in page
    assert "<img" not in page
    gone = public.get(f"/alerts/{identifier}.cap")
    assert gone.status_code == 410
    assert "photo" not in gone.text
    assert ("Active" if ended == "taken down" else "Over") in page


def test_there_is_none_before_release_and_none_where_none_was(public: httpx.Client) -> None:
    _, held = issue_with_photo(undo_s=60)
    _, without = issue()
    for identifier in (held, without, "nonsense"):
        missing = public.get(f"/alerts/{identifier}/photo.jpg")
        assert missing.status_code == 404
        assert "Photograph not found" in missing.text
    assert "photograph" not in public.get(f"/alerts/{without}").text
