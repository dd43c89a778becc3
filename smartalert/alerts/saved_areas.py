"""Areas that a team sends to again and again, under a name; and the one that an officer sent to last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import AreaRefused
from smartalert.geography import areas, geo

LONGEST_NAME, MOST = 60, 100


@dataclass(frozen=True, slots=True)
class SavedArea:
    """One of a team's areas, as geo.area_from takes it."""

    id: int
    name: str
    area: dict[str, Any]
    saved_by: str
    saved_at: datetime


def of_team(conn: Connection, officer: str) -> list[SavedArea]:
    """The areas of this officer's team, by name. A team is everybody who may send to the same neighbourhoods."""
    return rows_as(SavedArea, queries("alerts/saved_areas").of_team(conn, officer=officer))


def save(conn: Connection, officer: str, name: str, area: dict[str, Any] | None, now: datetime) -> None:
    """Keep a sound area under a name, in the place of the one that has it. Raises AreaRefused."""
    name = read_name(name)
    areas.survey(conn, geo.area_from(area))
    known = of_team(conn, officer)
    if len(known) >= MOST and name.lower() not in {one.name.lower() for one in known}:
        raise AreaRefused(f"Your team has {MOST} saved areas. Delete one first.")
    row = queries("alerts/saved_areas").save(conn, officer=officer, name=name, area=Jsonb(area), now=now)
    if row is None:
        raise AreaRefused("You cannot save areas because we do not know your team. Sign in again.")
    entries.record(conn, officer, Action.SAVED_AN_AREA, name=name, before=row.earlier, after=area)


def rename(conn: Connection, officer: str, area_id: int, name: str) -> None:
    """Call one of the team's areas otherwise. Raises AreaRefused."""
    name = read_name(name)
    row = queries("alerts/saved_areas").rename(conn, officer=officer, id=area_id, name=name)
    if row is None:
        raise AreaRefused(f"Another area is called “{name}”, or this one was deleted. Choose another name.")
    if row.name != name:
        entries.record(conn, officer, Action.RENAMED_AN_AREA, before=row.name, after=name)


def remove(conn: Connection, officer: str, area_id: int) -> None:
    """Take one of the team's areas off the list; nothing where it is gone."""
    if row := queries("alerts/saved_areas").remove(conn, officer=officer, id=area_id):
        entries.record(conn, officer, Action.DELETED_AN_AREA, name=row.name, before=row.area)


def last_sent(conn: Connection, officer: str) -> dict[str, Any] | None:
    """The area of the last alert that this officer sent; None before the first."""
    found: dict[str, Any] | None = queries("alerts/saved_areas").last_sent(conn, officer=officer)
    return found


def read_name(text: str) -> str:
    """A name as it is kept. Raises AreaRefused for none and for one that is too long."""
    name = cleaning.one_line(text)
    if not name:
        raise AreaRefused("Give the area a name.")
    if len(name) > LONGEST_NAME:
        raise AreaRefused(f"Shorten the name to {LONGEST_NAME} characters.")
    return name
