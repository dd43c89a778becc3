"""Responses from near one place at one time, which stand together: of one alert, 150 metres and half an hour apart."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.database.connection import Connection, queries, rows_as


@dataclass(frozen=True, slots=True)
class Nearby:
    """Another response from near the same place in the same half hour."""

    id: int
    reference: str
    received_at: datetime
    saw: str
    claimed_by: str | None
    closed: bool


def nearby(conn: Connection, response_id: int) -> list[Nearby]:
    """The others of its group, the newest first; nothing where nobody knows its place."""
    return rows_as(Nearby, queries("responses/nearby").others(conn, id=response_id))


def to_act_on(conn: Connection, response_id: int, officer: str) -> list[int]:
    """The responses of its group that are open and nobody else's, itself first whatever it is."""
    others = nearby(conn, response_id)
    return [response_id, *(row.id for row in others if not row.closed and row.claimed_by in {None, officer})]
