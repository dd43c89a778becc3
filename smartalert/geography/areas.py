"""An area on the ground: checked against the force's own, described in words, ready to match."""

import json
from dataclasses import dataclass, field
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.errors import AreaRefused, SetupError
from smartalert.geography import geo
from smartalert.geography.geo import Area, Circle, StreetArea


@dataclass(frozen=True)
class Ground:
    """What the audience is matched against: everything within within_m metres of geom (EPSG:27700, EWKB in hex)."""

    area: Area
    geom: str
    within_m: float
    #: "Within 500 m of Tannery Row, Stafford"
    text: str
    #: The same inside a sentence: "near Tannery Row, Stafford", "in Tannery Row, Stafford".
    where: str
    #: 0…1 of the area that lies outside the force's, where nobody is told.
    outside_share: float
    street_id: int | None = None
    #: GeoJSON geometries in EPSG:4326, for drawing only.
    outline: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] | None = None


def survey(conn: Connection, area: Area) -> Ground:
    """Find the area on the ground. Raises AreaRefused for an unknown street or an area outside the force's."""
    return _survey_circle(conn, area) if isinstance(area, Circle) else _survey_street(conn, area)


def _survey_circle(conn: Connection, circle: Circle) -> Ground:
    easting, northing = geo.to_grid(circle.lon, circle.lat)
    row = queries("geography/areas").circle_on_ground(
        conn, easting=easting, northing=northing, radius_m=circle.radius_m
    )
    _require_inside(row)
    place = describe_point(conn, easting, northing)
    return Ground(
        area=circle,
        geom=row.geom,
        within_m=circle.radius_m,
        text=f"Within {geo.distance_words(circle.radius_m)} of {place}",
        where=f"near {place}".replace("near a point near", "near"),
        outside_share=max(0.0, row.outside_share),
        outline={"type": "Polygon", "coordinates": [geo.ring(circle)]},
    )


def _survey_street(conn: Connection, area: StreetArea) -> Ground:
    row = queries("geography/areas").street_on_ground(conn, street_id=area.street_id, buffer_m=area.buffer_m)
    if row is None:
        raise AreaRefused("That street is no longer on the map. Pick it again.")
    _require_inside(row)
    name = ", ".join(filter(None, (row.name, row.locality)))
    return Ground(
        area=area,
        geom=row.geom,
        within_m=area.buffer_m,
        text=name,
        where=f"in {name}",
        outside_share=max(0.0, row.outside_share),
        street_id=row.id,
        outline=json.loads(row.outline),
        line=json.loads(row.line),
    )


def describe_point(conn: Connection, easting: float, northing: float) -> str:
    """The nearest street and town, as one would say it: "Tannery Row, Stafford"."""
    street = queries("geography/areas").nearest_street(conn, easting=easting, northing=northing)
    if street:
        return ", ".join(filter(None, (street.name, street.locality)))
    town = queries("geography/areas").nearest_town(conn, easting=easting, northing=northing)
    return f"a point near {town}" if town else "the marked point"


def _require_inside(row: Any) -> None:
    if row is None:
        raise SetupError("The force's area is not set. Import it with `python -m smartalert import area FILE`.")
    if not row.inside:
        raise AreaRefused("This area is outside the force. You cannot send alerts there.")
