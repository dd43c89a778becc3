"""Search: a street, a road, a crossing, a postcode, a place or a point, as somebody would say it on the radio."""

import re
from typing import Any

from smartalert import cleaning
from smartalert.database.connection import Connection, queries
from smartalert.geography import coordinates, geo
from smartalert.geography.hits import Box, Hit, told_apart
from smartalert.geography.postcodes import postcodes

__all__ = [
    "Box",
    "Hit",
    "advice",
    "local_words",
    "neighbourhood_name",
    "plain_words",
    "postcode",
    "read_point",
    "search",
]

#: Endings people cut short; not "st", which "street" contains and saints begin with.
ABBREVIATIONS = {
    "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive", "cres": "crescent",
    "ct": "court", "pl": "place", "gdns": "gardens", "gdn": "garden", "gr": "grove", "sq": "square", "terr": "terrace",
}  # fmt: skip
#: A road by its number: "M6", "a 34", "A1(M)", "the A34", "B5026 road".
ROAD = re.compile(r"(?:THE )?([MAB]) ?(\d{1,4})(?: ?(\(?M\)?))?(?: (?:ROAD|MOTORWAY))?")
#: The same with a place on it: "A34 Stafford", "M6 at Keele".
ALONG = re.compile(rf"({ROAD.pattern})(?:,| AT| NEAR| BY| IN)? +(.+)")
#: "St." before a name, with or without a space after it.
SAINT = re.compile(r"(^|[^A-Za-z])[Ss][Tt]\.")
#: What stands between two streets that meet.
CROSSING = re.compile(r"(?:(?:junction|corner|crossing|crossroads) of )?(.+?)(?: and | & | at | meets | x |[/@+&])(.+)")
SHORTEST, LONGEST = 2, 100
#: Words of one search; more streets than have them all are not ranked one by one.
MOST_WORDS, MOST_RANKED = 8, 1_500
#: Neighbourhoods in a list of streets and places; words taken for one that may be misspelt.
MOST_NEIGHBOURHOODS, MOST_ALIKE = 3, 12
#: A word of so few letters is taken for another that has one slip, a longer one for those with two.
SHORT_WORD = 3


def search(
    conn: Connection, text: str, limit: int = 8, *, neighbourhoods: bool = False, view: Box | None = None
) -> list[Hit]:
    """What the text may mean, the likeliest first; nothing for fewer than two characters.

    What lies in `view` comes first, then what lies near it. With `neighbourhoods` also those, postcode districts and
    sectors, crossings and whole roads, for whoever may send there: nobody lives at "a neighbourhood".
    """
    text = cleaning.typewritten(text)[:LONGEST]
    if len(text) < SHORTEST or coordinates.is_three_words(text):
        return []
    if (point := read_point(text)) is not None:
        return [point]
    plain = _plain(text)
    hits = postcodes(conn, text, limit, with_areas=neighbourhoods)
    if neighbourhoods and ROAD.fullmatch(text.upper()):
        hits = [*_named(conn, _road(text), limit, areas=True, view=view), *hits]
    if not hits and plain:
        hits = _by_name(conn, text, plain, limit, areas=neighbourhoods, view=view)
    return told_apart(conn, list({(hit.kind, hit.id or hit.code or hit.label): hit for hit in hits}.values())[:limit])


def advice(text: str) -> str:
    """Why a text that somebody may well type can find nothing; empty where there is no such reason."""
    return coordinates.NOT_READ if coordinates.is_three_words(cleaning.typewritten(text)) else ""


def postcode(conn: Connection, text: str) -> Hit | None:
    """The postcode that is written so, in full."""
    wanted = cleaning.typewritten(text)
    return next((hit for hit in postcodes(conn, wanted, 1) if _squeezed(hit.label) == _squeezed(wanted)), None)


def street(conn: Connection, street_id: int) -> Hit | None:
    """One street by the id that a hit carries."""
    row = queries("geography/search").street(conn, id=street_id)
    return Hit("street", _label(row), row.lat, row.lon, row.id) if row else None


def read_point(text: str) -> Hit | None:
    """The point that a grid reference (SJ 923 232), metres (392300 323200) or degrees (52.8067, -2.1171) name."""
    found = coordinates.read(text)
    return Hit("grid reference", *found) if found else None


def local_words(conn: Connection) -> frozenset[str]:
    """Every word in the names of the force's streets and places, in lower case."""
    return frozenset(row.word for row in queries("geography/search").local_words(conn))


def neighbourhood_name(name: str, district: str) -> str:
    """A neighbourhood with its district, where its name does not begin so: "Forebridge, Stafford"."""
    return name if name.startswith(district) else f"{name}, {district}"


