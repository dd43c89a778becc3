"""An area on the ground: checked against the force's own, described in words, ready to match."""

import json
from dataclasses import dataclass, field
from typing import Any

from smartalert.database.connection import Connection, queries
from smartalert.errors import AreaRefused, SetupError
from smartalert.geography import geo, search, streets
from smartalert.geography.geo import Area, Circle, NamedArea, OneArea, Outline, Several, StreetArea

#: An area is named after the places that hold most of it: the fewest that together hold this share, at most so many.
MOST_OF_IT, MOST_PLACES = 2 / 3, 3


@dataclass(frozen=True)
class Ground:
    """What the audience is matched against: as the SQL function parts_of() takes it (EPSG:27700, EWKB in hex)."""

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
    #: Of a stretch of a street: the whole of it.
    whole: dict[str, Any] | None = None
    #: Metres from its middle to its farthest point: the radius of the smallest circle around it.
    reach_m: float = 0.0
    #: Of several areas: each of them.
    parts: tuple["Ground", ...] = ()


def survey(conn: Connection, area: Area) -> Ground:
    """Find the area on the ground. Raises AreaRefused for an unknown street or an area outside the force's."""
    return _survey_several(conn, area) if isinstance(area, Several) else _survey_one(conn, area)


def _survey_one(conn: Connection, area: OneArea) -> Ground:
    if isinstance(area, Circle):
        return _survey_circle(conn, area)
    if isinstance(area, StreetArea):
        return _survey_street(conn, area)
    return _survey_outline(conn, area) if isinstance(area, Outline) else _survey_named(conn, area)


def _survey_circle(conn: Connection, circle: Circle) -> Ground:
    easting, northing = geo.to_grid(circle.lon, circle.lat)
    row = queries("geography/areas").circle_on_ground(
        conn, easting=easting, northing=northing, radius_m=circle.radius_m
    )
    _require_inside(row)
    street, locality = nearest(conn, easting, northing)
    held_by = places(conn, row.geom, circle.radius_m)
    within = f"Within {geo.distance_words(circle.radius_m)} of"
    if held_by in ([], [locality]):
        place = ", ".join(filter(None, (street, locality))) or "the marked point"
        text, where = f"{within} {place}", f"near {place}"
    else:
        mostly = _listed(held_by)
        text = f"{within} {street or 'the marked point'}, mostly in {mostly}"
        where = f"in and around {mostly}"
    return Ground(
        area=circle,
        geom=row.geom,
        within_m=circle.radius_m,
        text=text,
        where=where.replace("near a point near", "near"),
        outside_share=max(0.0, row.outside_share),
        outline={"type": "Polygon", "coordinates": [geo.ring(circle)]},
        reach_m=circle.radius_m,
    )


def _survey_street(conn: Connection, area: StreetArea) -> Ground:
    stretch, between, whole = streets.stretch(conn, area) if area.ends else (None, "", None)
    row = queries("geography/areas").street_on_ground(
        conn, street_id=area.street_id, buffer_m=area.buffer_m, stretch=stretch
    )
    if row is None:
        raise AreaRefused(streets.GONE)
    _require_inside(row)
    name = ", ".join(filter(None, (row.name, row.locality, between)))
    return Ground(
        area=area,
        geom=row.geom,
        within_m=area.buffer_m,
        text=name,
        where=f"{streets.WHERE.get(row.kind, 'in')} {name}",
        outside_share=max(0.0, row.outside_share),
        street_id=row.id,
        outline=json.loads(row.outline),
        line=json.loads(row.line),
        whole=whole,
        reach_m=row.reach_m,
    )


def _survey_outline(conn: Connection, area: Outline) -> Ground:
    corners = ", ".join(f"{easting!r} {northing!r}" for easting, northing in area.on_grid())
    row = queries("geography/areas").outline_on_ground(conn, text=f"POLYGON(({corners}))")
    _require_inside(row)
    street, locality = nearest(conn, row.x, row.y)
    mostly = _listed(places(conn, row.geom, 0) or [locality]) if street or locality else ""
    around = f"around {street}" if street else ""
    return Ground(
        area=area,
        geom=row.geom,
        within_m=0.0,
        text=", ".join(filter(None, (f"Part of {mostly}" if mostly else "The marked area", around))),
        where=f"in part of {mostly}" if mostly else "in the marked area",
        outside_share=max(0.0, row.outside_share),
        outline=json.loads(row.outline),
        reach_m=row.reach_m,
    )


def _survey_named(conn: Connection, area: NamedArea) -> Ground:
    row = queries("geography/areas").neighbourhood_on_ground(conn, code=area.neighbourhood)
    if row is None:
        raise AreaRefused("That neighbourhood is no longer on the map. Search for it again.")
    _require_inside(row)
    name = search.neighbourhood_name(row.name, row.district)
    return Ground(
        area=area,
        geom=row.geom,
        within_m=0.0,
        text=name,
        where=f"in {name}",
        outside_share=max(0.0, row.outside_share),
        outline=json.loads(row.outline),
        reach_m=row.reach_m,
    )


def _survey_several(conn: Connection, area: Several) -> Ground:
    parts = []
    for number, part in enumerate(area.parts, 1):
        try:
            parts.append(_survey_one(conn, part))
        except AreaRefused as refusal:
            raise AreaRefused(f"Area {number}: {refusal}") from None
    row = queries("geography/areas").several_on_ground(
        conn, geoms=[part.geom for part in parts], metres=[float(part.within_m) for part in parts]
    )
    largest = dict.fromkeys(name for part in parts for name in places(conn, part.geom, part.within_m)[:1])
    named = [*list(largest)[:MOST_PLACES], *(["elsewhere"] if len(largest) > MOST_PLACES else [])]
    return Ground(
        area=area,
        geom=row.geom,
        within_m=0.0,
        text="; ".join(dict.fromkeys(part.text for part in parts)),
        where=f"in parts of {_listed(named)}" if named else "in the marked areas",
        outside_share=max(0.0, row.outside_share),
        outline=json.loads(row.outline),
        reach_m=row.reach_m,
        parts=tuple(parts),
    )


def places(conn: Connection, geom: str, within_m: float) -> list[str]:
    """The towns and villages that hold most of an area, the largest share first; none where no street lies in it.

    Streets stand for people: a park or a moor weighs little, a town much.
    """
    rows = list(queries("geography/areas").places_on_ground(conn, geom=geom, within_m=within_m))
    held, named = 0.0, []
    for row in rows[:MOST_PLACES]:
        named.append(row.name)
        held += row.share
        if held >= MOST_OF_IT:
            break
    return named


def nearest(conn: Connection, easting: float, northing: float) -> tuple[str, str]:
    """The street nearest to a point, as one would say it, and its town; what is not known is empty."""
    street = queries("geography/areas").nearest_street(conn, easting=easting, northing=northing)
    if street:
        return street.name, street.locality
    town = queries("geography/areas").nearest_town(conn, easting=easting, northing=northing)
    return (f"a point near {town}" if town else ""), ""


def _listed(names: list[str]) -> str:
    """ "Stafford", "Stafford and Stone", "Stafford, Stone and Eccleshall"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _require_inside(row: Any) -> None:
    if row is None:
        raise SetupError("The force's area is not set. Import it with `python -m smartalert import area FILE`.")
    if not row.inside:
        raise AreaRefused("This area is outside the force. You cannot send alerts there.")
