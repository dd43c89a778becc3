"""The public service over real HTTP in this process: starting another one takes seconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from smartalert.public import alert_pages
from smartalert.public.app import app
from tests.simulator_process import eventually, free_port


@contextmanager
def served() -> Iterator[httpx.Client]:
    """Serve the app on the database that settings() leads to; a client of it."""
    forget()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started, within_s=30)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def forget() -> None:
    """Look at the database again at once."""
    for kept in (alert_pages.found, alert_pages.active_alerts, alert_pages.active_page, alert_pages.alert_page):
        kept.cache_clear()
