"""The whole job in a real browser: draw, write, look, tell; undo, or watch it arrive on simulated phones and mails."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from smartalert import photos
from smartalert.alerts.incidents import KINDS
from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from smartalert.drills import files
from smartalert.drills.place import Place
from smartalert.errors import DemonstrationStopped
from smartalert.training.demonstration import missing_child, playing, story
from smartalert.training.demonstration.addresses import Addresses
from smartalert.training.demonstration.recording import Recording
from smartalert.training.demonstration.stage import Pace, Stage
from smartalert.training.demonstration.story import Story
from tests.browser import COLOURS, DESKS, PHONE, Tab, focus, lasting, misfits, unfit, violations
from tests.control.sender import Sender
from tests.county import whole_county
from tests.deployment import Deployment, deployment
from tests.photographs import photograph
from tests.waiting import eventually

#: The last is that of every other test; the first is a laptop's at 200 % zoom.
SIZES = [(720, 450), (1024, 768), (1280, 720), (1920, 1080), (1440, 900)]
#: The control room's words reach the page so many milliseconds late, while the page's own go out at once.
HEARS_LATE = """
const listen = WebSocket.prototype.addEventListener;
WebSocket.prototype.addEventListener = function (kind, hear, ...rest) {
  const late = (event) => {
    const came = performance.now();
    setTimeout(() => { hear(event); window.heardUntil = came; }, window.lateMs ?? 0);
  };
  return listen.call(this, kind, kind === "message" ? late : hear, ...rest);
};
"""
FIELDS = ("Missing person", "Headline", "What happened", "What to do", "Who to call", "On a phone", "Review")
#: A phone's lock screen cuts what is too long, and so does its picture; the map has parts of its own.
MAY_BE_CUT = ".sd-lock"
#: Every chip is seen, or counted at the head of their list.
SIGNED = """() => {
  const head = document.querySelector(".sd-lead"), list = head.parentElement;
  list.scrollTop = 0;
  const chips = [...list.querySelectorAll(".sd-chip")], end = list.getBoundingClientRect().bottom + 1;
  const seen = chips.filter(it => it.getBoundingClientRect().bottom <= end).length;
  return seen + Number(head.dataset.below ?? 0) === chips.length;
}"""

#: Of the words on the review, on a phone and in a mail down to whom to call, those that are not above the bar.
OUT_OF_SIGHT = """() => {
  const top = document.querySelector(".st-key-topbar").getBoundingClientRect().bottom;
  const end = document.querySelector(".st-key-send-bar").getBoundingClientRect().top;
  const frame = document.querySelector(".sa-mail iframe"), at = frame?.getBoundingClientRect();
  if (!frame?.contentDocument?.documentElement) return ["no mail"];
  const scale = at.width / frame.contentDocument.documentElement.clientWidth;
  const all = [...frame.contentDocument.querySelectorAll("h1, p, h2, div")];
  const theirs = all.slice(0, all.findIndex(it => it.querySelector("a")));
  const ours = [...document.querySelectorAll(".sa-push strong, .sa-push p, .sa-mail header b")];
  const box = it => it.getBoundingClientRect();
  const hidden = [
    ...ours.filter(it => box(it).top < top || box(it).bottom > end),
    ...theirs.filter(it => at.top + box(it).top * scale < top || at.top + box(it).bottom * scale > end),
  ];
  return theirs.length > 4 ? hidden.map(it => it.textContent.trim().slice(0, 60)) : ["no mail"];
}"""
#: Of what is opened over the map, what reaches out of the page or past its own edge.
CUT_OFF = """() => [...document.querySelectorAll("[data-testid=stPopoverBody], .st-key-about-area *")].filter(it => {
  const box = it.getBoundingClientRect(), body = it.closest("[data-testid=stPopoverBody]").getBoundingClientRect();
  const off = box.right > innerWidth + 1 || box.left < -1 || body.bottom > innerHeight + 1 || body.top < -1;
  const cut = it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== "visible";
  return off || cut || box.right > body.right + 1;
}).map(it => it.textContent.trim().slice(0, 40))"""
#: The kinds of incident of which something is cut, or that lie on another.
CUT = """group => {
  const kinds = [...group.querySelectorAll("[role=radio]")].map(it => [it, it.getBoundingClientRect()]);
  const within = (one, all) =>
    one.left >= all.left && one.right <= all.right && one.top >= all.top && one.bottom <= all.bottom;
  const meets = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const cut = kinds.filter(([it, box], at) => {
    const text = it.querySelector("p").firstChild;
    const words = [...text.data.matchAll(/\\S+/g)].map(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return [...range.getClientRects()];
    });
    const broken = words.some(lines => lines.length !== 1 || !within(lines[0], box));
    return broken || kinds.slice(at + 1).some(([, other]) => meets(box, other));
  });
  return cut.map(([it]) => it.textContent);
}"""


@pytest.fixture(scope="module")
def running(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The training county with everything that runs."""
    with whole_county(cluster) as database, deployment(database, tmp_path_factory.mktemp("journey")) as running:
        yield running


