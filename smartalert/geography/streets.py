"""A street on the ground: the stretch of it between two points, what meets it there, and where narrowing it begins."""

import json
from dataclasses import dataclass
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.errors import AreaRefused
from smartalert.geography import coordinates, geo
from smartalert.geography.geo import StreetArea

GONE = "That street is no longer on the map. Pick it again."
#: Metres: an end so near a crossing is called after it alone; farther, up to so many, by its distance from it.
AT_M, FROM_M = 60, 5_000
#: Metres either way of where a long road was found that narrowing it begins with.
USUAL_M = 1_000
#: Metres: an end of the stretch that lies so near one of the street is that.
AT_ITS_END_M = 30
DRAWN_TO_M = 1.0

#: How one says that something is there, of what is no street.
WHERE = {"numbered": "on the", "canal": "along the", "river": "along the", "railway": "along the"}

End = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place on a street, with what it is called there: the street that meets it, or one of its own ends."""

    name: str
    lat: float
    lon: float


def stretch(conn: Connection, area: StreetArea) -> tuple[str, str, dict[str, Any]]:
    """The stretch of a street between its ends (EWKB in hex), from where to where in words, and the whole street as
    GeoJSON, for drawing. Raises AreaRefused."""
    # A tenth of a second to load, which the public service and the workers never need.
    import shapely

    from smartalert.geography import stretches

    line = _line(conn, area.street_id)
    one, other = (geo.to_grid(lon, lat) for lat, lon in area.ends or ())
    found = stretches.between(line, one, other)
    ends = [_end_words(conn, area.street_id, point, line) for point in (one, other)]
    between = f"between {ends[0]} and {ends[1]}" if ends[0] != ends[1] else f"around {ends[0]}"
    whole = shapely.transform(shapely.simplify(line, DRAWN_TO_M), _to_degrees)
    return shapely.to_wkb(found, hex=True, include_srid=True), between, json.loads(shapely.to_geojson(whole))


def usual_ends(conn: Connection, street_id: int, near: End | None) -> tuple[End, End]:
    """What narrowing a street begins with, (lat, lon): its ends, or of a long one a kilometre either way of a place."""
    from smartalert.geography import stretches

    line = _line(conn, street_id)
    at = geo.to_grid(near[1], near[0]) if near else (line.centroid.x, line.centroid.y)
    one, other = stretches.usual(line, at, USUAL_M)
    return _degrees(one), _degrees(other)


def crossings(conn: Connection, street_id: int) -> list[Crossing]:
    """What meets a street, in the order along it, between its own ends."""
    import shapely

    from smartalert.geography import stretches

    way = stretches.whole_way(_line(conn, street_id))
    rows = list(queries("geography/areas").crossings(conn, street_id=street_id))
    names = [row.name for row in rows]
    met = [
        (way.project(shapely.Point(row.easting, row.northing)), (row.easting, row.northing), _told_apart(row, names))
        for row in rows
    ]
    first, last = way.coords[0], way.coords[-1]
    along = [
        (first, _own_end(first, last)),
        *((at, name) for _, at, name in sorted(met)),
        (last, _own_end(last, first)),
    ]
    return [Crossing(name, *_degrees(at)) for at, name in along]


def _line(conn: Connection, street_id: int) -> Any:
    import shapely

    found = queries("geography/areas").street_line(conn, street_id=street_id)
    if found is None:
        raise AreaRefused(GONE)
    return shapely.from_wkb(bytes(found))


def _told_apart(row: Any, names: list[str]) -> str:
    """Its name; of several of one name with the place."""
    return f"{row.name}, {row.locality}" if row.locality and names.count(row.name) > 1 else str(row.name)


def _end_words(conn: Connection, street_id: int, at: tuple[float, float], line: Any) -> str:
    """An end of a stretch as people would say it."""
    met = queries("geography/areas").crossing_near(
        conn, street_id=street_id, easting=at[0], northing=at[1], within_m=FROM_M
    )
    if met and met.metres <= AT_M:
        return str(met.name)
    if own := _own_end_near(line, at):
        return own
    if met:
        return f"a point {geo.distance_words(round(met.metres, -1 if met.metres < 1_000 else -2))} from {met.name}"
    return coordinates.grid_reference(*_degrees(at))


def _own_end_near(line: Any, at: tuple[float, float]) -> str:
    """ "its north end", where the point lies by an end of the street."""
    import shapely

    from smartalert.geography import stretches

    way = stretches.whole_way(line)
    first, last = way.coords[0], way.coords[-1]
    for end, far in ((first, last), (last, first)):
        if shapely.distance(shapely.Point(end), shapely.Point(at)) <= AT_ITS_END_M:
            return _own_end(end, far)
    return ""


def _own_end(end: tuple[float, ...], far: tuple[float, ...]) -> str:
    east, north = end[0] - far[0], end[1] - far[1]
    if abs(north) >= abs(east):
        return "its north end" if north > 0 else "its south end"
    return "its east end" if east > 0 else "its west end"


def _degrees(at: tuple[float, ...]) -> End:
    lon, lat = geo.from_grid(at[0], at[1])
    return round(lat, 6), round(lon, 6)


def _to_degrees(points: Any) -> Any:
    """Eastings and northings as longitudes and latitudes, six digits."""
    import numpy as np

    return np.round(np.column_stack(geo.from_grid(points[:, 0], points[:, 1])), 6)
