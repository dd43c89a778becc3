"""One message as SendGrid's Mail Send request, in plain dicts: its helper classes cost half the time."""

import re
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smartalert.providers.provider import UNSUBSCRIBE, Addressee, Message

#: SendGrid judges addresses itself; what has not even this form would cost the whole batch a round trip.
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")
_OFF = {"enable": False}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails come from, and who answers reach if that is somebody else."""

    email: str
    name: str
    reply_to: str = ""


def looks_like_address(address: str) -> bool:
    """Whether it is worth showing to SendGrid."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def request_body(message: Message, sender: Sender, addressees: Sequence[Addressee]) -> dict[str, Any]:
    """One request for up to 1,000 addressees, in their order."""
    tags = _tags(addressees)
    content = [{"type": "text/plain", "value": _tagged(message.text, tags)}]
    if message.html:
        content.append({"type": "text/html", "value": _tagged(message.html, tags)})
    threading = _threading(message, sender)
    body: dict[str, Any] = {
        "from": {"email": sender.email, "name": sender.name},
        "subject": _tagged(message.title, tags),
        "content": content,
        "categories": ["urgent-alert" if message.urgent else "neighbourhood-update"],
        "custom_args": {"alert": message.alert_id},
        # Its own links and pixels would hide ours, and tell an outside company who read what.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": _OFF,
            "subscription_tracking": _OFF,
            "ganalytics": _OFF,
        },
        "personalizations": [_personalization(addressee, threading, tags) for addressee in addressees],
    }
    if message.attachments:
        body["attachments"] = [
            {"content": b64encode(file.content).decode(), "type": file.media_type, "filename": file.name}
            for file in message.attachments
        ]
    if sender.reply_to:
        body["reply_to"] = {"email": sender.reply_to}
    return body


def _threading(message: Message, sender: Sender) -> dict[str, str]:
    """Mail programs show messages together that refer to the same one, also to one that nobody ever got."""
    if not message.thread:
        return {}
    root = f"<{message.thread}@{sender.email.rpartition('@')[2]}>"
    return {"References": root, "In-Reply-To": root}


def _tags(addressees: Sequence[Addressee]) -> dict[str, str]:
    """Placeholder → the tag that SendGrid replaces, wherever it stands: drawn for this request, so nobody typed it."""
    return {name: f"-{secrets.token_hex(8)}-" for name in {name for one in addressees for name in one.personal}}


def _tagged(text: str, tags: dict[str, str]) -> str:
    """The words with SendGrid's tags in the place of our placeholders."""
    for name in sorted(tags, key=len, reverse=True):
        text = text.replace(name, tags[name])
    return text


def _personalization(addressee: Addressee, threading: dict[str, str], tags: dict[str, str]) -> dict[str, Any]:
    """An address may come twice in one request, though never twice in one personalization."""
    own: dict[str, Any] = {
        "to": [{"email": addressee.address}],
        "custom_args": {"delivery": addressee.reference},
    }
    if addressee.personal:
        own["substitutions"] = {tags[name]: value for name, value in addressee.personal.items()}
    if link := addressee.personal.get(UNSUBSCRIBE):
        own["headers"] = {
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            **threading,
        }
    return own
