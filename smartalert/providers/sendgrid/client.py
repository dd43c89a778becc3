"""SendGrid's v3 Mail Send through its own client, up to 1,000 people a request, in a few threads.

SendGrid cannot collapse or recall a mail: what it may have accepted is never handed over again by us.
"""

import asyncio
import http.client
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from smartalert.clock import utc_now
from smartalert.providers.pacing import Gate
from smartalert.providers.provider import Addressee, Message, Outcome, PermanentFailure, Report, TemporaryFailure
from smartalert.providers.reporting import each_reported_once
from smartalert.providers.sendgrid.answers import IN_DOUBT, NOT_REACHED, Answer, outcome_of, refused_places
from smartalert.providers.sendgrid.mail import Sender, looks_like_address, request_body

log = logging.getLogger(__name__)
# The client's debug log holds whole requests, addresses and key included.
logging.getLogger("python_http_client.client").addFilter(lambda record: False)

#: How often one batch goes back to SendGrid without the addressees it refused.
ROUNDS = 50
_NO_ADDRESS = PermanentFailure("This is not an e-mail address.")
_TOO_MANY_REFUSED = TemporaryFailure("SendGrid refused too many others of this batch.", retry_after_s=10.0)


class SendGrid:
    """Mail Send with our own wording, tracking off and one-click unsubscribing."""

    batch_size = 1_000
    repeat_is_harmless = False

    def __init__(
        self, api_key: str, *, endpoint: str, sender: Sender, timeout_s: float = 15.0, threads: int = 4
    ) -> None:
        if not api_key:  # the client would take one from the environment behind our back
            raise ValueError("SendGrid needs a key.")
        #: Where mails go.
        self.url = endpoint.rstrip("/")
        self._client: Any = SendGridAPIClient(api_key, host=self.url).client
        self._client.timeout = timeout_s  # it has none of its own
        self._sender = sender
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sendgrid")
        self._slots = asyncio.Semaphore(threads)
        self._gate = Gate()

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        """Mail everybody, batch_size a request, and report all of a request when it is answered."""
        with each_reported_once(addressees, report) as tell:
            good = self._worth_asking(message, addressees, tell)
            async with asyncio.TaskGroup() as tasks:
                for start in range(0, len(good), self.batch_size):
                    tasks.create_task(self._batch(message, good[start : start + self.batch_size], tell))

    async def aclose(self) -> None:
        """Let requests under way end, then stop the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    def _worth_asking(self, message: Message, addressees: Sequence[Addressee], tell: Report) -> list[Addressee]:
        if message.expires_at <= utc_now():
            _tell_all(tell, addressees, PermanentFailure("The alert had expired."))
            return []
        _tell_all(tell, [a for a in addressees if not looks_like_address(a.address)], _NO_ADDRESS)
        return [a for a in addressees if looks_like_address(a.address)]

    async def _batch(self, message: Message, batch: Sequence[Addressee], tell: Report) -> None:
        """One request, and again without whoever SendGrid refused by name."""
        for _ in range(ROUNDS):
            async with self._slots:
                answer = self._gate.refusal() or await self._under_way(message, batch, tell)
            if isinstance(answer, Answer) and answer.status == 413 and len(batch) > 1:
                await self._halves(message, batch, tell)
                return
            refused = refused_places(answer, len(batch)) if isinstance(answer, Answer) else {}
            if not refused:
                outcome = outcome_of(answer, utc_now()) if isinstance(answer, Answer) else answer
                self._gate.see(outcome)
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

    async def _under_way(self, message: Message, batch: Sequence[Addressee], tell: Report) -> Answer | TemporaryFailure:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._post, message, batch)
        except asyncio.CancelledError:  # the thread goes on without us
            _tell_all(tell, batch, IN_DOUBT)
            raise
        except Exception as error:  # a fault of ours must cost nobody the report
            log.error("alert %s, batch of %d: %s", message.alert_id, len(batch), type(error).__name__)
            return IN_DOUBT

    def _post(self, message: Message, batch: Sequence[Addressee]) -> Answer | TemporaryFailure:
        body = request_body(message, self._sender, batch)
        try:
            response = self._client.mail.send.post(request_body=body)
        except HTTPError as refusal:
            return Answer(refusal.status_code, refusal.body, refusal.headers)
        except URLError:  # raised only until the request is written: without its end nothing was accepted
            return NOT_REACHED
        except (OSError, http.client.HTTPException):
            return IN_DOUBT
        return Answer(response.status_code, response.body, response.headers)


def _tell_all(tell: Report, addressees: Sequence[Addressee], outcome: Outcome) -> None:
    for addressee in addressees:
        tell(addressee.reference, outcome)
