"""What cuts an area in two: a river, canal, railway or motorway. People beyond may be out of reach, or unconcerned."""

from collections import defaultdict
from dataclasses import dataclass

import shapely

from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground

#: A share of the area below this is a corner cut off, and no other side.
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Barrier:
    """A line that leaves part of an area on its other side."""

    #: "river", "canal", "railway" or "motorway"
    kind: str
    name: str
    #: 0…½ of the area that lies on its smaller side.
    share: float


def across(conn: Connection, ground: Ground) -> list[Barrier]:
    """What cuts the area in two, the most evenly first."""
    lines: dict[tuple[str, str], list[shapely.Geometry]] = defaultdict(list)
    whole = None
    along = [one.street_id for one in ground.parts or (ground,) if one.street_id]
    for row in queries("geography/barriers").barriers(conn, geom=ground.geom, within_m=ground.within_m, but=along):
        whole = whole or shapely.from_wkb(bytes(row.ground))
        lines[(row.kind, row.name)].append(shapely.from_wkb(bytes(row.geom)))
    found = [Barrier(*called, smaller_side(whole, shapely.union_all(parts))) for called, parts in lines.items()]
    cutting = [barrier for barrier in found if barrier.share >= LEAST_SHARE]
    return sorted(cutting, key=lambda barrier: (-barrier.share, barrier.kind, barrier.name))


def smaller_side(area: shapely.Geometry, line: shapely.Geometry) -> float:
    """The share of an area beyond a line: of every piece that the line cuts, all but the largest part.

    Pieces of the area that no line reaches are on nobody's other side.
    """
    beyond = 0.0
    for piece in shapely.get_parts(area):
        cut = shapely.union_all([piece.boundary, line])
        faces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(cut))))
        sides = sorted(face.area for face in faces if piece.contains(face.point_on_surface()))
        beyond += sum(sides[:-1])
    return float(beyond / area.area)
