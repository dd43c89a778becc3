"""The audit screen in a real browser, and what it gives to take away."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from smartalert.alerts.approval_policy import PolicyRow
from smartalert.audit import entries
from smartalert.control.audit import page as audit_page
from smartalert.control.audit.words import action_words, detail_html, value_words
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from tests.browser import Tab, violations
from tests.databases import fresh_database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_force_area, make_subscriber
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def room(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, str, int]]:
    """A control room in which an alert was issued, stopped and talked about."""
    with fresh_database(cluster) as made:
        with made.connect() as owner:
            make_force_area(owner)
            make_subscriber(owner)
        with deployment(made, tmp_path_factory.mktemp("audit"), workers=0, receipts=False) as running:
            alert_id = running.issue(complete_draft(), undo_s=60)
            with connection.transaction(made.engine("smartalert_control")) as conn:
                entries.record(
                    conn, "officer.bailey", "returned", alert_id=alert_id, before="2 h", after="4 h", why="=1+1"
                )
                for number in range(120):
                    entries.record(conn, "desk.hussain", "signed in", visit=number)
            yield running, running.start_control(), alert_id


def come_in(browser: Tab, url: str, officer: str) -> Page:
    page = browser.anew().page
    page.goto(f"{url}/audit")
    page.click(f"button[value='{officer}']")
    page.locator(".sa-officer").wait_for()
    return page


def cookies_of(url: str, officer: str) -> dict[str, str]:
    """Those of somebody who has signed in."""
    answer = httpx.post(
        f"{url}/sign-in", data={"officer": officer}, headers={"origin": url}, trust_env=False, timeout=PATIENCE_S
    )
    assert answer.status_code == 303
    return dict(answer.cookies)


def test_it_says_that_the_chain_is_whole_and_finds_by_alert(room, browser):
    _, url, alert_id = room
    page = come_in(browser, url, "admin.foster")
    expect(page.get_by_text(re.compile(r"^12\d entries: none changed or missing"))).to_be_visible()
    expect(page.locator(".au-table tbody tr")).to_have_count(100)
    page.get_by_role("button", name="Show older entries").click()
    expect(page.get_by_role("button", name="Show older entries")).to_have_count(0)
    page.get_by_label("Alert", exact=True).fill("482 of 22 November")
    page.keyboard.press("Enter")
    expect(page.locator(".au-table tbody tr")).to_have_count(2)
    expect(page.locator(".au-table")).to_contain_text("“=1+1” · 2 h → 4 h")
    expect(page.get_by_role("link", name=f"Full record of alert {alert_id}")).to_be_visible()
    assert "EXERCISE" in page.title()
    assert violations(page) == []
    page.get_by_label("Alert", exact=True).fill("nothing such")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No entries found")).to_be_visible()
    assert browser.external == []


def test_tampering_is_told_on_the_screen_with_what_to_do(room, browser):
    running, url, _ = room
    with running.database.connect() as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("update audit set officer = 'nobody' where action = 'returned'")
    try:
        page = come_in(browser, url, "chief.whitlock")
        page.get_by_role("button", name="Check again").click()
        expect(page.get_by_text("Entries were changed or are missing")).to_be_visible()
        expect(page.get_by_text("is not what was written there")).to_be_visible()
        assert violations(page) == []
    finally:
        with running.database.connect() as owner:
            owner.execute("set session_replication_role = replica")
            owner.execute("update audit set officer = 'officer.bailey' where action = 'returned'")


@pytest.mark.whole
def test_what_is_taken_away_says_exercise_and_is_an_entry_of_its_own(room):
    running, url, alert_id = room
    cookies = cookies_of(url, "admin.foster")
    table = httpx.get(
        f"{url}/audit/table", params={"about": str(alert_id)}, cookies=cookies, trust_env=False, timeout=PATIENCE_S
    )
    assert "EXERCISE-audit-" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [(row["exercise"], row["action"], row["why"]) for row in rows] == [
        ("EXERCISE", "returned", "'=1+1"), ("EXERCISE", "issued", "")
    ]  # fmt: skip
    story = httpx.get(
        f"{url}/audit/story", params={"alert": str(alert_id)}, cookies=cookies, trust_env=False, timeout=PATIENCE_S
    )
    assert zipfile.ZipFile(io.BytesIO(story.content)).namelist() == ["story.html", "story.json"]
    with running.database.connect() as conn:
        last = conn.execute("select officer, action from audit order by id desc limit 2").fetchall()
    assert [tuple(row) for row in last] == [
        ("admin.foster", "exported the story"),
        ("admin.foster", "exported the audit"),
    ]
    for path in ("audit/story?alert=999", "audit/story", "audit/table?since=yesterday"):
        assert httpx.get(f"{url}/{path}", cookies=cookies, trust_env=False, timeout=PATIENCE_S).status_code == 404


@pytest.mark.whole
def test_nobody_else_takes_anything_away(room):
    _, url, _ = room
    cookies = cookies_of(url, "officer.bailey")
    for path in ("audit/table", "audit/story?alert=1"):
        assert httpx.get(f"{url}/{path}", trust_env=False, timeout=PATIENCE_S).status_code == 403
        assert httpx.get(f"{url}/{path}", cookies=cookies, trust_env=False, timeout=PATIENCE_S).status_code == 403


def test_facts_of_an_entry_read_as_words():
    assert value_words({"push": 1_284, "e_mail": [True, None]}) == "Phones 1,284, e mail yes"
    assert value_words("a" * 64) == value_words({"push": "b" * 64}) == ""
    assert value_words("2026-07-01T22:30:05.123+00:00") == "1 Jul 2026 23:30:05"
    rule = PolicyRow(1, ["update"], 3_000, None, None, None, None, "sender alone")
    assert value_words(asdict(rule)) == "Neighbourhood updates, more than 3,000 people: it goes at once"
    assert detail_html({}) == detail_html({"sha256": "c" * 64}) == ""
    assert detail_html({"why": "<b>", "people": 3}) == "<small>“&lt;b&gt;” · people 3</small>"
    assert detail_html({"spared": 116, "before": "not_useful"}) == (
        "<small><del>Not useful</del> → nothing · not sent 116</small>"
    )
    assert action_words("stopped") == "stopped an alert"
    assert action_words("of another release") == "of another release"


def test_a_day_begins_at_londons_midnight():
    now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight of the 2nd in London
    assert audit_page.beginning("today", now) == datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    assert audit_page.beginning("all", now) is None