@pytest.fixture
def sender(browser: Tab, room: str) -> Iterator[Sender]:
    """An officer, signed in once, with an empty draft; nothing may have gone wrong or to the internet at the end."""
    browser.errors.clear()
    sender = Sender(browser, room)
    sender.begin()
    yield sender
    assert (browser.external, browser.errors) == ([], [])


def test_the_demonstration_plays_itself_to_its_end(
    browser: Tab, room: str, running: Deployment, tmp_path: Path
) -> None:
    """At the pace of tests, and recorded."""
    tab, film = browser.another(), Recording(tmp_path / "film.gif")
    with connection.reading(running.database.engine("smartalert_control")) as conn:
        told = story.find(conn, "missing-child", utc_now())
    at = Addresses(room, running.public_url, running.simulator.url)
    playing.play(tab.page, at, told, Pace.FAST, film)
    film.write()
    with Image.open(film.file) as written:
        assert written.n_frames > missing_child.PARTS / 2
    expect(tab.page.get_by_text(f"{missing_child.PARTS} of {missing_child.PARTS}")).to_be_visible()
    expect(tab.page.get_by_role("status").filter(has_text="Found, and forgotten.")).to_be_visible()
    with running.database.connect() as conn:
        ends = conn.execute("select follow_up from alerts order by id desc limit 2").fetchall()
        told_outcome = conn.execute("select people from outcomes").fetchall()
    assert ([row[0] for row in ends], told_outcome) == (["all_clear", None], [(1,)])
    assert (tab.external, tab.errors) == ([], [])


