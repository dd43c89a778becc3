"""The engagement screen without a browser: what it says, whom it lets in, and what leaves it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from smartalert.control import access
from smartalert.control.engagement import aims, alerts, campaigns, exports, reading, recipients, send_me, story
from smartalert.control.engagement import page as engagement_page
from smartalert.control.engagement.send_me import Sending
from smartalert.engagement import panels, periods, rollups
from smartalert.engagement.costs import What
from smartalert.errors import NoAddress
from tests.alerts.test_approvals import LATER, approve, ask
from tests.databases import Database
from tests.factories import make_force_area, make_neighbourhoods, make_subscriber
from tests.pages.conftest import Open
from tests.pages.test_responses import press, text
from tests.public.served import issue
from tests.waiting import eventually

ANALYST, SENDER, ADMINISTRATOR = "analyst.price", "officer.bailey", "admin.foster"
Page = Callable[..., AppTest]


@pytest.fixture
def counted(database: Database, open_screen: Open) -> Database:
    with database.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute("update neighbourhoods set district = 'Middle', residents = 9000")
        for _ in range(20):
            make_subscriber(conn, confirmed_at=datetime.now(UTC) - timedelta(days=70))
        rollups.count_everything(conn, datetime.now(UTC))
    return database


@pytest.fixture
def page(counted: Database, open_screen: Open) -> Page:
    def open_page(officer: str = ANALYST, section: str = "Sign-ups") -> AppTest:
        return open_screen("engagement", officer, section=section)

    return open_page


@pytest.mark.parametrize("section", engagement_page.SECTIONS[:-1])
def test_every_section_opens_with_words_definition_table_and_export(page: Page, section: str) -> None:
    said = text(page(section=section))
    assert "20 people were signed up on" in said
    for words in ("What this counts", "CSV", "rounded up or down to a ten"):
        assert words in said


def test_an_area_narrows_and_the_report_is_of_the_last_whole_month(page: Page) -> None:
    at = page(section="Coverage map")
    assert "Make the report" in text(at)
    at.selectbox(key=engagement_page.AREA).set_value("Middle").run()
    assert "Middle" in text(at)


def test_a_campaign_is_put_on_the_charts_and_taken_off(page: Page) -> None:
    at = page(section="Downloads")
    assert "There are no campaigns in this period" in text(at)
    at = press(at, "Add it to the charts")
    assert "Name the campaign" in text(at)
    at.text_input(key=campaigns.NAME).set_value("Leaflets in Leek")
    at = press(at, "Add it to the charts")
    (taken_off,) = [button for button in at.button if button.label.startswith("Leaflets in Leek")]
    taken_off.click()
    assert "There are no campaigns in this period" in text(at.run())


def test_somebody_is_mailed_the_report_each_month_and_taken_off(page: Page) -> None:
    at = page()
    at.text_input(key=recipients.NAME).set_value("Gwen Price")
    assert "Enter an e-mail address in the right format" in text(press(at, "E-mail it to them each month"))
    at.text_input(key=recipients.ADDRESS).set_value("gwen@office.example")
    at = press(at, "E-mail it to them each month")
    at = press(at, "Gwen Price · gwen@office.example")
    assert "Nobody yet." in text(at)


def test_a_target_is_set_shown_beside_its_figure_and_taken_off(page: Page) -> None:
    at = page(section=panels.TARGETS)
    assert "No target is set for any day of this period." in text(at)
    at.number_input(key=aims.WANTED).set_value(7)
    assert "Enter a number from 20" in text(press(at, "Set the target"))
    at.number_input(key=aims.WANTED).set_value(800)
    at = press(at, "Set the target")
    assert "Beside the targets: sign-ups: " in text(at)
    assert "0 of 1 target met" in text(at)
    (taken_off,) = [button for button in at.button if button.label.startswith("Sign-ups: 800,")]
    taken_off.click()
    assert "There are no targets yet." in text(at.run())


def test_costs_are_entered_by_administrators_and_read_by_analysts(page: Page) -> None:
    at = page(section=panels.TARGETS)
    assert "Only an administrator can enter costs." in text(at)
    assert "Administrators enter them below" in text(at)
    assert not [button for button in at.button if button.label == "Enter the cost"]
    at = page(officer=ADMINISTRATOR, section=panels.TARGETS)
    for what in What:
        at.selectbox(key=aims.WHAT).set_value(str(what))
        at.number_input(key=aims.POUNDS).set_value(0.00075)
        at = press(at, "Enter the cost")
    assert "£0.00075" in text(at)
    assert "Too few people were told" in text(at)
    (back, *_) = [button for button in at.button if button.label.startswith("Remove: One e-mail, £0.00075")]
    back.click()
    assert "No costs are entered for this period" in text(at.run())


def test_the_report_of_the_screen_is_mailed_to_whoever_presses(page: Page, counted: Database) -> None:
    at = press(page(), "E-mail it to me")
    said: Sending = at.session_state[send_me.LAST]
    eventually(lambda: said.mail is not None or said.refusal)
    assert said.refusal == ""
    assert f"is on its way to {said.address} …" in text(at.run())
    with counted.connect(autocommit=True) as conn:
        ((address, pdf),) = conn.execute("select address, pdf from service_mails m join reports r on r.id = m.report")
        assert (address, pdf[:5]) == ("gwen.price@training.example", b"%PDF-")
        conn.execute("update service_mails set claimed_at = now(), handed_over_at = now()")
    assert f"was handed over for {said.address} at" in text(at.run())
    assert not at.button(key="eng-send-me").disabled


def test_whoever_has_no_address_is_told_what_to_do_instead(page: Page, counted: Database) -> None:
    at = press(page(officer=ADMINISTRATOR), "E-mail it to me")
    assert str(NoAddress()) in text(at)
    with counted.connect() as conn:
        assert conn.execute("select count(*) from service_mails").fetchone() == (0,)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), "25 Oct 2026, 01:15 BST"),
        (datetime(2026, 10, 25, 1, 15, tzinfo=UTC), "25 Oct 2026, 01:15 GMT"),
        (datetime(2026, 7, 1, 23, 0, tzinfo=UTC), "2 Jul 2026, 00:00"),
    ],
)
def test_an_alert_left_at_a_time_that_names_no_other(at: datetime, said: str) -> None:
    assert alerts.released(at) == said


def fetch(path: str, officer: str | None) -> httpx.Response:
    app = Starlette(
        routes=[
            Route("/engagement/table", exports.table),
            Route("/engagement/workbook", exports.workbook),
            Route("/engagement/report", exports.making),
            Route("/engagement/report.pdf", exports.of_period),
            Route("/engagement/alerts", story.page),
        ]
    )
    cookies = {access.cookie_name(): access.make_cookie(access.officers()[officer])} if officer else {}
    return TestClient(app, cookies=cookies).get(path)


@pytest.fixture
def alert_id(counted: Database) -> int:
    """One alert to everybody, counted."""
    number = issue()[0]
    with counted.connect(autocommit=True) as conn:
        rollups.count_everything(conn, datetime.now(UTC))
    st.cache_resource.clear()
    return number


def test_an_alert_is_listed_and_its_whole_story_is_one_page(page: Page, alert_id: int) -> None:
    said = text(page(section="Alerts one by one"))
    assert f'name="alert" value="{alert_id}"' in said
    assert "Show ticked alerts" in said
    answer = fetch(f"/engagement/alerts?alert={alert_id}&alert={alert_id}", ANALYST)
    assert answer.status_code == 200
    for words in (
        "EXERCISE",
        "Burglary in Tannery Row just now",
        "Timeline",
        "Confirmed by the officer",
        "<svg",
    ):
        assert words in answer.text
    assert answer.text.count("<article") == 1


def test_a_story_tells_when_a_second_person_was_asked_and_agreed(counted: Database) -> None:
    with counted.connect(autocommit=True) as conn:
        conn.execute("update approval_policy set people_over = 10 where people_over = 3000")
        alert_id = approve(conn, ask(conn)).id
        rollups.count_everything(conn, LATER)
    said = fetch(f"/engagement/alerts?alert={alert_id}", ANALYST).text
    assert said.index("Sent for approval") < said.index("Approved by a second person") < said.index("Released")
    assert "Confirmed by the officer" not in said


def test_a_story_is_for_those_who_may_read_it_and_of_alerts_that_exist(alert_id: int) -> None:
    assert fetch(f"/engagement/alerts?alert={alert_id}", SENDER).status_code == 403
    assert fetch(f"/engagement/alerts?alert={alert_id}", None).status_code == 403
    for asked in ("", "?alert=x", "?alert=999999", f"?alert={alert_id}&alert=999999"):
        assert fetch(f"/engagement/alerts{asked}", ANALYST).status_code == 404


def last_month() -> str:
    """The newest month that is over, as the screen's choices name it."""
    return f"{periods.month(reading.today().replace(day=1), -1):%Y-%m}"


