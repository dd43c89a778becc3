"""An officer at the control room in a real browser: jobs in clicks, keys and seconds, and what screens take to open."""

import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, sync_playwright

from tests.browser import FLAGS, NAMES
from tests.control.alert_map.map_hand import MapHand

#: An officer aims for so long before a click, and types so fast.
AIM_S, KEY_S = 0.6, 0.08
GIVE_UP_S = 60
#: The moment of the last press, in a browser's own clock, also after the page was loaded anew.
NOTES_PRESSES = """
for (const kind of ["click", "pointerup", "keydown"])
  addEventListener(kind, () => sessionStorage.setItem("pressed", performance.timeOrigin + performance.now()), true);
"""
#: Finds an element in the page or in a component's own tree, and says when a screen is there for its officer.
SEES = """new Promise((done) => {
  const deep = (what) => document.querySelector(what)
    ?? [...document.querySelectorAll("[data-testid^='stBidi'] *, [data-testid^='stBidi']")]
      .map((it) => it.shadowRoot?.querySelector(what)).find(Boolean);
  const there = (...all) => all.every((what) => deep(what)?.checkVisibility());
  const look = () => {
    const drawn = document.querySelector(".stApp")?.dataset.testScriptState === "notRunning";
    return %s ? done(performance.timeOrigin + performance.now()) : requestAnimationFrame(look);
  };
  look();
})"""
#: A map counts once something is seen of it, be that a still picture first.
MAP = "(there('.am-root[data-ready]') || there('.am-root[data-still]'))"
MAP_DRAWN = "there('.am-root[data-ready]')"
SEND = f"drawn && there('h1.sd-title', '[class*=st-key-send-search-] input', '[class*=st-key-send-kind-]') && {MAP}"
FOLLOWS = f"drawn && there('.sd-followed', '[class*=st-key-send-headline-] input') && {MAP}"
LIVE = "drawn && there('.sa-list')"
ALERT = f"drawn && there('.sa-standing') && {MAP}"
UNDO = "there('[class*=st-key-undo-] button')"
JOBS = ("missing_child", "bogus_callers", "false_alarm")
#: Figure → what it is, in the table for people.
OPENINGS = {
    "first_load_s": "first load: the send screen, in a browser that has never been here",
    "first_map_s": "the same, until its map is drawn",
    "switch_send_s": "Send an alert, from another screen",
    "switch_live_s": "Live alerts, from another screen",
    "open_alert_s": "one alert, from the list",
    "follow_up_s": "the form of a false alarm, from its alert",
    "undo_visible_s": "Undo, after telling",
}


@dataclass
class Hand:
    """An officer's hand, which counts what it does."""

    page: Page
    clicks: int = 0
    keys: int = 0
    began: float = field(default_factory=time.perf_counter)

    def click(self, target: Locator) -> None:
        """Aim and press."""
        time.sleep(AIM_S)
        target.click()
        self.clicks += 1

    def type(self, words: str) -> None:
        """Type into whatever has the focus."""
        self.page.keyboard.type(words, delay=KEY_S * 1e3)
        self.keys += len(words)

    def press(self, *keys: str) -> None:
        """Press keys that are no letters."""
        for key in keys:
            self.page.keyboard.press(key, delay=KEY_S * 1e3)
            self.keys += 1

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, as the tests have it."""
    path = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as chromium:
        yield chromium


def profile(chromium: Browser, room: str, cookie: str) -> BrowserContext:
    """A browser that has never been here, of an officer who is signed in."""
    name, value = cookie.split("=", 1)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": name, "value": value, "url": room}])
    context.add_init_script(NOTES_PRESSES)
    context.set_default_timeout(GIVE_UP_S * 1e3)
    return context


def seen_at(page: Page, what: str) -> float:
    """The browser's clock when this is first seen, in milliseconds, also where a page is loaded meanwhile."""
    until = time.monotonic() + GIVE_UP_S
    while True:
        try:
            return float(page.evaluate(SEES % what))
        except Error:
            if time.monotonic() > until:
                raise


def since_press(page: Page, what: str) -> float:
    """Seconds from the last press until this is seen."""
    return (seen_at(page, what) - float(page.evaluate("Number(sessionStorage.getItem('pressed'))"))) / 1e3


def first_load(chromium: Browser, room: str, cookie: str, query: str) -> tuple[float, float]:
    """Seconds until the send screen may be used in a browser that has never been here; and until its map is drawn."""
    context = profile(chromium, room, cookie)
    page = context.new_page()
    page.goto(f"{room}/send_alert?{query}", wait_until="commit")
    usable, drawn = (seen_at(page, what) - page.evaluate("performance.timeOrigin") for what in (SEND, MAP_DRAWN))
    context.close()
    return usable / 1e3, drawn / 1e3


def switches(page: Page, alert_id: int, times: int) -> dict[str, float]:
    """Medians of the seconds that a screen takes to open by a press on another."""
    took: dict[str, list[float]] = {"switch_live_s": [], "open_alert_s": [], "follow_up_s": [], "switch_send_s": []}
    for _ in range(times + 1):
        press(page, page.locator(".st-key-rail-live_alerts a"))
        took["switch_live_s"].append(since_press(page, LIVE))
        press(page, page.locator(f".sa-list a[href*='alert={alert_id}']").first)
        took["open_alert_s"].append(since_press(page, ALERT))
        press(page, page.locator(".st-key-follow-false_alarm button"))
        took["follow_up_s"].append(since_press(page, FOLLOWS))
        press(page, page.get_by_role("button", name="New", exact=True))
        seen_at(page, SEND)
        press(page, page.locator("[class*=st-key-rail-live_alerts] a"))
        seen_at(page, LIVE)
        press(page, page.locator(".st-key-rail-send_alert a"))
        took["switch_send_s"].append(since_press(page, SEND))
    return {name: statistics.median(values[1:]) for name, values in took.items()}  # the first warms up


