"""Areas as an officer draws them, and the two ways of measuring them. Pure: no database, no drawing.

Longitude and latitude are WGS 84 (EPSG:4326); eastings and northings are metres in EPSG:27700.
"""

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyproj

from smartalert.errors import AreaRefused

MIN_RADIUS_M, MAX_RADIUS_M = 50, 3_000
MIN_BUFFER_M, MAX_BUFFER_M = 10, 200
#: Corners of a drawn outline, the ground it must cover at least, and how far it may reach from its middle.
MIN_CORNERS, MAX_CORNERS, MIN_OUTLINE_M2, MAX_OUTLINE_REACH_M = 3, 100, 1_000, MAX_RADIUS_M
#: Ends of a stretch of a street, and parts of one area.
ENDS = 2
MAX_PARTS = 12
#: Great Britain's box: anything outside is a typing error or swapped axes.
GB_LAT, GB_LON = (49.8, 60.9), (-8.7, 1.8)
#: The ellipsoid of WGS 84.
EARTH = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Circle:
    """Everywhere within radius_m metres of a point. Raises AreaRefused, in words, for anything but a sound circle."""

    lat: float
    lon: float
    radius_m: float

    def __post_init__(self) -> None:
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in (self.lat, self.lon, self.radius_m)):
            raise AreaRefused("The centre and the radius must be numbers.")
        if _between(self.lon, GB_LAT) and _between(self.lat, GB_LON):
            raise AreaRefused("Latitude and longitude look swapped: latitude is the one near 53.")
        if not (_between(self.lat, GB_LAT) and _between(self.lon, GB_LON)):
            raise AreaRefused("The centre is not in Great Britain. Check latitude (near 53) and longitude (near -2).")
        if not MIN_RADIUS_M <= self.radius_m <= MAX_RADIUS_M:
            raise AreaRefused(f"The radius must be between {MIN_RADIUS_M} m and {MAX_RADIUS_M:,} m.")


@dataclass(frozen=True, slots=True)
class StreetArea:
    """Everywhere within buffer_m metres of a street's line, or of the stretch of it between two points, (lat, lon)."""

    street_id: int
    buffer_m: float = 60
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.street_id, int) or isinstance(self.street_id, bool) or not 0 < self.street_id < 2**63:
            raise AreaRefused("That is not a street we know. Pick one on the map or search for it.")
        if not (math.isfinite(self.buffer_m) and MIN_BUFFER_M <= self.buffer_m <= MAX_BUFFER_M):
            raise AreaRefused(f"The distance from the street must be between {MIN_BUFFER_M} m and {MAX_BUFFER_M} m.")
        if self.ends is not None:
            _require_places(self.ends, "An end of the stretch")
            if len(self.ends) != ENDS or len(set(self.ends)) < ENDS:
                raise AreaRefused("A stretch needs two different ends.")


@dataclass(frozen=True, slots=True)
class Outline:
    """Everywhere within a line drawn from corner to corner, (lat, lon), and back to the first; the line included."""

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        _require_places(self.corners, "A corner")
        if len(set(self.corners)) < MIN_CORNERS:
            raise AreaRefused(f"The outline needs at least {MIN_CORNERS} different corners.")
        if len(self.corners) > MAX_CORNERS:
            raise AreaRefused(f"The outline may have at most {MAX_CORNERS} corners.")
        _require_sound(self.on_grid())

    def on_grid(self) -> list[tuple[float, float]]:
        """Its corners in metres, EPSG:27700, the first again at the end."""
        around = [to_grid(lon, lat) for lat, lon in self.corners]
        return around if around[0] == around[-1] else [*around, around[0]]


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A neighbourhood or ward, by its publisher's code."""

    neighbourhood: str

    def __post_init__(self) -> None:
        code = self.neighbourhood
        if not isinstance(code, str) or not code.isprintable() or not 0 < len(code) <= 80:
            raise AreaRefused("That is not a neighbourhood we know. Search for it again.")


OneArea = Circle | StreetArea | Outline | NamedArea


@dataclass(frozen=True, slots=True)
class Several:
    """Everywhere in one of these."""

    parts: tuple[OneArea, ...]

    def __post_init__(self) -> None:
        if len(self.parts) < 2:
            raise AreaRefused("No area is drawn yet. Draw a circle or pick a street.")
        if len(self.parts) > MAX_PARTS:
            raise AreaRefused(f"One alert may have at most {MAX_PARTS} areas.")
        if len(set(self.parts)) < len(self.parts):
            raise AreaRefused("Two of the areas are the same. Remove one.")


Area = OneArea | Several
#: What each kind of area is called, and the fields that tell it from the others.
FIELDS: dict[str, set[str]] = {
    "several areas": {"parts"},
    "a street": {"street_id", "ends"},
    "a drawn outline": {"corners"},
    "a neighbourhood": {"neighbourhood"},
    "a circle": {"lat", "lon", "radius_m"},
}


