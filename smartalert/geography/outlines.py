"""Ground as outlines without holes, for formats that know none: its pieces cover what it covers, and nothing else."""

from collections.abc import Iterator
from typing import Any

#: A closed line of (longitude, latitude).
Ring = list[list[float]]
#: Digits of a degree, as outlines are written: a tenth of a metre.
PLACES = 6
#: Square degrees, less than a hundredth of a square metre: what rounding would make a line.
NOTHING = 1e-12


def rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    """The outer lines of a GeoJSON polygon or several; one with holes comes in pieces that leave the holes out."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for outer, *holes in polygons:
        if holes:
            yield from pieces(outer, holes)
        else:
            yield outer


def pieces(outer: Ring, holes: list[Ring]) -> Iterator[Ring]:
    """What is left of a polygon without its holes, cut from north to south through each of them."""
    # A tenth of a second to load, which few documents need.
    import shapely

    # One by one, and then taken away: rounding can have laid a hole on the edge, or on another hole.
    whole, *left_out = (shapely.make_valid(shapely.Polygon(ring)) for ring in (outer, *holes))
    waiting = [whole.difference(shapely.union_all(left_out))]
    while waiting:
        for piece in shapely.get_parts(waiting.pop()):
            if piece.geom_type != "Polygon" or piece.area < NOTHING:
                continue
            if not piece.interiors:
                yield [[lon, lat] for lon, lat in shapely.orient_polygons(piece).exterior.coords]
                continue
            west, south, east, north = piece.bounds
            middle = _middle(*piece.interiors[0].bounds)
            waiting += [
                piece.intersection(shapely.box(west, south, middle, north)),
                piece.intersection(shapely.box(middle, south, east, north)),
            ]


def _middle(west: float, _south: float, east: float, _north: float) -> float:
    """A longitude that cuts this hole open; rounded as it is written, so that both sides of the cut stay together."""
    middle = (west + east) / 2
    rounded = round(middle, PLACES)
    return rounded if west < rounded < east else middle
