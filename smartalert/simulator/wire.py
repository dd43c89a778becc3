"""What travels between the server and the simulated services: a request, and the answer to it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

JSON = b"content-type: application/json; charset=UTF-8\r\n"
_REASONS = {
    200: b"OK",
    202: b"Accepted",
    204: b"No Content",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    413: b"Payload Too Large",
    415: b"Unsupported Media Type",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}


@dataclass(slots=True)
class Request:
    """One HTTP request, read to its end. Headers that matter, as bytes, names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body: bytes
    #: Whether both ends are on this machine. The name too: another site's name may be made to lead here.
    is_local: bool = True

    def parameters(self) -> dict[str, str]:
        """The query's parameters; of a repeated one, the last."""
        return {name: values[-1] for name, values in parse_qs(self.query).items()}


@dataclass(slots=True)
class Answer:
    """What goes back, when, or that the connection is cut instead."""

    status: int
    body: bytes = b""
    #: Header lines as they travel, each ended by CRLF: nothing is formatted on the fast path.
    headers: bytes = JSON
    delay_s: float = 0.0
    #: Cut the connection after the delay: the caller never learns what became of its request.
    cut: bool = False

    def encoded(self, *, keep_alive: bool) -> bytes:
        """The answer's bytes."""
        return b"HTTP/1.1 %d %b\r\n%b%bcontent-length: %d\r\n\r\n%b" % (
            self.status,
            _REASONS.get(self.status, b"-"),
            self.headers,
            b"" if keep_alive else b"connection: close\r\n",
            len(self.body),
            self.body,
        )


def json_answer(content: Any, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS))
