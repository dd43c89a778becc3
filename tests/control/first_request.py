"""The very first request to a freshly started control room, page by page: `python -m tests.control.first_request JSON`.

Each request gets a server of its own, forked from a process that has loaded everything and served nothing. Is given
JSON of [[page, cookie], …]; writes, for each, the JSON of what the page drew: [[element, …], words].
"""

import json
import logging
import os
import signal
import socket
import sys
import time
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from smartalert.config import settings
from smartalert.control.access import cookie_name
from smartalert.control.app import app

WITHIN_S = 60


def serve(port: int) -> int:
    """Fork a control room on this port; its process."""
    if child := os.fork():
        return child
    logging.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Streamlit greets on it
    app.run(config={"server.port": port, "server.address": "127.0.0.1", "server.headless": True})
    os._exit(0)


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def connected(port: int, cookie: str) -> ClientConnection:
    """A browser's connection, as soon as the server takes one: nothing was asked of it before."""
    headers = {"cookie": f"{cookie_name()}={cookie}"} if cookie else {}
    headers["origin"] = f"http://127.0.0.1:{port}"
    give_up = time.monotonic() + WITHIN_S
    while True:
        try:
            address = f"ws://127.0.0.1:{port}/_stcore/stream"
            return connect(address, additional_headers=headers, max_size=None, proxy=None, open_timeout=WITHIN_S)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def drawn(connection: ClientConnection, page: str) -> tuple[list[str], str]:
    """Ask for the page; the kinds of elements it drew, and the words of our own markup."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    connection.send(asked.SerializeToString())
    kinds, words = [], []
    while True:
        message = ForwardMsg()
        message.ParseFromString(connection.recv(timeout=WITHIN_S))
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            return sorted(set(kinds)), " ".join(words)
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element: Any = message.delta.new_element
            kinds.append(element.WhichOneof("type"))
            words += [element.html.body] if kinds[-1] == "html" else []


def main() -> None:
    """Answer every request from its own server."""
    assert settings().secret_key
    for page, cookie in json.loads(sys.argv[1]):
        port = free_port()
        server = serve(port)
        try:
            with connected(port, cookie) as connection:
                print(json.dumps(drawn(connection, page)), flush=True)
        finally:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)


if __name__ == "__main__":
    main()
