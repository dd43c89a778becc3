"""Where people can live: short pieces of street, how many live along each, and what lies near."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from smartalert.audience.interests import Topic
from smartalert.training.drawing import Drawing
from smartalert.training.landmarks import Landmark

#: One in ten lives outside the towns.
COUNTRYSIDE = 0.10
#: How closely people live along each form of street, beside the others of its place.
DENSITY = {
    "high": 1.2,
    "street": 1.0,
    "close": 1.2,
    "collector": 0.8,
    "main": 0.45,
    "ring": 0.1,
    "lane": 0.5,
    "path": 0.0,
}
#: What people near a landmark ask about, and how near that is in metres.
NEARBY = {
    "farm": (900, Topic.RURAL),
    "stables": (1_200, Topic.HORSE),
    "canal": (600, Topic.CANAL),
    "school": (220, Topic.SCHOOL),
    "water": (1_500, Topic.WILDLIFE),
}


@dataclass(frozen=True)
class Frontage:
    """Pieces of street, one a row. Metres in EPSG:27700."""

    start: NDArray[np.float64]
    along: NDArray[np.float64]
    #: of everyone; sums to 1
    share: NDArray[np.float64]
    #: the place they belong to
    place: NDArray[np.int64]
    #: bits of the topics that something near suggests
    topics: NDArray[np.int64]


def pieces(lines: list[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Start, vector and line number of every segment of these lines."""
    sizes = np.array([len(line) for line in lines])
    xy = np.concatenate(lines)
    owner = np.repeat(np.arange(len(lines)), sizes)
    same = owner[:-1] == owner[1:]
    return xy[:-1][same], (xy[1:] - xy[:-1])[same], owner[:-1][same]


def of_county(drawing: Drawing, landmarks: list[Landmark]) -> Frontage:
    """The county's streets: as many people in each town as it really has beside the others."""
    streets = drawing.plan.streets
    start, along, street = pieces([np.array(s.points) for s in streets])
    ground = drawing.plan.owners(start + along / 2).astype(np.int64)
    density = np.array([DENSITY[s.form] for s in streets])[street]
    weight = np.hypot(*along.T) * density
    totals = np.zeros(len(drawing.places) + 1)
    np.add.at(totals, ground, np.where(ground >= -1, weight, 0))
    people = np.array([place.population for place in drawing.places], dtype=float)
    wanted = np.append(people / people.sum() * (1 - COUNTRYSIDE), COUNTRYSIDE)
    per_metre = np.divide(wanted, totals, out=np.zeros_like(totals), where=totals > 0)
    share = np.where(ground >= -1, weight * per_metre[ground], 0)
    home = np.array([s.settlement for s in streets])[street]
    return Frontage(start, along, share / share.sum(), home, near_landmarks(start + along / 2, landmarks))


def near_landmarks(points: NDArray[np.float64], landmarks: list[Landmark]) -> NDArray[np.int64]:
    """Bits of the topics that landmarks near each point suggest."""
    topics = np.zeros(len(points), dtype=np.int64)
    tree = shapely.STRtree(shapely.points(points))
    for kind, (within, topic) in NEARBY.items():
        geoms = [landmark.geom for landmark in landmarks if landmark.kind == kind]
        if geoms:
            topics[tree.query(geoms, predicate="dwithin", distance=within)[1]] |= int(topic)
    return topics
