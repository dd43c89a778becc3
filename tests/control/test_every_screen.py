"""Every screen of the control room in a real browser, both themes: axe finds nothing wrong, nothing goes elsewhere."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from smartalert.control.frame import SCREENS, Screen
from smartalert.officers.made_up import OFFICERS
from smartalert.responses import reports
from smartalert.responses.reports import Report
from tests.browser import Tab, violations
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_force_area, make_neighbourhoods, make_street, make_subscriber

PEOPLE = 40


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything that runs, with an alert that people were told, and an answer to it."""
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        make_street(conn)
        for number in range(PEOPLE):
            make_subscriber(conn, at=(8 * number - 160, 5))
    with deployment(module_database, tmp_path_factory.mktemp("screens")) as running:
        alert_id = running.issue(complete_draft())
        running.wait_until_done(alert_id)
        with module_database.connect(autocommit=True) as conn:
            reports.receive(conn, alert_id, None, Report("A red van, going fast"), "short")
            reports.receive(conn, alert_id, None, Report("It went on and on.\n" * 100), "long")
        yield running


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn everything."""
    expect(page.locator(".st-key-topbar")).to_contain_text("Sign out")
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.url)
def test_axe_finds_nothing_wrong(browser: Tab, room: str, screen: Screen) -> None:
    officer = next(one for one in OFFICERS.values() if not screen.roles or set(one.roles) & set(screen.roles))
    tab = browser.another(bypass_csp=True)
    page = tab.page
    page.goto(f"{room}/{screen.url}")
    page.click(f"button[value='{officer.id}']")
    settled(page)
    expect(page).to_have_title(f"EXERCISE · {screen.title} · Smart Alert")
    assert violations(page) == []
    assert (tab.external, tab.errors) == ([], [])
    page.context.close()


def test_what_can_be_done_with_a_long_report_stays_in_reach(browser: Tab, room: str) -> None:
    page = browser.another(viewport=(1280, 720)).page
    page.goto(f"{room}/responses")
    page.click("button[value='sergeant.okoye']")
    settled(page)
    page.get_by_placeholder("Find by reference, words or place").fill("on and on")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 response", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("Open ...-")).click()
    expect(page.locator(".sa-resp-body mark.found").first).to_be_visible()
    page.get_by_role("textbox", name="Outcome").scroll_into_view_if_needed()
    for name in ("Claim", "Useful", "Pass on", "Resolved"):
        place = page.locator(".st-key-resp-actions button", has_text=name).first
        expect(place).to_be_in_viewport(ratio=1)
        place.click(trial=True)
    page.reload()
    settled(page)
    expect(page.locator(".sa-resp-body mark.found").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Choose a response")).to_be_visible()
    expect(page.get_by_placeholder("Find by reference, words or place")).to_have_value("on and on")
    page.context.close()