def _by_name(conn: Connection, text: str, plain: str, limit: int, *, areas: bool, view: Box | None) -> list[Hit]:
    found = _named_rows(conn, plain, limit, areas=areas, view=view)
    hits = [_hit(row) for row in found]
    exact = sum(row.exactness == 0 for row in found)
    if areas:
        if not exact:
            hits = [*_along(conn, text, limit), *_crossings(conn, text, limit, view), *hits]
        hits[exact:exact] = _neighbourhoods(conn, plain, MOST_NEIGHBOURHOODS)
    return hits or _spelt_nearly(conn, plain, limit, areas=areas, view=view)


def _named(conn: Connection, plain: str, limit: int, *, areas: bool, view: Box | None) -> list[Hit]:
    return [_hit(row) for row in _named_rows(conn, plain, limit, areas=areas, view=view)]


def _named_rows(conn: Connection, plain: str, limit: int, *, areas: bool, view: Box | None) -> list[Any]:
    return list(
        queries("geography/search").named(
            conn, query=_query(plain), text=plain, areas=areas, most=MOST_RANKED, limit=limit, **_on_grid(view)
        )
    )


def _neighbourhoods(conn: Connection, plain: str, limit: int) -> list[Hit]:
    rows = queries("geography/search").neighbourhoods(conn, text=plain, limit=limit)
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


def _along(conn: Connection, text: str, limit: int) -> list[Hit]:
    """A numbered road where it comes nearest to a place."""
    found = ALONG.fullmatch(text.upper())
    if not found or not (place := _plain(found[5])):
        return []
    rows = queries("geography/search").along(conn, road=_road(found[1]), place=_query(place), limit=limit)
    return [Hit("crossing", _label(row), row.lat, row.lon) for row in rows]


def _crossings(conn: Connection, text: str, limit: int, view: Box | None) -> list[Hit]:
    """Where two streets meet: "Mill Lane and High Street", "A34/Queensway", "corner of …"."""
    found = CROSSING.fullmatch(cleaning.one_line(text).lower())
    first, second = (_plain(half) for half in found.groups()) if found else ("", "")
    if not first or not second:
        return []
    rows = queries("geography/search").crossings(
        conn,
        first=_query(first),
        second=_query(second),
        first_text=first,
        limit=limit * 3,
        **_on_grid(view),
    )
    # One crossing is where carriageways meet four times.
    hits = [Hit("crossing", _label(row), row.lat, row.lon) for row in rows]
    return list({hit.label: hit for hit in reversed(hits)}.values())[::-1][:limit]


def _spelt_nearly(conn: Connection, plain: str, limit: int, *, areas: bool, view: Box | None) -> list[Hit]:
    """What has words spelt nearly as those typed, or written apart that belong together."""
    words = plain.split()
    near = " & ".join(f"('{word}':*{_either(_alike(conn, word))})" for word in words)
    query = near + (_either(_alike(conn, "".join(words))) if len(words) > 1 else "")
    rows = queries("geography/search").spelt_nearly(
        conn, query=query, text=plain, areas=areas, most=MOST_RANKED, limit=limit, **_on_grid(view)
    )
    return [_hit(row) for row in rows]


def _alike(conn: Connection, word: str) -> list[str]:
    """Words of names that are spelt nearly so."""
    slips = 2 if len(word) > SHORT_WORD else 1
    return [row.word for row in queries("geography/search").words_alike(conn, word=word, slips=slips, limit=MOST_ALIKE)]


def _either(words: list[str]) -> str:
    """The rest of a tsquery: or any of these words."""
    return "".join(f" | '{word}'" for word in words)


def _query(plain: str) -> str:
    """As tsquery: all these words, each by its beginning. They hold letters and digits only."""
    return " & ".join(f"'{word}':*" for word in plain.split())


def _hit(row: Any) -> Hit:
    return Hit(row.kind, _label(row), row.lat, row.lon, row.id)


def _label(row: Any) -> str:
    return ", ".join(dict.fromkeys(filter(None, (row.name, row.locality))))


def _on_grid(view: Box | None) -> dict[str, float | None]:
    """The view in metres, EPSG:27700."""
    if view is None:
        return dict.fromkeys(("west", "south", "east", "north"))
    west, south = geo.to_grid(view[0], view[1])
    east, north = geo.to_grid(view[2], view[3])
    return {"west": west, "south": south, "east": east, "north": north}


def _road(text: str) -> str:
    """A road's number as names are searched: "a34", "a1 m"."""
    found = ROAD.fullmatch(text.upper())
    return f"{found[1]}{found[2]}{' m' if found[3] else ''}".lower() if found else ""


def _squeezed(postcode: str) -> str:
    return re.sub(r"[\W_]", "", postcode).upper()


def _plain(text: str) -> str:
    """As the SQL function as_searched() writes names, endings in full."""
    first, *rest = plain_words(text)[:MOST_WORDS] or [""]
    return " ".join([first, *(ABBREVIATIONS.get(word, word) for word in rest)])


def plain_words(text: str) -> list[str]:
    """The words of a name in their plainest form, "Saint" and "St." as "St"."""
    said = cleaning.compared(SAINT.sub(r"\1st ", text).replace(".", "").replace("&", " and "))
    return ["st" if word == "saint" else word for word in said.split()]
