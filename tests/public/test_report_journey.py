"""From an alert to an officer's ear: the mail's link, a report with a photo from a phone without scripts, the inbox."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.browser import Tab, chromium
from tests.database import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_force_area, make_street, make_subscriber
from tests.simulator_process import eventually

PHONE, DESK = (390, 844), (1440, 900)
SAW = "Two men with a crowbar by the towpath. One has a red coat."


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything, with one person, two streets and a postcode."""
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_street(conn)
        make_street(conn, name="Mill Lane", line=[(-100, -400), (0, 0), (150, 380)])
        make_subscriber(conn)
    with deployment(module_database, tmp_path_factory.mktemp("running")) as made:
        yield made


@pytest.fixture(scope="module")
def mail(running: Deployment) -> str:
    """The text of the mail that an alert made land."""
    running.wait_until_done(running.issue(complete_draft()))
    eventually(lambda: bool(running.simulator.mails()), 20)
    return str(running.simulator.mails()[0]["text"])


@pytest.fixture(scope="module")
def links(mail: str) -> tuple[str, str]:
    """The mail's own link to report back, and the one to pass on."""
    return re.search(r"http\S+/report/\S+", mail)[0], re.search(r"http\S+/alerts/\S+", mail)[0]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_0482.png"
    Image.effect_noise((900, 600), 90).convert("RGB").save(path)
    return path


def test_a_push_carries_the_same_links(running: Deployment, mail: str) -> None:
    (phone,) = running.simulator.phones()
    (push,) = phone["cards"]
    assert re.fullmatch(r"http\S+/report/\d+-\d+-push\.\S+", push["data"]["report"])
    assert "/alerts/" in push["data"]["page"]


def test_a_report_by_phone_reaches_the_officer(running: Deployment, links: tuple[str, str], photo: Path) -> None:
    room = running.start_control()
    with chromium(viewport=DESK) as desk:
        desk.page.goto(f"{room}/responses")
        desk.page.click("button[value='desk.hussain']")
        desk.page.get_by_text("Nothing here").wait_for(timeout=60_000)
        phone = desk.another(viewport=PHONE, java_script_enabled=False)
        reference = report(phone, links[0], photo)
        posted = time.monotonic()
        row = desk.page.get_by_role("button", name=re.compile(f"Open {reference}, new, urgent"))
        row.wait_for(timeout=20_000)
        assert time.monotonic() - posted < 5
        row.click()
        desk.page.locator(".sa-resp-body mark").get_by_text("crowbar").wait_for(timeout=20_000)
        shown = desk.page.locator(".sa-photo img")
        shown.wait_for()
        eventually(lambda: shown.evaluate("image => image.naturalWidth") == 900, 10)
        desk.page.get_by_role("button", name="Claim").click()
        desk.page.get_by_text("claimed by Imran Hussain").wait_for(timeout=20_000)
        assert desk.external == phone.external == []
        assert desk.errors == []
        assert faults(desk) == []


def report(phone: Tab, link: str, photo: Path) -> str:
    """Fill in the form as somebody would on a phone; the reference they get."""
    page = phone.page
    page.goto(link)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.get_by_label("What did you see or hear?").fill(SAW)
    page.get_by_label("It is happening now").check()
    page.get_by_label("Place, postcode or house number").fill("by the lock")
    page.get_by_label("Street").select_option(label="Mill Lane, Stafford")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_label("Yes, also through Smart Alert").check()
    time.sleep(3)  # nobody fills this in faster
    page.get_by_role("button", name="Tell the police").click()
    return page.locator(".reference").inner_text()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_what_the_public_reads(links: tuple[str, str], viewport: tuple[int, int]) -> None:
    mine, page = links
    with chromium(viewport=viewport) as tab:
        for address in (page, page.rpartition("/")[0], mine, f"{page}/report", f"{page}x"):
            tab.page.goto(address)
            assert faults(tab) == [], address
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= viewport[0], address
        tab.page.goto(mine)
        tab.page.get_by_label("What did you see or hear?").fill("A car")
        tab.page.get_by_role("button", name="Tell the police").click()
        tab.page.get_by_text("That was very quick").wait_for()
        assert faults(tab) == []
        assert tab.external == []


def faults(tab: Tab) -> list[str]:
    """What axe finds wrong on the page as it is."""
    found = Axe().run(tab.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]
