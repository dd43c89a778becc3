"""A duty inspector at the send screen in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser import Tab
from tests.control.alert_map.map_hand import MapHand

#: Maps are drawn in software here: a frame may take seconds.
WAIT_MS = 60_000
#: What fills any gap: it tells one person from another, with an age and a time, as the proofreading asks.
FILLED = "tall, 78, now"


class Sender:
    """What an officer sees and does there."""

    def __init__(self, tab: Tab, room: str, officer: str = "inspector.carr") -> None:
        self.tab = tab
        self.page: Page = tab.page
        self.page.set_default_timeout(WAIT_MS)
        self.page.goto(f"{room}/send_alert")
        self.page.click(f"button[value='{officer}']")
        self.hand = MapHand(self.page)

    def figure(self, number: int) -> Locator:
        """The figures of the bar: 0 people, 1 phones, 2 e-mails, 3 left out."""
        return self.page.locator(".st-key-send-bar .sd-figure b").nth(number)

    def people(self) -> int:
        """How many would be told, once that is known."""
        expect(self.figure(0)).to_have_text(re.compile(r"^[\d,]+$"), timeout=WAIT_MS)
        return int(self.figure(0).inner_text().replace(",", ""))

    def begin(self) -> None:
        """A new draft."""
        self.page.get_by_role("button", name="New", exact=True).click()
        expect(self.page.get_by_text("No area yet")).to_be_visible(timeout=WAIT_MS)
        self.rest()

    def rest(self) -> None:
        """The screen is drawn to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT_MS)

    def search(self, text: str) -> None:
        """Type into the search box and take the first hit; returns when the map looks there."""
        box = self.page.get_by_label("Search for a street, postcode, place")
        box.click()
        box.press_sequentially(text, delay=15)
        hit = self.page.locator(".st-key-search-hits button").first
        expect(hit).to_contain_text(re.compile(text[:4], re.IGNORECASE), timeout=WAIT_MS)
        place = hit.locator("p").inner_text().partition(" ·")[0]
        hit.click()
        self.people()
        expect(self.page.locator(".sd-area b")).to_contain_text(place, timeout=WAIT_MS)
        self.page.wait_for_timeout(400)
        self.hand.view()

    def compose(self, kind: str = "Burglary just happened", number: str = "482") -> None:
        """Choose what happened, give the number, fill the gaps that the chips lead to."""
        self.page.get_by_role("radiogroup", name="What happened").get_by_role("radio", name=kind).click()
        expect(self.page.get_by_role("textbox", name="Headline")).not_to_have_value("", timeout=WAIT_MS)
        field = self.page.get_by_role("textbox", name="Incident number")
        field.fill(number)
        field.press("Tab")
        expect(field).to_have_value(re.compile(rf"^{number} of \d+ \w+$"), timeout=WAIT_MS)
        expect(self.page.get_by_role("textbox", name="Whom to call")).not_to_have_value(
            re.compile(r"\[incident"), timeout=WAIT_MS
        )
        for label in ("Headline", "What happened", "What to do"):
            words = self.page.get_by_role("textbox", name=label)
            words.fill(re.sub(r"\[[^\]]+\]", FILLED, words.input_value()))
        self.says("Ready to review")

    def gaps(self) -> list[str]:
        """What the chips of the bar say is still to be filled."""
        found: list[str] = self.page.locator("[data-gap]").evaluate_all("chips => chips.map(it => it.dataset.gap)")
        return found

    def fill_gaps_by_keyboard(self, reach: Callable[[str], None]) -> None:
        """Go to each chip in turn, let it lead to its gap, type over it."""
        for _ in range(20):
            if not (before := self.gaps()):
                return
            reach(f"Fill the gap: {before[0].strip('[]')}")
            self.page.keyboard.press("Enter")
            self.page.keyboard.type(FILLED)
            self.page.keyboard.press("Control+Enter")
            self.page.wait_for_timeout(1_500)

    def review(self) -> Locator:
        """Open the review; the button that tells."""
        self.page.get_by_role("button", name="Review", exact=True).click()
        self.says("It cannot be called back once it has left")
        self.rest()
        return self.page.get_by_role("button", name=re.compile("^.*EXERCISE: tell "))

    def says(self, words: str | re.Pattern[str], within_ms: int = WAIT_MS) -> None:
        """The screen says this, sooner or later."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=within_ms)