TABLE = "/engagement/table?period=12m&area=&section=Sign-ups&panel=sign-ups"


def test_what_leaves_is_for_those_who_may_read_it_and_says_exercise(counted: Database) -> None:
    report = f"/engagement/report.pdf?period={last_month()}&area=Middle"
    book = "/engagement/workbook?period=3m&area=Middle&section=Reach"
    for path in (TABLE, book, report):
        assert fetch(path, None).status_code == 403
        assert fetch(path, SENDER).status_code == 403
        answer = fetch(path, ANALYST)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert 'filename="EXERCISE-' in answer.headers["content-disposition"]
    assert fetch(TABLE, ANALYST).text.lstrip("\ufeff").startswith("EXERCISE")


def test_while_a_report_is_made_its_tab_says_so_and_leads_to_it(counted: Database) -> None:
    month = last_month()
    path = f"/engagement/report?period={month}&area="
    assert fetch(path, SENDER).status_code == 403
    said = fetch(path, ANALYST).text
    assert "Making the report for" in said
    assert f'content="0; url=/engagement/report.pdf?period={month}&amp;area="' in said


@pytest.mark.parametrize(
    "path",
    [
        TABLE.replace("12m", "1900-01"),
        TABLE.replace("Sign-ups", "Secrets"),
        TABLE.replace("panel=sign-ups", "panel=people"),
        TABLE.replace("area=", "area=Elsewhere"),
        "/engagement/report?period=..",
        "/engagement/report.pdf?period=2026-05-01..2026-04-01",
        "/engagement/report.pdf?period=2026-05-01..2099-04-01",
        "/engagement/report.pdf?period=2026-05-01..x",
        "/engagement/report.pdf?period=2099-01",
        "/engagement/report.pdf?period=3m&area=Elsewhere",
    ],
)
def test_what_does_not_exist_is_not_made_up(counted: Database, path: str) -> None:
    assert fetch(path, ANALYST).status_code == 404
