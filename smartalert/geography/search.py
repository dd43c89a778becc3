"""Search: a street, a postcode, a place or a grid reference, as somebody would say it on the radio."""

import re
from dataclasses import dataclass
from typing import Any

from smartalert import cleaning
from smartalert.database.connection import Connection, queries
from smartalert.geography import geo

#: Easting and northing in kilometres of the 100 km squares' south-west corners: letters without I, five by five.
LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
GRID = re.compile(r"^([HJNOST][A-HJ-Z])\s?((?:\d\s?){4,10})$", re.IGNORECASE)
METRES = re.compile(r"^(\d{6})\s*[, ]\s*(\d{6,7})$")
DEGREES = re.compile(r"^(-?\d{1,2}\.\d+)\s*[, ]\s*(-?\d{1,2}\.\d+)$")
POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?(\d[A-Z]{0,2})?$")
#: Endings people cut short; not "st", which "street" contains and saints begin with.
ABBREVIATIONS = {
    "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive", "cres": "crescent",
    "ct": "court", "pl": "place", "gdns": "gardens", "gdn": "garden", "gr": "grove", "sq": "square", "terr": "terrace",
}  # fmt: skip
SHORTEST = 2
#: Neighbourhoods in a list of streets and places.
MOST_NEIGHBOURHOODS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the list: kind is street, neighbourhood, postcode, town, grid reference or a landmark's, as farm."""

    kind: str
    label: str
    lat: float
    lon: float
    #: Of a street, town or landmark.
    id: int | None = None
    #: Of a neighbourhood: its publisher's code, and west, south, east, north of its border.
    code: str = ""
    box: tuple[float, float, float, float] | None = None

    @property
    def is_street(self) -> bool:
        """A street is an area by its own line; all else is a point."""
        return self.kind == "street"


def search(conn: Connection, text: str, limit: int = 8, *, neighbourhoods: bool = False) -> list[Hit]:
    """What the text may mean, the likeliest first; nothing for fewer than two characters.

    With `neighbourhoods` also those, for whoever may send to one: nobody lives at "a neighbourhood".
    """
    text = cleaning.typewritten(text)
    if len(text) < SHORTEST:
        return []
    if (point := read_point(text)) is not None:
        return [point]
    if hits := _postcodes(conn, text, limit):
        return hits
    if not (plain := _plain(text)):
        return []
    places, streets = _places(conn, plain, limit), _streets(conn, plain, limit)
    exact = [hit for hit in places if _plain(hit.label) == plain]
    others = [hit for hit in places if hit not in exact]
    if neighbourhoods:
        exact += _neighbourhoods(conn, plain, MOST_NEIGHBOURHOODS)
    room = max(limit - len(exact) - len(streets), min(2, len(others)))
    hits = [*exact, *streets[: limit - len(exact) - min(room, len(others))], *others[:room]]
    return hits or _sounding_like(conn, plain, limit)


def postcode(conn: Connection, text: str) -> Hit | None:
    """The postcode that is written so, in full."""
    wanted = cleaning.typewritten(text)
    hits = _postcodes(conn, wanted, 1)
    return next((hit for hit in hits if _squeezed(hit.label) == _squeezed(wanted)), None)


def street(conn: Connection, street_id: int) -> Hit | None:
    """One street by the id that a hit carries."""
    return next(iter(_as_streets(queries("geography/search").street(conn, id=street_id))), None)


def read_point(text: str) -> Hit | None:
    """The point that a grid reference (SJ 923 232), metres (392300 323200) or degrees (52.8067, -2.1171) name."""
    if found := GRID.fullmatch(text):
        digits = found[2].replace(" ", "")
        if len(digits) % 2:
            return None
        return _grid_hit(found[1].upper(), digits)
    if found := METRES.fullmatch(text):
        return _point("grid reference", f"{found[1]} {found[2]}", float(found[1]), float(found[2]))
    if found := DEGREES.fullmatch(text):
        return Hit("grid reference", f"{found[1]}, {found[2]}", float(found[1]), float(found[2]))
    return None


