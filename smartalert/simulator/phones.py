"""Simulated phones: what each shows on its lock screen, newest first, in bounded memory."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast
from zlib import crc32

import orjson

PLATFORMS = ("android", "ios", "web")
MOST_ON_A_PHONE = 200
MOST_IN_ALL = 50_000
#: Google's default and longest time to live.
FOUR_WEEKS_S = 2_419_200


@dataclass(slots=True)
class Card:
    """One alert on one lock screen."""

    token: str
    tag: str
    alert_id: str
    #: What the phone hands back when it acknowledges; empty where it is not asked to.
    receipt: str
    #: The request's body: kept as it came, it takes a third of the memory and is read only when looked at.
    raw: bytes
    landed_at: float
    #: How often this alert landed: a repeat, like an update of the same tag, replaces what was shown.
    times: int = 1
    opened_at: float | None = None
    #: How the person's own answer fared: on its way, its reference, or why it was not taken.
    answer: str = ""

    @property
    def message(self) -> dict[str, Any]:
        """The FCM message."""
        return cast(dict[str, Any], orjson.loads(self.raw)["message"])

    @property
    def report_link(self) -> str:
        """Where the person may answer; empty where the message does not say."""
        return str((self.message.get("data") or {}).get("report", ""))


def platform_of(token: str) -> str:
    """android, ios or web: by the token's first word, else by its checksum (60, 35 and 5 in a hundred)."""
    if token.startswith(PLATFORMS):
        return next(platform for platform in PLATFORMS if token.startswith(platform))
    number = crc32(token.encode()) % 100
    return "android" if number < 60 else "ios" if number < 95 else "web"


def data_of(message: dict[str, Any], platform: str) -> dict[str, str]:
    """What the app is given: a platform's own data takes the place of the message's."""
    own = (message.get("webpush" if platform == "web" else platform) or {}).get("data")
    return cast(dict[str, str], own or message.get("data") or {})


def tag_of(message: dict[str, Any], platform: str) -> str:
    """What a later message must equal to replace this one; empty where the message replaces nothing."""
    data = data_of(message, platform)
    if platform == "ios":
        return str(((message.get("apns") or {}).get("headers") or {}).get("apns-collapse-id", ""))
    if platform == "web":
        notification = (message.get("webpush") or {}).get("notification") or {}
        return str(notification.get("tag") or data.get("tag") or data.get("alert_id") or "")
    notification = (message.get("android") or {}).get("notification") or {}
    return str(notification.get("tag") or data.get("tag") or data.get("alert_id") or "")


def alert_of(message: dict[str, Any]) -> str:
    """The alert a message belongs to, whatever phone it goes to."""
    data = message.get("data") or {}
    return str(data.get("alert_id") or tag_of(message, "ios") or tag_of(message, "android"))


def life_s(message: dict[str, Any], platform: str, now: float) -> float:
    """How long Google or Apple keeps the message for a phone that is off, in seconds from now."""
    if platform == "ios":
        expires = ((message.get("apns") or {}).get("headers") or {}).get("apns-expiration")
        return max(0.0, float(expires) - now) if expires is not None else FOUR_WEEKS_S
    if platform == "web":
        return float(((message.get("webpush") or {}).get("headers") or {}).get("TTL", FOUR_WEEKS_S))
    ttl = (message.get("android") or {}).get("ttl")
    return float(str(ttl).rstrip("s")) if ttl is not None else FOUR_WEEKS_S


