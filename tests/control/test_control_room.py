"""The control room as it runs: its routes, who gets in, and several officers watching one alert in real browsers."""

import re
from collections.abc import Iterator
from statistics import median
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from smartalert.control.frame import SCREENS
from smartalert.importers import base_map
from tests.browser import Chromium, Tab, unfit, violations
from tests.conftest import forget_settings
from tests.control.sender import Sender
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import LAT, LON, complete_draft, make_force_area, make_street, make_subscriber
from tests.simulator_process import own_address
from tests.waiting import PATIENCE_S, eventually

PEOPLE = 400


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything, with some people and a street around the crossroads."""
    with module_database.connect(autocommit=True) as conn, conn.transaction():
        make_force_area(conn)
        make_street(conn)
        for number in range(PEOPLE):
            make_subscriber(conn, at=(number % 20 * 10, number // 20 * 10))
    with deployment(module_database, tmp_path_factory.mktemp("running")) as running:
        yield running


@pytest.fixture(scope="module")
def room(running: Deployment) -> str:
    """A control room that other computers can reach."""
    running.environment |= dict.fromkeys(("SMARTALERT_HOST", "SMARTALERT_SIMULATOR_HOST"), "0.0.0.0")  # noqa: S104
    return running.start_control()


@pytest.fixture(autouse=True)
def settings_of_the_deployment(running: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in running.environment.items():
        if name.startswith("SMARTALERT_") or name == "DATABASE_URL":
            monkeypatch.setenv(name, value)
    forget_settings()
    yield
    forget_settings()


@pytest.fixture
def client(room: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=room, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


def sign_in(client: httpx.Client, officer: str = "inspector.carr", wanted: str = "", **headers: str) -> httpx.Response:
    headers = {"origin": str(client.base_url).rstrip("/")} | headers
    return client.post("/sign-in", data={"officer": officer, "next": wanted}, headers=headers)


def open_as(tab: Tab, room: str, officer: str, page: str) -> Tab:
    """Sign in as an officer does, and arrive where the link led."""
    tab.page.goto(f"{room}/{page}", wait_until="commit")
    tab.page.click(f"button[value='{officer}']")
    tab.page.wait_for_selector(".st-key-topbar")
    return tab


def wait_for(tab: Tab, words: str) -> None:
    tab.page.get_by_text(words).first.wait_for()


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(client):
    led = client.get("/live_alerts?alert=3")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Flive_alerts%3Falert%3D3")
    assert "made up" in client.get(led.headers["location"]).text
    answer = sign_in(client, wanted="/live_alerts?alert=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/live_alerts?alert=3")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    for screen in SCREENS:  # also where they may not go
        assert f"<title>EXERCISE · {screen.title} · Smart Alert</title>" in client.get(f"/{screen.url}").text


def test_the_sign_in_has_the_letters_of_the_screens_behind_it(client):
    letters = client.get("/look/sans.woff2")
    assert (letters.headers["content-type"], letters.content[:4]) == ("font/woff2", b"wOF2")


def test_an_unknown_address_is_answered_in_our_own_dress(client):
    assert client.get("/nonsense").headers["location"] == "/sign-in?next=%2Fnonsense"
    sign_in(client)
    assert 'class="sa-training"' in client.get("/nonsense").text


def test_signing_in_never_leads_to_another_site(client):
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        assert sign_in(client, wanted=wanted).headers["location"] == "/"


def test_another_sites_form_signs_nobody_in_or_out(client):
    assert sign_in(client, origin="http://elsewhere.example").status_code == 403
    assert sign_in(client, origin="null").status_code == 403
    assert client.post("/sign-in", data={"officer": "inspector.carr"}).status_code == 403
    sign_in(client)
    assert client.post("/sign-out", headers={"origin": "http://elsewhere.example"}).status_code == 403
    ours = {"origin": str(client.base_url).rstrip("/")}
    for site in ("cross-site", "same-site", "none"):
        assert client.post("/sign-out", headers={**ours, "sec-fetch-site": site}).status_code == 403
    assert client.get("/live_alerts").status_code == 200


def test_a_proxy_that_writes_another_host_keeps_nobody_from_signing_out(client):
    sign_in(client)
    inside = {"host": "127.0.0.1:8702", "origin": "https://room.force.example"}
    assert client.post("/sign-out", headers=inside).status_code == 403
    assert client.post("/sign-out", headers={**inside, "sec-fetch-site": "same-origin"}).status_code == 303


def test_the_control_url_says_which_pages_are_ours(monkeypatch):
    from starlette.requests import Request

    from smartalert.control.sign_in import page as pages

    monkeypatch.setenv("SMARTALERT_CONTROL_URL", "https://room.force.example/")
    forget_settings()
    headers = [(b"host", b"127.0.0.1:8702"), (b"origin", b"https://Room.force.example:443")]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/sign-out", "headers": headers}
    assert pages.is_our_own(Request(scope))
    assert not pages.is_our_own(Request({**scope, "headers": [*headers[:1], (b"origin", b"http://127.0.0.1:8702")]}))
    monkeypatch.undo()
    forget_settings()


def test_head_answers_as_get_does_and_what_is_no_text_is_a_bad_request(client):
    for path in ("/sign-in", "/", "/live_alerts", "/look/look.css"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
    for path in ("/sign-in?next=%00", "/live_alerts?alert=%ff", "/sign-in%00"):
        assert client.get(path).status_code == 400


def test_a_name_made_to_lead_here_signs_nobody_in(client):
    """DNS rebinding: the page is reached under another site's name."""
    headers = {"host": "elsewhere.example", "origin": "http://elsewhere.example"}
    assert sign_in(client, **headers).status_code == 403
    assert "on the computer that runs the exercise" in client.get("/sign-in", headers=headers).text


