"""Telling the police what one knows, over real HTTP: by a personal link, by a public one, with and without a photo."""

import io
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from PIL import ExifTags, Image

from smartalert import photos
from smartalert.config import signer
from smartalert.dispatch.links import Reference, sign
from smartalert.public import report_form, report_pages
from tests.conftest import forget_settings
from tests.databases import Database
from tests.public.served import issue, served, settle

OURS = {"Sec-Fetch-Site": "same-origin"}
SAW = "A man in a red coat climbed over the fence towards the canal."


@pytest.fixture
def public(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    signer.cache_clear()
    with database.connect(autocommit=True) as conn:
        settle(conn)
    with served() as client:
        yield client


def old_stamp(seconds: float = 30, number: str = "1") -> str:
    """A form that was opened so long ago."""
    return signer(report_form.PURPOSE).sign(f"{time.time() - seconds:.0f}-{number}").decode()


def post(public: httpx.Client, path: str, photo: bytes | None = None, **fields: str) -> httpx.Response:
    files = {"photo": ("IMG_1.jpg", photo or b"", "application/octet-stream")}
    return public.post(path, data={"saw": SAW, "stamp": old_stamp(), **fields}, files=files, headers=OURS)


def personal_path(database: Database, alert_id: int) -> str:
    with database.connect() as conn:
        (person,) = conn.execute("select min(id) from subscribers").fetchone()
    return f"/report/{sign('report', Reference(alert_id, person, 'email'))}"


def kept(database: Database) -> list[Any]:
    with database.connect() as conn:
        return conn.execute(
            "select r.*, round(st_x(r.point)) as x, round(st_y(r.point)) as y, p.jpeg, p.width"
            " from responses r left join response_photos p on p.response_id = r.id order by r.id"
        ).fetchall()


def picture(form: str = "JPEG", size: tuple[int, int] = (3000, 1500), *, with_place: bool = False) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Ada Lovelace"
    if with_place:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitude: (52.0, 48.0, 24.12),
                ExifTags.GPS.GPSLatitudeRef: "N",
                ExifTags.GPS.GPSLongitude: (2.0, 7.0, 1.56),
                ExifTags.GPS.GPSLongitudeRef: "W",
            }
        )
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, exif=exif)
    return out.getvalue()


def test_the_form_says_what_it_is_about_and_needs_no_script(public: httpx.Client) -> None:
    _, identifier = issue()
    page = public.get(f"/alerts/{identifier}/report")
    for words in (
        "482 of 22 November",
        'Call <a href="tel:999">999</a> if it is happening now',
        "Tannery Row, Stafford",
    ):
        assert words in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_a_report_by_the_personal_link_is_kept_with_who_may_be_told_the_outcome(
    public: httpx.Client, database: Database
) -> None:
    alert_id, _ = issue()
    answer = post(public, personal_path(database, alert_id), may_contact="yes", when="now", place="by the lock")
    assert answer.status_code == 303
    (row,) = kept(database)
    assert row.reference in public.get(answer.headers["location"]).text
    assert (row.saw, row.place, row.alert_id) == (SAW, "by the lock", alert_id)
    assert row.subscriber_id is not None
    assert (row.happening_now, row.urgent) == (True, True)


def test_whoever_does_not_want_to_be_contacted_is_not_kept(public: httpx.Client, database: Database) -> None:
    alert_id, _ = issue()
    post(public, personal_path(database, alert_id), may_contact="no", name="Ada", contact="07700 900123")
    (row,) = kept(database)
    assert (row.subscriber_id, row.name, row.contact, row.may_contact) == (None, "", "", False)


