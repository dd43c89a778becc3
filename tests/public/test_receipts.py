"""Where phones and SendGrid report, over real HTTP: nobody else is believed, nobody fills the memory, and a worker that
checks the signature once more writes it down."""

import json
import logging
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.dispatch import event_posts, links
from smartalert.dispatch.links import Reference
from smartalert.errors import SetupError
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import make_subscriber
from tests.providers.test_sendgrid_events import GOOD, ODD, TOO_MUCH_FOR_PYTHON
from tests.public.api.phone import Phone, app_api

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


class SendGrid:
    """Posts events and signs them, as SendGrid does; `read` is a worker's turn."""

    def __init__(self, public: httpx.Client, database: Database) -> None:
        self.public, self.database = public, database
        self._key = ec.generate_private_key(ec.SECP256R1())
        shown = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key = b64encode(shown).decode()

    def signed(self, body: bytes) -> dict[str, str]:
        """The two headers."""
        at = str(int(time.time()))
        signature = self._key.sign(at.encode() + body, ec.ECDSA(SHA256()))
        return {EventWebhookHeader.SIGNATURE: b64encode(signature).decode(), EventWebhookHeader.TIMESTAMP: at}

    def post(self, body: bytes) -> int:
        """Post a body; the status of the answer."""
        return self.public.post("/webhooks/sendgrid", content=body, headers=self.signed(body) | JSON).status_code

    def read(self, key: str | None = None) -> int:
        """Have everything read that waits, by a worker with this key; how many posts that were."""
        posts = 0
        while True:
            with connection.transaction(self.database.engine("smartalert_worker")) as conn:
                taken = event_posts.read(conn, self.key if key is None else key, utc_now())
            if not taken:
                return posts
            posts += taken

    def tell(self, *events: object) -> None:
        """Post events, and have them read."""
        assert self.post(json.dumps(events).encode() + b"\r\n") == 204
        assert self.read() == 1


@pytest.fixture
def sendgrid(public: httpx.Client, module_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGrid]:
    theirs = SendGrid(public, module_database)
    monkeypatch.setenv("SMARTALERT_SENDGRID_WEBHOOK_KEY", theirs.key)
    forget_settings()
    yield theirs
    monkeypatch.undo()
    forget_settings()
    with module_database.connect(autocommit=True) as conn:
        conn.execute("delete from event_posts")


@pytest.fixture
def owner(module_database: Database) -> Iterator[psycopg.Connection]:
    with module_database.connect(autocommit=True) as conn:
        yield conn


@pytest.fixture
def person(owner: psycopg.Connection) -> int:
    """Somebody whose mail of alert 1 was handed over a minute ago."""
    person = make_subscriber(owner)
    owner.execute(
        "insert into deliveries (alert_id, subscriber_id, channel, state, due_at, handed_over_at, claimed_at, attempts)"
        " select 1, %s, 'email', 'handed_over', at, at, at, 1 from (select now() - interval '1 minute' as at) before",
        (person,),
    )
    return person


def mail(owner: psycopg.Connection, person: int) -> tuple[str, bool]:
    """How the mail stands, and whether the person's e-mails are on."""
    row = owner.execute(
        "select d.state::text, c.off_at is null from deliveries d join contacts c using (subscriber_id, channel)"
        " where channel = 'email' and subscriber_id = %s",
        (person,),
    ).fetchone()
    return (row[0], row[1])


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"no JSON", b"{}", b'"x"', b"12", b"null", b"[" * 100_000, b"[1" + b"0" * 9_000, b"[1,]", b"[1],[2]",
     b"[" * 5_000 + b"]" * 4_999, b"[" + b"[" * 5_000 + b"]" * 5_000 + b", no JSON]", b'["' + b'\\"' * 9_000 + b"]"],
)  # fmt: skip
def test_a_post_of_events_that_is_no_list_is_a_bad_request(sendgrid: SendGrid, body: bytes) -> None:
    assert sendgrid.post(body) == 400
    assert sendgrid.read() == 0


