"""Every screen of the control room in a real browser, both themes: axe finds nothing wrong, nothing goes elsewhere."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.control.audit.page import ROWS
from smartalert.control.frame import SCREENS, Screen
from smartalert.control.scenarios.editor import PARTS
from smartalert.drills import runs
from smartalert.officers.made_up import OFFICERS
from smartalert.responses import reports, teams
from smartalert.responses.reports import Report
from smartalert.responses.teams import Facts
from tests.browser import DESKS, PHONE, Tab, unfit, violations
from tests.control.alert_map.map_hand import MapHand
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.drills.playing import employ_officers, play
from tests.factories import (
    LAT,
    LON,
    OFFICER,
    complete_draft,
    make_force_area,
    make_neighbourhoods,
    make_street,
    make_subscriber,
    make_town,
)

PEOPLE = 40
#: Screens that say something only at an address.
AT = {"debrief": "debrief?run=1"}
#: What officers also open on a phone.
ON_A_PHONE = {"live_alerts", "approvals", "responses"}


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything that runs, with an alert that people were told, answers to it, and a team."""
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        make_street(conn)
        for number in range(PEOPLE):
            make_subscriber(conn, at=(8 * number - 160, 5))
    with deployment(module_database, tmp_path_factory.mktemp("screens")) as running:
        alert_id = running.issue(complete_draft())
        running.wait_until_done(alert_id)
        with module_database.connect(autocommit=True) as conn:
            reports.receive(conn, alert_id, None, Report("A red van, going fast"), "short")
            reports.receive(conn, alert_id, None, Report("It went on and on.\n" * 100), "long")
            teams.add(conn, Facts("CID, Stafford", "", ["sergeant.okoye"]), "admin.foster")
            for number in range(ROWS + 1):  # the audit's page has more than it begins with
                why = f"The van was white, as the patrol said on the radio at the time, {number}" + "o" * number
                entries.record(conn, "sergeant.okoye", Action.CONCERN_RAISED, alert_id=alert_id, concern=why)
        with module_database.connect() as conn:
            employ_officers(conn, OFFICER)
            play(conn, "missing-child", OFFICER, datetime.now(UTC) - timedelta(hours=2), well=False)
            conn.commit()
        yield running


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn everything."""
    expect(page.locator(".st-key-topbar")).to_contain_text("Sign out")
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def come_in(page: Page, room: str, where: str, officer: str) -> Page:
    """Sign in, and arrive where the link led."""
    page.goto(f"{room}/{where}")
    page.click(f"button[value='{officer}']")
    settled(page)
    return page


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.url)
def test_axe_finds_nothing_wrong_and_everything_fits_at_any_size(browser: Tab, room: str, screen: Screen) -> None:
    officer = next(one for one in OFFICERS.values() if not screen.roles or set(one.roles) & set(screen.roles))
    page = come_in(browser.anew().page, room, AT.get(screen.url, screen.url), officer.id)
    expect(page).to_have_title(f"EXERCISE · {screen.title} · Smart Alert")
    assert violations(page) == []
    assert unfit(page, *DESKS, *[PHONE] * (screen.url in ON_A_PHONE)) == []
    assert (browser.external, browser.errors) == ([], [])


def test_the_sign_in_the_training_wall_and_an_alert_fit_at_any_size_and_axe_finds_nothing_wrong(
    browser: Tab, room: str, running: Deployment
) -> None:
    page = browser.anew().page
    page.goto(running.simulator.url)
    expect(page.get_by_role("button", name=re.compile("ending")).first).to_be_visible()
    assert unfit(page, but=".phone, .mail") == []
    page.goto(f"{room}/live_alerts?alert=1")
    expect(page.get_by_role("heading", name="Who is on duty?")).to_be_visible()
    expect(page).to_have_title(re.compile("^EXERCISE"))
    assert violations(page) == []
    assert unfit(page, *DESKS, PHONE) == []
    page.click("button[value='inspector.carr']")
    settled(page)
    expect(page.get_by_role("button", name="All clear")).to_be_visible()
    page.locator(".st-key-panel-timeline").wait_for()
    assert violations(page) == []
    assert unfit(page, *DESKS, PHONE) == []


def test_what_can_be_done_with_a_long_report_stays_in_reach(browser: Tab, room: str) -> None:
    page = come_in(browser.anew(viewport=(1280, 720)).page, room, "responses", "sergeant.okoye")
    page.get_by_placeholder("Find by reference, words or place").fill("on and on")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 response", exact=True)).to_be_visible()
    opens = page.get_by_role("button", name=re.compile("Open ...-"))
    expect(opens).to_have_count(1)
    opens.click()
    expect(page.locator(".sa-resp-body mark.found").first).to_be_visible()
    page.get_by_role("textbox", name="Outcome").scroll_into_view_if_needed()
    for name in ("Claim", "Useful", "Resolved"):
        place = page.locator(".st-key-resp-actions button", has_text=name).first
        expect(place).to_be_in_viewport(ratio=1)
        place.click(trial=True)
    assert unfit(page, *DESKS, PHONE) == []
    page.reload()
    settled(page)
    expect(page.locator(".sa-resp-body mark.found").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Choose a response")).to_be_visible()
    expect(page.get_by_placeholder("Find by reference, words or place")).to_have_value("on and on")


def test_a_scenario_is_copied_written_drawn_exported_imported_deleted_and_brought_back(
    browser: Tab, room: str, module_database: Database
) -> None:
    with module_database.connect(autocommit=True) as conn:
        conn.execute("insert into towns (name, population, point) select 'Stafford', 1, at from streets limit 1")
    page = come_in(browser.anew().page, room, "scenarios?shipped=missing-child", "trainer.marsh")
    assert unfit(page) == []
    page.get_by_role("button", name="Copy it to change it").click()
    for label, _ in PARTS.values():
        page.get_by_role("radio", name=label, exact=True).click()
        settled(page)
        assert (label, unfit(page, (720, 450), (1280, 720))) == (label, [])
    page.get_by_role("radio", name="What happens", exact=True).click()
    page.get_by_role("textbox", name="What they say").fill("Have you seen {kid}?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sn-state.todo")).to_contain_text("{kid} is neither in `facts` nor one of landmark")
    assert violations(page) == []
    page.get_by_role("textbox", name="What they say").fill("Have you seen {child}?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sn-state")).to_contain_text("Ready")
    page.get_by_role("radio", name="Place and area", exact=True).click()
    hand = MapHand(page)
    lon, lat, _ = hand.view()
    hand.drag((lon + 0.002, lat), (lon + 0.008, lat))
    metres = page.get_by_role("spinbutton", name="Metres around the place")
    expect(metres).to_have_value("400")
    kept = page.request.get(f"{room}/{page.get_by_role('link', name='Export').get_attribute('href')}").body()
    assert kept.startswith(b"# A child is missing from a park")
    assert b"Have you seen {child}?" in kept
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    mine = page.locator(".sa-scenarios").first.get_by_role("link")
    expect(mine).to_have_count(1)
    for body, said in ((kept.replace(b"minutes: 20", b"minutes: 500"), "Line 6: `minutes` must"), (kept, "Imported.")):
        page.set_input_files("input[type=file]", {"name": "mine.yaml", "mimeType": "text/yaml", "buffer": body})
        expect(page.get_by_text(said).first).to_be_visible()
    assert (browser.external, browser.errors) == ([], [])


@pytest.fixture
def crowd(running: Deployment, module_database: Database) -> Iterator[Callable[[str], None]]:
    """Thirty who answered, five of them from one corner; adds another one who did."""

    def another(saw: str, **facts: object) -> None:
        with module_database.connect(autocommit=True) as conn:
            reports.receive(conn, 1, None, Report(saw, **facts), saw)

    for number in range(30):
        near = {"point": (LON, LAT), "point_from": "phone"} if number < 5 else {}
        another(f"Person {number} in a red coat", **near)
    yield another
    with module_database.connect(autocommit=True) as conn:
        conn.execute("delete from responses where saw like 'Person %' or saw like 'Late %'")


@pytest.fixture
def reader(browser: Tab, room: str, crowd: Callable[[str], None]) -> Iterator[Tab]:
    """An officer who looks at the red coats; nothing may have gone wrong or to the internet at the end."""
    browser.page.goto("about:blank")  # what one looks at is another page, in which a test stops the clock
    tab = browser.another()
    come_in(tab.page, room, "responses", "sergeant.okoye")
    tab.page.goto(f"{room}/responses?find=red+coat")
    settled(tab.page)
    expect(tab.page.locator("[data-single-keys=on]")).to_be_attached()
    expect(tab.page.locator(".sa-resp mark.found").first).to_be_visible()
    yield tab
    assert (tab.external, tab.errors) == ([], [])
    tab.page.context.close()


def test_single_keys_do_what_a_button_does_and_can_be_switched_off(reader: Tab, module_database: Database) -> None:
    page, head = reader.page, reader.page.locator(".sa-resp-head")
    page.clock.install()
    with module_database.connect() as conn:  # a busy server: it draws, and draws, and what was pressed meanwhile counts
        conn.execute("lock table responses")
        page.keyboard.press("j")
        expect(page.locator('.stApp[data-test-script-state="running"]')).to_be_attached()
        page.keyboard.press("m")
        page.clock.run_for(6_000)
    expect(page.get_by_label("Note for officers only")).to_be_visible()
    expect(head).to_contain_text("claimed by Sgt Daniel Okoye")
    page.keyboard.press("b")
    expect(head).to_contain_text("graded B, known indirectly, but corroborated")
    page.keyboard.press("c")
    expect(head).to_contain_text("graded C, known indirectly,")
    page.keyboard.press("u")
    expect(head).to_contain_text("Useful but still open")
    page.keyboard.press("r")
    expect(page.get_by_label("What to tell them")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("What to tell them")).not_to_be_focused()
    settled(page)
    page.keyboard.press("p")
    page.keyboard.type("cid")
    expect(page.get_by_label("Pass on to a team")).to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Enter")
    expect(head).to_contain_text("passed to CID, Stafford")
    expect(page.get_by_label("Pass on to a team")).not_to_be_focused()
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch single keys off").click()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.reload()
    settled(page)
    page.keyboard.press("s")
    page.keyboard.press("a")
    rows = "select verdict, grade, count(*) from responses where saw like 'Person %' and claimed_by is not null"
    with module_database.connect() as conn:
        assert [tuple(row) for row in conn.execute(f"{rows} group by 1, 2")] == [("passed_on", "C", 1)]


def test_single_keys_are_letters_in_a_field_and_are_listed_by_one(reader: Tab, module_database: Database) -> None:
    page = reader.page
    keys = page.get_by_role("dialog", name="Keys on this screen")
    page.keyboard.press("?")
    expect(keys).to_contain_text("Pass on to a team")
    assert violations(page) == []
    page.keyboard.press("u")
    page.keyboard.press("Escape")
    # The browser takes the focus out of what it has closed a moment later.
    page.locator(".sa-keys dialog button").first.dispatch_event("keydown", {"key": "j"})
    for field in (page.get_by_label("Note for officers only"), page.get_by_placeholder("Find by reference")):
        field.press_sequentially("mu?nsabcdepg/jkr")
        expect(field).to_have_value(re.compile("mu.nsabcdepg/jkr"))
    page.keyboard.press("Control+b")
    expect(keys).to_be_hidden()
    acted = "select count(*) from responses where verdict is not null or grade is not null or claimed_by is not null"
    with module_database.connect() as conn:
        assert conn.execute(f"{acted} and saw like 'Person %'").fetchone() == (0,)


#: What a browser sees of the first row while the list is drawn anew: gone for a moment, then back.
AWAY_AND_BACK = """async () => {
  const row = document.querySelector("[class*=st-key-resp-row-]"), own = row.className;
  for (const name of [own.replace(/resp-row-\\d+/, "resp-row-0"), own]) {
    row.className = name;
    await new Promise(requestAnimationFrame);
  }
}"""


def test_new_responses_come_without_moving_what_is_read(browser: Tab, room: str, crowd: Callable[[str], None]) -> None:
    page = come_in(browser.anew(viewport=(1280, 720)).page, room, "responses", "sergeant.okoye")
    page.get_by_placeholder("Find by reference").fill("person")
    expect(page.get_by_text("30 responses", exact=True)).to_be_visible()
    expect(page.locator(".sa-resp .near")).to_contain_text("and 4 more near here")
    settled(page)  # a list that is drawn anew lies at its beginning
    queue = page.locator(".st-key-resp-queue")
    queue.evaluate("it => { it.scrollTop = 600; }")
    read = page.locator(".sa-resp p", has_text="Person 20")
    before = read.bounding_box()
    assert before is not None
    page.evaluate(AWAY_AND_BACK)
    crowd("Late person with a bag")
    above = page.get_by_role("button", name="1 new above")
    expect(above).to_be_visible()
    after = read.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 1
    above.click()
    expect(page.locator(".sa-resp p", has_text="Late person with a bag")).to_be_in_viewport()
    expect(above).to_be_hidden()


def test_the_live_list_is_searched_as_one_types_and_marks_what_it_finds(browser: Tab, room: str) -> None:
    page = come_in(browser.anew().page, room, "live_alerts", "sergeant.okoye")
    box = page.get_by_placeholder("Words, place, number or officer")
    box.press_sequentially("tannéry 482")
    expect(page.locator(".sa-list mark.found", has_text="Tannery").first).to_be_visible()
    expect(page.get_by_text("1 alert found, none hidden")).to_be_visible()
    longest = "it => { it.firstChild.textContent = '30 Nov 2025 15:31 · 362 days ago'; }"
    page.locator(".sa-list .sa-when").evaluate(longest)
    assert [one for _, one in unfit(page, (1280, 720), (1440, 900)) if one.startswith("cut")] == []
    box.click()
    expect(box).to_be_focused()
    box.fill("zeppelin")
    expect(page.get_by_text("0 alerts found, 1 other hidden by the search")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Try fewer words, or parts of them.")).to_be_visible()
    expect(box).to_have_value("zeppelin")


def test_what_was_chosen_on_audit_and_engagement_outlives_a_reload_and_back(browser: Tab, room: str) -> None:
    page = browser.anew().page

    def away_and_back() -> None:
        settled(page)
        page.reload()
        settled(page)
        page.get_by_role("link", name="Alert wording").first.click()
        expect(page.get_by_role("heading", name="Alert wording")).to_be_visible()
        page.go_back()

    come_in(page, room, "audit", "admin.foster")
    page.get_by_placeholder("Number, incident or words").fill("482")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("alert=482"))
    settled(page)
    page.get_by_role("radio", name="All", exact=True).click()
    expect(page).to_have_url(re.compile("alert=482&when=all"))
    away_and_back()
    expect(page.get_by_placeholder("Number, incident or words")).to_have_value("482")
    expect(page.get_by_role("radio", name="All", exact=True)).to_be_checked()
    page.get_by_role("link", name="Engagement").first.click()
    expect(page.get_by_role("radio", name="Reach")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="Reach").click()
    expect(page).to_have_url(re.compile("section=Reach"))
    away_and_back()
    expect(page.get_by_role("radio", name="Reach")).to_be_checked()


@dataclass
class Trainer:
    """A trainer's browser, in which every click is counted."""

    page: Page
    clicks: int = 0

    def press(self, name: str | re.Pattern[str], role: Literal["button", "radio", "link"] = "button") -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()

    def start(self, scenario: str, officer: str) -> None:
        """Begin one, from the screen on which it is chosen."""
        self.press(f"Choose {scenario}")
        self.press(re.compile(officer))
        self.press(f"Start for {officer}")
        expect(self.page.locator(".sa-stage")).to_contain_text("Running")
        expect(self.page.locator(".sa-drill-head")).to_be_in_viewport()

    def clock(self) -> str:
        return self.page.locator(".sa-stopwatch").inner_text()