def area_from(given: Mapping[str, Any] | None) -> Area:
    """The area that a browser or a stored draft describes; raises AreaRefused, never widens."""
    if given and given.get("parts") is not None:
        _require_one_kind(given)
        if not isinstance(given["parts"], list) or not all(isinstance(part, Mapping) for part in given["parts"]):
            raise AreaRefused
        return Several(tuple(one_area_from(part) for part in given["parts"]))
    return one_area_from(given)


def one_area_from(given: Mapping[str, Any] | None) -> OneArea:
    """The same of a circle, a street, an outline or a neighbourhood."""
    if not given:
        raise AreaRefused("No area is drawn yet. Draw a circle or pick a street.")
    _require_one_kind(given)
    try:
        if given.get("street_id") is not None:
            return StreetArea(given["street_id"], float(given["buffer_m"]), _ends(given.get("ends")))
        if given.get("corners") is not None:
            return Outline(_places(given["corners"]))
        if given.get("neighbourhood") is not None:
            return NamedArea(given["neighbourhood"])
        return Circle(lat=float(given["lat"]), lon=float(given["lon"]), radius_m=float(given["radius_m"]))
    except (KeyError, TypeError, ValueError):
        raise AreaRefused from None


def _places(given: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(lat), float(lon)) for lat, lon in given)


def _ends(given: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    if given is None:
        return None
    one, other = _places(given)
    return one, other


def _require_places(places: tuple[tuple[float, float], ...], each: str) -> None:
    """Refuse what is no place in Great Britain; (lat, lon) each."""
    if not all(math.isfinite(degrees) for place in places for degrees in place):
        raise AreaRefused(f"{each} must be two numbers.")
    if any(_between(lon, GB_LAT) and _between(lat, GB_LON) for lat, lon in places):
        raise AreaRefused("Latitude and longitude look swapped: latitude is the one near 53.")
    if not all(_between(lat, GB_LAT) and _between(lon, GB_LON) for lat, lon in places):
        raise AreaRefused(f"{each} is not in Great Britain. Check latitude (near 53) and longitude (near -2).")


def _require_one_kind(given: Mapping[str, Any]) -> None:
    marked = [name for name, fields in FIELDS.items() if any(given.get(field) is not None for field in fields)]
    if len(marked) > 1:
        raise AreaRefused(f"The area is both {marked[0]} and {marked[1]}. Draw it again.")


def _require_sound(around: list[tuple[float, float]]) -> None:
    """Refuse an outline that crosses itself or is too small or too large; metres, closed."""
    # A tenth of a second to load, which the public service and the workers never need.
    import shapely

    shape = shapely.Polygon(around)
    if shapely.area(shapely.convex_hull(shape)) < MIN_OUTLINE_M2:
        raise AreaRefused("The outline is too small: its corners lie almost on one line or in one spot.")
    if not shape.is_valid:
        raise AreaRefused("The outline crosses or touches itself. Draw it again without crossing a line.")
    if shape.area < MIN_OUTLINE_M2:
        raise AreaRefused(f"The outline is too small: it must cover at least {MIN_OUTLINE_M2:,} square metres.")
    if shapely.minimum_bounding_radius(shape) > MAX_OUTLINE_REACH_M:
        raise AreaRefused(
            f"The outline is too large: it may reach at most {distance_words(MAX_OUTLINE_REACH_M)} from its middle."
        )


def to_grid(lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing in metres, EPSG:27700."""
    return _projected(4326, 27700, lon, lat)


def from_grid(easting: float, northing: float) -> tuple[float, float]:
    """Longitude and latitude in degrees, EPSG:4326."""
    return _projected(27700, 4326, easting, northing)


def ring(circle: Circle, corners: int = 96) -> list[tuple[float, float]]:
    """The circle's outline for drawing: closed, (lon, lat); never for matching, since a polygon cuts the edge off."""
    bearings = [360 * corner / corners for corner in range(corners)]
    lons, lats, _ = EARTH.fwd(
        [circle.lon] * corners, [circle.lat] * corners, bearings, [circle.radius_m] * corners, return_back_azimuth=False
    )
    outline = list(zip(lons, lats, strict=True))
    return [*outline, outline[0]]


def distance_words(metres: float) -> str:
    """ "450 m" below a kilometre, "1.2 km" from there on."""
    return f"{metres:.0f} m" if metres < 1_000 else f"{metres / 1_000:g} km"


def _between(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _projected(source: int, target: int, x: Any, y: Any) -> tuple[Any, Any]:
    """By one thread for all: PROJ begins anew, 28 ms, in each that asks it, and every rerun of a page is another."""
    found: tuple[Any, Any] = _projecting().submit(lambda: _transformer(source, target).transform(x, y)).result()
    return found


@cache
def _projecting() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "projecting")


@cache
def _transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
