"""The wire between a worker and a simulator: passes requests on, or does with them what a test says, byte for byte."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.providers.rogue import Behaviour


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    kind: str
    path: str
    head: bytes
    body: bytes


@dataclass(frozen=True)
class Fault:
    """What the wire does instead of passing the answer on."""

    name: str
    behaviour: Behaviour
    #: token, push or mail.
    on: tuple[str, ...] = ("push", "mail")
    #: The simulator gets the request all the same, and takes what it carries.
    taken: bool = False
    #: Of each kind the first so many requests only; None: all.
    times: int | None = None
    #: Before the request has been read.
    early: bool = False


@dataclass
class Wire:
    """Passes on to `upstream`, but for what the fault is about."""

    upstream: str = ""
    url: str = ""
    #: The same with a certificate that nobody vouches for.
    tls_url: str = ""
    fault: Fault | None = None
    asked: list[Request] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    #: Bytes of floods that were taken from it.
    sent: int = 0

    def reset(self) -> None:
        """Nothing was asked, nothing is wrong."""
        self.fault, self.asked, self.sent = None, [], 0
        self.struck.clear()

    def kinds(self) -> Counter[str]:
        """Requests by kind."""
        return Counter(request.kind for request in self.asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            request = read_head(head)
            fault = self._strikes(request.kind)
            if fault is None or not fault.early:
                body = await reader.readexactly(length_of(head))
                request = Request(request.kind, request.path, head, body)
            self.asked.append(request)
            if fault is None:
                writer.write(await self._pass_on(request))
                await writer.drain()
            else:
                if fault.taken:
                    await self._pass_on(request)
                await fault.behaviour(writer)
        writer.close()

    def _strikes(self, kind: str) -> Fault | None:
        fault = self.fault
        if fault is None or kind not in fault.on or (fault.times is not None and self.struck[kind] >= fault.times):
            return None
        self.struck[kind] += 1
        return fault

    async def _pass_on(self, request: Request) -> bytes:
        where = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(request.head + request.body)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(length_of(head))
        writer.close()
        return head[:-2] + b"Connection: close\r\n\r\n" + body


def read_head(head: bytes) -> Request:
    """What a request is about, by its path."""
    path = head.split(b" ", 2)[1].decode("latin1")
    kind = "token" if path == "/token" else "push" if path.endswith("messages:send") else "mail"
    return Request(kind, path, head, b"")


def length_of(head: bytes) -> int:
    """How many bytes follow."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@contextmanager
def wire() -> Iterator[Wire]:
    """One on free ports of loopback, in a thread of its own."""
    made, started = Wire(), threading.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        servers = [
            await asyncio.start_server(made.serve, "127.0.0.1", 0),
            await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=nobodys_certificate()),
        ]
        made.url, made.tls_url = (
            f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for scheme, server in zip(("http", "https"), servers, strict=True)
        )
        started.set()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*(server.serve_forever() for server in servers))

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    started.wait()
    yield made
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    thread.join(5)


def nobodys_certificate() -> ssl.SSLContext:
    """A server's TLS, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile() as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.write(key.private_bytes(serialization.Encoding.PEM, *form))
        file.flush()
        context.load_cert_chain(file.name)
    return context