def test_anybody_may_report_by_the_public_link(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", may_contact="yes", contact="07700 900123")
    assert answer.status_code == 303
    (row,) = kept(database)
    assert (row.subscriber_id, row.contact) == (None, "07700 900123")


def test_contact_without_any_way_to_do_it_is_asked_about(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", may_contact="yes")
    assert answer.status_code == 422
    assert "Enter a phone number or email address" in answer.text
    assert SAW in answer.text
    assert kept(database) == []


def test_a_photo_is_made_anew_and_says_nothing_else(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    given = picture(with_place=True)
    assert post(public, f"/alerts/{identifier}/report", given).status_code == 303
    (row,) = kept(database)
    made = Image.open(io.BytesIO(row.jpeg))
    assert (made.format, made.size) == ("JPEG", (1024, 2048))
    assert dict(made.getexif()) == {}
    assert b"Lovelace" not in row.jpeg
    assert row.point is None


def test_where_a_photo_was_taken_is_kept_only_if_allowed(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    post(public, f"/alerts/{identifier}/report", picture(with_place=True), keep_place="yes")
    (row,) = kept(database)
    assert row.point_from == "photo"
    assert abs(row.x - 392_000) < 400
    assert dict(Image.open(io.BytesIO(row.jpeg)).getexif()) == {}


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_photographs_are_taken_too(public: httpx.Client, database: Database, form: str) -> None:
    _, identifier = issue()
    assert post(public, f"/alerts/{identifier}/report", picture(form, (300, 200))).status_code == 303
    assert kept(database)[0].jpeg[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    "given",
    [
        b"GIF89a" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0 not really",
        b"MZ" + bytes(500),
    ],
    ids=["gif", "svg", "broken", "program"],
)
def test_what_only_claims_to_be_a_photo_is_refused_and_no_word_is_lost(
    public: httpx.Client, database: Database, given: bytes
) -> None:
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", given)
    assert answer.status_code == 422
    assert "We could not read this photo" in answer.text
    assert SAW in answer.text
    assert kept(database) == []


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused(public: httpx.Client) -> None:
    _, identifier = issue()
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    answer = post(public, f"/alerts/{identifier}/report", out.getvalue())
    assert answer.status_code == 422


@pytest.mark.parametrize("beyond", [1, 300_000, 25_000_000])
def test_too_large_a_photo_loses_no_word_of_the_report(public: httpx.Client, database: Database, beyond: int) -> None:
    _, identifier = issue()
    path, large = f"/alerts/{identifier}/report", bytes(photos.LARGEST_BYTES + beyond)
    answer = post(public, path, large, place="by the lock", may_contact="yes", contact="07700 900123")
    assert answer.status_code == 413
    for words in ("smaller than 8MB", SAW, "by the lock", "07700 900123"):
        assert words in answer.text
    assert kept(database) == []


def test_what_is_no_photo_by_far_or_has_no_end_is_refused_before_it_is_read(
    public: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_pages, "LARGEST_POST", 1_000_000)
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", bytes(1_000_000))
    assert answer.status_code == 413
    assert "smaller than 8MB" in answer.text
    headers = {**OURS, "content-type": "application/x-www-form-urlencoded"}
    endless = public.post(f"/alerts/{identifier}/report", content=iter([b"saw=x"]), headers=headers)
    assert endless.status_code == 413


def test_a_street_chosen_or_a_postcode_written_puts_it_on_the_map(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    with database.connect(autocommit=True) as conn:
        (street,) = conn.execute("select id from streets where name like 'Mill%'").fetchone()
        conn.execute(
            "insert into postcodes values ('ST16 2LD', st_setsrid(st_makepoint(392100, 323050), 27700))",
        )
    post(public, f"/alerts/{identifier}/report", street=str(street))
    post(public, f"/alerts/{identifier}/report", place="near st162ld, back gate", stamp=old_stamp(number="2"))
    first, second = kept(database)
    assert (first.point_from, first.x, first.y) == ("street", 392_000, 323_000)
    assert first.place == "Mill <Lane>, Stafford"
    assert (second.point_from, second.x, second.y) == ("postcode", 392_100, 323_050)


def test_what_nobody_sees_is_no_part_of_a_report(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    seen = {"place": "Mill Lane\u202e", "name": "Pat\u202e", "contact": "07700\u00a0900123\u200b", "may_contact": "yes"}
    post(public, f"/alerts/{identifier}/report", saw="Red car,\u2028plate AB12 CDE\u202e", **seen)
    (row,) = kept(database)
    assert (row.saw, row.place) == ("Red car,\nplate AB12 CDE", "Mill Lane")
    assert (row.name, row.contact) == ("Pat", "07700 900123")


@pytest.mark.parametrize("said", ["\u200b\u2060", "\u3164 \u2800", "\u202e\u00a0", "\ufe0f\u0301"])
def test_a_report_of_nothing_that_can_be_seen_is_empty(public: httpx.Client, database: Database, said: str) -> None:
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", saw=said)
    assert answer.status_code == 422
    assert "Enter what you saw or heard" in answer.text
    assert kept(database) == []


@pytest.mark.parametrize(
    "said", ["He is not  breathing, by the bridge", "not\nbreathing", "in the\u00a0water", "kni\u200bfe"]
)
def test_urgent_words_come_through_the_form_however_they_are_written(
    public: httpx.Client, database: Database, said: str
) -> None:
    _, identifier = issue()
    post(public, f"/alerts/{identifier}/report", saw=said)
    assert len(kept(database)[0].urgent_words) == 1


def test_the_button_pressed_twice_is_one_report(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    stamp = old_stamp()
    answers = [post(public, f"/alerts/{identifier}/report", stamp=stamp) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(kept(database)) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"saw": "  "}, "Enter what you saw or heard"),
        ({"website": "http://buy.example"}, "Leave the field"),
        ({"stamp": "1-2.forged"}, "send your report again"),
        ({"stamp": ""}, "send your report again"),
    ],
)
def test_robots_and_empty_forms_leave_nothing(
    public: httpx.Client, database: Database, fields: dict[str, str], words: str
) -> None:
    _, identifier = issue()
    answer = post(public, f"/alerts/{identifier}/report", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert kept(database) == []


def test_a_form_filled_in_faster_than_anybody_types_is_shown_once_more(
    public: httpx.Client, database: Database
) -> None:
    _, identifier = issue()
    path = f"/alerts/{identifier}/report"
    stamp = re.search(r'name="stamp" value="([^"]+)"', public.get(path).text)[1]
    answer = post(public, path, stamp=stamp)
    assert "That was very quick" in answer.text
    assert kept(database) == []


def test_a_form_of_another_site_is_refused(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    answer = public.post(
        f"/alerts/{identifier}/report",
        data={"saw": SAW, "stamp": old_stamp()},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert kept(database) == []


def test_a_flood_from_one_network_is_held_back(
    public: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_pages, "NETWORK_AN_HOUR", 2)
    alert_id, identifier = issue()
    codes = [post(public, f"/alerts/{identifier}/report", stamp=old_stamp(number=str(n))).status_code for n in range(4)]
    assert codes == [303, 303, 429, 429]
    assert post(public, personal_path(database, alert_id), stamp=old_stamp(number="9")).status_code == 303


@pytest.mark.parametrize("token", ["1-1-email.forged", "x", "1-1-email"])
def test_a_link_that_is_none_of_ours_leads_nowhere(public: httpx.Client, token: str) -> None:
    assert public.get(f"/report/{token}").status_code == 404
    assert public.get(f"/reported/{token}").status_code == 404
    assert post(public, f"/report/{token}").status_code == 404


def test_an_alert_that_was_undone_takes_no_reports(public: httpx.Client, database: Database) -> None:
    alert_id, identifier = issue(undo_s=60)
    assert post(public, f"/alerts/{identifier}/report").status_code == 404
    assert post(public, personal_path(database, alert_id)).status_code == 404


@pytest.mark.parametrize("part_of_a_second", [0.0, 0.49, 0.5, 0.99])
def test_a_form_that_was_open_for_three_seconds_is_never_too_quick(
    monkeypatch: pytest.MonkeyPatch, part_of_a_second: float
) -> None:
    opened = 1_795_000_000 + part_of_a_second
    monkeypatch.setattr(report_form, "time", lambda: opened)
    stamp = report_form.new_stamp()
    monkeypatch.setattr(report_form, "time", lambda: opened + report_form.SOONEST_S)
    assert report_form.SOONEST_S <= report_form.age_s(stamp) < report_form.SOONEST_S + 1


def test_the_public_service_can_write_responses_and_never_read_them(database: Database, public: httpx.Client) -> None:
    for statement in ("select 1 from responses", "select 1 from response_photos", "delete from responses"):
        with database.connect("smartalert_public") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)


def test_photographs_in_any_number_wait_for_each_other_and_nobody_else_waits(
    public: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty of these stalled every other page for a minute, and took gigabytes."""
    monkeypatch.setattr(report_form, "MOST_WAITING", 3)
    monkeypatch.setattr(report_pages, "NETWORK_AN_HOUR", 100)
    _, identifier = issue()
    large = picture("PNG", (4_000, 4_000))

    def tell(number: int) -> httpx.Response:
        return post(public, f"/alerts/{identifier}/report", large, stamp=old_stamp(number=str(number)))

    others = 0
    with ThreadPoolExecutor(10) as people:
        answers = [people.submit(tell, number) for number in range(10)]
        while not all(answer.done() for answer in answers):
            assert public.get("/alerts").status_code == 200
            others += 1
    told = [answer.result() for answer in answers]
    assert {answer.status_code for answer in told} == {303, 503}
    assert others > len(told)
    for answer in told:
        if answer.status_code == 503:
            assert "We are getting a lot of photos" in answer.text
            assert SAW in answer.text
    assert len(kept(database)) == sum(answer.status_code == 303 for answer in told) >= 4
