"""A phone with the app, end to end: real service, workers and simulator, from registering to silence."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.responses import outcomes
from tests.browser import Chromium
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import OFFICER, complete_draft, make_subscriber
from tests.public.api.phone import Phone
from tests.public.people import settle
from tests.waiting import PATIENCE_S, eventually

SAW = "Two men with a crowbar by the lock."


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything, with one neighbour who stays."""
    settle(module_database)
    with module_database.connect() as conn:
        make_subscriber(conn)
    with deployment(module_database, tmp_path_factory.mktemp("running")) as made:
        yield made


@pytest.fixture(scope="module")
def api(running: Deployment) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.public_url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_0482.jpg"
    Image.effect_noise((900, 600), 90).convert("RGB").save(path)
    return path


def cards(running: Deployment, token: str) -> list[dict[str, object]]:
    """What lies on one phone, the newest first."""
    return [card for phone in running.simulator.phones(q=token) for card in phone["cards"]]


def one(running: Deployment, sql: str, *facts: object) -> object:
    with running.database.connect() as conn:
        return conn.execute(sql, facts).fetchone()


def test_a_device_registers_is_told_opens_answers_and_leaves(
    running: Deployment, api: httpx.Client, photo: Path
) -> None:
    ada = Phone(api, token="android-ada")
    away = [{"label": "Rugeley", "at": {"lat": 52.76, "lon": -1.94}}]
    ben = Phone(api, token="android-ben", choices={"places": away})
    alert_id = running.issue(complete_draft())
    running.wait_until_done(alert_id)
    eventually(lambda: cards(running, ada.token))
    (card,) = cards(running, ada.token)
    assert str(card["title"]).startswith("EXERCISE: Burglary")
    assert cards(running, ben.token) == []

    (told,) = ada.get("/device/alerts")["alerts"]
    identifier = told["alert"]["identifier"]
    assert (identifier, told["opened_at"]) == (card["alert_id"], None)
    assert told["handed_over_at"] is not None
    ada.ask("POST", f"/device/alerts/{identifier}/receipts", 204, json={"event": "opened"})
    ledger = one(
        running,
        "select d.state::text, d.opened_at is not null from deliveries d join contacts c using (subscriber_id, channel)"
        " where d.alert_id = %s and c.address = 'android-ada'",
        alert_id,
    )
    assert tuple(ledger) == ("delivered", True)

    reference = ada.ask(
        "POST", f"/alerts/{identifier}/reports", 201, data={"saw": SAW, "may_contact": "true"},
        files={"photo": photo.read_bytes()}, headers={"idempotency-key": "3e0b2c1d-journey"},
    ).json()["reference"]  # fmt: skip
    kept = one(
        running,
        "select saw, subscriber_id is not null, width from responses join response_photos on response_id = id"
        " where reference = %s",
        reference,
    )
    assert tuple(kept) == (SAW, True, 900)

    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        outcomes.tell(conn, alert_id, "Two arrests.", OFFICER, utc_now())
    eventually(lambda: len(cards(running, ada.token)) == 2)
    came = cards(running, ada.token)[0]
    assert (came["title"], came["text"]) == ("EXERCISE: What happened with incident 482 of 22 November", "Two arrests.")
    assert ada.get("/device/reports")[0]["outcomes"] == ["Two arrests."]

    ada.ask("DELETE", "/device", 204)
    running.wait_until_done(running.issue(complete_draft(headline="Burglary again")))
    assert len(cards(running, ada.token)) == running.simulator.ledger()["pushes"][ada.token] == 2


def test_a_trainers_phone_answers_from_the_wall(
    running: Deployment, api: httpx.Client, photo: Path, chromium: Chromium
) -> None:
    cleo = Phone(api, token="android-cleo")
    running.wait_until_done(running.issue(complete_draft(headline="Burglary in Mill Lane")))
    with chromium() as tab:
        tab.page.goto(running.simulator.url)
        tab.page.get_by_role("button", name=re.compile("Android ending d-cleo")).click()
        tab.page.get_by_text("Answer as the person").click()
        tab.page.get_by_label("What do they say?").fill(SAW)
        tab.page.get_by_label("It is happening now").check()
        tab.page.get_by_label("A photo, if they took one").set_input_files(photo)
        tab.page.get_by_role("button", name="Tell the police").click()
        expect(tab.page.get_by_role("status")).to_contain_text("on its way")
        expect(tab.page.get_by_text("✓ The police have the answer, reference")).to_be_visible()
        reference = re.search(r"\w{3}-\w{3}$", tab.page.get_by_role("status").inner_text().strip())
        expect(tab.page.get_by_text("✓ Opened at")).to_be_visible()
        assert tab.errors == tab.external == []
    assert reference
    kept = one(
        running,
        "select r.saw, r.urgent, p.width from responses r join response_photos p on p.response_id = r.id"
        " where r.reference = %s",
        reference.group(),
    )
    assert tuple(kept) == (SAW, True, 900)
    (mine,) = cleo.get("/device/reports")
    assert mine["reference"] == reference.group()
