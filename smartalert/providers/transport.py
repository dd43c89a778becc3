"""HTTP for providers: one POST at a time over a pool, and whether a failed one may have been accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from yarl import URL


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


def proxy_for(url: str) -> str | None:
    """The force's proxy (HTTPS_PROXY, NO_PROXY) for this address, if there is one."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


class PooledTransport:
    """Connections kept open and shared by every call of one event loop."""

    def __init__(self, *, connections: int, timeout_s: float, proxy: str | None = None) -> None:
        self._connections, self._proxy = connections, proxy
        # Connecting gets less than the whole time, so that its time-out is told from one after the request was read.
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=timeout_s * 2 / 3)
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        target = self._urls.get(url) or self._urls.setdefault(url, URL(url))
        try:
            async with self._open().post(target, data=body, headers=headers, allow_redirects=False) as response:
                return Answer(response.status, await response.read(), response.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Cut(type(error).__name__) from None

    def _open(self) -> aiohttp.ClientSession:
        """A session belongs to the running loop, so it waits for the first call."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300, keepalive_timeout=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                proxy=self._proxy,
            )
        return self._session

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
