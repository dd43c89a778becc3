"""What the browser says was drawn or picked, read with suspicion: whoever holds a session can say anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from smartalert.errors import AreaRefused
from smartalert.geography.geo import ENDS, MAX_RADIUS_M, MIN_RADIUS_M

#: More corners than any hand draws: geo.Outline takes fewer.
MOST_CORNERS = 1_000


@dataclass(frozen=True, slots=True)
class DrawnCircle:
    """A circle as drawn: degrees (EPSG:4326) and whole metres."""

    lat: float
    lon: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class DrawnOutline:
    """Corners as drawn, (lat, lon) in degrees (EPSG:4326), the first not repeated."""

    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DrawnStretch:
    """The two ends of a stretch of the street on the map, (lat, lon) in degrees (EPSG:4326)."""

    ends: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PickedStreet:
    """A street of the tiles, and the point on it that was clicked (EPSG:4326)."""

    street_id: int | str
    lat: float
    lon: float


def _number(value: Any, lowest: float, highest: float) -> float:
    """A finite number within bounds; AreaRefused for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise AreaRefused
    if not lowest <= value <= highest:
        raise AreaRefused
    return float(value)


def _fields(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise AreaRefused
    return value


def read_drawn(value: Any) -> DrawnCircle | None:
    """Return the circle of a `drawn` event, None where it was cleared; AreaRefused for what no officer can draw."""
    circle = _fields(value).get("circle")
    if circle is None:
        return None
    said = _fields(circle)
    return DrawnCircle(
        lat=_number(said.get("lat"), -90, 90),
        lon=_number(said.get("lon"), -180, 180),
        radius_m=round(_number(said.get("radius_m"), MIN_RADIUS_M, MAX_RADIUS_M)),
    )


def read_outlined(value: Any) -> DrawnOutline:
    """Return the outline of an `outlined` event; AreaRefused for nonsense. Whether it is sound, ask geo.Outline."""
    return DrawnOutline(_places(_fields(value).get("corners"), MOST_CORNERS))


def read_stretched(value: Any) -> DrawnStretch:
    """Return the ends of a `stretched` event; AreaRefused for nonsense."""
    return DrawnStretch(_places(_fields(value).get("ends"), ENDS))


def _places(given: Any, most: int) -> tuple[tuple[float, float], ...]:
    if not isinstance(given, list) or len(given) > most:
        raise AreaRefused
    if not all(isinstance(place, list) and len(place) == 2 for place in given):
        raise AreaRefused
    return tuple((_number(lat, -90, 90), _number(lon, -180, 180)) for lat, lon in given)


def read_view(value: Any) -> tuple[float, float, float, float]:
    """West, south, east and north of what a map shows; AreaRefused for nonsense."""
    if not isinstance(value, list) or len(value) != 4:
        raise AreaRefused
    west, east = (_number(value[side], -180, 180) for side in (0, 2))
    south, north = (_number(value[side], -90, 90) for side in (1, 3))
    if not (west < east and south < north):
        raise AreaRefused
    return west, south, east, north


def read_chosen(value: Any) -> int:
    """Return the number of the area that a `chosen` event names, as `others` numbered it; AreaRefused for nonsense."""
    return int(_number(_fields(value).get("number"), 1, MOST_CORNERS))


def read_picked(value: Any) -> PickedStreet:
    """Return the street of a `picked` event; AreaRefused for nonsense. Whether it exists is the caller's to ask."""
    said = _fields(value)
    street_id = said.get("id")
    if isinstance(street_id, bool) or not isinstance(street_id, int | str) or len(str(street_id)) > 64:
        raise AreaRefused
    return PickedStreet(street_id, _number(said.get("lat"), -90, 90), _number(said.get("lon"), -180, 180))