@pytest.mark.parametrize("odd", [*(json.dumps(one) for one in ODD), *TOO_MUCH_FOR_PYTHON], ids=lambda odd: odd[:40])
def test_one_odd_event_does_not_lose_the_others(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int, odd: str
) -> None:
    good = json.dumps({**GOOD, "delivery": f"1-{person}-email", "email": f"Person{person}@training.example"})
    assert sendgrid.post(f"[{odd},{good},{odd}]\r\n".encode()) == 204
    assert mail(owner, person) == ("handed_over", True)
    assert sendgrid.read() == 1
    assert mail(owner, person) == ("delivered", True)


def test_a_post_without_events_is_taken(sendgrid: SendGrid) -> None:
    assert sendgrid.post(b"[]\r\n") == 204
    assert sendgrid.read() == 0


NOW = int(datetime.now(UTC).timestamp())
DROPPED = {"event": "dropped", "timestamp": NOW}


@pytest.mark.parametrize(
    ("event", "stands"),
    [
        ({"event": "delivered", "timestamp": NOW}, ("delivered", True)),
        ({"event": "processed", "timestamp": str(NOW)}, ("handed_over", True)),
        ({"event": "deferred", "timestamp": NOW, "email": None}, ("handed_over", True)),
        ({"event": "bounce", "timestamp": NOW}, ("failed", False)),
        ({"event": "bounce", "timestamp": NOW, "type": "blocked"}, ("failed", True)),
        ({"event": "bounce", "timestamp": NOW, "email": "their.address@before.example"}, ("failed", True)),
        ({**DROPPED, "reason": "Bounced Address"}, ("failed", False)),
        ({**DROPPED, "reason": "Spam Content"}, ("failed", True)),
        ({**DROPPED, "reason": 550}, ("failed", True)),
        ({"event": "spamreport", "timestamp": NOW, "email": ["x"]}, ("failed", False)),
    ],
)
def test_an_event_needs_nothing_but_what_the_mail_carried(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int, event: dict[str, object], stands: tuple[str, bool]
) -> None:
    sendgrid.tell({**event, "delivery": f"1-{person}-email"})
    assert mail(owner, person) == stands


def test_an_event_that_names_the_address_alone_switches_it_off(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int
) -> None:
    address = f"person{person}@training.example"
    sendgrid.tell({"email": address, "event": "bounce", "type": "bounce", "timestamp": NOW, "sg_message_id": ""})
    assert mail(owner, person) == ("handed_over", False)


def test_of_what_sendgrid_posts_nothing_is_kept_once_it_is_read(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int
) -> None:
    """Until then it lies there byte for byte, so that SendGrid's own verifier believes it."""
    body = json.dumps([{"event": "delivered", "timestamp": NOW, "delivery": f"1-{person}-email"}]).encode() + b"\r\n"
    for _ in range(3):
        assert sendgrid.post(body) == 204
    kept = owner.execute("select body, signature, signed_at from event_posts order by id").fetchall()
    theirs = EventWebhook(sendgrid.key)
    assert [theirs.verify_signature(row.body.decode(), row.signature, row.signed_at) for row in kept] == [True] * 3
    assert [row.body for row in kept] == [body] * 3
    called = owner.execute("select count(*) from procrastinate_jobs where task_name = 'read_events'").fetchone()
    assert tuple(called) == (1,)
    assert sendgrid.read() == 3
    assert owner.execute("select from event_posts").fetchall() == []


def test_what_the_public_service_makes_up_is_believed_of_nobody(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int, caplog: pytest.LogCaptureFixture
) -> None:
    bounce = json.dumps([{"event": "bounce", "timestamp": NOW, "delivery": f"1-{person}-email"}]).encode()
    true = sendgrid.signed(b"[]")
    made_up = [
        (bounce, "", ""), (bounce, *true.values()), (bounce, *SendGrid.signed(sendgrid, bounce[:-1]).values()),
        (b"\xff", *true.values()), (b"", "=", "\u0661"),
    ]  # fmt: skip
    with connection.transaction(sendgrid.database.engine("smartalert_public")) as conn:
        for body, signature, at in made_up:
            event_posts.keep(conn, body, signature, at)
    assert sendgrid.read() == len(made_up)
    assert mail(owner, person) == ("handed_over", True)
    assert f"{len(made_up)} posts of events are not signed" in caplog.text