def test_made_up_officers_sign_in_from_another_address_by_the_trainers_code_and_not_without(
    running: Deployment, room: str, chromium: Chromium
):
    elsewhere = f"http://{own_address()}:{room.rpartition(':')[2]}"
    port_of_phones = running.simulator.url.rpartition(":")[2]
    with chromium(bypass_csp=True) as trainer, httpx.Client(base_url=elsewhere, trust_env=False) as remote:
        assert "until the trainer shows a code" in remote.get("/sign-in").text
        assert sign_in(remote).status_code == 403
        open_as(trainer, room, "trainer.marsh", "training")
        trainer.page.get_by_role("button", name="Show a code").click()
        code = trainer.page.locator(".st-key-panel-code output").inner_text()
        trainer.page.get_by_text("Show the password").click()
        expect(trainer.page.get_by_text(running.simulator.credentials.password)).to_be_visible()
        expect(trainer.page.locator(".st-key-panel-phones b")).to_have_text(f"http://{own_address()}:{port_of_phones}")
        assert violations(trainer.page) == []
        assert unfit(trainer.page) == []

        other = trainer.another(bypass_csp=True)
        other.page.goto(f"{elsewhere}/live_alerts")
        assert violations(other.page) == []
        field = other.page.get_by_label("Code on the trainer’s screen")
        field.fill("ABCD EFGH")
        other.page.click("button[value='officer.bailey']")
        expect(other.page.get_by_role("alert")).to_contain_text("This is not the code")
        field.fill(code.lower().replace(" ", "-"))
        other.page.click("button[value='officer.bailey']")
        expect(other.page.locator(".st-key-topbar")).to_contain_text("PC Megan Bailey")  # sign-in has the name too
        expect(other.page.get_by_text("Phones and inboxes")).to_have_count(0)

        answers = [sign_in(remote).status_code for _ in range(5)]
        assert answers == [403, 403, 403, 403, 429]
        trainer.page.get_by_role("button", name="End it").click()
        wait_for(trainer, "on this computer only")
        assert "until the trainer shows a code" in remote.get("/sign-in").text
        assert other.page.get_by_text("Live alerts").first.is_visible()


def test_nobody_signs_in_as_somebody_unheard_of(client):
    assert sign_in(client, officer="nobody").status_code == 400


def test_a_live_control_room_lets_nobody_in(client, running, monkeypatch):
    """Asked of the page's own function: a live process would refuse this training database."""
    from starlette.requests import Request

    from smartalert.control.sign_in import page as pages

    monkeypatch.setenv("SMARTALERT_MODE", "live")
    forget_settings()
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/sign-in",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    page = bytes(pages.choose(Request(scope)).body).decode()
    assert "sign-in is not set up" in page
    assert "<button" not in page
    assert "TRAINING" not in page


def test_signing_out_ends_the_sign_in_even_for_a_copied_cookie(client, room):
    sign_in(client)
    with httpx.Client(base_url=room, cookies=dict(client.cookies), trust_env=False) as copy:
        assert copy.get("/live_alerts").status_code == 200
        client.post("/sign-out", headers={"origin": room})
        assert copy.get("/live_alerts").status_code == 303


