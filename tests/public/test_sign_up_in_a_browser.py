"""Signing up in a real browser: by keyboard, without scripts, on a phone and on a desk; axe finds nothing anywhere."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from smartalert.alerts import lifecycle
from smartalert.database import connection
from tests.browser import Chromium, misfits, violations
from tests.databases import Database
from tests.factories import OFFICER, complete_draft
from tests.public.people import ADDRESS, Visitor, link_in, mail_to
from tests.public.served import forget, issue

PHONE, DESK = (390, 844), (1440, 900)
MISSING = complete_draft(
    incident_kind="missing_person",
    headline="Missing: Lina, 16, last seen in Tannery Row",
    description="We are looking for Lina, 16, last seen in Tannery Row at 13:50. Slim, plaits.",
)
#: WCAG 2.2 AA, and what axe calls best practice.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture
def address(visitor: Visitor) -> str:
    """Where the public service is."""
    return str(visitor.client.base_url).rstrip("/")


def type_into(page: Page, label: str, words: str) -> None:
    """Reach a field by the Tab key alone, and type."""
    tab_to(page, label)
    page.keyboard.type(words)


def tab_to(page: Page, label: str) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and label in called(page):
            return
    raise AssertionError(f"Tab never reaches {label!r}")


def enter(page: Page) -> None:
    """Press Enter and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def called(page: Page) -> str:
    """What a screen reader would say of the element with the focus."""
    return str(page.locator(":focus").aria_snapshot())


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_sign_up_by_keyboard_and_without_scripts(
    address: str, database: Database, viewport: tuple[int, int], chromium: Chromium
) -> None:
    with chromium(viewport=viewport, java_script_enabled=False) as tab:
        page = tab.page
        page.goto(f"{address}/sign-up")
        type_into(page, "Find a place", "tannery")
        enter(page)
        tab_to(page, "Tannery Row, Stafford")
        enter(page)
        tab_to(page, "Name of this place")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("Home")
        tab_to(page, "Continue")
        enter(page)
        tab_to(page, "Horses and stables")
        page.keyboard.press("Space")
        tab_to(page, "Continue")
        enter(page)
        type_into(page, "Your email address", ADDRESS)
        for box in ("I am 13 or over", "I agree that"):
            tab_to(page, box)
            page.keyboard.press("Space")
        tab_to(page, "Sign up")
        enter(page)
        assert page.title().startswith("EXERCISE: Check your email")
        page.goto(address + link_in(mail_to(database)))
        tab_to(page, "Start my alerts")
        enter(page)
        assert "You have signed up" in page.inner_text("main")
        assert page.locator("main").get_by_text("Horses and stables").count() == 1
        assert misfits(page) == []
        assert (tab.external, tab.errors) == ([], [])


def test_going_back_with_the_browsers_own_button_loses_nothing(address: str, chromium: Chromium) -> None:
    with chromium(viewport=PHONE, java_script_enabled=False) as tab:
        page = tab.page
        choose_place(page, address)
        page.get_by_label("Name of this place").fill("Mum's")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Cycle crime").check()
        page.get_by_role("button", name="Continue").focus()
        enter(page)  # While a page is still on its way, Chromium knows of no way back.
        page.go_back()
        assert page.get_by_label("Cycle crime").is_checked()
        page.go_back()
        assert page.get_by_label("Name of this place").input_value() == "Mum's"


def choose_place(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-up")
    page.get_by_label("Find a place").fill("ST16 2LD")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="ST16 2LD").click()


def look(page: Page) -> None:
    """Axe finds nothing wrong with a page, in either theme, and everything fits, on a phone and on a desk."""
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        assert (width, violations(page, *RULES)) == (width, []), page.url
        assert (width, misfits(page)) == (width, []), page.url


def look_at(page: Page, address: str, *paths: str) -> None:
    """One page after the other."""
    for path in paths:
        page.goto(f"{address}/{path}")
        look(page)


def test_axe_finds_nothing_on_any_page_of_signing_up(address: str, database: Database, chromium: Chromium) -> None:
    with chromium() as tab:
        page = tab.page
        page.goto(f"{address}/sign-up")
        look(page)
        page.get_by_label("Find a place").fill("nowhere at all")
        page.get_by_role("button", name="Find").click()
        look(page)
        page.get_by_label("Find a place").fill("")
        page.get_by_role("button", name="Find").click()
        look(page)
        choose_place(page, address)
        look(page)
        page.get_by_role("button", name="Continue").click()
        look(page)
        page.get_by_role("button", name="Continue").click()
        look(page)
        page.get_by_role("button", name="Sign up").click()
        look(page)
        page.get_by_label("Your email address").fill(ADDRESS)
        page.get_by_label("I am 13 or over").check()
        page.get_by_label("I agree that").check()
        page.get_by_role("button", name="Sign up").click()
        look(page)
        link = link_in(mail_to(database))
        page.goto(address + link)
        look(page)
        page.get_by_role("button", name="Start my alerts").click()
        look(page)
        mine = ("where", "where?q=tannery", "what", "pause", "leave", "erase")
        look_at(page, address, *(f"my-alerts/{path}" for path in mine))
        page.goto(f"{address}/my-alerts/pause")
        page.get_by_role("button", name="Pause my alerts").click()
        look(page)
        page.goto(f"{address}/my-alerts/leave")
        page.get_by_role("button", name="Stop all alerts").click()
        look(page)
        look_at(page, address, "my-alerts", "my-alerts/check", "sign-up/left?done=erased", "unsubscribe/x", link[1:])
        assert tab.external == []


def test_axe_finds_nothing_on_pages_about_alerts_and_the_service(
    visitor: Visitor, database: Database, chromium: Chromium
) -> None:
    address = str(visitor.client.base_url).rstrip("/")
    visitor.enter(database)
    alert_id, identifier = issue(MISSING)
    with chromium() as tab:
        page = tab.page
        look_at(page, address, "", "alerts", f"alerts/{identifier}", f"alerts/{identifier}/report")
        look_at(page, address, "privacy", "cookies", "accessibility", "terms", "genuine", "no/such/page")
        with connection.transaction(connection.engine("smartalert_control")) as conn:
            lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))
        forget()
        # The browser keeps the page for ten seconds: under another address it has to ask.
        page.goto(f"{address}/alerts/{identifier}?again")
        assert "Lina" not in page.content()
        look(page)
        page.goto(f"{address}/alerts/{identifier}.cap")
        look(page)
        assert tab.external == []