def _grid_hit(square: str, digits: str) -> Hit:
    """The middle of the square that the digits name: six figures mean one of 100 m."""
    east, north = digits[: len(digits) // 2], digits[len(digits) // 2 :]
    size = 10 ** (5 - len(east))
    first, second = LETTERS.index(square[0]), LETTERS.index(square[1])
    column = (first - 2) % 5 * 5 + second % 5
    row = 19 - first // 5 * 5 - second // 5
    easting, northing = (
        corner * 100_000 + int(figures) * size + size / 2 for corner, figures in ((column, east), (row, north))
    )
    return _point("grid reference", f"{square} {east} {north}", easting, northing)


def _point(kind: str, label: str, easting: float, northing: float) -> Hit:
    lon, lat = geo.from_grid(easting, northing)
    return Hit(kind, label, lat, lon)


def local_words(conn: Connection) -> frozenset[str]:
    """Every word in the names of the force's streets and places, in lower case."""
    return frozenset(row.word for row in queries("geography/search").local_words(conn))


def _postcodes(conn: Connection, text: str, limit: int) -> list[Hit]:
    squeezed = _squeezed(text)
    if not POSTCODE.fullmatch(squeezed):
        return []
    spaced = re.sub(r"[\W_]+", " ", text).strip().upper()
    rows = queries("geography/search").postcodes(conn, squeezed=squeezed, typed=spaced, limit=limit)
    return [Hit("postcode", row.postcode, row.lat, row.lon) for row in rows]


def _squeezed(postcode: str) -> str:
    return re.sub(r"[\W_]", "", postcode).upper()


def _places(conn: Connection, plain: str, limit: int) -> list[Hit]:
    rows = queries("geography/search").places(conn, text=_pattern(plain), limit=limit)
    return [Hit(row.kind, row.name, row.lat, row.lon, row.id) for row in rows]


def _neighbourhoods(conn: Connection, plain: str, limit: int) -> list[Hit]:
    rows = queries("geography/search").neighbourhoods(conn, text=_pattern(plain), limit=limit)
    return [
        Hit(
            "neighbourhood",
            neighbourhood_name(row.name, row.district),
            row.lat,
            row.lon,
            code=row.code,
            box=(row.west, row.south, row.east, row.north),
        )
        for row in rows
    ]


def neighbourhood_name(name: str, district: str) -> str:
    """A neighbourhood with its district, where its name does not begin so: "Forebridge, Stafford"."""
    return name if name.startswith(district) else f"{name}, {district}"


def _streets(conn: Connection, plain: str, limit: int) -> list[Hit]:
    words = [f"%{_pattern(word)}%" for word in plain.split()]
    return _as_streets(queries("geography/search").named(conn, words=words, text=_pattern(plain), limit=limit))


def _sounding_like(conn: Connection, plain: str, limit: int) -> list[Hit]:
    return _as_streets(queries("geography/search").sounding_like(conn, text=plain, limit=limit))


def _as_streets(rows: Any) -> list[Hit]:
    return [Hit("street", ", ".join(filter(None, (r.name, r.locality))), r.lat, r.lon, r.id) for r in rows]


def _plain(text: str) -> str:
    """As the SQL function as_searched() writes names, endings in full."""
    first, *rest = plain_words(text) or [""]
    return " ".join([first, *(ABBREVIATIONS.get(word, word) for word in rest)])


def plain_words(text: str) -> list[str]:
    """The words of a name in their plainest form, "Saint" as "St"."""
    said = cleaning.compared(text.replace(".", "").replace("&", " and "))
    return ["st" if word == "saint" else word for word in said.split()]


def _pattern(text: str) -> str:
    """Typed signs that LIKE would read as its own, as they stand."""
    return re.sub(r"([\\%_])", r"\\\1", text)
