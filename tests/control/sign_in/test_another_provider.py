"""Signing in and out by a provider that others wrote: Django OAuth Toolkit, with Django's own pages, in a browser."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from smartalert.database.cluster import Cluster
from tests import PROJECT
from tests.browser import Chromium
from tests.control.sign_in.django_provider import CLIENT, PASSWORD, SECRET
from tests.control.sign_in.test_oidc import live_database
from tests.deployment import SECRET as KEY
from tests.deployment import Deployment
from tests.processes import end, wait_until_it_answers
from tests.simulator_process import free_port


@pytest.fixture(scope="module")
def room_url(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A live control room whose officers have accounts there."""
    folder, port, own_port = tmp_path_factory.mktemp("django"), free_port(), free_port()
    issuer, room = f"http://localhost:{port}/o", f"http://127.0.0.1:{own_port}"
    words = [sys.executable, "-m", "tests.control.sign_in.django_provider", str(port), str(folder), room]
    with live_database(cluster) as database, subprocess.Popen(words, cwd=PROJECT) as provider:
        environment = {
            **os.environ,
            "DATABASE_URL": database.url(),
            "SMARTALERT_MODE": "live",
            "SMARTALERT_DATA_DIR": str(folder),
            "SMARTALERT_SECRET_KEY": KEY,
            "SMARTALERT_CONTROL_PORT": str(own_port),
            "SMARTALERT_OIDC_ISSUER": issuer,
            "SMARTALERT_OIDC_CLIENT_ID": CLIENT,
            "SMARTALERT_OIDC_CLIENT_SECRET": SECRET,
            "SMARTALERT_OIDC_ROLE_CLAIM": "groups",
            "SMARTALERT_OIDC_ROLES": '{"SA-Senders": "sender", "SA-Admins": "administrator"}',
            "SMARTALERT_OIDC_MAX_AGE": "300",
            "SMARTALERT_OIDC_SIGN_OUT": "true",
        }
        running = Deployment(database, None, environment, program="tests.without_tls")
        try:
            wait_until_it_answers(f"{issuer}/.well-known/openid-configuration", provider)
            yield running.start_control()
        finally:
            end([*running.controls, provider])


def sign_in(page: Page, room_url: str, name: str) -> None:
    page.goto(f"{room_url}/live_alerts")
    page.get_by_role("link", name="Sign in with your").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_groups_come_from_userinfo_and_who_signs_out_leaves_nothing_to_the_next_person(
    room_url: str, chromium: Chromium
) -> None:
    with chromium() as tab:
        page = tab.page
        sign_in(page, room_url, "alison")
        bar = page.locator(".st-key-topbar")
        expect(bar).to_contain_text("Alison O’Neill-Łuczak")
        expect(page.get_by_role("link", name="Officers and rules")).to_be_visible()
        bar.get_by_role("button", name="Sign out").click()
        page.locator("input[name=allow]").click()  # the provider asks whoever is led there
        page.wait_for_url(f"{room_url}/sign-in")
        page.get_by_role("link", name="Sign in with your").click()
        expect(page.get_by_label("Password")).to_be_visible()
        page.goto(f"{room_url}/live_alerts")
        page.wait_for_url(f"{room_url}/sign-in*")
        sign_in(page, room_url, "visitor")
        expect(page.get_by_role("alert")).to_contain_text("has no role in Smart Alert")
        # who is still signed in there, and comes back, is asked again
        page.get_by_role("link", name="Sign in with your").click()
        expect(page.get_by_label("Password")).to_be_visible()
