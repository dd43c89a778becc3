"""Words of a kind in real browsers: changed by an administrator, approved by an approver, used by the next draft."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Chromium, Tab, unfit, violations
from tests.control.sender import Sender
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import make_force_area, make_neighbourhoods, make_street

ADMIN, CHIEF = "admin.foster", "chief.whitlock"
LINE = "Check your doorbell footage, and look in on older neighbours near {where}."


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A force with a street, and no worker: nothing is sent."""
    with module_database.connect(autocommit=True) as conn, conn.transaction():
        make_force_area(conn)
        make_neighbourhoods(conn)
        make_street(conn)
    with deployment(module_database, tmp_path_factory.mktemp("wording")) as running:
        yield running


def open_as(tab: Tab, room: str, officer: str) -> Page:
    """Sign in, and arrive at the words."""
    tab.page.goto(f"{room}/alert_words", wait_until="commit")
    tab.page.click(f"button[value='{officer}']")
    expect(tab.page.get_by_role("heading", name="Alert wording")).to_be_visible()
    return tab.page


def rest(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def fits_everywhere(page: Page) -> None:
    """Nothing overlaps or is cut at any size, all is seen that has the focus, and axe finds nothing wrong."""
    rest(page)
    assert unfit(page, but=".mock-up, .sa-phone") == []
    assert violations(page) == []


def propose(page: Page) -> None:
    """Change what to do: a name that nothing is put in for stands in the way, one that is offered does not."""
    page.get_by_role("link", name=re.compile("Burglary just happened")).click()
    expect(page.get_by_text("In use: the original wording.")).to_be_visible()
    expect(page.get_by_role("button", name="Propose this change")).to_be_disabled()
    field = page.get_by_role("textbox", name="What to do")
    field.fill(LINE.replace("{where}", "{street}"))
    expect(page.get_by_text("We cannot fill in {street}").first).to_be_visible()
    expect(page.get_by_role("button", name="Propose this change")).to_be_disabled()
    field.fill(LINE.partition("{")[0])
    page.get_by_role("button", name="{where} the place, as the area names it").click()
    field.press("End")
    page.keyboard.type(".")
    expect(page.get_by_role("figure", name="On a phone")).to_contain_text("older neighbours near near Tannery Row")
    expect(page.get_by_role("button", name="Move later")).to_be_visible()
    fits_everywhere(page)
    page.get_by_role("textbox", name="Reason for the change").fill("Doorbells solve burglaries here")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Propose this change").click()
    expect(page.get_by_text("A second administrator or an approver has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve these words")).to_have_count(0)


def approve(page: Page) -> None:
    """Read what was put in, and agree to it."""
    expect(page.locator(".st-key-rail")).to_contain_text("1 waiting")
    page.get_by_role("link", name=re.compile("first message")).click()
    expect(page.locator("section.sa-changes ins")).to_contain_text("added: Check your doorbell footage")
    expect(page.locator("section.sa-changes")).to_contain_text("Doorbells solve burglaries here")
    fits_everywhere(page)
    page.get_by_role("button", name="Approve these words").click()
    expect(page.get_by_text("Approved. New alerts begin with these words.")).to_be_visible()
    expect(page.get_by_text("In use: the force’s own words.")).to_be_visible()


def test_words_are_changed_approved_and_used(running: Deployment, room: str, chromium: Chromium) -> None:
    with chromium(bypass_csp=True) as admin:
        page = open_as(admin, room, ADMIN)
        chief = admin.another(bypass_csp=True)
        propose(page)
        approve(open_as(chief, room, CHIEF))

        sender = Sender(admin.another(), room)
        sender.begin()
        sender.page.get_by_role("radio", name="Burglary just happened").click()
        expect(sender.page.get_by_role("textbox", name="What to do")).to_have_value(LINE.replace("{where}", "[where]"))

        page.reload()
        expect(page.get_by_text("In use: the force’s own words.")).to_be_visible()
        page.get_by_role("button", name="Use the original wording").click()
        expect(page.get_by_role("textbox", name="What to do")).to_have_value(re.compile("^Lock doors and windows"))
        page.get_by_role("button", name="Go back to these words").click()
        expect(page.get_by_role("textbox", name="What to do")).to_have_value(LINE)
        for tab in (admin, chief, sender.tab):
            assert (tab.external, tab.errors) == ([], [])
