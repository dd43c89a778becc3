"""Signing up in a real browser: by keyboard, without scripts, on a phone and on a desk; axe finds nothing anywhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from smartalert.alerts import lifecycle
from smartalert.database import connection
from tests.browser import Chromium, Tab, misfits
from tests.databases import Database
from tests.factories import OFFICER, complete_draft
from tests.public.people import ADDRESS, Visitor, link_in, mail_to
from tests.public.served import forget, issue

PHONE, DESK = (390, 844), (1440, 900)
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
MISSING = complete_draft(
    incident_kind="missing_person",
    headline="Missing: Lina, 16, last seen in Tannery Row",
    description="We are looking for Lina, 16, last seen in Tannery Row at 13:50. Slim, plaits.",
)
#: WCAG 2.2 AA, and what axe calls best practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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


@dataclass
class Lens:
    """Looks at pages as axe does, in both themes, and keeps what they look like."""

    tab: Tab
    folder: Path
    found: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        for theme in THEMES:
            self.tab.page.emulate_media(color_scheme=theme)
            wrong = Axe().run(self.tab.page, options=RULES).response["violations"]
            self.found.extend(f"{name}, {theme}: {v['id']} {[n['target'] for n in v['nodes']]}" for v in wrong)
            self.tab.page.screenshot(path=self.folder / f"{name}-{theme}.png", full_page=True)
        assert misfits(self.tab.page) == [], name

    def look_at(self, address: str, *paths: str) -> None:
        """One page after the other, named by their paths."""
        for path in paths:
            self.tab.page.goto(f"{address}/{path}")
            self.look(path.replace("/", "-").replace("?", "-")[:30] or "first")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_page_of_signing_up(
    address: str, database: Database, viewport: tuple[int, int], tmp_path: Path, chromium: Chromium
) -> None:
    with chromium(viewport=viewport) as tab:
        page, lens = tab.page, Lens(tab, tmp_path)
        page.goto(f"{address}/sign-up")
        lens.look("where")
        page.get_by_label("Find a place").fill("nowhere at all")
        page.get_by_role("button", name="Find").click()
        lens.look("where-not-found")
        page.get_by_label("Find a place").fill("")
        page.get_by_role("button", name="Find").click()
        lens.look("where-error")
        choose_place(page, address)
        lens.look("where-chosen")
        page.get_by_role("button", name="Continue").click()
        lens.look("what")
        page.get_by_role("button", name="Continue").click()
        lens.look("who")
        page.get_by_role("button", name="Sign up").click()
        lens.look("who-errors")
        page.get_by_label("Your email address").fill(ADDRESS)
        page.get_by_label("I am 13 or over").check()
        page.get_by_label("I agree that").check()
        page.get_by_role("button", name="Sign up").click()
        lens.look("check")
        link = link_in(mail_to(database))
        page.goto(address + link)
        lens.look("confirm")
        page.get_by_role("button", name="Start my alerts").click()
        lens.look("overview")
        mine = ("where", "where?q=tannery", "what", "pause", "leave", "erase")
        lens.look_at(address, *(f"my-alerts/{path}" for path in mine))
        page.goto(f"{address}/my-alerts/pause")
        page.get_by_role("button", name="Pause my alerts").click()
        lens.look("paused")
        page.goto(f"{address}/my-alerts/leave")
        page.get_by_role("button", name="Stop all alerts").click()
        lens.look("left")
        lens.look_at(address, "my-alerts", "my-alerts/check", "sign-up/left?done=erased", "unsubscribe/x", link[1:])
        assert lens.found == []
        assert tab.external == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_pages_about_alerts_and_the_service(
    visitor: Visitor, database: Database, viewport: tuple[int, int], tmp_path: Path, chromium: Chromium
) -> None:
    address = str(visitor.client.base_url).rstrip("/")
    visitor.enter(database)
    alert_id, identifier = issue(MISSING)
    with chromium(viewport=viewport) as tab:
        lens = Lens(tab, tmp_path)
        lens.look_at(address, "", "alerts", f"alerts/{identifier}", f"alerts/{identifier}/report")
        lens.look_at(address, "privacy", "cookies", "accessibility", "terms", "genuine", "no/such/page")
        with connection.transaction(connection.engine("smartalert_control")) as conn:
            lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))
        forget()
        # The browser keeps the page for ten seconds: under another address it has to ask.
        tab.page.goto(f"{address}/alerts/{identifier}?again")
        assert "Lina" not in tab.page.content()
        lens.look("forgotten")
        tab.page.goto(f"{address}/alerts/{identifier}.cap")
        lens.look("gone")
        assert lens.found == []
        assert tab.external == []
