"""HTTP for providers: one POST at a time over a pool, and whether a failed one may have been accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import orjson
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PoolTimeoutError, RequestError


class NotReached(Exception):
    """No connection came about, so nothing was accepted."""


class Cut(Exception):
    """The connection ended, or time ran out, after the request may have been read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, in the words of `requests`, which pyfcm's reader of answers expects."""

    status_code: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Transport(Protocol):
    """Anything that can POST and tell NotReached from Cut."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request, never repeated and never redirected; raises NotReached or Cut."""

    async def aclose(self) -> None:
        """Close every connection."""


class PooledTransport:
    """Connections kept open and shared by every call of one event loop, through the force's proxy where it has one.

    reqwest under Python: a third of aiohttp's CPU a push, and HTTP/2 where the other side speaks it.
    """

    def __init__(self, *, connections: int, timeout_s: float) -> None:
        self._connections, self._timeout_s = connections, timeout_s
        self._client: Client | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            response = await self._open().post(url).headers(headers).body_bytes(body).build().send()
            return Answer(response.status, bytes(await response.bytes()), response.headers)
        except (PoolTimeoutError, BuilderError) as error:
            raise NotReached(type(error).__name__) from None
        except RequestError as error:
            raise (NotReached if _while_connecting(error) else Cut)(type(error).__name__) from None

    def _open(self) -> Client:
        """The proxy is read from the environment when the client is built, so it waits for the first call."""
        if self._client is None:
            # Connecting gets less than the whole time: its time-out is told from one after the request was read.
            self._client = (
                ClientBuilder()
                .max_connections(self._connections)
                .timeout(timedelta(seconds=self._timeout_s))
                .connect_timeout(timedelta(seconds=self._timeout_s * 2 / 3))
                .pool_idle_timeout(timedelta(seconds=60))
                .follow_redirects(enable=False)
                .build()
            )
        return self._client

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _while_connecting(error: RequestError) -> bool:
    """Whether no request was written: pyreqwest 0.15 says ConnectError of both, reqwest's words tell them apart."""
    return any("(Connect)" in cause["message"] for cause in error.details["causes"] or ())
