"""A load generator that costs little: prepared requests over kept connections, answers read no further than needed."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import uvloop


@dataclass
class Load:
    """What one run did. Answers of another status than expected fail the run."""

    took_s: float
    #: Milliseconds of each answer.
    waits_ms: list[float]

    @property
    def per_s(self) -> float:
        return len(self.waits_ms) / self.took_s


@dataclass
class Line(asyncio.Protocol):
    """One kept connection: a request, its answer, the next."""

    requests: Iterator[bytes]
    expected: bytes
    until: float
    waits_ms: list[float] = field(default_factory=list)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.answer = transport, b""
        self.ask()

    def ask(self) -> None:
        self.asked_at = time.perf_counter()
        request = next(self.requests, None) if self.asked_at < self.until else None
        if request is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found or len(body) < length_of(head):
            return
        if self.expected not in head.split(b"\r\n", 1)[0]:
            self.done.set_exception(AssertionError(self.answer[:600].decode(errors="replace")))
            return
        self.waits_ms.append((time.perf_counter() - self.asked_at) * 1_000)
        self.answer = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(AssertionError(f"the connection was cut: {error}"))


def length_of(head: bytes) -> int:
    """How long the body is that follows."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def fire(ports: Sequence[int], requests: Iterator[bytes], *, status: int, at_once: int, seconds: float) -> Load:
    """Ask so many at once for so long, or until there are no more requests."""

    async def run() -> Load:
        loop, began = asyncio.get_running_loop(), time.perf_counter()
        lines = [Line(requests, b" %d " % status, began + seconds) for _ in range(at_once)]
        for number, line in enumerate(lines):
            await loop.create_connection(lambda line=line: line, "127.0.0.1", ports[number % len(ports)])
        await asyncio.gather(*(line.done for line in lines))
        return Load(time.perf_counter() - began, [wait for line in lines for wait in line.waits_ms])

    return uvloop.run(run())


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """One HTTP/1.1 request; underscores in header names stand for hyphens."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n{named}\r\n".encode() + body