def test_a_demonstration_is_paused_played_step_by_step_and_stops_where_something_is_not_as_it_should_be(
    browser: Tab, room: str
) -> None:
    page = browser.another().page
    stage = Stage(page, Pace.USUAL, 9)
    stage.open(f"{room}/sign-in")
    page.keyboard.press("F8")
    eventually(lambda: page.wait_for_timeout(20) or stage.is_paused)
    page.evaluate("setTimeout(() => window.demonstrationHears('step'), 300)")
    stage.tell("It stands still until somebody presses a key.")
    expect(page.get_by_role("button", name="Go on F8")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("It stands still until somebody presses a key.")
    assert unfit(page) == []
    nowhere = Addresses("http://127.0.0.1:1", "", "")
    told = Story("missing-child", files.load("missing-child"), Place(0, 0, "a", "b", 1, "c"), "14:02")
    with pytest.raises(DemonstrationStopped, match=r"stopped before its first words: .*ERR_"):
        playing.play(browser.another().page, nowhere, told, Pace.FAST)


def alert_of(sender: Sender, running: Deployment) -> int:
    """The alert that the browser was led to, held for two minutes: a machine that draws maps in software needs them."""
    sender.page.wait_for_url("**/live_alerts?alert=*")
    alert_id = int(sender.page.url.rpartition("=")[2])
    with running.database.connect() as conn:
        conn.execute("update alerts set release_at = now() + interval '2 min' where id = %s", (alert_id,))
        conn.execute("update deliveries set due_at = now() + interval '2 min' where alert_id = %s", (alert_id,))
        conn.commit()
    return alert_id


def told(running: Deployment, alert_id: int) -> dict[tuple[str, str], int]:
    """Deliveries by channel and state, once none is open."""
    return running.wait_until_done(alert_id)


def test_a_circle_is_drawn_and_everyone_in_it_is_told(sender: Sender, running: Deployment) -> None:
    sender.search("Stone")
    lon, lat, _ = sender.hand.view()
    before = sender.people()
    sender.hand.drag((lon + 0.002, lat), (lon + 0.016, lat))
    expect(sender.figure(0)).not_to_have_text(f"{before:,}")
    people, phones, mails = (int(sender.figure(n).inner_text().replace(",", "")) for n in range(3))
    sender.compose()
    tell = sender.review()
    expect(tell).to_have_text(re.compile(f"EXERCISE: tell {people:,} simulated people"))
    assert "Back" in sender.page.evaluate("document.activeElement.textContent")
    tell.dblclick()
    alert_id = alert_of(sender, running)
    sender.says("you can still undo")
    sender.page.get_by_role("button", name="Tell them now").click()
    sender.says("Everyone has been told")
    states = told(running, alert_id)
    assert sum(n for (channel, _), n in states.items() if channel == "push") == phones
    assert sum(n for (channel, _), n in states.items() if channel == "email") == mails
    assert {state for _, state in states} <= {"handed_over", "delivered"}
    with running.database.connect() as conn:
        assert conn.execute("select count(*) from alerts where id >= %s", (alert_id,)).fetchone() == (1,)


def test_a_street_is_found_widened_and_told_but_undone_in_time(sender: Sender, running: Deployment) -> None:
    sender.search("Stone")
    sender.hand.press("0")  # what the map shows now is not where it was sent
    box = sender.page.get_by_label("Search for a street, postcode, place").first
    box.press_sequentially("high street", delay=15)
    first = sender.page.locator(".st-key-search-hits button").first
    expect(first).to_contain_text("High Street")
    expect(first).not_to_contain_text("Stone")
    box.fill("")
    sender.search("high street, rugeley")
    narrow = sender.people()
    slider = sender.page.get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("End")
    expect(slider).to_have_value("200")
    expect(sender.figure(0)).not_to_have_text(f"{narrow:,}")
    assert sender.people() > narrow
    sender.compose("Robbery")
    written = sender.written()
    sender.review().click()
    alert_id = alert_of(sender, running)
    sender.says("you can still undo")
    assert unfit(sender.page, *DESKS, PHONE) == []
    sender.page.get_by_role("button", name="Undo: tell nobody").click()
    sender.says("Undone: nobody was told")
    assert {state for _, state in told(running, alert_id)} == {"cancelled"}
    sender.page.get_by_role("button", name="Edit and send again").click()
    sender.page.wait_for_url("**/send_alert?draft=*")
    eventually(lambda: sender.written() == written)
    sender.says("Ready to review")
    expect(sender.page.locator(".sd-area b")).to_contain_text("High Street, Rugeley")
    expect(slider).to_have_value("200")


def test_every_kind_of_incident_is_seen_whole_and_reached_by_keyboard(sender: Sender) -> None:
    page = sender.page
    group = page.get_by_role("radiogroup", name="What happened")
    expect(group.get_by_role("radio")).to_have_count(len(KINDS))
    for width, height in ((1024, 768), (1280, 720), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        eventually(lambda: group.evaluate(CUT) == [])
    # The name of its group is shown above the first of it, and is no part of what a screen reader says.
    group.get_by_role("radio", name="Burglary just happened", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="Vehicle crime", exact=True)).to_be_focused()
    group.get_by_role("radio", name="Unexploded bomb", exact=True).press("Enter")
    expect(page.get_by_role("textbox", name="Headline")).to_have_value(re.compile("^Unexploded bomb found"))


def test_a_hit_that_came_under_a_resting_hand_is_not_taken(sender: Sender) -> None:
    page, box = sender.page, sender.page.get_by_label("Search for a street, postcode, place").first
    box.press_sequentially("stone")
    first = sender.found("stone")
    expect(first).to_contain_text("Stone ·")
    first.hover()
    box.fill("eccleshall")
    expect(sender.found("eccleshall")).to_contain_text("Eccleshall ·")
    page.mouse.down()
    page.mouse.up()
    sender.rest()
    expect(page.get_by_text("No area yet")).to_be_visible()
    first.hover(position={"x": 20, "y": 8})
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".sd-area b")).to_contain_text("Eccleshall")


def test_enter_takes_the_first_hit_and_arrows_lead_through_the_others(sender: Sender) -> None:
    page, box = sender.page, sender.page.get_by_label("Search for a street, postcode, place").first
    box.click()
    page.keyboard.type("stone")
    page.keyboard.press("Enter")  # before the list has come
    expect(page.locator(".sd-area b")).to_contain_text("Stone")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    page.keyboard.type("eccles")
    hits = page.locator(".st-key-search-hits button")
    first = sender.found("eccles")
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    second = hits.nth(1)
    expect(second).to_be_focused()
    place = second.locator("p").inner_text().partition(" ·")[0]
    page.keyboard.press("Enter")
    expect(page.locator(".sd-area b")).to_contain_text(place.partition(",")[0])


