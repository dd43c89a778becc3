"""The whole job in a real browser: draw, write, look, tell; undo, or watch it arrive on simulated phones and mails."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from smartalert.training import county
from tests.browser import Tab, chromium
from tests.control.sender import WAIT_MS, Sender
from tests.database import Database
from tests.deployment import Deployment, deployment

RESIDENTS = 10_000


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The training county with everything that runs."""
    county.fill(module_database.url(), RESIDENTS, seed=1, say=lambda words: None)
    with deployment(module_database, tmp_path_factory.mktemp("journey")) as running:
        yield running


@pytest.fixture(scope="module")
def room(running: Deployment) -> str:
    return running.start_control()


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def sender(browser: Tab, room: str) -> Iterator[Sender]:
    """An officer with an empty draft; nothing may have gone wrong or to the internet at the end."""
    tab = browser.another(bypass_csp=True)
    sender = Sender(tab, room)
    sender.begin()
    yield sender
    assert tab.external == []
    assert tab.errors == []
    tab.page.context.close()


def alert_of(sender: Sender, running: Deployment) -> int:
    """The alert that the browser was led to, held for two minutes: a machine that draws maps in software needs them."""
    sender.page.wait_for_url("**/live_alerts?alert=*", timeout=WAIT_MS)
    alert_id = int(sender.page.url.rpartition("=")[2])
    with running.database.connect() as conn:
        conn.execute("update alerts set release_at = now() + interval '2 min' where id = %s", (alert_id,))
        conn.execute("update deliveries set due_at = now() + interval '2 min' where alert_id = %s", (alert_id,))
        conn.commit()
    return alert_id


def told(running: Deployment, alert_id: int) -> dict[tuple[str, str], int]:
    """Deliveries by channel and state, once none is open."""
    return running.wait_until_done(alert_id, within_s=60)


def test_a_circle_is_drawn_and_everyone_in_it_is_told(sender: Sender, running: Deployment) -> None:
    sender.search("Stone")
    lon, lat, _ = sender.hand.view()
    before = sender.people()
    sender.hand.drag((lon + 0.002, lat), (lon + 0.016, lat))
    expect(sender.figure(0)).not_to_have_text(f"{before:,}", timeout=WAIT_MS)
    people, phones, mails = (int(sender.figure(n).inner_text().replace(",", "")) for n in range(3))
    sender.compose()
    tell = sender.review()
    expect(tell).to_have_text(re.compile(f"EXERCISE: tell {people:,} simulated people"))
    assert "Back" in sender.page.evaluate("document.activeElement.textContent")
    tell.dblclick()
    alert_id = alert_of(sender, running)
    sender.says("you can still undo")
    sender.page.get_by_role("button", name="Tell them now").click()
    sender.says("Everyone has been told", within_ms=60_000)
    states = told(running, alert_id)
    assert sum(n for (channel, _), n in states.items() if channel == "push") == phones
    assert sum(n for (channel, _), n in states.items() if channel == "email") == mails
    assert {state for _, state in states} <= {"handed_over", "delivered"}
    with running.database.connect() as conn:
        assert conn.execute("select count(*) from alerts where id >= %s", (alert_id,)).fetchone() == (1,)


def test_a_street_is_found_widened_and_told_but_undone_in_time(sender: Sender, running: Deployment) -> None:
    sender.search("high street, rugeley")
    narrow = sender.people()
    slider = sender.page.get_by_role("slider")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    expect(slider).to_have_value("110")
    expect(sender.figure(0)).not_to_have_text(f"{narrow:,}", timeout=WAIT_MS)
    assert sender.people() > narrow
    sender.compose("Robbery")
    sender.review().click()
    alert_id = alert_of(sender, running)
    sender.page.get_by_role("button", name="Undo: tell nobody").click()
    sender.says("Withdrawn: nobody was told")
    assert {state for _, state in told(running, alert_id)} == {"cancelled"}
