"""The commissioner's office at its screens, in a real browser: every section, one alert's story, the month's report."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from smartalert.control.engagement.page import SECTIONS
from tests.browser import Tab, unfit, violations
from tests.databases import Database
from tests.deployment import deployment
from tests.training.past import live


@pytest.fixture(scope="module")
def room(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A control room over a town with a past."""
    folder = tmp_path_factory.mktemp("engagement")
    live(module_database, folder / "store-reports", now=datetime.now(UTC))
    with deployment(module_database, folder, workers=0, receipts=False) as running:
        yield running.start_control()


@pytest.fixture(scope="module")
def signed_in(browser: Tab, room: str) -> Tab:
    """The analyst at Engagement."""
    browser.page.goto(f"{room}/engagement")
    browser.page.click("button[value='analyst.price']")
    return browser


@pytest.fixture
def office(signed_in: Tab) -> Iterator[Tab]:
    """The same; at the end nothing may have gone wrong, or to the internet."""
    yield signed_in
    assert signed_in.external == []
    assert signed_in.errors == []


#: Section → what is drawn last of it.
LAST = dict(
    zip(
        SECTIONS,
        ("registered-phones", "staying", "fatigue", "results", "coverage", "set-costs", "alerts"),
        strict=True,
    )
)


def choose(page: Page, section: str) -> None:
    """Open a section, and wait until all of it is there and nothing of the one before."""
    page.get_by_role("radio", name=section, exact=True).click()
    others = ", ".join(f".st-key-eng-panel-{name}" for name in LAST.values() if name != LAST[section])
    expect(page.locator(others)).to_have_count(0)
    expect(page.locator(f".st-key-eng-panel-{LAST[section]}")).to_be_visible()
    expect(page.get_by_text("Counts of people, deliveries and responses are rounded")).to_be_visible()


def tick(page: Page, *rows: int) -> Page:
    """Tick alerts of the list and show them: the tab that opens."""
    choose(page, "Alerts one by one")
    for row, box in enumerate(page.locator("input[name=alert]").all()):
        box.set_checked(row in rows)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Show ticked alerts").click()
    opened.value.wait_for_load_state()
    return opened.value


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_accessible_and_fits_at_any_size(office: Tab, section: str) -> None:
    choose(office.page, section)
    office.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert violations(office.page) == []
    assert unfit(office.page) == []


def test_two_alerts_open_beside_each_other_and_the_page_is_accessible_and_fits(office: Tab) -> None:
    opened = tick(office.page, 0, 1)
    expect(opened.locator("article")).to_have_count(2)
    assert violations(opened) == []
    assert unfit(opened) == []


def test_one_alerts_story_prints_on_paper(office: Tab) -> None:
    opened = tick(office.page, 0)
    expect(opened.locator("article")).to_have_count(1)
    opened.emulate_media(media="print")
    assert opened.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_report_of_a_month_is_one_click(office: Tab) -> None:
    with office.page.expect_popup() as opened:
        office.page.get_by_role("link", name="Make the report").click()
    # The address changes when the report has answered; what shows it then is the browser's own.
    opened.value.wait_for_url("**/engagement/report.pdf?period=*", wait_until="commit")