def signed_in(browser: Tab, room: str, screen: str, officer: str) -> Page:
    return come_in(browser.another().page, room, screen, officer)


def test_two_officers_are_in_two_drills_at_once_and_a_trainer_steers_both(
    browser: Tab, room: str, module_database: Database
) -> None:
    with module_database.connect(autocommit=True) as conn:
        make_town(conn)
    carr, okoye = (signed_in(browser, room, "send_alert", one) for one in ("inspector.carr", "sergeant.okoye"))
    trainer = Trainer(signed_in(browser, room, "training", "trainer.marsh"))
    page, began = trainer.page, time.monotonic()
    trainer.press("Drills", "link")
    trainer.start("Child missing from a park", "Insp. Alison Carr")
    heard, other = (one.locator(".st-key-drill-strip") for one in (carr, okoye))
    expect(heard).to_contain_text("last seen by the swings at Tannery Row")
    assert (trainer.clicks <= 10, time.monotonic() - began < 120) == (True, True)
    first = page.url
    told = page.locator(".sa-inject").first.inner_text()
    trainer.press("All drills", "link")
    trainer.start("Bogus callers on one street", "Sgt Daniel Okoye")
    expect(other).to_contain_text("Bogus callers on one street")
    expect(other).not_to_contain_text("Maisie")
    expect(heard).to_contain_text("Child missing from a park")
    assert violations(okoye) == []
    okoye.get_by_role("button", name=re.compile("^.*Log")).click()
    expect(okoye.get_by_role("region", name="Incident log")).to_be_visible()
    assert unfit(okoye, DESKS[0], (1280, 720), PHONE) == []
    page.goto(first)
    settled(page)
    trainer.press(re.compile("Pause$"))
    expect(heard).to_contain_text("Paused by the trainer")
    stood = trainer.clock()
    expect(page.locator(".sa-states")).to_contain_text("Send an alert, since")
    assert violations(page) == []
    assert unfit(page, DESKS[0], (1280, 720)) == []
    assert trainer.clock() == stood
    trainer.press(re.compile("Go on$"))
    page.locator("[class*=st-key-drill-inject-]", has_text="abduction").get_by_role("button").click()
    expect(heard.get_by_role("log")).to_contain_text("Can you confirm an abduction?")
    page.get_by_placeholder("What they hear").fill("Delta two-one, are you there?")
    page.get_by_role("radio", name="Radio").click()
    trainer.press(re.compile("Say it$"))
    expect(heard.get_by_role("log")).to_contain_text("Radio: Delta two-one, are you there?")
    expect(other).not_to_contain_text("Delta two-one")
    carr.get_by_role("button", name="Noted").click()
    expect(page.locator(".sa-lines")).to_contain_text("Insp. Alison Carr noted what had come")
    trainer.press(re.compile("End …$"))
    trainer.press("End the drill")
    expect(heard).to_be_hidden()
    trainer.press(re.compile("Run again$"))
    expect(heard).to_contain_text("last seen by the swings at Tannery Row")
    assert page.url != first
    assert re.sub(r"\d\d:\d\d", "", page.locator(".sa-inject").first.inner_text()) == re.sub(r"\d\d:\d\d", "", told)
    for one in (carr, okoye, page):
        one.context.close()
    with module_database.connect(autocommit=True) as conn:
        for run in runs.under_way(conn):
            runs.end(conn, run.id, "trainer.marsh", datetime.now(UTC))
