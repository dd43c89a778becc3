"""The page on which a trainer watches residents, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import Chromium, Tab, violations
from tests.simulator.conftest import Mail, Push
from tests.simulator.listener import Listener
from tests.simulator_process import SimulatorProcess
from tests.waiting import eventually

RULES = ("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa")
WORDS = {"alert_id": "A1", "title": "EXERCISE Bogus caller", "body": "Ask for the card.", "receipt": "r1"}


@pytest.fixture(scope="module")
def tab(one_simulator: SimulatorProcess, chromium: Chromium) -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def trainer(simulator: SimulatorProcess, tab: Tab) -> Iterator[Tab]:
    tab.page.goto(simulator.url)
    tab.errors.clear()
    yield tab
    assert tab.external == []
    assert tab.errors == []


def test_an_alert_lands_while_one_watches(trainer: Tab, push: Push, mail: Mail) -> None:
    expect(trainer.page.get_by_text("No alerts yet.")).to_be_visible()
    push("android-ada", **WORDS)
    mail("ada@example.org")
    expect(trainer.page.get_by_role("button", name="Android ending id-ada: EXERCISE Bogus caller")).to_be_visible()
    expect(trainer.page.get_by_role("button", name="EXERCISE: Bogus caller in Stafford")).to_be_visible()
    expect(trainer.page.get_by_text("No alerts yet.")).to_be_hidden()
    expect(trainer.page.locator("[data-count=phones]")).to_have_text("1")


def test_opening_an_alert_acknowledges_it(
    simulator: SimulatorProcess, trainer: Tab, push: Push, listener: Listener
) -> None:
    push("android-ada", **WORDS)
    trainer.page.get_by_role("button", name="Android ending id-ada").click()
    trainer.page.get_by_role("button", name="Open the alert").click()
    expect(trainer.page.get_by_role("dialog").get_by_text("✓ Opened at")).to_be_visible()
    listener.wait(lambda posted: any(b'"opened"' in post.body for post in posted))
    trainer.page.keyboard.press("Escape")
    expect(trainer.page.locator(".note.opened")).to_have_count(1)


def test_an_answer_that_was_not_taken_says_why(simulator: SimulatorProcess, trainer: Tab, push: Push) -> None:
    push(
        "android-ada",
        **WORDS,
        report="https://alerts.example/report/1-2-push.x",
        page="https://alerts.example/alerts/A1",
    )
    trainer.page.get_by_role("button", name="Android ending id-ada").click()
    expect(trainer.page.get_by_role("link", name="Its page")).to_be_visible()
    trainer.page.get_by_text("Answer as the person").click()
    assert violations(trainer.page, *RULES) == []
    trainer.page.get_by_label("What do they say?").fill("A man in a red coat.")
    trainer.page.get_by_role("button", name="Tell the police").click()
    expect(trainer.page.get_by_text("The answer was not taken: the page answered 501")).to_be_visible()
    expect(trainer.page.get_by_label("What do they say?")).to_have_value("A man in a red coat.")
    assert simulator.stats()["answers_refused"] == 1


def test_a_phone_is_found_by_its_token_and_a_mail_by_its_address(trainer: Tab, push: Push, mail: Mail) -> None:
    push("android-ada", **WORDS)
    push("android-ben", **WORDS)
    mail("ada@example.org", "ben@example.org")
    expect(trainer.page.locator(".mail")).to_have_count(2)
    trainer.page.get_by_label("Find a phone or an address").fill("ben")
    expect(trainer.page.locator(".phone")).to_have_count(1)
    expect(trainer.page.locator(".mail")).to_have_count(1)
    trainer.page.get_by_label("Find a phone or an address").fill("nobody")
    expect(trainer.page.locator(".phone")).to_have_count(0)


def test_a_mail_is_shown_with_its_headers_and_runs_nothing(trainer: Tab, mail: Mail) -> None:
    html = "<h1>In full</h1><script>parent.document.title='broken in'</script><img src='http://example.org/spy.gif'>"
    mail("ada@example.org", content=[{"type": "text/plain", "value": "Plain"}, {"type": "text/html", "value": html}])
    trainer.page.get_by_role("button", name="EXERCISE: Bogus caller in Stafford").click()
    frame = trainer.page.frame_locator("iframe[title='The mail as its reader sees it']")
    expect(frame.get_by_role("heading", name="In full")).to_be_visible()
    expect(trainer.page.get_by_role("dialog").get_by_text("ada@example.org")).to_be_visible()
    assert trainer.page.title().startswith("EXERCISE")
    # The frame's policy stops the script and the picture, and says so on the console.
    assert [e for e in trainer.errors if "Content Security Policy" not in e and "sandboxed" not in e] == []
    trainer.errors.clear()


def test_words_of_an_alert_are_words_and_no_markup(trainer: Tab, push: Push) -> None:
    push("android-ada", **WORDS | {"title": "<img src=x onerror=alert(1)>"})
    expect(trainer.page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()


def test_difficulties_are_turned_on_and_off_in_plain_words(
    simulator: SimulatorProcess, trainer: Tab, push: Push
) -> None:
    trainer.page.get_by_role("button", name="Difficulties").click()
    trainer.page.get_by_role("button", name="Google is down").click()
    expect(trainer.page.get_by_role("button", name="Google is down")).to_have_attribute("aria-pressed", "true")
    assert push().status_code == 503
    trainer.page.get_by_role("button", name="Remove all difficulties").click()
    expect(trainer.page.get_by_role("button", name="Difficulties · none")).to_be_visible()
    assert push().status_code == 200
    trainer.page.get_by_text("Google and the line to it").click()
    trainer.page.get_by_label("Google answers after").fill("70000")
    with trainer.page.expect_console_message():  # the browser notes the refusal
        trainer.page.keyboard.press("Tab")
    expect(trainer.page.get_by_text("push_latency_ms goes from 0 to 60000")).to_be_visible()
    trainer.errors.clear()


def test_emptying_the_page_asks_first_and_tells_smart_alert(
    simulator: SimulatorProcess, trainer: Tab, push: Push, listener: Listener
) -> None:
    push("android-ada", **WORDS)
    trainer.page.get_by_role("button", name="Difficulties").click()
    trainer.page.get_by_role("button", name="Empty all phones and inboxes").click()
    assert simulator.phones()
    trainer.page.get_by_role("button", name="Empty everything?").click()
    eventually(lambda: not simulator.phones())
    expect(trainer.page.get_by_text("No alerts yet.")).to_be_visible()
    listener.wait(lambda posted: any(b'"exercise_reset"' in post.body for post in posted))


def test_held_still_nothing_moves_but_the_counts(trainer: Tab, push: Push) -> None:
    push("android-ada", **WORDS)
    expect(trainer.page.locator(".phone")).to_have_count(1)
    trainer.page.get_by_role("button", name="Pause").click()
    push("android-ben", **WORDS)
    expect(trainer.page.locator("[data-count=phones]")).to_have_text("2")
    expect(trainer.page.locator(".phone")).to_have_count(1)
    trainer.page.get_by_role("button", name="Paused: continue").click()
    expect(trainer.page.locator(".phone")).to_have_count(2)


def test_everybody_can_use_it(simulator: SimulatorProcess, tab: Tab, push: Push, mail: Mail) -> None:
    simulator.faults(event_delay_ms=0)
    push("android-ada", **WORDS, urgent="true")
    push("web-cleo", **WORDS)
    simulator.open("web-cleo", "A1")
    mail("ada@example.org")
    eventually(simulator.mails)
    mine = tab.another()
    mine.page.goto(simulator.url)
    expect(mine.page.locator(".phone")).to_have_count(2)
    assert violations(mine.page, *RULES) == []
    mine.page.get_by_role("button", name="Difficulties").click()
    assert violations(mine.page, *RULES) == []
    mine.page.keyboard.press("Escape")
    mine.page.get_by_role("button", name="Android ending").click()
    expect(mine.page.get_by_role("dialog")).to_be_visible()
    assert violations(mine.page, *RULES) == []
    mine.page.context.close()


def test_it_fits_a_small_screen(simulator: SimulatorProcess, tab: Tab, push: Push) -> None:
    push("android-ada", **WORDS)
    mine = tab.another(viewport=(1280, 720))
    mine.page.goto(simulator.url)
    expect(mine.page.locator(".phone")).to_be_in_viewport(ratio=1)
    assert mine.page.evaluate("document.documentElement.scrollWidth") <= 1280
    mine.page.context.close()
