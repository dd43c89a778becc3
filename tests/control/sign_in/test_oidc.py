"""A live control room and a real OpenID Connect provider on loopback: the whole exchange, and what ends it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Locator, Page, expect
from starlette.routing import Route

from smartalert.config import Mode
from smartalert.control.app import app
from smartalert.database.cluster import OWNER, Cluster
from smartalert.database.migrations import migrate
from tests.browser import Tab, violations
from tests.databases import Database
from tests.deployment import SECRET, Deployment
from tests.factories import make_force_area, make_neighbourhoods
from tests.processes import end
from tests.simulator_process import free_port
from tests.waiting import PATIENCE_S

PEOPLE = [
    User(sub="u-1001", claims={"name": "Priya Nair", "groups": ["Staff", "SA-Admins"]}),
    User(sub="u-1002", claims={"name": "Sgt Joe Marsh", "groups": ["SA-Senders"], "areas": ["E"]}),
    User(sub="u-1003", claims={"name": "PC Ana Ruiz", "groups": ["SA-Senders"], "areas": ["*"]}),
    User(sub="u-1004", claims={"name": "Visitor", "groups": ["Staff"]}),
    User(sub="u-1005", claims={"name": "No\0text", "groups": ["SA-Senders"], "areas": ["*"]}),
]


@dataclass
class Room:
    """A running live control room, and its database."""

    url: str
    database: Database

    def one(self, question: str) -> Any:
        """The one answer of the database."""
        with self.database.connect() as conn:
            return conn.execute(question).fetchone()[0]

    def do(self, statement: str) -> None:
        """Change something behind the control room's back."""
        with self.database.connect(autocommit=True) as conn:
            conn.execute(statement)


@contextmanager
def live_database(cluster: Cluster) -> Iterator[Database]:
    """A live one: the template's are for training, for ever."""
    made = Database(cluster, f"live_{free_port()}")
    cluster.create_database(made.name)
    migrate(cluster.url(OWNER, made.name), Mode.LIVE)
    with made.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
    try:
        yield made
    finally:
        cluster.drop_database(made.name)


