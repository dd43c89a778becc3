"""SendGrid's POST /v3/mail/send: its validations in its own words, then 202 and an X-Message-Id."""

import re
import secrets
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from smartalert.config import TEST_ADDRESSES
from smartalert.simulator import faults, mail_outcomes
from smartalert.simulator.inboxes import Mail
from smartalert.simulator.ledger import REFERENCE_ARGUMENTS
from smartalert.simulator.wire import JSON, Answer, Request
from smartalert.simulator.world import World
from smartalert.wording import Channel

MOST_READERS, MOST_BYTES, MOST_ARGUMENT_BYTES = 1_000, 30 * 1024 * 1024, 10_000
RESERVED_HEADERS = frozenset(
    ("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding")
) | {"to", "from", "subject", "reply-to", "cc", "bcc"}
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


class _Refused(Exception):
    def __init__(self, message: str, field: str | None = None, status: int = 400) -> None:
        self.answer = _error(message, field, status)


def send(world: World, request: Request) -> Answer:
    """Take one request with up to 1,000 personalizations, or refuse the whole of it as SendGrid would."""
    world.ledger.happened["mail_requests"] += 1
    try:
        answer = _answer(world, request)
    except _Refused as refused:
        answer = refused.answer
    if not answer.cut and answer.status >= 400:
        world.ledger.happened[f"mail_{answer.status}"] += 1
    return answer


def _answer(world: World, request: Request) -> Answer:
    if request.headers.get(b"authorization") != world.api_key:
        raise _Refused("The provided authorization grant is invalid, expired, or revoked", status=401)
    if not request.headers.get(b"content-type", b"").startswith(b"application/json"):
        raise _Refused("Content-Type should be application/json.", status=415)
    if len(request.body) > MOST_BYTES:
        raise _Refused("The JSON payload you have included in your request is too large.", status=413)
    try:
        mail = orjson.loads(request.body)
        _check(mail)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise _Refused("Bad Request") from None
    return _with_faults(world, mail)


def _check(mail: dict[str, Any]) -> None:
    personalizations = mail.get("personalizations") or []
    if not personalizations:
        raise _Refused(
            "The personalizations field is required and must have at least one personalization.", "personalizations"
        )
    if len(personalizations) > MOST_READERS:
        raise _Refused(
            "The personalization block is limited to 1000 personalizations per API request. You have provided "
            f"{len(personalizations)} personalizations. Please consider splitting this into multiple requests and "
            "resending your request.",
            "personalizations",
        )
    if not (mail.get("from") or {}).get("email"):
        raise _Refused(
            "The from object must be provided for every email send. It is an object that requires the email "
            "parameter, but may also contain a name parameter.",
            "from.email",
        )
    _check_content(mail)
    _check_headers(mail.get("headers") or {}, "headers")
    readers = sum(_check_personalization(own, n, mail) for n, own in enumerate(personalizations))
    if readers > MOST_READERS:
        raise _Refused("There is a limit of 1000 total recipients (to + cc + bcc) per request.", "personalizations")


def _check_content(mail: dict[str, Any]) -> None:
    contents = mail.get("content") or []
    if not contents and not mail.get("template_id"):
        raise _Refused("Unless a valid template_id is provided, the content parameter is required.", "content")
    for number, part in enumerate(contents):
        if not part.get("value"):
            raise _Refused(
                "The content value must be a string at least one character in length.", f"content.{number}.value"
            )
    kinds = [part.get("type") for part in contents]
    if "text/plain" in kinds[1:]:
        raise _Refused(
            "If present, text/plain must be first, followed by text/html, followed by any other content.", "content"
        )


