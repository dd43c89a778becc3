"""What ground there is: how much, whose, from when; and which neighbourhoods have none of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smartalert.database.connection import Connection, queries, rows_as

#: What an alert cannot do without.
NEEDED = "area"


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of one source. No files: it was never imported, but made up."""

    source: str
    found: int
    publishers: list[str]
    files: list[str] | None
    done_at: datetime | None
    done_by: str | None


@dataclass(frozen=True, slots=True)
class Covered:
    """One neighbourhood, and what it has."""

    id: int
    name: str
    district: str
    streets: bool
    postcodes: bool
    population: bool


def stock(conn: Connection) -> dict[str, Stock]:
    """Source → what there is of it."""
    return {one.source: one for one in rows_as(Stock, queries("importers/coverage").stock(conn))}


def missing(conn: Connection) -> list[str]:
    """The sources of which there is nothing, without counting the others."""
    return [row.source for row in queries("importers/coverage").missing(conn)]


def boundary(conn: Connection) -> str:
    """The force area's name and size; empty where there is none."""
    row = queries("importers/coverage").boundary(conn)
    return f"{row.name}, {row.km2:,.0f} km²" if row else ""


def neighbourhoods(conn: Connection) -> list[Covered]:
    """Every neighbourhood, by district and name."""
    return rows_as(Covered, queries("importers/coverage").gaps(conn))


def outlines(conn: Connection, numbers: list[int], detail_m: float) -> dict[str, Any]:
    """These neighbourhoods as a GeoJSON FeatureCollection (EPSG:4326), each with its name as title."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(row.outline), "properties": {"title": row.name}}
            for row in queries("importers/coverage").outlines(conn, ids=numbers, detail_m=detail_m)
        ],
    }
