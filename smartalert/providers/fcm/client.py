"""Firebase Cloud Messaging: account, payload and error words by pyfcm, sending over our own pool.

pyfcm's own transport repeats accepted messages and opens a connection for each; nothing here uses it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pyfcm import FCMNotification
from pyfcm.errors import FCMError

from smartalert.clock import utc_now
from smartalert.providers.fcm.answers import (
    IN_DOUBT,
    NOT_REACHED,
    is_stale_token,
    outcome_of,
)
from smartalert.providers.fcm.credentials import Credentials, NoToken
from smartalert.providers.fcm.payload import MessageTooLong, Payload
from smartalert.providers.lease import always
from smartalert.providers.pace import Pace
from smartalert.providers.pacing import Gate, Places
from smartalert.providers.provider import Addressee, Message, Outcome, PermanentFailure, Report
from smartalert.providers.reporting import each_reported_once
from smartalert.providers.transport import Answer, Cut, NotReached, PooledTransport, Transport

log = logging.getLogger(__name__)


class Fcm:
    """FCM HTTP v1, for one event loop; all calls share one pool, one pace and one gate."""

    batch_size = 256
    #: Phones show one notification an alert, by collapse id, tag and alert_id.
    repeat_is_harmless = True

    def __init__(
        self,
        service_account: Path,
        *,
        endpoint: str,
        in_flight: int = 192,
        timeout_s: float = 15.0,
        pace: Pace | None = None,
        transport: Transport | None = None,
        may_send: Callable[[], bool] = always,
        confined_to: str = "",
    ) -> None:
        self._pyfcm = FCMNotification(service_account_file=str(service_account))
        self._pyfcm.FCM_END_POINT_BASE = f"{endpoint.rstrip('/')}/v1/projects"
        #: Where pushes go.
        self.url: str = self._pyfcm.fcm_end_point
        self._credentials = Credentials(
            self._pyfcm.credentials, service_account, timeout_s=timeout_s, confined_to=confined_to
        )
        self._transport = transport or PooledTransport(
            connections=in_flight, timeout_s=timeout_s, may_send=may_send, confined_to=confined_to
        )
        self._in_flight, self._places = in_flight, Places(in_flight)
        self._pace, self._gate = pace or Pace(None), Gate()

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        """Push to every phone, in_flight at a time over all calls, and report each as its answer comes."""
        with each_reported_once(addressees, report) as tell:
            payload = self._payload(message, addressees)
            if isinstance(payload, PermanentFailure):
                for addressee in addressees:
                    tell(addressee.reference, payload)
                return
            waiting = iter(addressees)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(self._in_flight, len(addressees))):
                    tasks.create_task(self._drain(waiting, payload, tell))

    async def aclose(self) -> None:
        """Close pooled connections."""
        await self._credentials.aclose()
        await self._transport.aclose()

    def _payload(self, message: Message, addressees: Sequence[Addressee]) -> Payload | PermanentFailure:
        now = utc_now()
        if message.expires_at <= now:
            return PermanentFailure("The alert had expired.")
        placeholders = {name for addressee in addressees for name in addressee.personal}
        try:
            return Payload(self._pyfcm, message, placeholders, now)
        except (FCMError, TypeError, ValueError) as error:
            log.error("alert %s cannot be written for FCM: %s", message.alert_id, type(error).__name__)
            return PermanentFailure("The alert cannot be written as a push message.")

    async def _drain(self, waiting: Iterator[Addressee], payload: Payload, tell: Report) -> None:
        for addressee in waiting:
            outcome: Outcome = IN_DOUBT
            try:
                outcome = await self._push(addressee, payload)
            except Exception as error:  # a fault of ours in one push must not cost the others theirs
                log.error("delivery %s: %s", addressee.reference, type(error).__name__)
            finally:  # cancelled in flight: FCM may have it
                tell(addressee.reference, outcome)

    async def _push(self, addressee: Addressee, payload: Payload) -> Outcome:
        try:
            body = payload.body_for(addressee)
        except MessageTooLong as refusal:
            return PermanentFailure(str(refusal))
        except (TypeError, ValueError):  # half a surrogate pair
            return PermanentFailure("The person's own words cannot be written as a push message.")
        async with self._places.one(urgent=payload.urgent):
            await self._pace.acquire(urgent=payload.urgent)
            if shut := self._gate.refusal():
                return shut
            outcome = await self._ask(body)
            self._gate.see(outcome)
            return outcome

    async def _ask(self, body: bytes) -> Outcome:
        try:
            return outcome_of(self._pyfcm, await self._post(body))
        except NoToken as refusal:
            return refusal.outcome
        except NotReached:
            return NOT_REACHED
        except Cut:
            return IN_DOUBT

    async def _post(self, body: bytes) -> Answer:
        headers = await self._credentials.headers()
        answer = await self._transport.post(self.url, body, headers)
        if not is_stale_token(answer):
            return answer
        return await self._transport.post(self.url, body, await self._credentials.headers(refused=headers))