@pytest.mark.parametrize("key", ["", "no key", "MFkwEwYHKoZIzj0CAQ=="])
def test_a_worker_without_the_key_leaves_posts_to_one_that_has_it(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int, key: str
) -> None:
    body = json.dumps([{"event": "delivered", "timestamp": NOW, "delivery": f"1-{person}-email"}]).encode()
    assert sendgrid.read(key) == 0
    assert sendgrid.post(body) == 204
    with pytest.raises(SetupError, match="SMARTALERT_SENDGRID_WEBHOOK_KEY"):
        sendgrid.read(key)
    assert sendgrid.read() == 1
    assert mail(owner, person) == ("delivered", True)


def test_while_too_many_posts_wait_sendgrid_is_told_to_come_again(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int
) -> None:
    body = json.dumps([{"event": "delivered", "timestamp": NOW, "delivery": f"1-{person}-email"}]).encode()
    owner.execute(
        "insert into event_posts (body, signature, signed_at) select '', '', '' from generate_series(1, 5000)"
    )
    assert sendgrid.post(body) == 503
    owner.execute("delete from event_posts")
    owner.execute(
        "insert into event_posts (body, signature, signed_at)"
        " select convert_to(repeat('x', 2000000), 'UTF8'), '', '' from generate_series(1, 126)"
    )
    assert sendgrid.post(body) == 503
    owner.execute("delete from event_posts")
    assert sendgrid.post(body) == 204


def test_a_post_that_the_ledger_refuses_costs_only_itself(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int, caplog: pytest.LogCaptureFixture
) -> None:
    owner.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin"
        " raise check_violation using message = 'no row of ' || new.subscriber_id; end $$;"
        " create trigger refuse before update on deliveries for each row when (new.alert_id = 2)"
        " execute function refuse(); insert into deliveries (alert_id, subscriber_id, channel, state, due_at)"
        f" values (2, {person}, 'email', 'handed_over', now())"
    )
    for alert in (2, 1, 2):
        event = {"event": "delivered", "timestamp": NOW, "delivery": f"{alert}-{person}-email"}
        assert sendgrid.post(json.dumps([event]).encode()) == 204
    assert sendgrid.read() == 3
    owner.execute("drop trigger refuse on deliveries; delete from deliveries where alert_id = 2")
    assert mail(owner, person) == ("delivered", True)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said == ["The ledger refuses a post of events: 23514"] * 2


def test_an_exercise_that_is_reset_reaches_those_again_whom_its_faults_switched_off(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int
) -> None:
    themselves, past = make_subscriber(owner), make_subscriber(owner)
    ended = "update contacts set off_at = %s, off_reason = %s where subscriber_id = %s"
    owner.execute(ended, ("now", "you used the link in an email", themselves))
    owner.execute(ended, ("2026-01-01", "The app was removed from this phone.", past))
    now = int(time.time())
    off = "select array_agg(subscriber_id order by subscriber_id) from contacts where off_at is not null"
    sendgrid.tell({"event": "bounce", "timestamp": now, "delivery": f"1-{person}-email"})
    owner.execute("select switch_off(%s, 'push', array['The app was removed from this phone.'])", ([person],))
    matched = "select channels from audience_places where subscriber_id = %s"
    assert owner.execute(matched, (person,)).fetchone() == (0,)
    reset = {"event": "exercise_reset", "timestamp": now}
    owner.execute("alter table deployment disable trigger deployment_is_for_ever")
    owner.execute("update deployment set mode = 'live'")
    sendgrid.tell(reset)
    owner.execute("update deployment set mode = 'training'")
    owner.execute("alter table deployment enable trigger deployment_is_for_ever")
    assert person in owner.execute(off).fetchone()[0]
    sendgrid.tell(reset)
    assert {themselves, past} <= set(owner.execute(off).fetchone()[0])
    assert owner.execute(matched, (person,)).fetchone() == (3,)
    sendgrid.tell({"event": "bounce", "timestamp": now, "delivery": f"1-{person}-email"})  # it comes late, or again
    assert owner.execute(matched, (person,)).fetchone() == (3,)


