"""A small HTTP server that keeps what is posted to it, as it came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import PATIENCE_S, eventually


@dataclass
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """What came in; `status` is what it answers next."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    status: int = 204

    def wait(self, enough: Callable[[list[Posted]], bool], within_s: float = PATIENCE_S) -> list[Posted]:
        """What came in once it is enough; fails when it is not within the time."""
        eventually(lambda: enough(self.posted), within_s=within_s)
        return list(self.posted)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of loopback."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            listener.posted.append(Posted(self.path, dict(self.headers), body))
            self.send_response(listener.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield listener
        server.shutdown()