def test_by_keyboard_alone_an_area_is_typed_and_everyone_in_it_told(sender: Sender, running: Deployment) -> None:
    page = sender.page

    def reach(words: str, role: str = "button") -> None:
        """Tab until it has the focus."""
        target = page.get_by_role(role, name=words).first  # type: ignore[arg-type]
        for _ in range(90):
            if target.evaluate("it => it === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {words}")

    reach("Type the area")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Latitude")).to_be_focused()
    for words, typed in (("Latitude", "52.9059"), ("Longitude", "-2.1541"), ("Radius in metres", "900")):
        reach(words, "textbox")
        page.keyboard.type(typed)
    people = sender.people()
    assert people > 10
    page.keyboard.press("Escape")
    reach("Missing person", "radio")
    page.keyboard.press("Space")
    sender.says("first name")
    reach("Incident number", "textbox")
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    expect(page.locator("[data-gap='[incident number]']")).to_have_count(0)
    sender.fill_gaps_by_keyboard(reach)
    sender.says("Ready to review")
    reach("Review")
    page.keyboard.press("Enter")
    sender.says("After that you cannot call it back")
    reach("EXERCISE: tell")
    page.keyboard.press("Enter")
    alert_id = alert_of(sender, running)
    reach("Tell them now")
    page.keyboard.press("Enter")
    assert {state for _, state in told(running, alert_id)} <= {"handed_over", "delivered"}


def test_a_browser_that_hears_late_takes_nothing_back(browser: Tab, room: str) -> None:
    tab = browser.another(bypass_csp=True)
    tab.page.add_init_script(HEARS_LATE)
    sender = Sender(tab, room)
    sender.begin()
    tab.page.evaluate("window.lateMs = 1000")
    sender.search("Stone")
    box = tab.page.get_by_label("Search for a street, postcode, place").first
    expect(box).to_have_count(1)  # The one typed into stands there, faded, until the run has ended.
    expect(box).to_have_value("")
    tab.page.evaluate("window.lateMs = 3000")
    sender.compose("Robbery")
    composed = tab.page.evaluate("performance.now()")
    eventually(lambda: tab.page.evaluate("window.heardUntil") > composed)
    sender.says("Ready to review")
    tab.page.context.close()


def test_what_is_typed_is_kept_without_leaving_the_field(sender: Sender, running: Deployment) -> None:
    words = "Two men with a white van, last seen on the towpath"
    sender.page.get_by_role("textbox", name="What happened").click()
    sender.page.keyboard.type(words)
    sender.says("Draft saved")
    newest = "select content ->> 'description' from drafts order by updated_at desc limit 1"
    with running.database.connect(autocommit=True) as conn:
        eventually(lambda: conn.execute(newest).fetchone() == (words,))
    sender.page.reload()
    expect(sender.page.get_by_role("textbox", name="What happened")).to_have_value(words)


def test_a_finding_is_led_to_mended_undone_and_stops_the_review(sender: Sender) -> None:
    page = sender.page
    sender.search("Stone")
    sender.compose()
    field = page.get_by_role("textbox", name="What happened")
    bad = "A shed was broken into at 14 Mill Lane at 13:50, and two bicycles were recieved"
    field.fill(bad)
    field.press("Control+Enter")
    chip = page.locator(".st-key-send-bar").get_by_role("button", name="An exact home: “14 Mill Lane”")
    chip.focus()
    page.keyboard.press("Enter")
    selected = "() => { const it = document.activeElement; return it.value.slice(it.selectionStart, it.selectionEnd); }"
    assert page.evaluate(selected) == "14 Mill Lane"
    sender.says("strangers where to go")
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.locator(".sd-asked")).to_be_visible()
    fix = page.get_by_role("button", name="Use “Mill Lane”")
    fix.focus()
    page.keyboard.press("Enter")
    sender.says("“14 Mill Lane” became “Mill Lane”.")
    sender.rest()
    expect(field).to_have_value(bad.replace("14 ", ""))
    expect(field).to_be_focused()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(field).to_have_value(bad)
    expect(chip).to_be_visible()
    fix.click()
    sender.says("Ready to review")
    sender.review()
    sender.says("Warnings you have not dealt with")
    sender.says("Spelling: “recieved”")


