"""What an officer hears when an alert is confirmed, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from smartalert.database.cluster import Cluster
from tests.browser import Chromium
from tests.databases import fresh_database
from tests.deployment import deployment

#: Notes down what is played, instead of playing it to nobody.
LISTEN = """
  window.played = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.played.push(Math.round(this.frequency.value));
    return start.apply(this, when);
  };
"""
#: A confirmed alert appears without anybody's doing: what a test asks of the page itself counts as the officer's.
BY_ITSELF = """
  addEventListener("DOMContentLoaded", () => document.body.insertAdjacentHTML(
    "beforeend", "<p data-hold data-by-itself><b data-until='4102444800000'></b></p>"));
"""
TRAINING, LIVE = [523, 392], [659, 880, 1175]


@pytest.fixture(scope="module")
def room(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A control room's address."""
    with (
        fresh_database(cluster) as made,
        deployment(made, tmp_path_factory.mktemp("sound"), workers=0, receipts=False) as running,
    ):
        yield running.start_control()


def hold(page: Page, number: int) -> None:
    """The ten seconds of an alert that was just confirmed appear, as the live page draws them."""
    until = f"{4_102_444_800_000 + number}"
    page.evaluate(
        "until => document.body.insertAdjacentHTML('beforeend', `<p data-hold><b data-until='${until}'></b></p>`)",
        until,
    )
    page.evaluate("() => new Promise(requestAnimationFrame)")  # the page has been told of it by then


def played(page: Page) -> list[int]:
    return page.evaluate("window.played")


def test_a_confirmed_alert_sounds_once_as_its_mode_and_can_be_muted(room, chromium: Chromium):
    with chromium(reduced_motion="no-preference") as tab:
        page = tab.page
        page.add_init_script(LISTEN)
        page.goto(f"{room}/live_alerts")
        page.click("button[value='trainer.marsh']")
        sound = page.get_by_role("button", name="Sound")
        expect(sound).to_have_attribute("aria-pressed", "true")
        page.locator(".sa-brand").click()
        hold(page, 2)
        hold(page, 2)  # drawn again as the seconds pass
        assert played(page) == TRAINING
        sound.click()
        expect(sound).to_have_attribute("aria-pressed", "false")
        hold(page, 3)
        assert played(page) == TRAINING
        sound.click()  # on again: it says what it sounds like
        assert played(page) == TRAINING * 2
        page.evaluate("document.documentElement.className = 'sa-live'")
        hold(page, 4)
        assert played(page) == TRAINING * 2 + LIVE
        assert tab.errors == []


def test_nothing_sounds_before_the_officer_has_done_something_in_the_tab(room, chromium: Chromium):
    with chromium(reduced_motion="no-preference") as tab:
        tab.page.goto(f"{room}/live_alerts")
        tab.page.click("button[value='trainer.marsh']")
        tab.page.locator(".sa-officer").wait_for()
        fresh = tab.page.context.new_page()
        fresh.add_init_script(LISTEN + BY_ITSELF)
        fresh.goto(f"{room}/live_alerts")
        expect(fresh.locator("[data-by-itself]")).to_have_count(1)
        expect(fresh.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "true")
        assert played(fresh) == []


def test_whoever_asks_for_a_calm_screen_hears_nothing_until_they_want_to(room, chromium: Chromium):
    with chromium() as tab:
        tab.page.add_init_script(LISTEN)
        tab.page.goto(f"{room}/live_alerts")
        tab.page.click("button[value='trainer.marsh']")
        sound = tab.page.get_by_role("button", name="Sound")
        expect(sound).to_have_attribute("aria-pressed", "false")
        sound.click()
        assert played(tab.page) == TRAINING