def press(page: Page, target: Locator) -> None:
    """Press once everything rests."""
    page.wait_for_timeout(700)
    target.click()


def mouse_up(page: Page, times: int) -> list[float]:
    """Milliseconds from letting a circle go on the map until the counts of the bar are those of it."""
    hand = MapHand(page)
    lon, lat, _ = hand.view()
    took = []
    for number in range(times + 1):
        before = page.locator(".sd-figure b").first.inner_text()
        hand.drag((lon, lat), (lon + 0.006 + 0.004 * (number % 3), lat))
        changed = f"document.querySelector('.sd-figure b')?.textContent !== {before!r}"
        took.append(since_press(page, changed) * 1e3)
        page.wait_for_timeout(900)
    return took[1:]


def new_alert(page: Page) -> Hand:
    """An empty send screen, which may be used: here the clock begins."""
    page.locator("[class*=st-key-rail-send_alert] a").click()
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_text("No area yet").wait_for()
    seen_at(page, SEND)
    return Hand(page)


def choose(hand: Hand, place: str, kind: str) -> None:
    """Search, take the first hit by Enter, choose what happened."""
    page = hand.page
    hand.click(page.get_by_label("Search for a street, postcode, place"))
    hand.type(place)
    hand.press("Enter")
    page.locator(".sd-figure b").first.wait_for()
    hand.click(page.get_by_role("radiogroup", name="What happened").get_by_role("radio", name=kind))
    page.get_by_role("textbox", name="Headline").and_(page.locator(":not([value=''])")).wait_for()


def fill(hand: Hand, **fields: str) -> None:
    """Fill fields by their names; of two words to choose between, press one."""
    for name, words in fields.items():
        label = re.compile(f"^{name.replace('_', ' ')}", re.IGNORECASE)
        choice = hand.page.locator(".st-key-send-gaps").get_by_role("radio", name=words, exact=True)
        if choice.count():
            hand.click(choice)
        else:
            hand.click(hand.page.get_by_role("textbox", name=label).first)
            hand.type(words)
            hand.press("Tab")


def tell(hand: Hand) -> float:
    """Review, and tell; seconds from the press until the undo is seen, which is then pressed."""
    page = hand.page
    page.get_by_text("Ready to review").wait_for()
    hand.click(page.get_by_role("button", name="Review", exact=True))
    hand.click(page.get_by_role("button", name=re.compile("EXERCISE: tell ")))
    visible = since_press(page, UNDO)
    took = hand.seconds
    page.locator("[class*=st-key-undo-] button").click()
    page.get_by_text("Undone: nobody was told").wait_for()
    hand.began = time.perf_counter() - took
    return visible


def missing_child(page: Page) -> tuple[Hand, float]:
    """A child is missing from a town; told, and seen to be undoable."""
    hand = new_alert(page)
    choose(hand, "stone", "Missing person")
    fill(
        hand, incident="482", first_name="Ella", age="9", time="14:10", her="her",
        hair="Slim, brown plaits, red coat and wellingtons",
    )  # fmt: skip
    return hand, tell(hand)


def bogus_callers(page: Page, street: str) -> tuple[Hand, float]:
    """Bogus callers are in a street."""
    hand = new_alert(page)
    choose(hand, street, "Bogus callers")
    fill(hand, incident="483", water="the water company", description="Two men in blue overalls with a white van")
    return hand, tell(hand)


def false_alarm(page: Page, room: str, alert_id: int) -> tuple[Hand, float]:
    """An alert is taken back: from its live page to everybody who was told."""
    page.goto(f"{room}/live_alerts?alert={alert_id}")
    seen_at(page, ALERT)
    hand = Hand(page)
    hand.click(page.get_by_role("button", name="False alarm"))
    page.locator(".sd-followed").wait_for()
    return hand, tell(hand)


def jobs(page: Page, room: str, alert_id: int, street: str, times: int) -> dict[str, float]:
    """Each job so many times: medians of clicks, keys, seconds, and of the time until the undo is seen."""
    figures: dict[str, float] = {}
    seen: list[float] = []
    each: list[Callable[[], tuple[Hand, float]]] = [
        lambda: missing_child(page), lambda: bogus_callers(page, street), lambda: false_alarm(page, room, alert_id)
    ]  # fmt: skip
    for name, job in zip(JOBS, each, strict=True):
        page.goto(f"{room}/send_alert")
        done = [job() for _ in range(times)]
        seen += [visible for _, visible in done]
        facts: dict[str, Callable[[Hand], Any]] = {
            "clicks": lambda hand: hand.clicks, "keys": lambda hand: hand.keys, "s": lambda hand: hand.seconds,
        }  # fmt: skip
        figures |= {f"{name}_{fact}": statistics.median(read(hand) for hand, _ in done) for fact, read in facts.items()}
    return {**figures, "undo_visible_s": statistics.median(seen)}
