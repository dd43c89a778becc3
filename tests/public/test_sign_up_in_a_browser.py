"""Signing up in a real browser: by keyboard, without scripts, on a phone and on a desk; axe finds nothing anywhere."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import Chromium, Tab
from tests.databases import Database
from tests.public.people import ADDRESS, Visitor, link_in, mail_to

PHONE, DESK = (390, 844), (1440, 900)
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
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
        type_into(page, "Find your place", "tannery")
        enter(page)
        tab_to(page, "Tannery Row, Stafford")
        enter(page)
        tab_to(page, "What do you call it?")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("Home")
        tab_to(page, "Continue")
        enter(page)
        tab_to(page, "Horses and stables")
        page.keyboard.press("Space")
        tab_to(page, "Continue")
        enter(page)
        type_into(page, "Your e-mail address", ADDRESS)
        for box in ("I am over 12 years old", "I agree that"):
            tab_to(page, box)
            page.keyboard.press("Space")
        tab_to(page, "Sign up")
        enter(page)
        assert page.title().startswith("EXERCISE: Check your e-mail")
        page.goto(address + link_in(mail_to(database)))
        tab_to(page, "Yes, I want alerts")
        enter(page)
        assert "You are signed up" in page.inner_text("main")
        assert page.locator("main").get_by_text("Horses and stables").count() == 1
        assert no_wider_than(tab, viewport[0])
        assert (tab.external, tab.errors) == ([], [])


def test_going_back_with_the_browsers_own_button_loses_nothing(address: str, chromium: Chromium) -> None:
    with chromium(viewport=PHONE, java_script_enabled=False) as tab:
        page = tab.page
        choose_place(page, address)
        page.get_by_label("What do you call it?").fill("Mum's")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Cycle crime").check()
        page.get_by_role("button", name="Continue").click()
        page.go_back()
        assert page.get_by_label("Cycle crime").is_checked()
        page.go_back()
        assert page.get_by_label("What do you call it?").input_value() == "Mum's"


def choose_place(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-up")
    page.get_by_label("Find your place").fill("ST16 2LD")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="ST16 2LD").click()


def no_wider_than(tab: Tab, width: int) -> bool:
    """Nothing needs scrolling sideways."""
    return bool(tab.page.evaluate("document.documentElement.scrollWidth") <= width)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_page(
    address: str, database: Database, viewport: tuple[int, int], tmp_path: Path, chromium: Chromium
) -> None:
    with chromium(viewport=viewport) as tab:
        page, found = tab.page, []

        def look(name: str) -> None:
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                wrong = Axe().run(page, options=RULES).response["violations"]
                found.extend(f"{name}, {theme}: {v['id']} {[n['target'] for n in v['nodes']]}" for v in wrong)
            assert no_wider_than(tab, viewport[0]), f"{name} is wider than the screen"
            page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

        page.goto(f"{address}/sign-up")
        look("where")
        page.get_by_label("Find your place").fill("nowhere at all")
        page.get_by_role("button", name="Find").click()
        look("where-not-found")
        page.get_by_label("Find your place").fill("")
        page.get_by_role("button", name="Find").click()
        look("where-error")
        choose_place(page, address)
        look("where-chosen")
        page.get_by_role("button", name="Continue").click()
        look("what")
        page.get_by_role("button", name="Continue").click()
        look("who")
        page.get_by_role("button", name="Sign up").click()
        look("who-errors")
        page.get_by_label("Your e-mail address").fill(ADDRESS)
        page.get_by_label("I am over 12 years old").check()
        page.get_by_label("I agree that").check()
        page.get_by_role("button", name="Sign up").click()
        look("check")
        link = address + link_in(mail_to(database))
        page.goto(link)
        look("confirm")
        page.get_by_role("button", name="Yes, I want alerts").click()
        look("overview")
        for path in ("where", "where?q=tannery", "what", "pause", "leave", "erase"):
            page.goto(f"{address}/my-alerts/{path}")
            look(f"my-{path.replace('?', '-')}")
        page.goto(f"{address}/my-alerts/pause")
        page.get_by_role("button", name="Pause my alerts").click()
        look("paused")
        page.goto(f"{address}/my-alerts/leave")
        page.get_by_role("button", name="Stop all alerts").click()
        look("left")
        for path in (
            "/my-alerts",
            "/my-alerts/check",
            "/sign-up/privacy",
            "/unsubscribe/x",
            link.removeprefix(address),
        ):
            page.goto(address + path)
            look(f"page{path.replace('/', '-')[:20]}")
        assert found == []
        assert tab.external == []
