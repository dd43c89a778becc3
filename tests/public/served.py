"""The public service over real HTTP in this process (starting another one takes seconds), and alerts to read there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import httpx
import uvicorn

from smartalert.alerts import issuing, lifecycle
from smartalert.alerts.drafts import Draft
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.public import alert_pages
from smartalert.public.api import alerts as device_alerts
from smartalert.public.app import app
from tests.factories import (
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)
from tests.simulator_process import free_port
from tests.waiting import PATIENCE_S, eventually


@contextmanager
def served() -> Iterator[httpx.Client]:
    """Serve the app on the database that settings() leads to; a client of it."""
    forget()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def forget() -> None:
    """Look at the database again at once."""
    alert_pages.shelf.clear()
    ours = alert_pages.found, alert_pages.document, alert_pages.active_alerts, device_alerts.page_in_force
    for kept in ours:
        kept.cache_clear()


def settle(conn: Connection) -> int:
    """Two streets and one person by the crossroads; the person."""
    make_force_area(conn)
    make_street(conn)
    make_street(conn, name="Mill <Lane>", line=[(0, -300), (0, 300)])
    return make_subscriber(conn)


def issue(content: Draft | None = None, *, undo_s: int = 0) -> tuple[int, UUID]:
    """An alert to the one person there is; its id and identifier."""
    content = content or complete_draft()
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id, version = make_draft(conn, content)
    return issue_draft(draft_id, version, content, undo_s=undo_s)


def issue_draft(draft_id: UUID, version: int, content: Draft, *, undo_s: int = 0) -> tuple[int, UUID]:
    """The alert that this draft becomes; its id and identifier."""
    now = datetime.now(UTC)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        shown = preview_of(conn, content, now)
        alert_id = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=undo_s).id
        identifier = lifecycle.load(conn, alert_id).identifier
    forget()
    return alert_id, identifier
