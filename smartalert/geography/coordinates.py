"""Reads a point however somebody writes its coordinates: degrees, minutes and seconds, metres, a grid reference."""

import re
from itertools import permutations

from smartalert.geography import geo

#: Letters of the 100 km squares, without I, five by five from the north-west.
LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
GRID = re.compile(r"^([HJNOST][A-HJ-Z])[\s:,]*((?:\d[\s,/.-]*){4,10})$")
METRES = re.compile(
    r"(?:E(?:ASTINGS?)?)?[\s:=]*(\d{6})(?:\.\d+)?\s?M?\s?E?\s*[,;/ ]\s*"
    r"(?:N(?:ORTHINGS?)?)?[\s:=]*(\d{6,7})(?:\.\d+)?\s?M?\s?N?"
)
#: Minutes and seconds, and the quotation marks that word processors make of them.
PRIMES = {ord("′"): "'", **dict.fromkeys(map(ord, "″“”„‟"), '"')}
#: One of two: degrees, perhaps minutes and seconds, with a sign or a letter before or after.
HALF = (
    r"(?:LAT(?:ITUDE)?|LON(?:G(?:ITUDE)?)?|LNG)?[\s:=]*(?P<{0}before>[NSEW])?\s*(?P<{0}sign>[-+])?\s*"
    r"(?P<{0}degrees>\d{{1,3}}(?:[.]\d+)?)\s*(?:°|O|˚|DEG(?:REES?)?|D)?\s*"
    r"(?:(?P<{0}minutes>\d{{1,2}}(?:[.]\d+)?)\s*(?:['M]|MIN(?:UTES?)?)?\s*"
    r"(?:(?P<{0}seconds>\d{{1,2}}(?:[.]\d+)?)\s*(?:\"|''|S(?:EC(?:ONDS?)?)?(?=\s|,|$|[NSEW]))?\s*)?)?"
    r"(?P<{0}after>[NSEW])?"
)
DEGREES = re.compile(HALF.format("a") + r"(?:\s*[,;/ ]\s*|\s*(?=[NSEW+-]))" + HALF.format("b"))
#: A point inside a link to a map: "…/@52.8067,-2.1171,15z", "?q=52.8067,-2.1171", "#map=15/52.8067/-2.1171", "geo:…".
IN_LINK = re.compile(
    r"(?:@|[?&](?:Q|LL|QUERY|CENTER|MLAT)=|#MAP=\d+(?:\.\d+)?/|^GEO:)(-?\d+\.\d+)(?:,|/|%2C|&MLON=)(-?\d+\.\d+)"
)
#: Three words with points between, as what3words has them, with its slashes or address or without.
THREE_WORDS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:w3w\.co/|what3words\.com/)|/{3}|(?:what3words|w3w):?\s*/*)?\s*"
    r"([^\W\d_]{3,})\s?[.・·]\s?([^\W\d_]{3,})\s?[.・·]\s?([^\W\d_]{3,})"
)
NOT_READ = (
    "You cannot search for what3words here. Type a street, postcode or grid reference, or the latitude and longitude "
    "that what3words shows."
)


def read(text: str) -> tuple[str, float, float] | None:
    """What a typewritten text names, in our spelling, and its latitude and longitude; None where it names no point."""
    said = re.sub(r"^[(\[{]\s*(.*?)\s*[)\]}]$", r"\1", text.strip()).strip(" .,;").upper().translate(PRIMES)
    return _grid(said) or _metres(said) or _degrees(said)


def grid_reference(lat: float, lon: float) -> str:
    """The square of a hundred metres that a point lies in: "SJ 923 232"."""
    easting, northing = geo.to_grid(lon, lat)
    column, row = int(easting // 100_000), int(northing // 100_000)
    first = LETTERS[(19 - row) // 5 * 5 + (column + 10) // 5]
    second = LETTERS[(19 - row) * 5 % 25 + column % 5]
    return f"{first}{second} {int(easting % 100_000 // 100):03d} {int(northing % 100_000 // 100):03d}"


def is_three_words(text: str) -> bool:
    """Whether it has what3words' form."""
    return THREE_WORDS.fullmatch(text.strip().lower()) is not None


def _grid(said: str) -> tuple[str, float, float] | None:
    """The middle of the square that letters and digits name: six figures mean one of 100 m."""
    found = GRID.fullmatch(said)
    digits = re.sub(r"\D", "", found[2]) if found else ""
    if not found or len(digits) % 2:
        return None
    square = found[1]
    east, north = digits[: len(digits) // 2], digits[len(digits) // 2 :]
    size = 10 ** (5 - len(east))
    first, second = LETTERS.index(square[0]), LETTERS.index(square[1])
    column = (first - 2) % 5 * 5 + second % 5
    row = 19 - first // 5 * 5 - second // 5
    easting, northing = (
        corner * 100_000 + int(figures) * size + size / 2 for corner, figures in ((column, east), (row, north))
    )
    lon, lat = geo.from_grid(easting, northing)
    return f"{square} {east} {north}", lat, lon


def _metres(said: str) -> tuple[str, float, float] | None:
    if not (found := METRES.fullmatch(said)):
        return None
    lon, lat = geo.from_grid(float(found[1]), float(found[2]))
    return f"{found[1]} {found[2]}", lat, lon


def _degrees(said: str) -> tuple[str, float, float] | None:
    """Degrees in either order: letters say which is which, else Great Britain does."""
    found = DEGREES.fullmatch(plainer(said))
    if link := IN_LINK.search(said):
        halves = [(float(link[1]), ""), (float(link[2]), "")]
    elif found and _is_meant(found):
        halves = [_half(found, name) for name in "ab"]
    else:
        return None
    orders = [(one, other) for one, other in permutations(halves) if one[1] in ("", "N") and other[1] in ("", "E")]
    inside = [pair for pair in orders if _in_britain(pair[0][0], pair[1][0])]
    for (lat, _), (lon, _) in [*inside, *orders][:1]:
        if abs(lat) <= 90 and abs(lon) <= 180:
            return f"{_plain(lat)}, {_plain(lon)}", lat, lon
    return None


def plainer(said: str) -> str:
    """With decimal commas as points ("52,8067; -2,1171", not "52, -2"), and "52-48-24 N" and "52:48:24 N" spaced."""
    if "." not in said and re.search(r"\d,\d{3,}.*[\s;].*\d,\d{3,}", said):
        said = re.sub(r"(\d),(\d)", r"\1.\2", said)
    return re.sub(r"(?<=\d)[-:](?=\d)", " ", said) if re.search("[NSEW]", said) else said


def _is_meant(found: re.Match[str]) -> bool:
    """Two bare whole numbers are no coordinates: a point, a letter or minutes make them."""
    return all(
        "." in found[f"{name}degrees"]
        or found[f"{name}minutes"]
        or found[f"{name}before"]
        or found[f"{name}after"]
        or "°" in found[0]
        for name in "ab"
    )


def _half(found: re.Match[str], name: str) -> tuple[float, str]:
    """Degrees with their sign, and "N" or "E" for what they count, where a letter says so."""
    degrees, minutes, seconds = (float(found[f"{name}{part}"] or 0) for part in ("degrees", "minutes", "seconds"))
    letter = found[f"{name}before"] or found[f"{name}after"] or ""
    if name == "b" and not letter and found["abefore"]:
        letter = found["aafter"] or ""  # "N 52.8 W 2.1": the second letter stands before the second number
    value = degrees + minutes / 60 + seconds / 3_600
    is_minus = found[f"{name}sign"] == "-" or letter in ("S", "W")  # "-2.1171 W" says it twice
    return -value if is_minus else value, {"S": "N", "W": "E"}.get(letter, letter)


def _in_britain(lat: float, lon: float) -> bool:
    return geo.GB_LAT[0] <= lat <= geo.GB_LAT[1] and geo.GB_LON[0] <= lon <= geo.GB_LON[1]


def _plain(degrees: float) -> str:
    return f"{degrees:.6f}".rstrip("0").rstrip(".")
