"""Who did what, written in the same transaction as what it tells."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from smartalert.db import Connection, queries


def record(
    conn: Connection,
    officer: str,
    action: str,
    *,
    alert_id: int | None = None,
    draft_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Add one entry. `detail` holds counts, ids and the officer's own words, never a subscriber's."""
    queries("audit").record(
        conn, officer=officer, action=action, alert_id=alert_id, draft_id=draft_id, detail=Jsonb(detail)
    )


def timeline(conn: Connection, alert_id: int) -> list[Any]:
    """Everything done to one alert, oldest first: rows of at, officer, action, detail."""
    return list(queries("audit").timeline(conn, alert_id=alert_id))
