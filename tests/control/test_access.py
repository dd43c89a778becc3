"""Who may come in, and what a screen does about everybody else."""

from itertools import product
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.config import settings
from smartalert.control import access
from smartalert.control.access import Officer, Role
from smartalert.control.frame import SCREENS
from smartalert.errors import NotAllowed
from tests.conftest import forget_settings

GUARDED = """
from smartalert.control.access import Role, require_officer
import streamlit as st
officer = require_officer(Role.SENDER)
st.text(f"Welcome {officer.id}")
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    access._serializer.cache_clear()


def come_as(officer: Officer | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the browser of a signed-in officer would bring; AppTest has no cookies."""
    cookie = access.make_cookie(officer) if officer else ""
    monkeypatch.setattr(access, "shown_cookie", lambda: cookie)


def text_of(page: AppTest) -> str:
    return " ".join(part.proto.body for part in page.get("html"))


def test_the_guard_names_the_officer(monkeypatch):
    come_as(access.officers()["inspector.carr"], monkeypatch)
    assert [shown.value for shown in AppTest.from_string(GUARDED).run().text] == ["Welcome inspector.carr"]


def test_the_guard_stops_a_page_for_the_signed_out(monkeypatch):
    come_as(None, monkeypatch)
    page = AppTest.from_string(GUARDED).run()
    assert not page.text
    assert "Sign in to go on" in text_of(page)


def test_the_guard_stops_a_page_for_another_role_and_says_which_is_needed(monkeypatch):
    come_as(access.officers()["analyst.price"], monkeypatch)
    page = AppTest.from_string(GUARDED).run()
    assert not page.text
    assert "Gwen Price, this needs the role of sender" in text_of(page)


@pytest.mark.parametrize(("screen", "role"), list(product(SCREENS, [None, *Role])), ids=str)
def test_every_page_refuses_who_may_not_open_it(screen, role, monkeypatch):
    """The first statement of a page is its guard: what comes after is not reached, so no database is needed."""
    if role and (not screen.roles or role in screen.roles):
        pytest.skip("this role may open it")
    somebody = Officer("test.officer", "Test Officer", "", (role,)) if role else None
    monkeypatch.setattr(access, "present_officer", lambda: somebody)
    page = AppTest.from_file(screen.file).run()
    assert not page.exception
    assert ("not open to you" if somebody else "Sign in to go on") in text_of(page)


@pytest.mark.parametrize("file", sorted(Path("pages").glob("*.py")), ids=str)
def test_every_page_is_a_screen_of_the_frame_and_begins_with_its_guard(file):
    assert file.resolve() in {screen.file for screen in SCREENS}
    statements = [
        line for line in file.read_text().splitlines() if line and not line.startswith((" ", "#", '"""', ")"))
    ]
    first = next(line for line in statements if not line.startswith(("import ", "from ")))
    assert first.startswith("officer = require_officer(")


def test_a_cookie_that_was_changed_names_nobody():
    cookie = access.make_cookie(access.officers()["officer.bailey"])
    assert access.read_cookie(cookie).id == "officer.bailey"
    assert access.read_cookie(cookie[:-2] + "xx") is None
    assert access.read_cookie("") is None


def test_a_cookie_ends_with_the_shift(monkeypatch):
    cookie = access.make_cookie(access.officers()["officer.bailey"])
    monkeypatch.setattr(access, "LONGEST_SHIFT_S", -1)
    assert access.read_cookie(cookie) is None


def test_signing_out_ends_the_cookie_wherever_it_is_held_and_no_other():
    bailey = access.officers()["officer.bailey"]
    here, elsewhere = access.make_cookie(bailey), access.make_cookie(bailey)
    access.end_sign_in(here)
    assert access.read_cookie(here) is None
    assert access.read_cookie(elsewhere) == bailey


def test_live_has_no_made_up_officers(monkeypatch):
    cookie = access.make_cookie(access.officers()["inspector.carr"])
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    settings.cache_clear()
    assert access.officers() == {}
    assert access.read_cookie(cookie) is None


def test_a_click_is_asked_again_who_made_it(monkeypatch):
    come_as(None, monkeypatch)
    with pytest.raises(NotAllowed, match="no longer signed in"):
        access.acting_officer(Role.SENDER)
    come_as(access.officers()["desk.hussain"], monkeypatch)
    with pytest.raises(NotAllowed, match="role"):
        access.acting_officer(Role.SENDER)
    assert access.acting_officer(Role.RESPONDER).id == "desk.hussain"
