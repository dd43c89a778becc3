"""One message as FCM's JSON: rendered once by pyfcm, then each person's token and own values spliced in."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from smartalert.providers.provider import Addressee, Message

#: FCM's and Apple's limit for what reaches one phone, keys and values.
LIMIT_BYTES = 4_096
#: FCM keeps nothing for longer than four weeks.
LONGEST_TTL_S = 2_419_200
#: Drawn anew by each process, so that no officer can type it.
_TOKEN = f"token{secrets.token_hex(8)}"


class MessageTooLong(Exception):
    """What one phone would get is over FCM's limit."""


class Payload:
    """One message, ready to be addressed."""

    def __init__(self, pyfcm: Any, message: Message, placeholders: Iterable[str], now: datetime) -> None:
        self.urgent = message.urgent
        data, android, apns, webpush = _data(message), _android(message, now), _apns(message), _webpush(message, now)
        body: bytes = pyfcm.parse_payload(
            fcm_token=_TOKEN,
            data_payload=data,
            android_config=android,
            apns_config=apns,
            webpush_config=webpush,
        )
        self._names = {_escaped(name): name for name in placeholders if name}
        marks = sorted([_TOKEN.encode(), *self._names], key=len, reverse=True)
        self._pieces = re.split(b"(" + b"|".join(map(re.escape, marks)) + b")", body)
        # Each kind of phone gets its own part of the body; the longest part is what the limit is about.
        own = {**apns["payload"], "fcm_options": apns.get("fcm_options")}, {"notification": webpush["notification"]}
        parts = android["data"], *({**data, **part} for part in own)
        self._longest = max(len(pyfcm.json_dumps(part)) for part in parts)
        self._template = len(body) - len(_TOKEN)

    def body_for(self, addressee: Addressee) -> bytes:
        """The request's body for one phone; raises MessageTooLong."""
        token = _escaped(addressee.address)
        values = {mark: _escaped(addressee.personal.get(name, "")) for mark, name in self._names.items()}
        values[_TOKEN.encode()] = token
        body = b"".join([values.get(piece, piece) for piece in self._pieces])
        # Growth is counted over all parts together: a little strict, and it saves rendering each part for each phone.
        size = self._longest + len(body) - len(token) - self._template
        if size > LIMIT_BYTES:
            raise MessageTooLong(f"The message is too long for a phone: {size:,} bytes of at most {LIMIT_BYTES:,}.")
        return body


def _data(message: Message) -> dict[str, str]:
    """What every phone gets beside the words, which are in its own part: no phone gets them twice."""
    return {
        **message.data,
        **_image(message),
        "alert_id": message.alert_id,
        "tag": message.tag,
        "urgent": "true" if message.urgent else "false",
        "expires_at": message.expires_at.isoformat(),
    }


def _image(message: Message) -> dict[str, str]:
    return {"image": message.image} if message.image else {}


def _android(message: Message, now: datetime) -> dict[str, Any]:
    """Android shows what the app makes of this: FCM keeps only the last of several notification messages."""
    return {
        "priority": "high" if message.urgent else "normal",
        "ttl": f"{_ttl_s(message, now)}s",
        # It takes the place of the message's data, and is not added to it.
        "data": {**_data(message), "title": message.title, "body": message.text},
    }


def _apns(message: Message) -> dict[str, Any]:
    image = _image(message)
    return {
        **({"fcm_options": image} if image else {}),
        "headers": {
            "apns-push-type": "alert",
            "apns-priority": "10" if message.urgent else "5",
            "apns-collapse-id": _collapse_id(message.tag),
            "apns-expiration": str(int(message.expires_at.timestamp())),
        },
        "payload": {
            "aps": {
                "alert": {"title": message.title, "body": message.text},
                "sound": "default",
                "thread-id": message.tag,
                "interruption-level": "time-sensitive" if message.urgent else "active",
                # The app may fetch the picture and put it into the notification before it is shown.
                **({"mutable-content": 1} if image else {}),
            }
        },
    }


def _webpush(message: Message, now: datetime) -> dict[str, Any]:
    return {
        "headers": {"TTL": str(_ttl_s(message, now)), "Urgency": "high" if message.urgent else "normal"},
        "notification": {"title": message.title, "body": message.text, "tag": message.tag, **_image(message)},
    }


def _collapse_id(tag: str) -> str:
    """Apple takes at most 64 bytes."""
    return tag if len(tag.encode()) <= 64 else hashlib.sha256(tag.encode()).hexdigest()


def _ttl_s(message: Message, now: datetime) -> int:
    return max(0, min(LONGEST_TTL_S, int((message.expires_at - now).total_seconds())))


def _escaped(value: str) -> bytes:
    """As it stands between the quotes of a JSON string."""
    return orjson.dumps(value)[1:-1]
