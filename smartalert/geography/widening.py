"""A drawn area made wider: for drawing a ring round it, and as the area that an officer would have drawn."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from smartalert.errors import AreaRefused
from smartalert.geography import geo
from smartalert.geography.areas import Ground
from smartalert.geography.geo import MAX_BUFFER_M, Circle, StreetArea

#: Metres by which an outline may be drawn too wide, so that it has no more corners than it may: the finest that does.
TOO_WIDE_M = (1, 2, 5, 10, 20)


def ring(ground: Ground, metres: float) -> dict[str, Any]:
    """The edge of everywhere within so many metres of an area, for drawing only: GeoJSON, EPSG:4326."""
    edge = shapely.boundary(shapely.union_all([_shape(one, metres) for one in ground.parts or (ground,)]))
    drawn: dict[str, Any] = json.loads(shapely.to_geojson(_to_degrees(edge.simplify(1))))
    return drawn


def wider(ground: Ground, metres: int) -> dict[str, Any] | None:
    """The area that holds everywhere within so many metres of this one, as drafts have it; None: none may be drawn.

    A circle's radius grows, and so does a street's distance as far as it may; anything else becomes an outline.
    """
    try:
        parts = [part for one in ground.parts or (ground,) for part in _wider(one, metres)]
        area = parts[0] if len(parts) == 1 else {"parts": parts}
        geo.area_from(area)
    except AreaRefused:
        return None
    return area


def _wider(one: Ground, metres: int) -> Iterator[dict[str, Any]]:
    if isinstance(one.area, Circle):
        yield {"lat": one.area.lat, "lon": one.area.lon, "radius_m": one.area.radius_m + metres}
    elif isinstance(one.area, StreetArea) and one.area.buffer_m + metres <= MAX_BUFFER_M:
        ends = {"ends": [list(end) for end in one.area.ends]} if one.area.ends else {}
        yield {"street_id": one.area.street_id, "buffer_m": one.area.buffer_m + metres, **ends}
    else:
        for polygon in shapely.get_parts(_shape(one, metres)):
            yield {"corners": _corners(polygon)}


def _corners(wanted: shapely.Polygon) -> list[list[float]]:
    """An outline round all of a polygon with as many corners as one may have, hardly wider than it."""
    if len(wanted.interiors):
        raise AreaRefused("An outline has no holes.")
    for too_wide_m in TOO_WIDE_M:
        drawn = wanted.buffer(too_wide_m).simplify(too_wide_m * 0.9)
        if isinstance(drawn, shapely.Polygon) and not len(drawn.interiors) and drawn.covers(wanted):
            degrees = _to_degrees(shapely.Polygon(drawn.exterior)).exterior.coords[:-1]
            if len(degrees) <= geo.MAX_CORNERS:
                return [[round(lat, 6), round(lon, 6)] for lon, lat in degrees]
    raise AreaRefused("That takes more corners than an outline may have.")


def _shape(one: Ground, metres: float) -> shapely.Geometry:
    """Everywhere within so many metres of an area that is one, EPSG:27700; a hand wider than a buffer would be."""
    return shapely.from_wkb(one.geom).buffer(one.within_m + metres + 0.5, quad_segs=24)


def _to_degrees(shape: shapely.Geometry) -> Any:
    """From EPSG:27700 to longitude and latitude."""
    return shapely.transform(shape, lambda xy: np.column_stack(geo.from_grid(xy[:, 0], xy[:, 1])))
