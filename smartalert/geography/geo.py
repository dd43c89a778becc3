"""Areas as an officer draws them, and the two ways of measuring them. Pure: no database, no drawing.

Longitude and latitude are WGS 84 (EPSG:4326); eastings and northings are metres in EPSG:27700.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyproj

from smartalert.errors import AreaRefused

MIN_RADIUS_M, MAX_RADIUS_M = 50, 3_000
MIN_BUFFER_M, MAX_BUFFER_M = 10, 200
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
    """Everywhere within buffer_m metres of a street's line."""

    street_id: int
    buffer_m: float = 60

    def __post_init__(self) -> None:
        if not isinstance(self.street_id, int) or isinstance(self.street_id, bool) or not 0 < self.street_id < 2**63:
            raise AreaRefused("That is not a street we know. Pick one on the map or search for it.")
        if not (math.isfinite(self.buffer_m) and MIN_BUFFER_M <= self.buffer_m <= MAX_BUFFER_M):
            raise AreaRefused(f"The distance from the street must be between {MIN_BUFFER_M} m and {MAX_BUFFER_M} m.")


Area = Circle | StreetArea


def area_from(given: Mapping[str, Any] | None) -> Area:
    """The area that a browser or a stored draft describes; raises AreaRefused, never widens."""
    if not given:
        raise AreaRefused("No area is drawn yet. Draw a circle or pick a street.")
    if given.get("street_id") is not None and given.keys() & {"lat", "lon", "radius_m"}:
        raise AreaRefused("The area is both a street and a circle. Draw it again.")
    try:
        if given.get("street_id") is not None:
            return StreetArea(street_id=given["street_id"], buffer_m=float(given["buffer_m"]))
        return Circle(lat=float(given["lat"]), lon=float(given["lon"]), radius_m=float(given["radius_m"]))
    except (KeyError, TypeError, ValueError):
        raise AreaRefused from None


def to_grid(lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing in metres, EPSG:27700."""
    return _transformer(4326, 27700).transform(lon, lat)


def from_grid(easting: float, northing: float) -> tuple[float, float]:
    """Longitude and latitude in degrees, EPSG:4326."""
    return _transformer(27700, 4326).transform(easting, northing)


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


@cache
def _transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
