"""HTTP for providers: one POST at a time, and whether a failed one may have been accepted.

Every request has one deadline from its first byte to the last of its answer, no answer is read without a bound, and
no redirect is followed: wherever one leads, our keys and people's addresses do not. Whoever has no leave to send any
more begins no request, and ends none. In training nothing but the simulator is asked, whatever address is given here.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PoolTimeoutError, RequestError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from smartalert.providers.lease import always

#: No answer of theirs is longer; the rest of one that is stays unread. Bytes.
LONGEST_ANSWER = 1_000_000
#: The headers that anybody here reads.
READ = ("content-length", "retry-after", "x-message-id", "x-ratelimit-reset")
#: A longer request goes in pieces of so many bytes, so that one that was broken off is known not to have arrived.
PIECE = 65_536
_JSON = json.JSONDecoder(strict=False)


class NotReached(Exception):
    """The request was never there as a whole, so nothing was accepted."""


class Cut(Exception):
    """The connection ended, or time ran out, after the request may have been read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, in the words of `requests`, which pyfcm's reader of answers expects."""

    status_code: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Its JSON, halves of characters and all; raises ValueError where it is none."""
        try:
            return _JSON.decode(self.text)
        except RecursionError:
            raise ValueError("It is nested too deeply.") from None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """One header, by its name in small letters; empty where there is none."""
        return next((value.strip() for key, value in self.headers.items() if key.lower() == name), "")


class Transport(Protocol):
    """Anything that can POST and tell NotReached from Cut."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request, never repeated and never redirected; raises NotReached or Cut."""

    async def aclose(self) -> None:
        """Close every connection."""


class PooledTransport:
    """Connections of one event loop, through the force's proxy where it has one; `confined_to` an origin, through none.

    reqwest under Python: a third of aiohttp's CPU a push, and HTTP/2 where the other side speaks it. Kept open and
    shared, unless a request may do harm that arrives twice or late (keep_open=False): then each has a connection of its
    own, as one that meets a connection just closed by the other side is in doubt, and is ended by a byte of its own.
    """

    def __init__(
        self,
        *,
        connections: int,
        timeout_s: float,
        keep_open: bool = True,
        may_send: Callable[[], bool] = always,
        confined_to: str = "",
    ) -> None:
        self._confined_to = confined_to
        self._connections, self._timeout_s, self._keep_open = connections, timeout_s, keep_open
        self._may_send = may_send
        self._client: Client | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if not self._may_send():
            raise NotReached("no leave to send")
        if self._confined_to and not url.startswith(f"{self._confined_to}/"):
            raise NotReached("not the simulator")
        sent = _Pieces(body, self._may_send, whole=self._keep_open and len(body) <= PIECE)
        try:
            async with self._request(url, sent, headers) as response:
                return Answer(response.status, await _beginning(response), _headers(response))
        except (PoolTimeoutError, BuilderError) as error:
            raise NotReached(type(error).__name__) from None
        except RequestError as error:
            never_there = _while_connecting(error) or not sent.all_taken
            raise (NotReached if never_there else Cut)(type(error).__name__) from None

    def _request(self, url: str, sent: "_Pieces", headers: dict[str, str]) -> StreamRequest:
        request = self._open().post(url).headers(headers)
        if not self._keep_open:
            # Nothing of the body is read before we have the status: it counts, whatever comes of the rest. Where a
            # repeat is harmless both come together, which saves a push half of its way between two threads.
            request = request.streamed_read_buffer_limit(0)
        if sent.whole:
            return request.body_bytes(sent.body).build_streamed()
        return request.header("Content-Length", str(len(sent.body))).body_stream(sent.pieces()).build_streamed()

    def _open(self) -> Client:
        """The proxy is read from the environment when the client is built, so it waits for the first call."""
        if self._client is None:
            # Connecting gets less than the whole time: its time-out is told from one after the request was read.
            builder = (
                ClientBuilder()
                .max_connections(self._connections)
                .timeout(timedelta(seconds=self._timeout_s))
                .connect_timeout(timedelta(seconds=self._timeout_s * 2 / 3))
                .pool_idle_timeout(timedelta(seconds=60))
                .follow_redirects(enable=False)
            )
            if self._confined_to:
                builder = builder.no_proxy()
            self._client = (builder if self._keep_open else builder.pool_max_idle_per_host(0)).build()
        return self._client

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


class _Pieces:
    """A request's body, and whether all of it was taken to be sent."""

    def __init__(self, body: bytes, may_send: Callable[[], bool], *, whole: bool) -> None:
        self.body, self.whole, self._may_send = body, whole, may_send
        self.all_taken = whole

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it but the last byte, and that one only to whoever may still send: without it nothing is accepted."""
        for start in range(0, len(self.body) - 1, PIECE):
            yield self.body[start : min(start + PIECE, len(self.body) - 1)]
        if not self._may_send():
            raise NotReached("no leave to send")
        self.all_taken = True
        yield self.body[-1:]


async def _beginning(response: Response) -> bytes:
    """Its body as far as it is read; where it breaks off the status has come, and says enough."""
    parts, left = [], LONGEST_ANSWER
    try:
        while left > 0 and (part := await response.body_reader.read(min(left, PIECE))) is not None:
            parts.append(bytes(part))
            left -= len(part)
    except RequestError:
        pass
    return b"".join(parts)[:LONGEST_ANSWER]


def _headers(response: Response) -> dict[str, str]:
    """The headers we read, without those that are no text."""
    found = {}
    for name in READ:
        try:
            found[name] = response.get_header(name) or ""
        except ValueError:
            continue
    return {name: value for name, value in found.items() if value}


def _while_connecting(error: RequestError) -> bool:
    """Whether no request was written: pyreqwest 0.15 says ConnectError of both, reqwest's words tell them apart."""
    return any("(Connect)" in cause["message"] for cause in error.details["causes"] or ())
