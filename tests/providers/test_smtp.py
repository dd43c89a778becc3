"""The force's own relay against a real SMTP server, and the reports that mail servers send back."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy

import aiosmtplib
import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from smartalert.clock import utc_now
from smartalert.providers.provider import (
    UNSUBSCRIBE,
    Addressee,
    AddressGone,
    HandedOver,
    PermanentFailure,
    TemporaryFailure,
)
from smartalert.providers.smtp import bounces, client
from smartalert.providers.smtp.client import Relay, Road
from smartalert.providers.smtp.mail import Signer
from tests.conftest import forget_settings
from tests.providers.services import SENDER, Told, hand_over, make_message
from tests.simulator_process import free_port

PERSONAL = {UNSUBSCRIBE: "https://alerts.example/unsubscribe/1-2-email.sig"}


class Mailbox:
    """What a server does with mails: keeps them, but for what a test has it answer."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.rcpt, self.data = "250 OK", "250 OK: queued"
        self.after_data: Callable[[SMTP], None] | None = None
        self.sessions: set[int] = set()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.kept.append(envelope)
        if self.after_data:
            self.after_data(server)
            await asyncio.sleep(5)
        return self.data


@pytest.fixture(scope="module")
def running() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def mailbox(running: Controller, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    vars(running.handler).update(vars(Mailbox()))
    return running.handler


@pytest.fixture
def relay(running: Controller) -> Relay:
    return relay_at(running.port)


def relay_at(port: int, **changes: object) -> Relay:
    facts = {"sender": SENDER, "return_path": lambda name: bounces.return_path("bounces@force.example", name)}
    return Relay(Road("127.0.0.1", port, tls=False), **facts | {"timeout_s": 1.0} | changes)


def people(count: int) -> list[Addressee]:
    return [Addressee(f"1-{n}-email", f"resident-{n}@example.test", PERSONAL) for n in range(count)]


def outcomes(told: Told) -> set[type]:
    return {type(outcome) for _, outcome in told}


def test_everybody_gets_one_mail_with_their_own_links_and_reports_come_back_by_name(mailbox, relay) -> None:
    words = f"Stop: {UNSUBSCRIBE}\n.A line that begins with a dot: £"
    told = hand_over(relay, make_message(text=words, html=f"<p>{UNSUBSCRIBE}</p>", thread="t1"), people(20))
    assert (len(told), outcomes(told)) == (20, {HandedOver})
    assert sorted(to for mail in mailbox.kept for to in mail.rcpt_tos) == sorted(p.address for p in people(20))
    assert len(mailbox.sessions) <= client.LINES
    mail = next(mail for mail in mailbox.kept if mail.rcpt_tos == ["resident-7@example.test"])
    read = message_from_bytes(mail.content, policy=policy.default)
    assert mail.mail_from == bounces.return_path("bounces@force.example", "1-7-email")
    assert read["List-Unsubscribe"] == f"<{PERSONAL[UNSUBSCRIBE]}>"
    assert read["References"] == "<t1@staffordshire.example>"
    plain, html = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert PERSONAL[UNSUBSCRIBE] in plain
    assert "\n.A line that begins with a dot: £" in plain
    assert PERSONAL[UNSUBSCRIBE] in html


def test_a_signature_is_one_that_others_can_check(mailbox, running) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    hand_over(relay_at(running.port, signer=Signer("staffordshire.example", "s1", pem)), make_message(), people(1))
    (mail,) = mailbox.kept
    assert dkim.verify(mail.original_content, dnsfunc=lambda name, timeout=5: record)
    assert not dkim.verify(mail.original_content.replace(b"water", b"whisky"), dnsfunc=lambda name, timeout=5: record)


@pytest.mark.parametrize(("answer", "expected"), [
    ("550 5.1.1 No such user", AddressGone), ("550 5.7.1 Relaying denied", TemporaryFailure),
    ("451 4.7.1 Greylisted", TemporaryFailure), ("554 Policy", TemporaryFailure),
])  # fmt: skip
@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refusal_is_about_the_address_only_where_it_says_so(mailbox, relay, stage, answer, expected) -> None:
    setattr(mailbox, stage, answer)
    told = hand_over(relay, make_message(), people(3))
    assert outcomes(told) == {expected}
    assert mailbox.kept == []
    assert not any(getattr(outcome, "perhaps_accepted", False) for _, outcome in told)


@pytest.mark.parametrize("cut", [lambda server: server.transport.abort(), lambda server: None], ids=["cut", "hangs"])
def test_what_was_sent_to_the_end_and_not_answered_is_in_doubt(mailbox, relay, cut) -> None:
    mailbox.after_data = cut
    began = time.monotonic()
    told = hand_over(relay, make_message(), people(3))
    assert time.monotonic() - began < 20
    assert all(outcome == client.IN_DOUBT for _, outcome in told)
    assert len(mailbox.kept) == 3, "nobody was mailed twice behind our back"


def test_a_relay_that_is_not_there_is_not_asked_for_each(monkeypatch) -> None:
    asked: list[object] = []
    connect = aiosmtplib.SMTP.connect
    monkeypatch.setattr(aiosmtplib.SMTP, "connect", lambda line: (asked.append(line), connect(line))[1])
    told = hand_over(relay_at(free_port()), make_message(), people(100))
    assert {outcome for _, outcome in told} == {client.NOT_REACHED}
    assert len(asked) <= client.LINES


def test_where_nobody_listens_or_may_send_nothing_has_left(mailbox, running) -> None:
    assert {outcome for _, outcome in hand_over(relay_at(free_port()), make_message(), people(3))} == {
        client.NOT_REACHED
    }
    nobody = relay_at(running.port, may_send=lambda: False)
    assert {outcome for _, outcome in hand_over(nobody, make_message(), people(3))} == {client.NOT_REACHED}
    over = make_message(expires_at=utc_now() - timedelta(seconds=1))
    assert outcomes(hand_over(relay_at(running.port), over, people(2))) == {PermanentFailure}
    assert mailbox.kept == []


@pytest.mark.parametrize("address", ["two words@example.test", "a@b.c>\r\nRCPT TO:<x@y.z", "é@example.test", "none"])
def test_what_is_no_address_reaches_no_server(mailbox, relay, address: str) -> None:
    assert outcomes(hand_over(relay, make_message(), [Addressee("1-1-email", address)])) == {PermanentFailure}
    assert mailbox.sessions == set()


@pytest.mark.parametrize("url", ["http://relay.example", "smtp://", "relay.example:25", "smtp://relay.example/x"])
def test_what_is_no_relay_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="It must be like"):
        Road.parse(url)


