"""Google's FCM v1: POST /v1/projects/{project}/messages:send, with Google's own error bodies.

Tokens that begin with UNREG, BAD or MISMATCH are refused as unregistered, malformed and another sender's.
"""

import re
import time
from functools import lru_cache
from typing import Any
from zlib import crc32

import orjson

from smartalert.simulator import faults, phones
from smartalert.simulator.wire import JSON, Answer, Request
from smartalert.simulator.world import World

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
FIELDS = frozenset(
    ("name", "data", "notification", "android", "webpush", "apns", "fcm_options", "token", "topic", "condition")
)
MOST_BYTES = 4_096
TTL = re.compile(r"(\d{1,7})(\.\d{1,9})?s")
#: FCM keeps these keys of a data payload for itself.
RESERVED_DATA = ("google", "gcm")

#: Magic beginnings of tokens → what Google answers.
MAGIC = {
    "UNREG": (404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
    "BAD": (
        400,
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT",
        "The registration token is not a valid FCM registration token",
    ),
    "MISMATCH": (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
}
_UNAVAILABLE = (503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable.")
#: Faults that are an answer of Google's → that answer.
ANSWERED = {
    "push_too_many": (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Quota exceeded for quota metric."),
    "push_internal": (500, "INTERNAL", "INTERNAL", "Internal error encountered."),
    "push_unavailable": _UNAVAILABLE,
    "push_accept_then_503": _UNAVAILABLE,
    "push_invalid": (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Request contains an invalid argument."),
}


def send(world: World, request: Request) -> Answer:
    """Take one message for one phone, or refuse it as Google would."""
    world.ledger.happened["push_requests"] += 1
    answer = _answer(world, request)
    if not answer.cut and answer.status != 200:
        world.ledger.happened[f"push_{answer.status}"] += 1
    return answer


def _answer(world: World, request: Request) -> Answer:
    if not world.tokens.is_good(request.headers.get(b"authorization", b"")):
        return _unauthenticated()
    if request.path != world.fcm_path:
        return _error(403, "PERMISSION_DENIED", "", "Permission 'cloudmessaging.messages.create' denied on resource.")
    now = time.time()
    if (quota := world.faults.push_quota_per_minute) and (wait := world.quota.over(quota, now)):
        return _error(*ANSWERED["push_too_many"], headers=b"retry-after: %d\r\n" % wait)
    try:
        content = orjson.loads(request.body)
        message = content["message"]
        return _refusal(message, len(request.body)) or _with_faults(world, content, request.body, now)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return _error(400, "INVALID_ARGUMENT", "", "Invalid JSON payload received.", field="message")


def _refusal(message: dict[str, Any], body_bytes: int) -> Answer | None:
    token: str = message.get("token") or ""
    if not message.keys() <= FIELDS:
        name = next(iter(message.keys() - FIELDS))
        text = f"Invalid JSON payload received. Unknown name \"{name}\" at 'message': Cannot find field."
        return _error(400, "INVALID_ARGUMENT", "", text, field="message")
    if not token:
        return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Recipient of the message is not set.")
    if not token.isprintable() or " " in token:
        return _error(*MAGIC["BAD"])
    if token.startswith(tuple(MAGIC)):
        return _error(*next(answer for beginning, answer in MAGIC.items() if token.startswith(beginning)))
    android = message.get("android")
    if android and (ttl := android.get("ttl")) is not None and not _is_ttl(ttl):
        text = f"Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), {ttl!r}"
        return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", text, field="message.android.ttl")
    return _data_refusal(message) or _size_refusal(message, body_bytes)


def _data_refusal(message: dict[str, Any]) -> Answer | None:
    plain, own = message.get("data") or {}, (message.get("android") or {}).get("data") or {}
    for key, value in (*plain.items(), *own.items()):
        if type(value) is not str:
            field = f"message.data[{list(plain).index(key)}].value" if key in plain else "message.android.data"
            text = f"Invalid value at '{field}' (TYPE_STRING), {orjson.dumps(value).decode()}"
            return _error(400, "INVALID_ARGUMENT", "", text, field=field)
        if key == "from" or key.startswith(RESERVED_DATA):
            text = f"Invalid data payload key: {key}"
            return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", text, field="message.data")
    return None


@lru_cache(maxsize=1_000)
def _is_ttl(ttl: object) -> bool:
    found = TTL.fullmatch(ttl) if isinstance(ttl, str) else None
    return found is not None and int(found[1]) <= phones.FOUR_WEEKS_S


def _size_refusal(message: dict[str, Any], body_bytes: int) -> Answer | None:
    if body_bytes <= MOST_BYTES:
        return None
    parts = {
        "Android message is too big": _written(message.get("notification")) + _own(message, "android"),
        "APNs payload is too big": _written((message.get("apns") or {}).get("payload")) + _data(message, "ios"),
        "Web push message is too big": _own(message, "web"),
    }
    for text, size in parts.items():
        if size > MOST_BYTES:
            return _error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", text)
    return None


def _data(message: dict[str, Any], platform: str) -> int:
    return sum(len(k.encode()) + len(v.encode()) for k, v in phones.data_of(message, platform).items())


def _own(message: dict[str, Any], platform: str) -> int:
    part = "webpush" if platform == "web" else platform
    return _written((message.get(part) or {}).get("notification")) + _data(message, platform)


def _written(part: Any) -> int:
    return len(orjson.dumps(part)) if part else 0


def _with_faults(world: World, content: dict[str, Any], raw: bytes, now: float) -> Answer:
    if content.get("validate_only"):
        return Answer(200, b'{\n  "name": "projects/%b/messages/fake_message_id"\n}\n' % world.project)
    message, knobs = content["message"], world.faults
    token = message["token"]
    fault, delay_s = None, knobs.push_latency_ms / 1_000
    if knobs.happens(knobs.push_unregistered, "unregistered", token):
        return _error(*MAGIC["UNREG"], delay_s=delay_s)
    if knobs.push_dice or knobs.push_jitter_ms:
        attempt = world.ledger.attempts[token] = world.ledger.attempts[token] + 1
        fault = faults.thrown(knobs.seed, knobs.push_dice, token, attempt)
        delay_s += faults.dice(knobs.seed, "jitter", token, attempt) * knobs.push_jitter_ms / 1_000
    if fault is None:
        return _accept(world, message, raw, now, delay_s)
    world.ledger.happened[fault] += 1
    if fault in ("push_accept_then_cut", "push_accept_then_503"):
        _accept(world, message, raw, now, delay_s)
    if fault in ANSWERED:
        wait = b"retry-after: %d\r\n" % knobs.retry_after_s
        headers = wait if fault == "push_too_many" and knobs.retry_after_s else b""
        return _error(*ANSWERED[fault], headers=headers, delay_s=delay_s)
    return Answer(0, delay_s=knobs.hang_s if fault == "push_hang" else delay_s, cut=True)


def _accept(world: World, message: dict[str, Any], raw: bytes, now: float, delay_s: float) -> Answer:
    token = message["token"]
    world.accept_push(token, message, raw, now)
    reference = b"0:%d%%%08x" % (int(now * 1_000_000), crc32(token.encode()))
    return Answer(200, b'{\n  "name": "projects/%b/messages/%b"\n}\n' % (world.project, reference), JSON, delay_s)


def _error(
    code: int, status: str, error: str, text: str, *, field: str = "", headers: bytes = b"", delay_s: float = 0.0
) -> Answer:
    details: list[dict[str, Any]] = []
    if error:
        details.append({"@type": FCM_ERROR, "errorCode": error})
    if field:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": text}]})
    body = {"error": {"code": code, "message": text, "status": status, "details": details}}
    return Answer(code, orjson.dumps(body), JSON + headers, delay_s)


def _unauthenticated() -> Answer:
    text = "Request had invalid authentication credentials. Expected OAuth 2 access token."
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_EXPIRED",
            "domain": "googleapis.com",
            "metadata": {"service": "fcm.googleapis.com"},
        }
    ]
    body = {"error": {"code": 401, "message": text, "status": "UNAUTHENTICATED", "details": details}}
    return Answer(401, orjson.dumps(body), JSON + b'www-authenticate: Bearer realm="https://accounts.google.com/"\r\n')
