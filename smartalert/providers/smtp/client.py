"""The force's own relay, by aiosmtplib: one mail at a time over a few lines, and whether it took it.

What was sent to the end and not answered may have left: nobody here sends it again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException

from smartalert.clock import utc_now
from smartalert.providers.lease import always
from smartalert.providers.provider import (
    Addressee,
    AddressGone,
    HandedOver,
    Message,
    Outcome,
    PermanentFailure,
    Report,
    TemporaryFailure,
)
from smartalert.providers.reporting import each_reported_once, without_addresses
from smartalert.providers.sendgrid.mail import Sender, looks_like_address
from smartalert.providers.smtp.mail import Signer, written

log = logging.getLogger(__name__)

#: Lines at once: a relay inside the force is asked gently.
LINES = 4
SHORTEST_WAIT_S = 10.0
NOT_REACHED = TemporaryFailure("The force’s mail relay could not be reached.", SHORTEST_WAIT_S)
IN_DOUBT = TemporaryFailure(
    "The force’s mail relay did not answer. It may have accepted the mail.", SHORTEST_WAIT_S, perhaps_accepted=True
)
NO_ADDRESS = PermanentFailure("This is not an e-mail address.")
UNWRITABLE = PermanentFailure("The alert cannot be written as a mail.")
#: RFC 3463 codes that are about the address.
DEAD = ("5.1.1 ", "5.1.2 ", "5.1.3 ", "5.1.6 ", "5.1.10 ", "5.2.1 ")


@dataclass(frozen=True, slots=True)
class Road:
    """Where the relay is: smtp:// with STARTTLS, smtps://, and in clear on this machine alone."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> "Road":
        """Read smtp://user:password@host:port; raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("It must be like smtp://relay.force.police.uk:587.")
        tls = parts.scheme == "smtps"
        words = [unquote(part) if part else None for part in (parts.username, parts.password)]
        return cls(parts.hostname, parts.port or (465 if tls else 587), tls, *words)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return self.host == "127.0.0.1"


class Relay:
    """SMTP to one relay, for one event loop."""

    batch_size = 100
    repeat_is_harmless = False

    def __init__(
        self,
        road: Road,
        *,
        sender: Sender,
        return_path: Callable[[str], str],
        signer: Signer | None = None,
        timeout_s: float = 15.0,
        may_send: Callable[[], bool] = always,
    ) -> None:
        self._road, self._sender, self._return_path, self._signer = road, sender, return_path, signer
        self._timeout_s, self._may_send = timeout_s, may_send
        self._lines = asyncio.Semaphore(LINES)

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        """Mail everybody and report each as its answer comes; who cannot be reached is reported, not tried again."""
        with each_reported_once(addressees, report) as tell:
            if message.expires_at <= utc_now():
                for addressee in addressees:
                    tell(addressee.reference, PermanentFailure("The alert had expired."))
                return
            waiting, unreachable = iter(addressees), asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(LINES, len(addressees))):
                    tasks.create_task(self._drain(waiting, message, tell, unreachable))

    async def aclose(self) -> None:
        """No line stays open."""

    async def _drain(
        self, waiting: Iterator[Addressee], message: Message, tell: Report, unreachable: asyncio.Event
    ) -> None:
        """One line's share; where the relay cannot be reached, nobody asks once more for each who is left."""
        async with self._lines:
            line: aiosmtplib.SMTP | None = None
            try:
                for addressee in waiting:
                    if unreachable.is_set():
                        tell(addressee.reference, NOT_REACHED)
                        continue
                    outcome: Outcome = IN_DOUBT
                    try:
                        line, outcome = await self._mail(line, message, addressee)
                    except Exception as error:  # a fault of ours in one mail must not cost the others theirs
                        log.error("delivery %s: %s", addressee.reference, type(error).__name__)
                        line = None
                    finally:  # cancelled in the middle: the relay may have it
                        tell(addressee.reference, outcome)
                    if outcome is NOT_REACHED:
                        unreachable.set()
            finally:
                if line is not None:
                    line.close()

    async def _mail(
        self, line: aiosmtplib.SMTP | None, message: Message, addressee: Addressee
    ) -> tuple[aiosmtplib.SMTP | None, Outcome]:
        """What became of one mail, and the line where it can be used again. One deadline holds for all of it."""
        if not looks_like_address(addressee.address) or not addressee.address.isascii():
            return line, NO_ADDRESS
        try:
            body = written(message, self._sender, addressee, self._signer)
        except (ValueError, UnicodeError):
            return line, UNWRITABLE
        stage = [line]
        begun: list[bool] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._send(stage, begun, addressee, body)
        except SMTPResponseException as refusal:
            return await self._rest(stage[0]), outcome_of(refusal.code, refusal.message)
        except (SMTPException, OSError, TimeoutError, ValueError):
            if stage[0] is not None:
                stage[0].close()
            return None, IN_DOUBT if begun else NOT_REACHED

    async def _send(
        self, stage: list[aiosmtplib.SMTP | None], begun: list[bool], addressee: Addressee, body: bytes
    ) -> tuple[aiosmtplib.SMTP, Outcome]:
        line = stage[0]
        if line is None:
            line = stage[0] = self._line()
            await line.connect()
        await line.mail(self._return_path(addressee.reference), options=self._options(line, addressee))
        await line.rcpt(addressee.address)
        if not self._may_send():
            line.close()
            raise OSError("no leave to send")
        begun.append(True)
        said = await line.data(body)
        return line, HandedOver(f"relay {without_addresses(said.message)}")

    def _line(self) -> aiosmtplib.SMTP:
        road = self._road
        return aiosmtplib.SMTP(
            hostname=road.host, port=road.port, use_tls=road.tls, start_tls=not road.tls and not road.is_here,
            username=road.user, password=road.password, timeout=self._timeout_s,
        )  # fmt: skip

    def _options(self, line: aiosmtplib.SMTP, addressee: Addressee) -> list[str]:
        """Reports name the delivery, where the relay passes that on (RFC 3461)."""
        return (
            [f"ENVID={self._return_path(addressee.reference).partition('+')[2].partition('@')[0]}", "RET=HDRS"]
            if line.supports_extension("dsn")
            else []
        )

    async def _rest(self, line: aiosmtplib.SMTP | None) -> aiosmtplib.SMTP | None:
        """A line after a refusal, ready for the next mail; None where it is not."""
        if line is None or not line.is_connected:
            return None
        with suppress(SMTPException, OSError):
            await line.rset()
            return line
        line.close()
        return None


def outcome_of(code: int, words: str) -> Outcome:
    """What a refusal means: RFC 3463's code says whether it is about the address.

    Anything else is about us, or for now. A second road gives nobody up: SendGrid may take them yet.
    """
    if code >= 500 and words.startswith(DEAD):
        return AddressGone("The mail server does not know this address.")
    return TemporaryFailure(f"The force’s mail relay refused: {code} {without_addresses(words)}", SHORTEST_WAIT_S)
