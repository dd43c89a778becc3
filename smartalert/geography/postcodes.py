"""Finds postcodes by their beginning, and the districts and sectors that they lie in."""

import re
from collections.abc import Iterator

from smartalert.database.connection import Connection, queries
from smartalert.geography.hits import Hit

POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?(\d[A-Z]{0,2})?")
OUTWARD, INWARD = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?"), re.compile(r"\d[A-Z]{0,2}")
#: Districts or sectors in one list.
MOST_AREAS = 4
WHOLE = 3


def postcodes(conn: Connection, text: str, limit: int, *, with_areas: bool = False) -> list[Hit]:
    """Postcodes that begin so, however they are spaced, and with `with_areas` their districts and sectors first.

    "ST16" is the district before it is the sector ST1 6, which "ST1 6" is first.
    """
    squeezed = re.sub(r"[\W_]", "", text).upper()
    if not POSTCODE.fullmatch(squeezed):
        return []
    spaced = re.sub(r"[\W_]+", " ", text).strip().upper()
    prefixes = sorted(readings(squeezed), key=lambda prefix: (prefix != spaced, len(prefix)))
    found: list[Hit] = []
    for prefix in prefixes:
        found += [*(named_areas(conn, prefix) if with_areas else []), *units(conn, prefix, limit)]
    return list({hit.label: hit for hit in found}.values())[:limit]


def readings(squeezed: str) -> Iterator[str]:
    """How these letters may begin a postcode: as a district not yet whole, or with a space somewhere."""
    if OUTWARD.fullmatch(squeezed):
        yield squeezed
    for place in range(2, len(squeezed)):
        if OUTWARD.fullmatch(squeezed[:place]) and INWARD.fullmatch(squeezed[place:]):
            yield f"{squeezed[:place]} {squeezed[place:]}"


def units(conn: Connection, prefix: str, limit: int) -> list[Hit]:
    """The postcodes that begin so."""
    rows = queries("geography/search").postcodes(conn, prefix=prefix, limit=limit)
    return [Hit("postcode", row.postcode, row.lat, row.lon) for row in rows]


def named_areas(conn: Connection, prefix: str) -> list[Hit]:
    """The district or sector of that name, and those that begin so; none of a whole postcode."""
    outward, _, inward = prefix.partition(" ")
    if inward:
        return areas(conn, prefix[: len(outward) + 2], 1, "postcode sector")[:1] if len(inward) < WHOLE else []
    districts = areas(conn, prefix, 0, "postcode district")
    sectors = areas(conn, f"{prefix} ", 1, "postcode sector")
    return [*districts[:1], *sectors, *districts[1:]] if sectors else districts


def areas(conn: Connection, prefix: str, digits: int, kind: str) -> list[Hit]:
    """Districts or sectors that begin so, each with the town at its middle: "ST16, Stafford"."""
    rows = queries("geography/search").postcode_areas(conn, prefix=prefix, digits=digits, limit=MOST_AREAS)
    return [
        Hit(
            kind,
            ", ".join(filter(None, (row.code, row.town))),
            row.lat,
            row.lon,
            box=(row.west, row.south, row.east, row.north),
        )
        for row in rows
    ]