def test_the_view_stays_where_it_is_while_the_message_is_written(sender: Sender) -> None:
    sender.search("Eccleshall")
    sender.hand.zoom_in(1)
    before = sender.hand.view()
    sender.compose("Vehicle crime")
    assert sender.hand.view() == pytest.approx(before, abs=1e-4)


def test_at_any_size_nothing_lies_on_anything_and_what_has_the_focus_is_wholly_seen(sender: Sender) -> None:
    page = sender.page
    sender.search("Stone")
    page.get_by_role("radiogroup", name="What happened").get_by_role("radio", name="Missing person").click()
    sender.says("first name")
    sender.rest()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert (width, misfits(page, MAY_BE_CUT)) == (width, [])
        eventually(lambda: page.evaluate(SIGNED))
        page.get_by_label("Search for a street, postcode, place").first.focus()
        walked, hidden = tab_through(page)
        assert (width, hidden) == (width, [])
        assert all(any(name.endswith(field) for name in walked) for field in FIELDS), walked


def test_of_several_areas_one_is_chosen_on_the_map_and_all_of_them_fit_at_any_size(sender: Sender) -> None:
    page, hand = sender.page, sender.hand
    sender.search("Stone")
    alone, (lon, lat, _) = sender.people(), hand.view()
    page.get_by_role("button", name="Add another area").click()
    hand.shows("The next area.")
    hand.tool("Outline")
    for east, north in ((0.010, -0.003), (0.014, -0.003), (0.014, 0.003), (0.010, 0.003), (0.010, -0.003)):
        hand.click(lon + east, lat + north)
    listed = page.locator(".st-key-area-parts")
    expect(listed).to_contain_text("Remove 2")
    hand.press("n")
    hand.shows("Corner 1 of 4")
    assert unfit(page, but=MAY_BE_CUT) == []
    both = sender.people()
    assert both > alone
    hand.tool("Pan")
    hand.click(lon, lat)
    hand.shows("Circle · 500 m")
    expect(listed).to_contain_text("Remove 2")
    hand.press("]")
    expect(sender.figure(0)).not_to_have_text(f"{both:,}")
    assert sender.people() > both


def test_who_lies_just_outside_is_taken_in_at_a_press_and_left_out_again(sender: Sender) -> None:
    page, name = sender.page, sender.page.locator(".sd-area b")
    sender.search("Stafford")
    told = sender.people()
    page.locator(".st-key-area-context button").filter(has_text="just outside would not be told").click()
    for width, height in (PHONE, *DESKS):
        page.set_viewport_size({"width": width, "height": height})
        assert (width, lasting(page, lambda: page.evaluate(CUT_OFF))) == (width, [])
    assert violations(page, *COLOURS) == []
    page.get_by_role("button", name="Widen by 250 m").click()
    expect(name).to_contain_text("Within 750 m")
    assert sender.people() > told
    page.get_by_role("button", name="Back to the area as it was").click()
    expect(name).to_contain_text("Within 500 m")
    assert sender.people() == told


def test_the_very_words_are_in_sight_before_the_button_and_every_way_back_leads_where_one_was(
    sender: Sender, running: Deployment
) -> None:
    page = sender.page
    page.set_viewport_size({"width": 1280, "height": 720})
    sender.search("Stone")
    sender.compose("Missing person")
    written, area = sender.written(), page.locator(".sd-area b").inner_text()
    tell = sender.review()
    eventually(lambda: page.evaluate(OUT_OF_SIGHT) == [])
    assert unfit(page, *DESKS, PHONE) == []
    page.reload()
    sender.says("After that you cannot call it back")
    for back in (page.go_back, page.get_by_role("button", name="Back", exact=True).click):
        back()
        eventually(lambda: sender.written() == written)
        expect(page.locator(".sd-area b")).to_have_text(area)
        sender.says("Ready to review")
        page.go_forward() if back == page.go_back else sender.review()
        sender.says("After that you cannot call it back")
    sender.rest()
    tell.click()
    alert_id = alert_of(sender, running)
    sender.rest()
    page.go_back()
    sender.says("This alert has been sent")
    sender.rest()
    page.go_forward()
    page.get_by_role("button", name="Undo: tell nobody").click()
    sender.says("Undone: nobody was told")
    assert {state for _, state in told(running, alert_id)} == {"cancelled"}


