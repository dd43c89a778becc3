"""SendGrid's v3 Mail Send, up to 1,000 people a request: its library's headers, over a transport of ours.

The library's own transport follows redirects with the key in its hand, has no deadline and reads without a bound.
SendGrid cannot collapse or recall a mail: what it may have accepted is never handed over again by us.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import orjson
from sendgrid import SendGridAPIClient

from smartalert.clock import utc_now
from smartalert.providers.lease import always
from smartalert.providers.pace import Pace
from smartalert.providers.pacing import Gate, Places
from smartalert.providers.provider import Addressee, Message, Outcome, PermanentFailure, Report, TemporaryFailure
from smartalert.providers.reporting import each_reported_once
from smartalert.providers.sendgrid.answers import IN_DOUBT, NOT_REACHED, outcome_of, refused_places
from smartalert.providers.sendgrid.mail import Sender, looks_like_address, request_body
from smartalert.providers.transport import Answer, Cut, NotReached, PooledTransport, Transport

log = logging.getLogger(__name__)

#: How often one batch goes back to SendGrid without the addressees it refused.
ROUNDS = 50
_NO_ADDRESS = PermanentFailure("This is not an e-mail address.")
_UNWRITABLE = PermanentFailure("The alert cannot be written as a mail.")
_TOO_MANY_REFUSED = TemporaryFailure("SendGrid refused too many others of this batch.", retry_after_s=10.0)


class SendGrid:
    """Mail Send with our own wording, tracking off and one-click unsubscribing, for one event loop."""

    batch_size = 1_000
    repeat_is_harmless = False

    def __init__(
        self,
        api_key: str,
        *,
        endpoint: str,
        sender: Sender,
        timeout_s: float = 15.0,
        in_flight: int = 16,
        pace: Pace | None = None,
        transport: Transport | None = None,
        may_send: Callable[[], bool] = always,
        confined_to: str = "",
    ) -> None:
        if not api_key:  # the library would take one from the environment behind our back
            raise ValueError("SendGrid needs a key.")
        #: Where mails go.
        self.url = endpoint.rstrip("/")
        library = SendGridAPIClient(api_key, host=self.url).client
        self.headers: dict[str, str] = {**library.request_headers, "Content-Type": "application/json"}
        self._sender = sender
        self._transport = transport or PooledTransport(
            connections=in_flight,
            timeout_s=timeout_s,
            keep_open=False,
            may_send=may_send,
            confined_to=confined_to,
        )
        self._places, self._pace, self._gate = Places(in_flight), pace or Pace(None), Gate()

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        """Mail everybody, batch_size a request, and report all of a request when it is answered."""
        with each_reported_once(addressees, report) as tell:
            good = self._worth_asking(message, addressees, tell)
            async with asyncio.TaskGroup() as tasks:
                for start in range(0, len(good), self.batch_size):
                    tasks.create_task(self._batch(message, good[start : start + self.batch_size], tell))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _worth_asking(self, message: Message, addressees: Sequence[Addressee], tell: Report) -> list[Addressee]:
        if message.expires_at <= utc_now():
            _tell_all(tell, addressees, PermanentFailure("The alert had expired."))
            return []
        _tell_all(tell, [a for a in addressees if not looks_like_address(a.address)], _NO_ADDRESS)
        return [a for a in addressees if looks_like_address(a.address)]

    async def _batch(self, message: Message, batch: Sequence[Addressee], tell: Report) -> None:
        """One request, and again without whoever SendGrid refused by name."""
        for _ in range(ROUNDS):
            answer = await self._in_turn(message, batch, tell)
            if isinstance(answer, Answer) and answer.status_code == 413 and len(batch) > 1:
                await self._halves(message, batch, tell)
                return
            if not isinstance(answer, Answer):
                _tell_all(tell, batch, answer)
                return
            refused = refused_places(answer, len(batch))
            outcome = next(iter(refused.values()), None) or outcome_of(answer, utc_now())
            self._gate.see(outcome)
            if not refused:
                _tell_all(tell, batch, outcome)
                return
            for place, why in refused.items():
                tell(batch[place].reference, why)
            batch = [addressee for place, addressee in enumerate(batch) if place not in refused]
        _tell_all(tell, batch, _TOO_MANY_REFUSED)

    async def _halves(self, message: Message, batch: Sequence[Addressee], tell: Report) -> None:
        middle = len(batch) // 2
        await self._batch(message, batch[:middle], tell)
        await self._batch(message, batch[middle:], tell)

    async def _in_turn(self, message: Message, batch: Sequence[Addressee], tell: Report) -> Answer | Outcome:
        async with self._places.one(urgent=message.urgent):
            await self._pace.acquire(len(batch), urgent=message.urgent)
            if refusal := self._gate.refusal():
                return refusal
            try:
                return await self._ask(message, batch)
            except asyncio.CancelledError:  # SendGrid may have it
                _tell_all(tell, batch, IN_DOUBT)
                raise
            except Exception as error:  # a fault of ours must cost nobody the report
                log.error("alert %s, batch of %d: %s", message.alert_id, len(batch), type(error).__name__)
                return IN_DOUBT

    async def _ask(self, message: Message, batch: Sequence[Addressee]) -> Answer | Outcome:
        try:
            body = orjson.dumps(request_body(message, self._sender, batch))
        except TypeError:  # half a surrogate pair
            return _UNWRITABLE
        try:
            return await self._transport.post(f"{self.url}/v3/mail/send", body, self.headers)
        except NotReached:
            return NOT_REACHED
        except Cut:
            return IN_DOUBT


def _tell_all(tell: Report, addressees: Sequence[Addressee], outcome: Outcome) -> None:
    for addressee in addressees:
        tell(addressee.reference, outcome)
