"""A server that answers as no provider should, byte for byte as a test says, and keeps what it was asked."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Rogue:
    """How it answers next: by path where that is given, otherwise as everything."""

    behaviour: Behaviour
    by_path: dict[str, Behaviour] = field(default_factory=dict)
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    #: Bytes of answers that were taken from it.
    sent: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = line.split(" ")[1]
            self.asked.append(Asked(path, headers, body))
            await self.by_path.get(path, self.behaviour)(writer)
        writer.close()


@contextmanager
def rogue(behaviour: Behaviour) -> Iterator[Rogue]:
    """One on a free port of loopback."""
    server, started = Rogue(behaviour), threading.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        started.set()
        with suppress(asyncio.CancelledError):
            await listening.serve_forever()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    started.wait()
    yield server
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    thread.join(5)


def raw(status: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin1") + body


def says(answer: bytes) -> Behaviour:
    """Answers with these bytes."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return behave


def drips(answer: bytes, every_s: float, at_once: bytes = b"") -> Behaviour:
    """Answers one byte at a time, but for what comes at once."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(at_once)
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_s)

    return behave


def hangs(seconds: float = 3_600) -> Behaviour:
    """Says nothing for so long."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return behave


def cuts(answer: bytes) -> Behaviour:
    """Resets the connection after these bytes."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.02)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return behave


def floods(server: Callable[[], Rogue], status: str, megabytes: int) -> Behaviour:
    """Answers with so much, and counts how much of it was taken."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(megabytes):
            writer.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
            await writer.drain()
            server().sent += 0x100000
        writer.write(b"0\r\n\r\n")

    return behave
