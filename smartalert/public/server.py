"""uvicorn for the open internet: whoever is slow on purpose is cut off, and holds nothing for anybody else.

uvicorn itself waits for ever for the rest of a request, and for a client to take its answer.
"""

import asyncio
import resource
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from smartalert.config import settings

#: Seconds for the whole of a request's headers; for what follows them, beside what LEAST_BYTES_S gives; for the answer
#: to be made and taken.
HEADERS_S, BODY_S, ANSWER_S = 10.0, 15.0, 60.0
#: A body must come this fast: a photograph of 8 MB has a quarter of an hour, a byte a second has nothing.
LEAST_BYTES_S = 10_000
LARGEST_HEADERS = 32_000


class Hurrying(HttpToolsProtocol):
    """A connection on which each part of a request has its time."""

    _until = 0.0
    _timer: asyncio.TimerHandle | None = None
    _in_headers = True
    _headers_ended = False
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request's headers are due."""
        super().connection_made(transport)
        self._until = self.loop.time() + HEADERS_S
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Headers are bounded as well as timed."""
        all_headers, self._headers_ended = self._in_headers, False
        super().data_received(data)
        # What held the end of a body, or a whole request, says nothing of how long headers are.
        if all_headers and not self._headers_ended and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > LARGEST_HEADERS:
                self.send_400_response("The headers are too large.")

    def on_headers_complete(self) -> None:
        """The body is due."""
        self._in_headers, self._headers_ended, self._header_bytes = False, True, 0
        self._until = self.loop.time() + BODY_S
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Who sends has so much more time."""
        self._until += len(body) / LEAST_BYTES_S
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Our answer is due, and to be taken."""
        self._in_headers = True
        self._until = self.loop.time() + ANSWER_S
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The next headers are due, or the next answer."""
        self._until = self.loop.time() + (ANSWER_S if self.pipeline else HEADERS_S)
        super().on_response_complete()

    def _look(self) -> None:
        left = self._until - self.loop.time()
        if left <= 0:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(left, self._look)


def run() -> None:
    """Serve the public until told to stop."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    options: dict[str, Any] = {
        "access_log": False, "log_config": None, "timeout_graceful_shutdown": 2, "http": Hurrying,
    }  # fmt: skip
    uvicorn.run("smartalert.public.app:app", host=settings().host, port=settings().public_port, **options)
