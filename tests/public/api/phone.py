"""A phone with the app, and the API it speaks to, as the tests of the app API need them."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from smartalert.config import settings, signer
from smartalert.public import forms
from smartalert.subscribers.devices import CONSENT_VERSION
from tests.conftest import forget_settings
from tests.databases import Database
from tests.public.people import settle
from tests.public.served import served

API = "/api/v1"
numbers = itertools.count(1)


def registration(**changes: Any) -> dict[str, Any]:
    """A registration that is as it should be, of a phone nobody had before."""
    choices = {
        "places": [{"label": "Home", "at": {"postcode": "ST16 2LD"}}],
        "topics": ["horse", "rural"],
        "quiet_hours": {"begin": "22:00", "end": "07:00"},
    }
    facts = {
        "token": f"android-phone-{next(numbers)}",
        "platform": "android",
        "app_version": "1.4.0",
        "choices": choices,
        "over_12": True,
        "consent_version": CONSENT_VERSION,
    }
    return facts | changes


class Phone:
    """Registered, with its credential."""

    def __init__(self, client: httpx.Client, **changes: Any) -> None:
        self.client = client
        self.given = registration(**changes)
        answer = client.post(f"{API}/devices", json=self.given)
        assert answer.status_code == 201, answer.text
        self.registered = answer.json()
        self.token: str = self.given["token"]
        self.headers = {"authorization": f"Bearer {self.registered['credential']}"}

    def ask(self, method: str, path: str, status: int = 200, **parts: Any) -> httpx.Response:
        """One request with the credential."""
        headers = self.headers | parts.pop("headers", {})
        answer = self.client.request(method, f"{API}{path}", headers=headers, **parts)
        assert answer.status_code == status, (answer.status_code, answer.text)
        if status >= 400:
            assert is_problem(answer)
        return answer

    def get(self, path: str, status: int = 200) -> Any:
        """What can be read there."""
        return self.ask("GET", path, status).json()


def is_problem(answer: httpx.Response, kind: str = "") -> bool:
    """Whether an answer is RFC 9457's, and of this kind."""
    problem = answer.json()
    return (
        answer.headers["content-type"] == "application/problem+json"
        and problem["status"] == answer.status_code
        and bool(problem["title"] and problem["detail"])
        and problem["type"].endswith(kind)
    )


@contextmanager
def app_api(database: Database) -> Iterator[httpx.Client]:
    """The public service on that database, with an area, a street and two postcodes; nobody waits for equal time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database.url())
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        patch.setattr(forms, "EQUAL_TIME_S", 0.0)
        forget_settings()
        signer.cache_clear()
        settle(database)
        with served() as client:
            yield client
    forget_settings()
    assert settings()