def test_posts_that_come_again_change_nothing_not_even_of_a_mail_that_is_tried_again(
    sendgrid: SendGrid, owner: psycopg.Connection, person: int
) -> None:
    then = NOW - 300
    told = [
        {"event": "processed", "timestamp": then, "delivery": f"1-{person}-email"},
        {"event": "bounce", "type": "blocked", "timestamp": then + 1, "delivery": f"1-{person}-email"},
    ]
    stands = "select * from deliveries where subscriber_id = %s"
    for moved, state in (
        ("claimed_at = to_timestamp(%s) where subscriber_id = %s", "failed"),
        ("state = 'pending', due_at = to_timestamp(%s) where subscriber_id = %s", "pending"),  # an officer's press
        ("state = 'sending', attempts = 2, claimed_at = to_timestamp(%s) where subscriber_id = %s", "sending"),
        ("state = 'handed_over', failed_at = null, handed_over_at = to_timestamp(%s) where subscriber_id = %s",
         "handed_over"),
    ):  # fmt: skip
        owner.execute(f"update deliveries set {moved}", (then if state == "failed" else NOW, person))
        before = owner.execute(stands, (person,)).fetchone()
        sendgrid.tell(*told)
        after = owner.execute(stands, (person,)).fetchone()
        assert (after == before) == (state != "failed")
        assert mail(owner, person) == (state, True)
    sendgrid.tell({"event": "delivered", "timestamp": NOW, "delivery": f"1-{person}-email"})
    assert mail(owner, person) == ("delivered", True)


def test_a_push_to_a_token_that_changed_since_is_still_reported(
    public: httpx.Client, owner: psycopg.Connection
) -> None:
    phone = Phone(public)
    (device,) = owner.execute("select subscriber_id from contacts where address = %s", (phone.token,)).fetchone()
    owner.execute(
        "insert into deliveries (alert_id, subscriber_id, channel, state, due_at, handed_over_at)"
        " values (1, %s, 'push', 'handed_over', now(), now())",
        (device,),
    )
    carried = [links.sign("receipt", Reference(1, device, "push").to(phone.token))]
    for turn in range(6):
        phone.ask("PUT", "/device/token", json={"token": f"turn-{turn}-{device}", "app_version": "1.4.1"})
        carried.append(links.sign("receipt", Reference(1, device, "push").to(f"turn-{turn}-{device}")))
    never = links.sign("receipt", Reference(1, device, "push").to("never-theirs"))
    told = (
        "select delivered_at is not null as arrived, opened_at is not null as opened from deliveries"
        " where subscriber_id = %s"
    )
    for receipt, event, stands in (
        (never, "delivered", (False, False)),
        (carried[0], "delivered", (False, False)),  # six tokens ago
        (carried[1], "delivered", (True, False)),
        (carried[-1], "opened", (True, True)),
    ):
        assert public.post("/webhooks/phones", json={"receipt": receipt, "event": event}).status_code == 204
        assert tuple(owner.execute(told, (device,)).fetchone()) == stands


def test_a_forged_receipt_is_no_receipt(public: httpx.Client) -> None:
    assert public.post("/webhooks/phones", json={"receipt": "1-1-push.x", "event": "opened"}).status_code == 404
    assert public.post("/webhooks/sendgrid", json=[{"event": "bounce", "delivery": "1-1-email"}]).status_code == 403
