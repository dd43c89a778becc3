"""Where phones and SendGrid report, over real HTTP: nobody else is believed, and nobody fills the memory."""

from collections.abc import Iterator

import httpx
import pytest

from tests.databases import Database
from tests.public.api.phone import app_api

LARGE = b'{"receipt": "' + b"x" * 3_000_000 + b'", "event": "opened"}'
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def public(module_database: Database) -> Iterator[httpx.Client]:
    with app_api(module_database) as client:
        yield client


@pytest.mark.parametrize("path", ["/webhooks/phones", "/webhooks/sendgrid"])
@pytest.mark.parametrize("endless", [False, True])
def test_a_post_that_is_too_large_is_not_taken(public: httpx.Client, path: str, endless: bool) -> None:
    answer = public.post(path, content=iter([LARGE]) if endless else LARGE, headers=JSON)
    assert answer.status_code == 413


def test_a_forged_receipt_is_no_receipt(public: httpx.Client) -> None:
    assert public.post("/webhooks/phones", json={"receipt": "1-1-push.x", "event": "opened"}).status_code == 404
    assert public.post("/webhooks/sendgrid", json=[{"event": "bounce", "delivery": "1-1-email"}]).status_code == 403