def test_a_relay_elsewhere_is_spoken_to_in_secret() -> None:
    road = Road.parse("smtp://us%40force:p%3Aw@relay.force.police.uk")
    assert (road.host, road.port, road.user, road.password) == ("relay.force.police.uk", 587, "us@force", "p:w")
    line = Relay(road, sender=SENDER, return_path=str)._line()
    assert (line._start_tls_on_connect, line.validate_certs) == (True, True)


DSN = """From: mailer-daemon@mx.example.test
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test
Original-Envelope-Id: {envelope}

Final-Recipient: rfc822; resident-7@example.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} x

--b--
"""


def dsn(**facts: str) -> bytes:
    to = bounces.return_path("bounces@force.example", "1-7-email")
    return DSN.format(**{"to": to, "envelope": "x", "action": "failed", "status": "5.1.1"} | facts).encode()


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize(("facts", "said"), [
    ({}, ["address_gone"]), ({"status": "5.2.2"}, ["failed"]), ({"status": "5.1.10"}, ["address_gone"]),
    ({"action": "delayed", "status": "4.4.1"}, []), ({"action": "relayed"}, []),
    ({"action": "delivered", "status": "2.0.0"}, ["delivered"]),
])  # fmt: skip
def test_a_report_says_what_became_of_one_mail(facts: dict[str, str], said: list[str]) -> None:
    assert [(bounce.reference, bounce.meaning) for bounce in bounces.read(dsn(**facts))] == [
        ("1-7-email", one) for one in said
    ]


@pytest.mark.usefixtures("mailbox")
def test_a_report_is_known_by_its_envelope_and_however_its_address_was_spelt() -> None:
    for facts in ({"to": "x@y.z", "envelope": bounces.tag("1-7-email")}, {"to": dsn_to().upper()}):
        assert [bounce.reference for bounce in bounces.read(dsn(**facts))] == ["1-7-email"]


def dsn_to() -> str:
    return bounces.return_path("bounces@force.example", "1-7-email")


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize("forged", [
    {"to": "bounces+1-7-email@force.example"}, {"to": "bounces+1-7-email.00000000000000000000@force.example"},
    {"to": "x@y.z", "envelope": "1-7-email"},
])  # fmt: skip
def test_what_we_did_not_sign_says_nothing(forged: dict[str, str]) -> None:
    assert bounces.read(dsn(**forged)) == []


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize("other", [b"", b"\xff\x00", b"x" * 2_000_000, f"To: {'+' * 9}\n\nI am on holiday".encode()])
def test_an_answer_that_is_no_report_says_nothing(other: bytes) -> None:
    assert bounces.read(other) == []
    assert bounces.read(f"To: {dsn_to()}\nSubject: Out of office\n\nI am on holiday".encode()) == []
