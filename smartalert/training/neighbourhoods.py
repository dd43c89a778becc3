"""Neighbourhood team areas: made-up patches that cover the whole county, several in each large town."""

from random import Random
from typing import NamedTuple

import numpy as np
import shapely

from smartalert.training.drawing import Drawing
from smartalert.training.names import words
from smartalert.training.plan import Street
from smartalert.training.towns import Settlement

#: Residents for each team, and the size of a place that has one of its own.
PEOPLE_A_TEAM, TEAM_FROM = 10_000, 600
ENDS = words(
    """
    Castle_End Waterside Northgate Southgate Eastgate Westgate Park Hillside Heath Abbey Meadows Priory
    Riverside Old_Town Highfields Mount Common Wharf Grange Spinney Moorside Station Bridge_End Cross Greenway
    Vale Fields
    """
)


class Neighbourhood(NamedTuple):
    """One team's area; metres in EPSG:27700."""

    code: str
    name: str
    geom: shapely.MultiPolygon


def share_out(drawing: Drawing, random: Random) -> list[Neighbourhood]:
    """The county's teams: several in each large town, one for each village."""
    places = zip(drawing.places, drawing.streets_by_place(), strict=True)
    centres = [centre for place, streets in places for centre in teams(place, streets, random)]
    return around([(name, shapely.Point(xy)) for name, xy in centres], drawing.area)


def around(centres: list[tuple[str, shapely.Point]], area: shapely.Geometry) -> list[Neighbourhood]:
    """Every point of an area in the neighbourhood of the nearest centre."""
    points = shapely.MultiPoint([point for _, point in centres])
    if len(centres) < 2:
        cells = [area] * len(centres)
    else:
        cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=area, ordered=True))
    return [
        Neighbourhood(f"T-{number:03}", name, polygons(cell & area))
        for number, ((name, _), cell) in enumerate(zip(centres, cells, strict=True), start=1)
    ]


def polygons(geom: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a geometry: where borders only touch, it holds lines as well."""
    return shapely.MultiPolygon([part for part in shapely.get_parts(geom) if part.geom_type == "Polygon"])


def teams(place: Settlement, streets: list[Street], random: Random) -> list[tuple[str, tuple[float, float]]]:
    """The names and centres of one place's teams, spread over its streets."""
    if place.population < TEAM_FROM:
        return []
    count = min(round(place.population / PEOPLE_A_TEAM), len(ENDS))
    if count < 2:
        return [(place.name, (float(place.x), float(place.y)))]
    middles = np.array([street.points[len(street.points) // 2] for street in streets])
    centres = spread(middles, count)
    ends = random.sample(ENDS, count - 1)
    return [(f"{place.name} {end}", (x, y)) for end, (x, y) in zip(["Centre", *ends], centres.tolist(), strict=True)]


def spread(points: np.ndarray, count: int) -> np.ndarray:
    """So many centres among the points, each the mean of those nearest to it; the first starts in the middle."""
    centres = [points.mean(axis=0)]
    while len(centres) < count:
        away = np.min([np.hypot(*(points - centre).T) for centre in centres], axis=0)
        centres.append(points[np.argmax(away)])
    settled = np.array(centres)
    for _ in range(8):
        nearest = np.argmin([np.hypot(*(points - centre).T) for centre in settled], axis=0)
        settled = np.array(
            [points[nearest == n].mean(axis=0) if (nearest == n).any() else settled[n] for n in range(count)]
        )
    return settled
