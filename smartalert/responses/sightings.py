"""Where a response is about: a street the person chose, or a postcode in their words."""

import re
from dataclasses import dataclass

from smartalert.database.connection import Connection, queries, rows_as

POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s?(\d[A-Z]{2})\b")


@dataclass(frozen=True, slots=True)
class StreetChoice:
    """A street to choose from."""

    id: int
    name: str
    locality: str


def streets_near(conn: Connection, alert_id: int) -> list[StreetChoice]:
    """Streets in and near the area, to choose from, in alphabetical order."""
    rows = rows_as(StreetChoice, queries("responses/sightings").streets_near(conn, alert_id=alert_id, limit=150))
    return sorted(rows, key=lambda row: (row.name, row.locality))


@dataclass(frozen=True, slots=True)
class Located:
    """A place we could find: longitude and latitude (EPSG:4326), and where we know it from."""

    point: tuple[float, float]
    point_from: str
    name: str = ""


def locate(conn: Connection, alert_id: int, street_id: int | None, words: str) -> Located | None:
    """The street somebody chose, else a postcode in their words."""
    named = queries("responses/sightings")
    if street_id is not None and (row := named.street_point(conn, alert_id=alert_id, street_id=street_id)):
        return Located((row.lon, row.lat), "street", row.name)
    if (found := POSTCODE.search(words.upper())) and (
        row := named.postcode_point(conn, squeezed="".join(found.groups()))
    ):
        return Located((row.lon, row.lat), "postcode", row.name)
    return None
