"""Who did what, written in the same transaction as what it tells."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from smartalert import spreadsheets
from smartalert.database.connection import Connection, queries

#: A search handed out as a table is no longer than this.
MOST_EXPORTED = 50_000
COLUMNS = (
    "exercise", "position", "at", "officer", "action", "alert", "incident_number", "headline", "before", "after", "why",
    "detail", "hash",
)  # fmt: skip


#: What an entry calls the reason somebody gave: for whatever it was, for returning an alert, for a concern about one.
WHY = ("why", "note", "concern")


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; what is left empty fits everything."""

    officer: str = ""
    action: str = ""
    #: Part of a headline, an incident number, or an alert's number or identifier.
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None


def record(
    conn: Connection,
    officer: str,
    action: str,
    *,
    alert_id: int | None = None,
    draft_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Add one entry. `detail` holds counts, ids and the officer's own words, never a subscriber's.

    Where something changed, `before` and `after` say how; `why` is the reason somebody gave.
    """
    queries("audit/entries").record(
        conn, officer=officer, action=action, alert_id=alert_id, draft_id=draft_id, detail=Jsonb(detail)
    )


def timeline(conn: Connection, alert_id: int) -> list[Any]:
    """Everything done to one alert, oldest first: rows of at, officer, action, detail."""
    return list(queries("audit/entries").timeline(conn, alert_id=alert_id))


def search(conn: Connection, wanted: Search, *, at_most: int, before: int | None = None) -> list[Any]:
    """Entries that fit, newest first, from below position `before` on: rows with place in the chain and alert."""
    about = wanted.about.strip().removeprefix("#")
    escaped = about.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    facts = {**asdict(wanted), "about": escaped, "before": before, "at_most": at_most}
    return list(queries("audit/entries").search(conn, **facts))


def choices(conn: Connection) -> tuple[list[str], list[str]]:
    """The officers and the actions that the audit knows."""
    named = queries("audit/entries")
    return [row.officer for row in named.officers(conn)], [row.action for row in named.actions(conn)]


def table(conn: Connection, wanted: Search, officer: str) -> bytes:
    """What a search finds as CSV, newest first; the audit says who took it."""
    rows = search(conn, wanted, at_most=MOST_EXPORTED)
    looked_for = {name: str(value) for name, value in asdict(wanted).items() if value}
    record(conn, officer, "exported the audit", entries=len(rows), search=looked_for)
    return spreadsheets.table(COLUMNS, map(cells, rows))


def cells(row: Any) -> list[Any]:
    """One entry in the order of COLUMNS; times as ISO 8601 in UTC."""
    detail = dict(row.detail)
    told = [written(detail.pop("before", None)), written(detail.pop("after", None)), written(reason(detail))]
    return [
        "EXERCISE" if row.mode == "training" else "", row.position, row.at.isoformat(), row.officer, row.action,
        row.alert_id, row.incident_number, row.headline, *told, written(detail or None), row.hash.hex(),
    ]  # fmt: skip


def reason(detail: dict[str, Any]) -> Any:
    """Why it was done, taken out of an entry's facts; None where nobody said."""
    return next((detail.pop(name) for name in WHY if name in detail), None)


def written(value: Any) -> str:
    """A fact of an entry as text."""
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()