def _check_personalization(own: dict[str, Any], number: int, mail: dict[str, Any]) -> int:
    field = f"personalizations.{number}"
    if not own.get("to"):
        raise _Refused("The to parameter is required for all personalization objects", f"{field}.to")
    if not (own.get("subject") or mail.get("subject") or mail.get("template_id")):
        raise _Refused(
            "The subject is required. You can get around this requirement if you use a template with a subject "
            "defined or if every personalization has a subject defined.",
            "subject",
        )
    _check_headers(own.get("headers") or {}, f"{field}.headers")
    arguments = own.get("custom_args")
    if arguments and len(orjson.dumps(arguments)) > MOST_ARGUMENT_BYTES:
        raise _Refused("Custom arguments may not exceed 10000 bytes.", f"{field}.custom_args")
    return _check_addresses(own, field)


def _check_addresses(own: dict[str, Any], field: str) -> int:
    seen: set[str] = set()
    for kind, reader in _readers(own):
        address = reader.get("email")
        if not isinstance(address, str) or not ADDRESS.fullmatch(address):
            raise _Refused("Does not contain a valid address.", f"{field}.{kind}")
        if address.casefold() in seen:
            raise _Refused(
                "Each email address in the personalization block should be unique between to, cc, and bcc. "
                f"We found the first duplicate instance of [{address}] in the {field}.{kind} field.",
                field,
            )
        seen.add(address.casefold())
    return len(seen)


def _readers(own: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((kind, reader) for kind in ("to", "cc", "bcc") for reader in own.get(kind) or ())


def _check_headers(headers: dict[str, str], field: str) -> None:
    for name in headers:
        if name.lower() in RESERVED_HEADERS:
            raise _Refused(f"The header {name} is reserved and cannot be used.", f"{field}.{name}")


def _with_faults(world: World, mail: dict[str, Any]) -> Answer:
    knobs = world.faults
    fault = _fault(world, mail["personalizations"][0]["to"][0]["email"])
    delay_s = knobs.hang_s if fault == "mail_hang" else knobs.mail_latency_ms / 1_000
    if fault in ("mail_cut_before", "mail_hang"):
        return Answer(0, delay_s=delay_s, cut=True)
    if fault == "mail_too_many":
        return _too_many(knobs.retry_after_s, delay_s)
    if fault == "mail_unavailable":
        return _error("Service Unavailable", None, 503, delay_s=delay_s)
    if ((mail.get("mail_settings") or {}).get("sandbox_mode") or {}).get("enable"):
        return Answer(200, delay_s=delay_s)
    message_id = _accept(world, mail)
    headers = b"x-message-id: %b\r\n" % message_id.encode()
    return Answer(202, b"", headers, delay_s, cut=fault == "mail_accept_then_cut")


def _fault(world: World, first_reader: str) -> str | None:
    if not world.faults.mail_dice:
        return None
    key = f"mail {first_reader}"
    attempt = world.ledger.attempts[key] = world.ledger.attempts[key] + 1
    fault = faults.thrown(world.faults.seed, world.faults.mail_dice, key, attempt)
    if fault:
        world.ledger.happened[fault] += 1
    return fault


def _accept(world: World, mail: dict[str, Any]) -> str:
    message_id, now = secrets.token_urlsafe(16), time.time()
    mails = [
        Mail(world.next_mail(), reader["email"], mail, own, message_id, now)
        for own in mail["personalizations"]
        for reader in chain(own["to"], own.get("cc") or (), own.get("bcc") or ())
    ]
    world.ledger.accept_mails([_reference(one) for one in mails if one.address != TEST_ADDRESSES[Channel.EMAIL]], now)
    for one in mails:
        mail_outcomes.begin(world, one, now)
    return message_id


def _reference(mail: Mail) -> str:
    arguments = mail.arguments
    return next((str(arguments[name]) for name in REFERENCE_ARGUMENTS if name in arguments), mail.address.casefold())


def _too_many(wait_s: int, delay_s: float) -> Answer:
    reset = b"x-ratelimit-limit: 600\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: %d\r\n" % (time.time() + wait_s)
    return _error("too many requests", None, 429, reset, delay_s)


def _error(message: str, field: str | None, status: int, headers: bytes = b"", delay_s: float = 0.0) -> Answer:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return Answer(status, orjson.dumps(body), JSON + headers, delay_s)
