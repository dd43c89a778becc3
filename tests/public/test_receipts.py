"""Where phones and SendGrid report, over real HTTP: nobody else is believed, and nobody fills the memory."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import make_subscriber
from tests.providers.test_sendgrid_events import GOOD, ODD
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


@pytest.fixture
def post(public: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], httpx.Response]]:
    """Posts a body as SendGrid does, signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    shown = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setenv("SMARTALERT_SENDGRID_WEBHOOK_KEY", b64encode(shown).decode())
    forget_settings()

    def send(body: bytes) -> httpx.Response:
        signature = b64encode(key.sign(b"1795356123" + body, ec.ECDSA(SHA256()))).decode()
        headers = {"X-Twilio-Email-Event-Webhook-Signature": signature,
                   "X-Twilio-Email-Event-Webhook-Timestamp": "1795356123"}  # fmt: skip
        return public.post("/webhooks/sendgrid", content=body, headers=headers | JSON)

    yield send
    monkeypatch.undo()
    forget_settings()


@pytest.mark.parametrize(
    "body", [b"", b"[", b"no JSON", b"{}", b'"x"', b"12", b"null", b"[" * 100_000, b"[1" + b"0" * 9_000]
)
def test_a_post_of_events_that_is_no_list_is_a_bad_request(
    post: Callable[[bytes], httpx.Response], body: bytes
) -> None:
    assert post(body).status_code == 400


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_event_does_not_lose_the_others(
    post: Callable[[bytes], httpx.Response], module_database: Database, odd: object
) -> None:
    with module_database.connect(autocommit=True) as conn:
        person = make_subscriber(conn)
        conn.execute(
            "insert into deliveries (alert_id, subscriber_id, channel, state, due_at)"
            " values (1, %s, 'email', 'handed_over', now())",
            (person,),
        )
    good = {**GOOD, "delivery": f"1-{person}-email", "email": f"Person{person}@training.example"}
    assert post(json.dumps([odd, good, odd]).encode()).status_code == 204
    with module_database.connect() as conn:
        state = conn.execute("select state::text from deliveries where subscriber_id = %s", (person,)).fetchone()
    assert state == ("delivered",)


def test_a_post_without_events_is_taken(post: Callable[[bytes], httpx.Response]) -> None:
    assert post(b"[]\r\n").status_code == 204


def test_a_forged_receipt_is_no_receipt(public: httpx.Client) -> None:
    assert public.post("/webhooks/phones", json={"receipt": "1-1-push.x", "event": "opened"}).status_code == 404
    assert public.post("/webhooks/sendgrid", json=[{"event": "bounce", "delivery": "1-1-email"}]).status_code == 403
