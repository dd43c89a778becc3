"""Who may come in, and what a screen does about everybody else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.config import settings
from smartalert.control import access, streamlit_patches
from smartalert.control.access import Officer, Role
from smartalert.control.frame import SCREENS
from smartalert.database import connection
from smartalert.errors import NotAllowed
from smartalert.officers import register

GUARDED = """
from smartalert.control.access import Role, require_officer
import streamlit as st
officer = require_officer(Role.SENDER)
st.text(f"Welcome {officer.id}")
"""
pytestmark = pytest.mark.usefixtures("control_room")
SENDING = access.Power("send", (Role.SENDER,))


def come_as(officer: Officer | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the browser of a signed-in officer would bring; AppTest has no cookies."""
    cookie = access.make_cookie(officer) if officer else ""
    monkeypatch.setattr(access, "shown_cookie", lambda: cookie)
    return cookie


def text_of(page: AppTest) -> str:
    return " ".join(part.proto.body for part in page.get("html"))


def test_the_guard_names_the_officer(monkeypatch):
    come_as(access.officers()["inspector.carr"], monkeypatch)
    assert [shown.value for shown in AppTest.from_string(GUARDED).run().text] == ["Welcome inspector.carr"]


def test_the_guard_stops_a_page_for_the_signed_out(monkeypatch):
    come_as(None, monkeypatch)
    page = AppTest.from_string(GUARDED).run()
    assert not page.text
    assert "Sign in to continue" in text_of(page)


def test_the_guard_stops_a_page_for_another_role_and_says_which_is_needed(monkeypatch):
    come_as(access.officers()["analyst.price"], monkeypatch)
    page = AppTest.from_string(GUARDED).run()
    assert not page.text
    assert "Gwen Price, you need the role of sender" in text_of(page)


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


def test_signing_out_ends_the_cookie_wherever_it_is_held_and_no_other():
    bailey = access.officers()["officer.bailey"]
    here, elsewhere = access.make_cookie(bailey), access.make_cookie(bailey)
    access.end_sign_in(here)
    assert access.read_cookie(here) is None
    assert access.read_cookie(elsewhere) == bailey


def test_an_officer_loses_power_at_the_next_click(monkeypatch):
    come_as(access.officers()["officer.bailey"], monkeypatch)
    page = AppTest.from_string(GUARDED).run()
    assert page.text
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        register.bar(conn, "officer.bailey", "admin.foster", datetime.now(UTC))
    assert "Sign in to continue" in text_of(page.run())
    with pytest.raises(NotAllowed), access.acting(SENDING):
        pass
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        register.let_back(conn, "officer.bailey", "admin.foster")


def test_who_is_there_is_asked_once_a_run_and_anew_in_the_next(monkeypatch):
    come_as(access.officers()["officer.bailey"], monkeypatch)
    asked: list[str] = []
    look = register.presence
    monkeypatch.setattr(register, "presence", lambda conn, *facts: asked.append("") or look(conn, *facts))
    page = AppTest.from_string("from smartalert.control.access import require_officer\n" + "require_officer()\n" * 5)
    assert not page.run().exception
    assert len(asked) == 1
    page.run()
    assert len(asked) == 2


def test_a_screen_that_draws_itself_again_keeps_nobody_signed_in(monkeypatch, module_database):
    come_as(access.officers()["inspector.carr"], monkeypatch)

    def last_click() -> datetime:
        with module_database.connect() as conn:
            found = "select last_seen_at from officer_sessions order by id desc limit 1"
            return conn.execute(found).fetchone()[0]

    with module_database.connect(autocommit=True) as conn:
        conn.execute("update officer_sessions set last_seen_at = last_seen_at - interval '5 minutes'"
                     " where ended_at is null")  # fmt: skip
    before = last_click()
    monkeypatch.setattr(streamlit_patches, "runs_fragments_only", lambda: True)
    access.require_officer(Role.SENDER)
    assert last_click() == before
    monkeypatch.setattr(streamlit_patches, "runs_fragments_only", lambda: False)
    access.require_officer(Role.SENDER)
    assert last_click() > before + timedelta(minutes=4)


def test_made_up_officers_are_for_training_without_a_provider_only(monkeypatch):
    assert "inspector.carr" in access.officers()
    monkeypatch.setenv("SMARTALERT_OIDC_ISSUER", "https://force.example")
    settings.cache_clear()
    assert access.officers() == {}
    monkeypatch.delenv("SMARTALERT_OIDC_ISSUER")
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    settings.cache_clear()
    assert access.officers() == {}


def test_a_write_is_asked_who_makes_it(monkeypatch):
    come_as(None, monkeypatch)
    with pytest.raises(NotAllowed, match="no longer signed in"), access.acting(SENDING):
        pass
    come_as(access.officers()["desk.hussain"], monkeypatch)
    with pytest.raises(NotAllowed, match="role"), access.acting(SENDING):
        pass
    come_as(access.officers()["inspector.carr"], monkeypatch)
    with access.acting(SENDING) as (_, officer):
        assert officer.id == "inspector.carr"
