"""A made-up town and its streets as Mapbox vector tiles: lines with an id, a name and a kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan, cos, degrees, log, pi, radians, sin, sinh, tan

from shapely import LineString, clip_by_rect

TREES = [
    "Ash",
    "Beech",
    "Cedar",
    "Damson",
    "Elder",
    "Fir",
    "Gorse",
    "Hazel",
    "Ivy",
    "Juniper",
    "Larch",
    "Maple",
    "Oak",
    "Pine",
    "Quince",
    "Rowan",
    "Sorrel",
    "Thorn",
    "Yew",
]
MARGIN = 0.02
CENTRE = (-2.1171, 52.8067)
EXTENT = 4096
METRE_LAT = 1 / 111_320
METRE_LON = METRE_LAT / cos(radians(CENTRE[1]))


@dataclass(frozen=True)
class Street:
    id: int
    name: str
    kind: str
    line: tuple[tuple[float, float], ...]  # lon, lat


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Longitude and latitude of a spot so many metres from the town's centre."""
    return CENTRE[0] + east_m * METRE_LON, CENTRE[1] + north_m * METRE_LAT


def town(half: int = 9, step_m: float = 210) -> list[Street]:
    """Streets that wind a little, every one crossing the town; the middle ones are its main roads."""
    reach = half * step_m
    streets = []
    for number in range(-half, half + 1):
        wave = [(along, number * step_m + 35 * sin(along / 260 + number)) for along in _steps(reach)]
        kind = "main" if abs(number) in {0, half // 2} else "local"
        name = TREES[number + half]
        streets.append(Street(100 + number, f"{name} Road", kind, tuple(place(x, y) for x, y in wave)))
        streets.append(Street(200 + number, f"{name} Lane", kind, tuple(place(y, x) for x, y in wave)))
    return streets


def _steps(reach: float) -> list[float]:
    return [reach * step / 20 for step in range(-20, 21)]


def tile_of(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Tile column and row, with fractions."""
    n = 2**zoom
    return (lon + 180) / 360 * n, (1 - log(tan(radians(lat)) + 1 / cos(radians(lat))) / pi) / 2 * n


def north_edge(row: float, zoom: int) -> float:
    """Latitude of the upper edge of a tile's row."""
    return degrees(atan(sinh(pi * (1 - 2 * row / 2**zoom))))


def tile(streets: Iterable[Street], zoom: int, column: int, row: int) -> bytes:
    """The tile's bytes: every street that touches it, cut a little outside its edge."""
    features, values = [], []
    for street in streets:
        track = LineString([tile_of(lon, lat, zoom) for lon, lat in street.line])
        inside = clip_by_rect(track, column - MARGIN, row - MARGIN, column + 1 + MARGIN, row + 1 + MARGIN)
        for piece in getattr(inside, "geoms", [inside]):
            points = [(round((x - column) * EXTENT), round((y - row) * EXTENT)) for x, y in piece.coords]
            if len(points) > 1:
                features.append(_feature(len(values), points))
                values += [_field(4, 0, _varint(street.id)), _text(1, street.name), _text(1, street.kind)]
    keys = b"".join(_text(3, key) for key in ("id", "name", "kind"))
    body = _field(15, 0, _varint(2)) + _text(1, "streets") + b"".join(features) + keys
    return _blob(3, body + b"".join(_blob(4, value) for value in values) + _field(5, 0, _varint(EXTENT)))


def _feature(first_value: int, points: Sequence[tuple[int, int]]) -> bytes:
    tags = [part for key in range(3) for part in (key, first_value + key)]
    return _blob(2, _packed(2, tags) + _field(3, 0, _varint(2)) + _packed(4, _line(points)))


def _line(points: Sequence[tuple[int, int]]) -> list[int]:
    """MoveTo once, LineTo for the rest, as zigzagged steps."""
    commands, last = [], (0, 0)
    for number, (x, y) in enumerate(points):
        if number < 2:
            commands.append((1 << 3) | 1 if number == 0 else ((len(points) - 1) << 3) | 2)
        commands += [_zigzag(x - last[0]), _zigzag(y - last[1])]
        last = (x, y)
    return commands


def _zigzag(number: int) -> int:
    return (number << 1) ^ (number >> 63)


def _varint(number: int) -> bytes:
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, wire_type: int, body: bytes) -> bytes:
    return _varint(number << 3 | wire_type) + body


def _blob(number: int, body: bytes) -> bytes:
    return _field(number, 2, _varint(len(body)) + body)


def _text(number: int, text: str) -> bytes:
    return _blob(number, text.encode())


def _packed(number: int, numbers: Iterable[int]) -> bytes:
    return _blob(number, b"".join(map(_varint, numbers)))