def test_every_answer_keeps_the_page_to_ourselves(client):
    for path in ("/sign-in", "/_stcore/health", "/look/look.css", "/static/favicon.png"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_ground_is_a_file_by_byte_ranges_for_officers(client, running: Deployment):
    with running.database.connect(autocommit=True) as conn:
        base_map.draw_known(conn)
        number, size = conn.execute("select id, bytes from ground_maps order by id desc limit 1").fetchone()
    path = f"/tiles/ground/{number}.pmtiles"
    assert client.get(path).status_code == 403
    sign_in(client)
    part = client.get(path, headers={"range": "bytes=0-126"})
    assert (part.status_code, part.headers["content-range"]) == (206, f"bytes 0-126/{size}")
    assert part.content.startswith(b"PMTiles\x03")
    assert part.headers["etag"] == client.get(path, headers={"range": "bytes=127-200"}).headers["etag"]
    assert client.get(path, headers={"range": f"bytes={size}-"}).status_code == 416
    assert len(client.get(path).content) == size
    assert client.get(f"/tiles/ground/{number + 1}.pmtiles").status_code == 404


def test_street_tiles_are_for_officers_and_hold_the_streets(client):
    from tests.control.alert_map.street_tiles import tile_of

    column, row = map(int, tile_of(LON, LAT, 14))
    path = f"/tiles/streets/14/{column}/{row}.mvt"
    assert client.get(path).status_code == 403
    sign_in(client)
    tile = client.get(path)
    assert (tile.status_code, tile.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert b"Tannery Row" in tile.content
    assert "max-age" in tile.headers["cache-control"]
    column, row = map(int, tile_of(LON, LAT, 11))
    assert b"Tannery Row" not in client.get(f"/tiles/streets/11/{column}/{row}.mvt").content
    assert client.get("/tiles/streets/3/9/9.mvt").status_code == 404


def test_people_in_tens_are_for_senders_and_of_the_choice_that_is_asked_for(client):
    from smartalert.audience.preview import Choice
    from smartalert.control.alert_map import tens
    from tests.control.alert_map.street_tiles import tile_of

    column, row = map(int, tile_of(LON, LAT, tens.AT_PLACES))
    path = "/" + tens.address(Choice(urgent=True)).replace("{tile}", f"{tens.AT_PLACES}/{column}/{row}")
    assert client.get(path).status_code == 403
    sign_in(client, "analyst.price")
    assert client.get(path).status_code == 403
    sign_in(client)
    (found,) = client.get(path).json()
    assert (found["reach_m"], found["apart_m"], len(found["at"])) == (0, 0, PEOPLE / 10)
    assert client.get(path.replace("topics=0", "topics=4")).json() == []
    assert client.get(path.replace("/12/", "/14/")).status_code == 404
    assert client.get(path.replace("topics=0", "topics=x")).status_code == 404
    assert tens.address(Choice(urgent=True, follows=1)) == ""


#: How long each move of the hand has waited for its figure, in milliseconds.
FIGURES = """() => {
  window.waits = [];
  let moved = 0;
  window.addEventListener("pointermove", () => { moved = performance.now(); window.waits.push(Infinity); }, true);
  document.addEventListener("smartalert:moving", ({detail}) => {
    if (detail.startsWith("about")) window.waits[window.waits.length - 1] = performance.now() - moved;
  });
}"""


def test_figures_follow_the_hand_about_and_are_exact_at_rest(running: Deployment, room: str, chromium: Chromium):
    with chromium() as tab:
        officer = Sender(tab, room)
        officer.begin()
        officer.hand.press("0", "c")
        officer.hand.zoom_in(2)
        pill, moving = officer.hand.root.locator(".am-pill"), tab.page.locator(".sd-moving b")
        x, y = officer.hand.at(LON, LAT)
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        tab.page.mouse.move(x + 40, y, steps=4)
        expect(moving).to_have_text(re.compile(r"^about \d00 people$"))
        asked: list[str] = []
        tab.page.on("request", lambda request: asked.append(request.url))
        tab.page.evaluate(FIGURES)
        tab.page.mouse.move(x + 100, y, steps=30)
        expect(pill).to_have_text(re.compile(r" · about 400 people$"))
        waits = tab.page.evaluate("window.waits")
        assert median(waits) < 50, waits  # ten figures a second and more
        assert (
            len([url for url in asked if "/tens/" in url]) <= 8
        )  # ground that came into reach; no figure is asked for
        tab.page.mouse.up()
        expect(officer.figure(0)).to_have_text("400")
        expect(moving).to_be_hidden()
        expect(pill).not_to_contain_text("people")
        assert tab.errors == []


def test_of_tiles_no_more_is_kept_than_so_many_bytes() -> None:
    from smartalert.control.alert_map import tiles

    kept, tile_bytes = tiles.tile.cache, bytes(5_000_000)
    for number in range(20):
        kept[number] = tile_bytes
    assert tiles.MOST_KEPT - len(tile_bytes) < kept.currsize <= tiles.MOST_KEPT
    kept.clear()


#: Notes whatever the banner shows at any moment that cannot be true together.
CONTRADICTIONS = """() => {
  window.contradictions = [];
  new MutationObserver(() => {
    const words = document.querySelector(".sa-standing h2")?.textContent ?? "";
    const shown = [...document.querySelectorAll("[class*=st-key-banner-] button")].filter(it => it.checkVisibility());
    const undo = shown.some(it => it.textContent.includes("Undo"));
    const stop = shown.some(it => it.textContent.includes("Stop"));
    if (words && (undo && !words.startsWith("Nobody has been told") || stop && !words.startsWith("Going out")))
      window.contradictions.push(`${words}: ${shown.map(it => it.textContent)}`);
  }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def test_two_officers_watch_one_alert_go_out(running: Deployment, room: str, chromium: Chromium):
    with chromium() as first:
        open_as(first, room, "inspector.carr", "live_alerts")
        second = open_as(first.another(dark=True), room, "desk.hussain", "live_alerts")
        alert_id = running.issue(complete_draft(), undo_s=59)  # With a minute to go it would be one that is sent later.
        for tab in (first, second):
            tab.page.goto(f"{room}/live_alerts?alert={alert_id}", wait_until="commit")
        for tab in (first, second):
            wait_for(tab, "you can still undo")
            assert tab.page.locator(".sa-mode").inner_text() == "TRAINING"
            assert tab.page.title() == "EXERCISE · Live alerts · Smart Alert"
        assert second.page.get_by_role("button", name="Tell them now").count() == 0
        first.page.evaluate(CONTRADICTIONS)
        before = int(first.page.locator("[data-until]").inner_text())
        ticked = "before => Number(document.querySelector('[data-until]').textContent) < before"
        eventually(lambda: first.page.evaluate(ticked, before))
        first.page.get_by_role("button", name="Tell them now").click()
        for tab in (first, second):
            wait_for(tab, "Everyone has been told")
            figure = tab.page.locator(".sa-figure b").first
            assert figure.inner_text() == f"{2 * PEOPLE}"
            expect(tab.page.locator(".sa-channel").first).to_contain_text(f"delivered {PEOPLE}")
            tab.page.locator("canvas").first.wait_for()
            tab.page.locator(".st-key-panel-curve .marks").first.wait_for()
            assert tab.external == []
            assert tab.errors == []
        assert first.page.evaluate("window.contradictions") == []


def test_each_screen_has_a_title_of_its_own_in_the_browsers_tab(room: str, chromium: Chromium):
    with chromium() as tab:
        open_as(tab, room, "chief.whitlock", "approvals")
        for screen in ("Approvals", "Live alerts", "Responses", "Audit"):
            tab.page.locator(".st-key-rail").get_by_text(screen).click()
            expect(tab.page).to_have_title(f"EXERCISE · {screen} · Smart Alert")


def test_stopping_shows_the_count_and_is_seen_by_everybody(running: Deployment, room: str, chromium: Chromium):
    running.simulator.faults(push_unavailable=1.0)
    try:
        alert_id = running.issue(complete_draft())
        with chromium(viewport=(1280, 720)) as first:
            open_as(first, room, "inspector.carr", f"live_alerts?alert={alert_id}")
            second = open_as(first.another(), room, "officer.bailey", f"live_alerts?alert={alert_id}")
            wait_for(second, "Going out now")
            first.page.get_by_role("button", name="Stop …").click()
            first.page.get_by_text("will not be sent").wait_for()
            focused = "document.activeElement.textContent.includes('Keep going')"
            eventually(lambda: first.page.evaluate(focused))
            first.page.get_by_role("button", name="Stop: do not send").click()
            for tab in (first, second):
                wait_for(tab, "Stopped by Insp. Alison Carr")
    finally:
        running.simulator.faults(push_unavailable=0.0)
    running.wait_until_done(alert_id)


def test_signing_out_in_one_tab_ends_the_other(running: Deployment, room: str, chromium: Chromium):
    with chromium() as tab:
        open_as(tab, room, "inspector.carr", "live_alerts")
        other = tab.page.context.new_page()
        other.goto(f"{room}/live_alerts")
        other.wait_for_selector(".sa-title")
        tab.page.get_by_role("button", name="Sign out").click()
        tab.page.get_by_text("Who is on duty?").wait_for()
        other.get_by_text("Sign in to continue").wait_for()
