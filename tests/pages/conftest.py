"""Screens without a browser: any of them, opened as any officer, on a database of the test's own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from smartalert.control import access, status
from smartalert.control.alert_map import county
from smartalert.database import connection
from smartalert.database.connection import Connection
from tests.conftest import forget_settings
from tests.databases import Database
from tests.waiting import PATIENCE_S

Open = Callable[..., AppTest]


def text(at: AppTest) -> str:
    """All that a screen says in markup of ours; it drew itself without a fault."""
    assert not at.exception
    return " ".join(part.proto.body for part in at.get("html"))


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """The owner's connection to the page's own database; it commits."""
    with database.connect(autocommit=True) as conn:
        yield conn


@pytest.fixture
def open_screen(database: Database, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens pages/NAME.py as an officer, at an address; each call is a tab of its own."""
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    access._serializer.cache_clear()
    st.cache_resource.clear()

    def opened(name: str, officer: str, session: Mapping[str, Any] | None = None, **address: object) -> AppTest:
        cookie = access.make_cookie(access.officers()[officer])
        monkeypatch.setattr(access, "shown_cookie", lambda: cookie)
        at = AppTest.from_file(f"../../pages/{name}.py", default_timeout=PATIENCE_S)
        for key, value in (session or {}).items():
            at.session_state[key] = value
        for parameter, value in address.items():
            if value is not None:
                at.query_params[parameter] = str(value)
        return at.run()

    return opened


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The transactions of this screen's own, as they are begun; what all browsers share is looked at elsewhere."""
    found: list[str] = []
    for kind in ("reading", "transaction"):
        begin = getattr(connection, kind)
        monkeypatch.setattr(
            connection, kind, lambda engine, kind=kind, begin=begin: found.append(kind) or begin(engine)
        )
    monkeypatch.setattr(status, "look", lambda: status.Look([], running=0))
    monkeypatch.setattr(county, "in_force", list)
    return found
