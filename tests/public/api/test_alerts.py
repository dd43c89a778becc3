"""The app API over real HTTP: the alerts there are, those for this device, opened, and what its owner saw."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from smartalert.alerts import drafts, lifecycle, threads
from smartalert.database import connection
from smartalert.public import report_pages
from tests.databases import Database
from tests.factories import OFFICER, complete_draft
from tests.public.api.phone import API, Phone, app_api, is_problem
from tests.public.served import forget, issue

SAW = "A man with a crowbar climbed over the fence."


@pytest.fixture(scope="module")
def api(module_database: Database) -> Iterator[httpx.Client]:
    with app_api(module_database) as client:
        yield client


@pytest.fixture(scope="module")
def ada(api: httpx.Client) -> Phone:
    return Phone(api)


@pytest.fixture(scope="module")
def alert(ada: Phone) -> UUID:
    """One that was for Ada, and handed over."""
    return issue()[1]


@pytest.fixture(scope="module")
def ben(alert: UUID, api: httpx.Client) -> Phone:
    """Somebody who registered after the alert."""
    return Phone(api)


def hand_over(database: Database) -> None:
    with database.connect() as conn:
        conn.execute("update deliveries set state = 'handed_over', handed_over_at = now() where state = 'pending'")


def kept(database: Database) -> list[Any]:
    with database.connect() as conn:
        return conn.execute(
            "select r.*, p.jpeg, p.width from responses r left join response_photos p on p.response_id = r.id"
            " order by r.id desc"
        ).fetchall()


def report(phone: Phone, alert: UUID, status: int = 201, *, key: str = "", **fields: Any) -> Any:
    photo = fields.pop("photo", None)
    return phone.ask(
        "POST", f"/alerts/{alert}/reports", status,
        data={"saw": SAW, **fields},
        files={"photo": ("IMG_1.jpg", photo, "image/jpeg")} if photo else None,
        headers={"idempotency-key": key or str(uuid4())},
    ).json()  # fmt: skip


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    return out.getvalue()


def test_the_alerts_in_force_need_no_credential(api: httpx.Client, alert: UUID) -> None:
    answer = api.get(f"{API}/alerts")
    shown = next(one for one in answer.json()["alerts"] if one["identifier"] == str(alert))
    assert (shown["state"], shown["status"], shown["kind"]) == ("Active", "Exercise", "Burglary just happened")
    assert shown["area"]["type"] == "Polygon"
    assert shown["page"].endswith(f"/alerts/{alert}")
    assert answer.headers["cache-control"] == "public, max-age=10"
    assert api.get(f"{API}/alerts", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert api.get(f"{API}/alerts/{alert}").json() == shown


def test_pages_of_alerts_hold_each_of_them_once(api: httpx.Client, ada: Phone, alert: UUID) -> None:
    made = {str(alert), *(str(issue(complete_draft(headline=f"Burglary {n}"))[1]) for n in range(4))}
    for path, of in (("/alerts", lambda one: one), ("/device/alerts", lambda one: one["alert"])):
        found, cursor = [], None
        while True:
            page = ada.ask("GET", path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            assert len(page["alerts"]) <= 2
            found += [of(one)["identifier"] for one in page["alerts"]]
            if (cursor := page["next"]) is None:
                break
        assert set(found) >= made
        assert len(found) == len(set(found))


def test_a_cursor_that_is_none_of_ours_is_refused(ada: Phone) -> None:
    ada.get("/alerts?cursor=drop", 422)
    ada.get("/device/alerts?cursor=-1", 422)


def test_a_device_sees_what_was_for_it_and_others_do_not(ada: Phone, ben: Phone, alert: UUID) -> None:
    told = ada.get(f"/device/alerts/{alert}")
    assert (told["alert"]["identifier"], told["opened_at"]) == (str(alert), None)
    assert str(alert) not in str(ben.get("/device/alerts"))
    ben.get(f"/device/alerts/{alert}", 404)
    ben.ask("POST", f"/device/alerts/{alert}/receipts", 404, json={"event": "opened"})


def test_opening_is_acknowledged_once_and_the_first_time_counts(
    ada: Phone, alert: UUID, module_database: Database
) -> None:
    hand_over(module_database)
    before = ada.ask("GET", f"/device/alerts/{alert}")
    ada.ask("POST", f"/device/alerts/{alert}/receipts", 204, json={"event": "opened"})
    opened = ada.ask("GET", f"/device/alerts/{alert}", headers={"if-none-match": before.headers["etag"]}).json()
    assert opened["opened_at"] is not None
    assert opened["delivered_at"] == opened["opened_at"]
    ada.ask("POST", f"/device/alerts/{alert}/receipts", 204, json={"event": "opened"})
    assert ada.get(f"/device/alerts/{alert}") == opened


def test_an_alert_that_ended_says_so_and_one_that_was_undone_never_was(api: httpx.Client, ada: Phone) -> None:
    stopped_id, stopped = issue()
    undone_id, undone = issue(undo_s=60)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.stop(conn, stopped_id, OFFICER, datetime.now(UTC))
        lifecycle.withdraw(conn, undone_id, OFFICER, datetime.now(UTC))
    forget()
    assert api.get(f"{API}/alerts/{stopped}").json()["state"] == "Over"
    assert str(stopped) not in api.get(f"{API}/alerts").text
    ada.get(f"/alerts/{undone}", 404)
    ada.get(f"/device/alerts/{undone}", 404)


def test_an_alert_that_was_put_right_leads_to_the_newer_one(
    api: httpx.Client, ada: Phone, module_database: Database
) -> None:
    alert_id, wrong = issue()
    hand_over(module_database)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id = threads.begin(conn, alert_id, "false_alarm", OFFICER, datetime.now(UTC))
        content = drafts.load(conn, draft_id, OFFICER).content
    _, right = issue(content)
    old, new = (api.get(f"{API}/alerts/{one}").json() for one in (wrong, right))
    assert (old["state"], old["newer_identifier"]) == ("Cancelled", str(right))
    assert (new["follow_up"], new["msg_type"]) == ("false_alarm", "Cancel")
    assert ada.get("/device/alerts")["alerts"][0]["alert"] == new


def test_a_report_with_a_photo_is_kept_with_who_may_be_told_the_outcome(
    ada: Phone, alert: UUID, module_database: Database
) -> None:
    answer = report(
        ada,
        alert,
        photo=picture(),
        may_contact="true",
        happening_now="true",
        lat="52.8067",
        lon="-2.1171",
        place="lock",
    )
    (row, *_) = kept(module_database)
    assert (row.reference, row.saw, row.place) == (answer["reference"], SAW, "lock")
    assert (row.urgent, row.point_from, row.width) == (True, "phone", 640)
    assert row.jpeg[:2] == b"\xff\xd8"
    assert row.subscriber_id is not None
    (mine,) = ada.get("/device/reports")
    assert (mine["reference"], mine["alert"], mine["outcomes"]) == (row.reference, str(alert), [])


def test_what_came_of_it_is_read_where_it_was_reported(ada: Phone, alert: UUID, module_database: Database) -> None:
    report(ada, alert, may_contact="true")
    with module_database.connect() as conn:
        conn.execute(
            "insert into outcomes (alert_id, told_at, officer, words, people)"
            " select id, %s, 'x', 'Two people were arrested.', 1 from alerts where identifier = %s",
            (datetime.now(UTC) + timedelta(seconds=1), alert),
        )
    assert ada.get("/device/reports")[0]["outcomes"] == ["Two people were arrested."]


def test_a_report_sent_again_is_the_same_report(ada: Phone, alert: UUID, module_database: Database) -> None:
    key = str(uuid4())
    first = report(ada, alert, key=key)
    assert report(ada, alert, key=key) == first
    assert [row.reference for row in kept(module_database)].count(first["reference"]) == 1
    assert report(ada, alert) != first


def test_anonymous_is_anonymous(ada: Phone, alert: UUID, module_database: Database) -> None:
    report(ada, alert, name="Ada", contact="07700 900123")
    (row, *_) = kept(module_database)
    assert (row.subscriber_id, row.name, row.contact, row.may_contact) == (None, "", "", False)


def test_what_is_wrong_with_a_report_is_said_where_it_is(ada: Phone, ben: Phone, alert: UUID) -> None:
    assert report(ada, alert, 422, saw="  ")["errors"][0]["where"] == "#/saw"
    assert report(ada, alert, 422, photo=b"no photo at all")["type"].endswith("photo-refused")
    assert report(ben, alert, 422, may_contact="true")["errors"][0]["where"] == "#/contact"
    assert "reference" in report(ben, alert, may_contact="true", contact="07700 900123")
    report(ada, uuid4(), 404)
    ada.ask("POST", f"/alerts/{alert}/reports", 422, data={"saw": SAW})


def test_a_device_that_reports_without_end_is_stopped(ben: Phone, alert: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_pages, "PERSON_AN_HOUR", 0)
    answer = report(ben, alert, 429)
    assert answer["detail"].startswith("You have sent a lot of reports")


def test_nobody_reports_without_a_credential(api: httpx.Client, alert: UUID) -> None:
    answer = api.post(f"{API}/alerts/{alert}/reports", data={"saw": SAW}, headers={"idempotency-key": "12345678"})
    assert is_problem(answer, "not-registered")
