"""What the public's tests share."""

from collections.abc import Iterator

import httpx
import pytest

from smartalert.config import settings
from smartalert.public import signup
from tests.conftest import forget_settings
from tests.databases import Database
from tests.public import served as alerts_read
from tests.public.people import Visitor, settle
from tests.public.served import served


@pytest.fixture
def visitor(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Somebody in front of the public service, whose typing is as fast as a test's."""
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    settings.cache_clear()
    signup.serializer.cache_clear()
    monkeypatch.setattr(signup, "FASTEST_S", 0.0)
    settle(database)
    with served() as client:
        yield Visitor(client)


@pytest.fixture
def public(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """The service on a database of the test's own, where people live; a reader of its pages."""
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    with database.connect(autocommit=True) as conn:
        alerts_read.settle(conn)
    with served() as client:
        yield client