@pytest.fixture(scope="module")
def room(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Provider, database and control room."""
    with live_database(cluster) as database, run_server_in_thread(user_claims=PEOPLE, require_nonce=True) as provider:
        environment = {
            **os.environ,
            "DATABASE_URL": database.url(),
            "SMARTALERT_MODE": "live",
            "SMARTALERT_DATA_DIR": str(tmp_path_factory.mktemp("live")),
            "SMARTALERT_SECRET_KEY": SECRET,
            "SMARTALERT_CONTROL_PORT": str(free_port()),
            "SMARTALERT_OIDC_ISSUER": f"http://localhost:{provider.server_port}",
            "SMARTALERT_OIDC_CLIENT_ID": "smart-alert",
            "SMARTALERT_OIDC_CLIENT_SECRET": "only for tests",
            "SMARTALERT_OIDC_ROLE_CLAIM": "groups",
            "SMARTALERT_OIDC_ROLES": '{"SA-Senders": "sender", "SA-Admins": "administrator"}',
            "SMARTALERT_OIDC_JURISDICTION_CLAIM": "areas",
        }
        running = Deployment(database, None, environment, program="tests.without_tls")
        try:
            yield Room(running.start_control(), database)
        finally:
            end(running.controls)


@pytest.fixture
def client(room: Room) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=room.url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client
    room.do("delete from refused_sign_ins")


def exchange(client: httpx.Client, sub: str, wanted: str = "") -> httpx.Response:
    """What a browser does between pressing the button and being back."""
    begun = client.get("/sign-in/force", params={"next": wanted})
    assert begun.status_code == 303
    said = client.post(begun.headers["location"], data={"sub": sub})
    assert said.status_code in (302, 303)
    return client.get(said.headers["location"])


def test_live_offers_the_forces_account_and_no_made_up_officer(client):
    page = client.get("/sign-in").text
    assert "Sign in with your Staffordshire Police account" in page
    assert "<form" not in page
    assert "TRAINING" not in page
    posted = client.post("/sign-in", data={"officer": "inspector.carr"}, headers={"origin": str(client.base_url)})
    assert posted.status_code == 403


def test_an_exchange_signs_in_with_the_mapped_roles_and_area(client, room):
    back = exchange(client, "u-1002", "/send_alert")
    assert 'content="0; url=/send_alert"' in back.text
    cookie = next(header for header in back.headers.get_list("set-cookie") if "smartalert_officer" in header)
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert client.get("/send_alert").status_code == 200
    row = room.one("select to_jsonb(o) from officers o where id = 'u-1002'")
    assert (row["name"], row["roles"], row["jurisdiction"]) == ("Sgt Joe Marsh", ["sender"], ["E"])
    exchange(client, "u-1003")
    assert room.one("select jurisdiction is null from officers where id = 'u-1003'")


def test_claims_that_are_no_text_are_a_bad_request_and_noted(client, room):
    back = exchange(client, "u-1005")
    assert back.status_code == 400
    assert "text that we cannot read" in back.text
    assert room.one("select who from refused_sign_ins order by id desc limit 1") == ""
    assert not room.one("select exists (select from officers where id = 'u-1005')")


def test_what_is_no_text_in_an_address_is_a_bad_request(client):
    for path in ("/sign-in/back?state=%00", "/sign-in?next=%ED%A0%80", "/live_alerts%00", "/sign-in/back?code=%00"):
        assert client.get(path).status_code == 400
    assert client.get("/sign-in", headers={"cookie": 'smartalert_officer="\\000"'}).status_code == 400


def test_whoever_has_no_role_is_turned_away_and_noted(client, room):
    back = exchange(client, "u-1004")
    assert back.status_code == 403
    assert "Visitor has no role in Smart Alert" in back.text
    assert client.get("/live_alerts").status_code == 303
    assert room.one("select who from refused_sign_ins order by id desc limit 1") == "Visitor"
    assert not room.one("select exists (select from officers where id = 'u-1004')")


def test_who_says_no_to_the_provider_reads_so(client):
    begun = client.get("/sign-in/force").headers["location"]
    said = client.post(begun, data={"action": "deny"}).headers["location"]
    # This provider forgets to give the state back.
    back = client.get(said, params={**httpx.URL(said).params, "state": httpx.URL(begun).params["state"]})
    assert back.status_code == 403
    assert "The force’s sign-in did not let you through" in back.text


def test_an_answer_to_somebody_elses_attempt_signs_nobody_in(client, room):
    """Else a link could sign an officer in as its sender."""
    begun = client.get("/sign-in/force")
    stolen = client.post(begun.headers["location"], data={"sub": "u-1001"}).headers["location"]
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as other:
        assert "started this sign-in in another browser" in other.get(stolen).text
    changed = client.get(stolen.replace("state=", "state=x"))
    assert (changed.status_code, "smartalert_officer" in changed.headers.get("set-cookie", "")) == (403, False)


def test_repeated_failures_make_that_account_wait_and_nobody_else(client, room):
    refused = [exchange(client, "u-1004") for _ in range(6)]
    assert [answer.status_code for answer in refused] == [403, 403, 403, 403, 403, 429]
    assert "This account has been refused too often on this computer. Try again in" in refused[-1].text
    assert room.one("select count(*) from refused_sign_ins") == 5
    assert exchange(client, "u-1002").status_code == 200


def test_answers_that_nobody_asked_for_keep_nobody_out(client, room):
    """Any site may send a browser here as often as it likes."""
    for _ in range(30):
        assert client.get("/sign-in/back?code=x&state=y").status_code == 403
    assert room.one("select count(*) from refused_sign_ins") <= 20
    assert exchange(client, "u-1002").status_code == 200


def sign_in(tab: Tab, room: Room, sub: str, wanted: str) -> Page:
    """As an officer does, with the provider's own page between."""
    page = tab.page
    page.context.route("**/cdn.jsdelivr.net/**", lambda route: route.abort())  # the provider's own dress
    page.goto(f"{room.url}/{wanted}")
    page.get_by_role("link", name="Sign in with your").click()
    page.get_by_role("button", name=sub).click()
    page.wait_for_url(f"{room.url}/{wanted}*")
    expect(page.locator(".st-key-topbar")).to_contain_text("Sign out")
    return page


def over(page: Page) -> Locator:
    """What a page says once the sign-in has ended."""
    return page.get_by_text("Sign in to continue").first


def test_an_administrator_takes_power_away_and_it_is_gone_at_the_next_click(room: Room, browser: Tab):
    tab = browser.anew()
    sender = sign_in(tab, room, "u-1003", "send_alert")
    expect(sender.get_by_text("No area yet")).to_be_visible()
    assert "LIVE" in sender.locator(".st-key-topbar").inner_text()
    admin = sign_in(tab.another(), room, "u-1001", "administration")
    row = admin.locator("[class*='st-key-sign-in-']", has_text="PC Ana Ruiz").last
    row.get_by_role("button", name="Remove access …").click()
    expect(admin.get_by_text("Remove PC Ana Ruiz’s access?")).to_be_visible()
    admin.get_by_role("button", name="Remove access", exact=True).click()
    expect(admin.get_by_text("PC Ana Ruiz can no longer sign in.")).to_be_visible()
    drafts = room.one("select count(*) from drafts")
    sender.get_by_role("button", name="New", exact=True).click()
    expect(over(sender)).to_be_visible()
    assert room.one("select count(*) from drafts") == drafts
    sender.goto(f"{room.url}/send_alert")
    sender.get_by_role("link", name="Sign in with your").click()
    sender.get_by_role("button", name="u-1003").click()
    expect(sender.get_by_role("alert")).to_contain_text("access has been removed")
    admin.get_by_role("button", name="Give access back").click()
    expect(admin.get_by_text("PC Ana Ruiz can sign in again.")).to_be_visible()
    expect(admin.locator(".st-key-panel-refused")).to_contain_text("PC Ana Ruiz")


def test_an_idle_hour_ends_the_sign_in_and_nothing_more_is_written(room: Room, browser: Tab):
    tab = browser.anew()
    page = sign_in(tab, room, "u-1002", "send_alert")
    expect(page.get_by_text("No area yet")).to_be_visible()
    drafts = room.one("select count(*) from drafts")
    room.do("update officer_sessions set last_seen_at = last_seen_at - interval '61 minutes' where ended_at is null")
    page.get_by_role("button", name="New", exact=True).click()
    expect(over(page)).to_be_visible()
    assert room.one("select count(*) from drafts") == drafts


def test_signing_in_and_administration_are_accessible(room: Room, browser: Tab):
    tab = browser.anew()
    tab.page.goto(f"{room.url}/sign-in/back?code=x&state=y")
    expect(tab.page.get_by_role("alert")).to_contain_text("Not signed in.")
    assert violations(tab.page) == []
    page = sign_in(tab, room, "u-1001", "administration")
    expect(page.get_by_role("heading", name="Signed in now")).to_be_visible()
    expect(page.locator(".st-key-panel-refused table")).to_be_visible()
    assert violations(page) == []


#: What anybody may ask for: the way in with its letters, and whether all is well.
OPEN = {"/sign-in", "/sign-in/force", "/sign-in/back", "/look/sans.woff2", "/health"}
CONVERTED = {"row": "1", "uuid": "00000000-0000-0000-0000-000000000001", "str": "nonsense", None: "nonsense"}


def test_every_route_of_ours_is_closed_to_the_signed_out(client):
    """Routes are not behind Streamlit's pages: each asks by itself."""
    routes = [route for route in app._user_routes if isinstance(route, Route) and "GET" in (route.methods or ())]
    closed = {route.path for route in routes} - OPEN
    assert len(closed) > 10
    for path in closed:
        asked = re.sub(r"\{\w+(?::(\w+))?\}", lambda part: CONVERTED[part[1]], path)
        assert client.get(asked, params={"alert": "1"}).status_code in (303, 403), path