def tab_through(page: Page) -> tuple[list[str], list[tuple[str, str]]]:
    """Tab on to the button for the review: what had the focus, and what of it was not wholly seen and why."""
    walked, hidden = [], []
    for _ in range(90):
        name, why = focus(page)
        walked.append(name)
        if why:
            hidden.append((name, why))
        if name.endswith("Review"):
            return walked, hidden
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to Review, but to {walked}")


def test_the_send_screen_is_accessible(browser: Tab, room: str) -> None:
    tab = browser.another(bypass_csp=True, viewport=(1280, 720))
    sender = Sender(tab, room)
    sender.begin()
    assert violations(tab.page) == []
    sender.search("Stone")
    sender.compose("Neighbourhood update")
    assert violations(tab.page) == []
    words = tab.page.get_by_role("textbox", name="What happened")
    words.fill("Ring 07700 900123 or meet Mr Whitehouse at 14 Mill Lane!")
    words.press("Control+Enter")
    sender.says("Not a police number")
    assert violations(tab.page) == []
    tab.page.get_by_role("button", name="Use 101").click()
    sender.says("Ready to review")
    sender.review()
    assert violations(tab.page) == []
    tab.page.context.close()


def test_a_photograph_is_described_survives_a_reload_lands_on_phones_and_is_taken_down(
    sender: Sender, running: Deployment, tmp_path: Path
) -> None:
    page, picture, letter = sender.page, tmp_path / "jack.jpg", tmp_path / "letter.png"
    taken = photograph(size=(1_600, 1_200), taken_at=(52.9, -2.1))
    picture.write_bytes(taken.ljust(photos.LARGEST_BYTES, b"\0"))
    letter.write_bytes(b"%PDF-1.7 not a picture at all")
    sender.search("Stone")
    sender.compose("Missing person")
    choose(sender, letter, "letter.png was not added. We could not read this photo.")
    choose(sender, picture, "Say what the photo shows, for people who cannot see it")
    shows = page.get_by_label("What it shows, for people who cannot see it")
    shows.fill("Jack, 9, in a blue coat")
    shows.press("Tab")
    sender.says("Ready to review")
    page.reload()
    expect(shows).to_have_value("Jack, 9, in a blue coat")
    seen(page.locator(".st-key-send-photo img"))
    seen(page.locator(".sd-lock img.photo"))
    tell = sender.review()
    seen(page.locator(".sa-push-photo"))
    seen(page.frame_locator(".sa-mail iframe").locator("img"))
    tell.click()
    alert_id = alert_of(sender, running)
    page.get_by_role("button", name="Tell them now").click()
    told(running, alert_id)
    with running.database.connect() as conn:
        (identifier,) = conn.execute("select identifier from alerts where id = %s", (alert_id,)).fetchone()
    address = f"{running.public_url}/alerts/{identifier}/photo.jpg"
    cards = [phone["cards"][0] for phone in running.simulator.phones(alert_id=str(identifier))]
    assert {(card["image"], card["data"]["image_alt"]) for card in cards} == {(address, "Jack, 9, in a blue coat")}
    eventually(lambda: bool(running.simulator.mails(alert_id=str(identifier))))
    assert f'src="{address}"' in running.simulator.mails(alert_id=str(identifier))[0]["html"]
    wall = sender.tab.another()
    wall.page.goto(running.simulator.url)
    seen(wall.page.locator(".note .picture").first)
    assert (wall.external, wall.errors) == ([], [])
    seen(page.locator(".sa-photograph img"))
    page.get_by_role("button", name="Take the photograph down …").click()
    page.get_by_role("button", name="Take it down for good").click()
    sender.says("The public can no longer see it")
    eventually(lambda: httpx.get(address, trust_env=False).status_code == 410)


def choose(sender: Sender, file: Path, answer: str) -> None:
    """Choose a photograph, and hear what becomes of it."""
    sender.rest()
    sender.page.locator("input[type=file]").set_input_files(file)
    sender.says(answer)


def seen(image: Locator) -> None:
    """The picture is there, and was really loaded."""
    image.wait_for()
    eventually(lambda: image.evaluate("image => image.naturalWidth") == 1_000)
