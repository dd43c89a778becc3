"""Every page and every action × every role, from the one table that the code is made of; docs/roles.md shows it."""

import json
import os
import pkgutil
from importlib import import_module
from itertools import product

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

import smartalert.control
from smartalert.control import access
from smartalert.control.access import POWERS, Officer, Power, Role
from smartalert.control.frame import SCREENS, Screen
from smartalert.database import connection
from smartalert.errors import NotAllowed
from tests import PROJECT
from tests.databases import Database
from tests.factories import make_force_area
from tests.processes import run_to_its_end
from tests.waiting import PATIENCE_S

for module in pkgutil.walk_packages(smartalert.control.__path__, "smartalert.control."):
    if not module.name.endswith(".app"):
        import_module(module.name)
pytestmark = pytest.mark.usefixtures("control_room")
#: Nobody, and somebody with each role alone.
EVERYBODY: tuple[Role | None, ...] = (None, *Role)


def granted(roles: tuple[Role, ...], role: Role | None) -> bool:
    """Whether the table lets somebody with this role alone through."""
    return role is not None and (not roles or role in roles)


def cookie_of(role: Role | None) -> str:
    return access.make_cookie(Officer(f"only.{role}", f"Only {role}", "", (role,))) if role else ""


REFUSED = [(screen, role) for screen, role in product(SCREENS, EVERYBODY) if not granted(screen.roles, role)]


@pytest.mark.parametrize(("screen", "role"), REFUSED, ids=lambda it: it.url if isinstance(it, Screen) else str(it))
def test_a_page_is_closed_to_whoever_the_table_does_not_name(screen, role, monkeypatch):
    """Run as the first thing that a server ever runs: without the frame, as Streamlit may."""
    cookie = cookie_of(role)
    monkeypatch.setattr(access, "shown_cookie", lambda: cookie)
    page = AppTest.from_file(screen.file).run()
    assert not page.exception
    (said,) = [part.proto.body for part in page.get("html")]
    assert ("You cannot use this screen" if role else "Sign in to continue") in said


@pytest.mark.parametrize("power", POWERS.values(), ids=lambda power: power.words)
def test_an_action_is_open_to_those_whom_the_table_names_and_to_nobody_else(power: Power) -> None:
    for role in EVERYBODY:
        cookie = cookie_of(role)
        if granted(power.roles, role):
            with access.acting(power, cookie) as (_, officer):
                assert officer.roles == (role,)
        else:
            with pytest.raises(NotAllowed), access.acting(power, cookie):
                pytest.fail(f"{role} may: {power.words}")


def test_what_only_looks_cannot_write() -> None:
    with (
        connection.reading(connection.engine("smartalert_control")) as conn,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        conn.execute("insert into drafts (officer) values ('x')")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        conn.execute("insert into drafts (officer) values ('x')")


def table() -> str:
    """The whole table, as docs/roles.md shows it."""
    head = ["| | " + " | ".join(Role) + " |", "|---|" + "---|" * len(Role)]
    pages = [row(f"{screen.title} (`/{screen.url}`)", screen.roles) for screen in SCREENS]
    actions = [row(power.words, power.roles) for power in sorted(POWERS.values(), key=lambda power: power.words)]
    return "\n".join(["## Screens", "", *head, *pages, "", "## Actions", "", *head, *actions, ""])


def row(words: str, roles: tuple[Role, ...]) -> str:
    return f"| {words} | " + " | ".join("yes" if granted(roles, role) else "–" for role in Role) + " |"


def test_the_documented_table_is_the_codes() -> None:
    documented = (PROJECT / "docs" / "roles.md").read_text()
    assert documented.endswith(table()), f"docs/roles.md should end with:\n\n{table()}"


def test_the_first_request_to_a_server_opens_no_page_that_is_closed(module_database: Database) -> None:
    """Streamlit may run a page's file alone if a fresh server is asked for it first: asked over its own socket."""
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
    wrong = {screen: next((role for role in Role if not granted(screen.roles, role)), None) for screen in SCREENS}
    asked = [(SCREENS[0], ""), *((screen, cookie_of(role)) for screen, role in wrong.items())]
    right = next(screen for screen in SCREENS if screen.roles)
    asked.append((right, cookie_of(right.roles[0])))
    answered = run_to_its_end(
        "tests.control.first_request",
        json.dumps([[screen.url, cookie] for screen, cookie in asked]),
        environment={**os.environ, "DATABASE_URL": module_database.url(), "SMARTALERT_SECRET_KEY": "only for tests"},
        within_s=3 * PATIENCE_S,
    )
    assert answered.returncode == 0, answered.stderr
    *closed, opened = [json.loads(line) for line in answered.stdout.splitlines()]
    for (screen, _), (_kinds, words) in zip(asked, closed, strict=False):
        assert "Sign in to continue" in words or "cannot use this screen" in words, screen.url
    assert "button" in opened[0]
    assert "sa-brand" in opened[1], "a page without its frame"
