"""The whole made-up county, drawn from a seed: the same seed draws the same county."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely

from smartalert.training.growth import claim_ground, grow_towns, lay_cut_throughs, lay_ring_road, lay_towpaths
from smartalert.training.names import hamlet_names, name_streets
from smartalert.training.outline import force_area
from smartalert.training.plan import COUNTRY, Plan, Point, Street
from smartalert.training.roads import (
    MAIN_ROADS_FROM,
    dig_canals,
    lay_high_streets,
    lay_lanes,
    lay_main_roads,
    neighbours,
    scatter_hamlets,
)
from smartalert.training.towns import TOWNS, Settlement

RING_ROAD_FROM = 40_000


@dataclass(frozen=True)
class Drawing:
    """What was drawn. `plan.streets[n].settlement` counts in `places`; metres in EPSG:27700."""

    area: shapely.Polygon
    plan: Plan
    places: list[Settlement]
    canals: dict[str, list[Point]]

    def streets_by_place(self) -> list[list[Street]]:
        """The streets known by each place, in the order of `places`."""
        found: list[list[Street]] = [[] for _ in self.places]
        for street in self.plan.streets:
            found[street.settlement].append(street)
        return found


def draw(seed: int, done: Callable[[float], None] = lambda _share: None) -> Drawing:
    """Draw the county: places, roads between them, then the towns themselves. `done` hears which share is done."""
    random = Random(seed)
    area = force_area()
    plan = Plan(area)
    names = hamlet_names(random, {town.name for town in TOWNS})
    places = TOWNS + scatter_hamlets(plan, names, random)
    links = main_links(places)
    claim_ground(plan, places, links, random)
    lay_high_streets(plan, places, links + neighbours(places), random)
    lay_main_roads(plan, places, random)
    lay_lanes(plan, places, random)
    canals = dig_canals(plan, random)
    for number, place in enumerate(places):
        if place.population >= RING_ROAD_FROM:
            lay_ring_road(plan, number, place, random)
    done(0.4)
    for _ in grow_towns(plan, places, random):
        done(0.6 / len(places))
    lay_cut_throughs(plan, random)
    lay_towpaths(plan, canals)
    settle_country_roads(plan, places)
    name_streets(plan.streets, [(place.x, place.y) for place in places], random)
    return Drawing(area, plan, places, canals)


def main_links(places: list[Settlement]) -> list[tuple[int, int]]:
    """Which towns main roads join."""
    towns = sum(place.population >= MAIN_ROADS_FROM for place in places)
    return neighbours(places[:towns])


def settle_country_roads(plan: Plan, places: list[Settlement]) -> None:
    """A road in the open country is known by the place nearest to its middle."""
    centres = np.array([(place.x, place.y) for place in places], dtype=float)
    for street in plan.streets:
        if street.settlement == COUNTRY:
            middle = street.points[len(street.points) // 2]
            street.settlement = int(np.argmin(np.hypot(*(centres - middle).T)))
