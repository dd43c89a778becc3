"""A duty inspector at the send screen in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser import Tab
from tests.control.alert_map.map_hand import MapHand
from tests.waiting import eventually

#: What fills any gap: it tells one person from another, with an age and a time, as the proofreading asks.
FILLED = "tall, 78, now"


class Sender:
    """What an officer sees and does there."""

    def __init__(self, tab: Tab, room: str, officer: str = "inspector.carr") -> None:
        self.tab = tab
        self.page: Page = tab.page
        self.page.goto(f"{room}/send_alert")
        sign_in, new = (
            self.page.locator(f"button[value='{officer}']"),
            self.page.get_by_role("button", name="New", exact=True),
        )
        expect(sign_in.or_(new)).to_be_visible()
        if sign_in.is_visible():
            sign_in.click()
        self.hand = MapHand(self.page)

    def figure(self, number: int) -> Locator:
        """The figures of the bar: 0 people, 1 phones, 2 e-mails, 3 left out."""
        return self.page.locator(".st-key-send-bar .sd-figure b").nth(number)

    def people(self) -> int:
        """How many would be told, once that is known."""
        expect(self.figure(0)).to_have_text(re.compile(r"^[\d,]+$"))
        return int(self.figure(0).inner_text().replace(",", ""))

    def begin(self) -> None:
        """A new draft."""
        self.page.get_by_role("button", name="New", exact=True).click()
        expect(self.page.get_by_text("No area yet")).to_be_visible()
        self.rest()

    def rest(self) -> None:
        """The screen is drawn to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")

    def search(self, text: str) -> None:
        """Type into the search box and take the first hit; returns when the map looks there."""
        box = self.page.get_by_label("Search for a street, postcode, place").first
        box.click()
        box.press_sequentially(text, delay=15)
        hit = self.found(text)
        place, before = hit.locator("p").inner_text().partition(" ·")[0], self.hand.view()
        hit.click()
        self.people()
        expect(self.page.locator(".sd-area b")).to_contain_text(place)
        eventually(lambda: self.hand.view() != before)

    def found(self, text: str) -> Locator:
        """The first hit, once the list answers all that was typed."""
        hits = self.page.locator(".st-key-search-hits")
        answer = hits.locator(".sd-found")
        expect(answer.filter(has_text=re.compile(f"results? for “{re.escape(text)}”$"))).to_be_visible()
        expect(answer).to_have_count(1)  # What is left of a longer list goes when the run ends.
        return hits.locator("button").first

    def compose(self, kind: str = "Burglary just happened", number: str = "482") -> None:
        """Choose what happened, give the number, fill the gaps that the chips lead to."""
        self.page.get_by_role("radiogroup", name="What happened").get_by_role("radio", name=kind).click()
        expect(self.page.get_by_role("textbox", name="Headline")).not_to_have_value("")
        field = self.page.get_by_role("textbox", name="Incident number")
        expect(field).to_have_count(1)  # A field that is drawn anew stands beside the old one until the run has ended.
        field.fill(number)
        field.press("Tab")
        expect(field).to_have_value(re.compile(rf"^{number} of \d+ \w+$"))
        expect(self.page.get_by_role("textbox", name="Who to call")).not_to_have_value(re.compile(r"\[incident"))
        for label in ("Headline", "What happened", "What to do"):
            words = self.page.get_by_role("textbox", name=label)
            words.fill(re.sub(r"\[[^\]]+\]", FILLED, words.input_value()))
        self.says("Ready to review")
        expect(self.page.locator('[class*="st-key-send-gap-"]')).to_have_count(0)

    def gaps(self) -> list[str]:
        """What the chips of the bar say is still to be filled."""
        found: list[str] = self.page.locator("[data-gap]").evaluate_all("chips => chips.map(it => it.dataset.gap)")
        return found

    def fill_gaps_by_keyboard(self, reach: Callable[[str], None]) -> None:
        """Go to each chip in turn, let it lead to where its gap is asked, and fill or choose."""
        for _ in range(20):
            if not (before := self.gaps()):
                return
            reach(f"Fill the gap: {before[0].strip('[]')}")
            self.page.keyboard.press("Enter")
            if self.page.evaluate("document.activeElement.getAttribute('role')") == "radio":
                self.page.keyboard.press("Space")
            else:
                self.page.keyboard.type(FILLED)
                self.page.keyboard.press("Control+Enter")
            eventually(lambda before=before: before[0] not in self.gaps())  # type: ignore[misc]
            self.rest()

    def written(self) -> list[str]:
        """What stands in the form's fields."""
        fields = self.page.locator(".st-key-send-form :is(textarea, input[type=text])")
        found: list[str] = fields.evaluate_all("fields => fields.map(it => it.value)")
        return found

    def review(self) -> Locator:
        """Open the review; the button that tells."""
        self.page.get_by_role("button", name="Review", exact=True).click()
        self.says("After that you cannot call it back")
        self.rest()
        return self.page.get_by_role("button", name=re.compile("^.*EXERCISE: tell "))

    def says(self, words: str | re.Pattern[str]) -> None:
        """The screen says this, sooner or later."""
        expect(self.page.get_by_text(words).first).to_be_visible()
