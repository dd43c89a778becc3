"""Everything one simulated world knows: who was reached, what is due, which knobs are turned."""

import time
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from smartalert.config import TEST_ADDRESSES
from smartalert.simulator import phones
from smartalert.simulator.acknowledgements import Acknowledgements
from smartalert.simulator.answers import Answers
from smartalert.simulator.credentials import Credentials
from smartalert.simulator.events import EventPost
from smartalert.simulator.faults import Faults, dice
from smartalert.simulator.inboxes import Inboxes, Mail
from smartalert.simulator.ledger import Ledger
from smartalert.simulator.oauth import TokenIssuer
from smartalert.simulator.phones import Card, Phones
from smartalert.simulator.timetable import Timetable
from smartalert.wording import Channel

if TYPE_CHECKING:
    from smartalert.simulator.worlds import Worlds


class Quota:
    """A number of messages in each whole minute, as Google counts them."""

    def __init__(self) -> None:
        self._minute, self._used = 0, 0

    def over(self, quota: int, now: float) -> int:
        """Count one. Seconds to wait where it is beyond the quota, else 0."""
        minute, second = divmod(int(now), 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        return 60 - second if self._used > quota else 0


class World:
    """One simulated world; reset() empties it and leaves the keys and access tokens as they are."""

    #: All of this simulator, itself among them.
    worlds: "Worlds"
    #: The drill whose world it is, what it is called and whether it runs; None: everyday training.
    drill: int | None = None
    name = ""
    is_running = False

    def __init__(
        self, credentials: Credentials, *, events_url: str | None, receipts_url: str | None, password: str = ""
    ) -> None:
        #: What other computers must know to look at phones and inboxes; empty: none may.
        self.password = password
        self.api_key = b"Bearer " + credentials.sendgrid_api_key.encode()
        self.project = credentials.project_id.encode()
        self.fcm_path = f"/v1/projects/{credentials.project_id}/messages:send"
        self.tokens = TokenIssuer(credentials.service_account)
        self.events = EventPost(events_url, credentials.webhook_private_key)
        self.acknowledgements = Acknowledgements(receipts_url)
        self.answers = Answers(receipts_url)
        self.timetable = Timetable()
        self.started_at = time.time()
        self.reset()

    def reset(self) -> None:
        """Forget everybody reached, everything due and every fault."""
        #: The knobs as somebody turned them, and what a drill's story turns beside that.
        self._turned, self._trouble = Faults(), dict[str, float]()
        self.faults = self._turned
        self.ledger, self.phones, self.inboxes = Ledger(), Phones(), Inboxes()
        self.quota = Quota()
        #: SendGrid's suppression list: it drops what goes to an address that once bounced.
        self.bounced: set[str] = set()
        self._mail_numbers = count(1)
        self.timetable.clear()
        self.events.clear()
        self.acknowledgements.clear()
        self.answers.clear()

    def turn(self, knobs: Mapping[str, object]) -> None:
        """Turn knobs; the others stay. Raises KnobRefused."""
        turned = self._turned.turned(knobs)
        self.faults, self._turned = turned.turned(self._trouble), turned

    def meet(self, trouble: Mapping[str, float]) -> None:
        """Turn the knobs of a story's trouble, and back those of its earlier one. Raises KnobRefused."""
        if trouble != self._trouble:
            self.faults, self._trouble = self._turned.turned(trouble), dict(trouble)

    def accept_push(self, token: str, message: dict[str, Any], raw: bytes, now: float) -> None:
        """Google has it: count it, and bring it to the phone, now or when the phone is back."""
        platform = phones.platform_of(token)
        tag, alert_id = phones.tag_of(message, platform), phones.alert_of(message)
        receipt = (message.get("data") or {}).get("receipt", "")
        card = Card(token, tag, alert_id, receipt, raw, now)
        if token != TEST_ADDRESSES[Channel.PUSH]:
            self.ledger.accept_push(token, alert_id, now)
        knobs = self.faults
        if not knobs.happens(knobs.phone_offline, "offline", token):
            self._land(card)
        elif phones.life_s(message, platform, now) < knobs.phone_offline_s:
            self.ledger.happened["push_expired"] += 1
        else:
            card.landed_at = now + knobs.phone_offline_s
            self.timetable.at(card.landed_at, self._land, card)

    def next_mail(self) -> int:
        """A number no other mail has."""
        return next(self._mail_numbers)

    def _land(self, card: Card) -> None:
        if card.token != TEST_ADDRESSES[Channel.PUSH]:
            self.phones.land(card)
        if not card.receipt:
            return
        knobs, token, now = self.faults, card.token, card.landed_at
        if knobs.happens(knobs.phone_delivered, "delivered", token, card.tag):
            wait = dice(knobs.seed, "delivered-after", token, card.tag) * knobs.phone_delivered_ms / 1_000
            self.timetable.at(now + wait, self._acknowledge, card, "delivered")
        if knobs.happens(knobs.phone_opened, "opened", token, card.tag):
            wait = knobs.phone_delivered_ms / 1_000 + dice(knobs.seed, "opened-after", token) * knobs.phone_opened_s
            self.timetable.at(now + wait, self._open_by_itself, token, card.tag)

    def open(self, token: str, tag: str) -> Card | None:
        """The person opens the alert; the phone says so once. None where there is nothing to open."""
        card = self.phones.open(token, tag, time.time())
        if card:
            self._acknowledge(card, "opened")
        return card

    def answer(self, got: Card | Mail | None, saw: str, *, happening_now: bool, photo: bytes) -> bool:
        """The person opens the alert and tells the police; False where there is nothing to answer."""
        if got is None or not self.answers.add(got, saw, happening_now=happening_now, photo=photo):
            return False
        if isinstance(got, Card):
            self.open(got.token, got.tag)
        return True

    def _open_by_itself(self, token: str, tag: str) -> None:
        self.open(token, tag)

    def _acknowledge(self, card: Card, event: str) -> None:
        if card.receipt:
            self.acknowledgements.add(card.receipt, event)