class Phones:
    """Every phone that was reached. Past its bounds the oldest card goes; the ledger still counts it."""

    def __init__(self) -> None:
        self._phones: dict[str, dict[str, Card]] = {}
        #: All cards, oldest landing first: a dict keeps the order of insertion.
        self._landed: dict[tuple[str, str], Card] = {}
        self._unnamed = 0
        self.opened = 0

    def __len__(self) -> int:
        return len(self._phones)

    @property
    def cards(self) -> int:
        """Alerts on all lock screens together."""
        return len(self._landed)

    def land(self, card: Card) -> None:
        """Show a card; one with the tag of a card already there takes its place and lies unopened on top."""
        if not card.tag:
            self._unnamed += 1
            card.tag = f"-{self._unnamed}"
        shown, key = self._phones.setdefault(card.token, {}), (card.token, card.tag)
        if before := shown.pop(card.tag, None):
            card.times = before.times + 1 if before.alert_id == card.alert_id else 1
            del self._landed[key]
        shown[card.tag] = self._landed[key] = card
        if len(shown) > MOST_ON_A_PHONE:
            self._forget(next(iter(shown.values())))
        if len(self._landed) > MOST_IN_ALL:
            self._forget(next(iter(self._landed.values())))

    def _forget(self, card: Card) -> None:
        del self._landed[card.token, card.tag]
        shown = self._phones[card.token]
        del shown[card.tag]
        if not shown:
            del self._phones[card.token]

    def find(self, token: str, tag: str) -> Card | None:
        """The card, unless it was never shown or is forgotten."""
        return self._landed.get((token, tag))

    def on(self, token: str) -> list[Card]:
        """One phone's cards, newest first."""
        return list(reversed(self._phones.get(token, {}).values()))

    def open(self, token: str, tag: str, now: float) -> Card | None:
        """The person opens the alert. None where there is nothing to open or it was opened before."""
        card = self.find(token, tag)
        if card is None or card.opened_at is not None:
            return None
        card.opened_at = now
        self.opened += 1
        return card

    def newest(self, *, limit: int, alert_id: str = "", q: str = "") -> list[list[Card]]:
        """The phones something landed on last, each with its cards, newest first."""
        found: dict[str, None] = {}
        for card in self._newest_cards(alert_id, q):
            found[card.token] = None
            if len(found) >= limit:
                break
        return [[card for card in reversed(self._phones[t].values()) if _is_of(card, alert_id)] for t in found]

    def _newest_cards(self, alert_id: str, q: str) -> Iterator[Card]:
        wanted = q.casefold()
        for card in islice(reversed(self._landed.values()), MOST_IN_ALL):
            if _is_of(card, alert_id) and wanted in card.token.casefold():
                yield card


def _is_of(card: Card, alert_id: str) -> bool:
    return not alert_id or alert_id in (card.tag, card.alert_id)


def shown(card: Card) -> dict[str, Any]:
    """What a person sees of a card, and what lies behind it, for pages and tests. Times are ISO 8601, UTC."""
    message, platform = card.message, platform_of(card.token)
    data = data_of(message, platform)
    title, text = _words(message, platform)
    return {
        "token": card.token,
        "platform": platform,
        "tag": card.tag,
        "alert_id": card.alert_id,
        "title": title,
        "text": text,
        #: A message without words for this kind of phone arrives, and nobody sees it.
        "visible": bool(title or text),
        "image": _image(message, platform),
        "urgent": data.get("urgent") == "true" or (message.get("android") or {}).get("priority", "").lower() == "high",
        "landed_at": _iso(card.landed_at),
        "expires_at": _iso(card.landed_at + life_s(message, platform, card.landed_at)),
        "opened_at": _iso(card.opened_at) if card.opened_at else None,
        "times": card.times,
        "answer": card.answer,
        "data": data,
    }


def _words(message: dict[str, Any], platform: str) -> tuple[str, str]:
    data, plain = data_of(message, platform), message.get("notification") or {}
    if platform == "ios":
        alert = (((message.get("apns") or {}).get("payload") or {}).get("aps") or {}).get("alert") or plain
        return ("", alert) if isinstance(alert, str) else (alert.get("title", ""), alert.get("body", ""))
    own = message.get("webpush" if platform == "web" else "android") or {}
    notification = {**plain, **(own.get("notification") or {})}
    # The app draws data messages itself: that is why they carry the words.
    title = notification.get("title") or data.get("title", "")
    return title, notification.get("body") or data.get("text") or data.get("body", "")


def _image(message: dict[str, Any], platform: str) -> str:
    """The address of the picture on this phone, or nothing: on Apple's only if its app may change what is shown."""
    if platform == "ios":
        apns = message.get("apns") or {}
        mutable = ((apns.get("payload") or {}).get("aps") or {}).get("mutable-content") == 1
        return str((apns.get("fcm_options") or {}).get("image", "")) if mutable else ""
    own = (message.get("webpush" if platform == "web" else "android") or {}).get("notification") or {}
    return str(own.get("image") or data_of(message, platform).get("image", ""))


def _iso(when: float) -> str:
    return datetime.fromtimestamp(min(when, time.time() + FOUR_WEEKS_S), UTC).isoformat(timespec="milliseconds")
