"""Towns grow: collector roads branch off the main roads, streets off those, closes and crescents off the streets.

A street grows step by step and ends where it meets another (a junction), at a canal, at the edge of its town, or
when it is long enough (a close).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from random import Random

import numpy as np
import shapely
from shapely.affinity import scale

from smartalert.training.plan import COUNTRY, OBSTACLE, STEP_M, Plan, Point, Street, heading, turn
from smartalert.training.towns import Settlement

#: Metres within which a street that points at another joins it, and nearer than which none may run beside another.
JOIN_M, BESIDE_M = 56.0, 50.0
PEOPLE_A_KM2 = 3_300
#: The share of a large place's radius within which all is its own.
HEART = 0.45
#: A dead end longer than this is no close.
LONGEST_CLOSE_M = 280


@dataclass(frozen=True)
class Habit:
    """How one order of streets branches and grows; lengths in metres."""

    form: str
    spacing: tuple[float, float]
    length: tuple[float, float]
    bend: float
    least: float
    off: tuple[str, ...]


@dataclass(frozen=True)
class Shoot:
    """Where a street begins: a point of its parent, which way it heads, on which place's ground."""

    start: Point
    towards: float
    parent: int
    place: int


HABITS = [
    Habit("collector", (220, 380), (500, 1600), 0.008, 150, ("high", "main", "ring", "lane")),
    Habit("collector", (260, 420), (300, 1000), 0.01, 140, ("collector",)),
    Habit("street", (85, 150), (180, 480), 0.008, 80, ("high", "main", "ring", "lane", "collector")),
    Habit("street", (95, 160), (120, 340), 0.014, 70, ("street",)),
]


def footprint(place: Settlement, radius: float, exits: list[float], random: Random) -> shapely.Polygon:
    """The built-up shape of a place, with longer fingers along its main roads."""
    waves = [(wave, size, random.uniform(0, 2 * math.pi)) for wave, size in ((2, 0.12), (3, 0.1), (5, 0.06), (9, 0.04))]
    corners = []
    for step in range(90):
        angle = step * 2 * math.pi / 90
        share = 0.88 + sum(size * math.sin(wave * angle + shift) for wave, size, shift in waves)
        share += sum(0.3 * math.exp(-((turn(angle, exit) / 0.2) ** 2)) for exit in exits)
        corners.append((place.x + radius * share * math.cos(angle), place.y + radius * share * math.sin(angle)))
    return shapely.Polygon(corners)


def claim_ground(plan: Plan, places: list[Settlement], links: list[tuple[int, int]], random: Random) -> None:
    """Each place's ground, the small ones first: a city beside them reaches out elsewhere. Parks are left green.

    The heart of a larger place stays its own, or a map would call its centre by the name of the town beside it.
    """
    for number, place in reversed(list(enumerate(places))):
        mates = [places[b if a == number else a] for a, b in links if number in (a, b)]
        exits = [heading((place.x, place.y), (mate.x, mate.y)) for mate in mates]
        radius = built_up_radius(place)
        shape = footprint(place, radius, exits, random)
        shape -= hearts(place, places[:number], shape)
        grown = (scale(shape, times, times, origin=(place.x, place.y)) for times in (1.0, 1.15, 1.3, 1.5, 1.7))
        wanted = 0.9 * shape.area / 1e6
        plan.claim(next((bigger for bigger in grown if plan.free_km2(bigger) >= wanted), shape), number)
        for _ in range(int(radius / 500)):
            away, angle = radius * random.uniform(0.3, 0.9), random.uniform(0, 2 * math.pi)
            park = shapely.Point(place.x + away * math.cos(angle), place.y + away * math.sin(angle))
            plan.claim(park.buffer(random.uniform(100, 260)), COUNTRY, of=number)


def hearts(place: Settlement, larger: list[Settlement], shape: shapely.Polygon) -> shapely.Geometry:
    """The middles of larger places, as far as halfway to this one, where they reach into this shape."""
    points = shapely.points(np.array([(other.x, other.y) for other in larger], dtype=float).reshape(-1, 2))
    radii = np.array(
        [min(HEART * built_up_radius(other), math.hypot(other.x - place.x, other.y - place.y) / 2) for other in larger]
    )
    near = shapely.dwithin(points, shape, radii)
    return shapely.union_all(shapely.buffer(points[near], radii[near], quad_segs=16))


def built_up_radius(place: Settlement) -> float:
    """Metres: as dense as real towns of this county are."""
    return math.sqrt(max(place.population, 250) / PEOPLE_A_KM2 / math.pi) * 1_000


def lay_ring_road(plan: Plan, number: int, place: Settlement, random: Random) -> None:
    """A ring road round the centre of a large town, crossing the main roads."""
    radius = 0.25 * built_up_radius(place)
    count = int(2 * math.pi * radius / STEP_M)
    shift = random.uniform(0, 2 * math.pi)
    ring = []
    for step in range(count):
        angle = step * 2 * math.pi / count
        r = radius * (1 + 0.08 * math.sin(2 * angle + shift) + 0.05 * math.sin(3 * angle + 2 * shift))
        ring.append((place.x + r * math.cos(angle), place.y + r * math.sin(angle)))
    plan.lay(Street([*ring, ring[0]], "ring", number))


def grow_towns(plan: Plan, places: list[Settlement], random: Random) -> Iterator[int]:
    """Every street of every place, off the roads that are there; small places first, as they were there first.

    Gives the number of each place that is done.
    """
    roads = roads_by_place(plan)
    for number in reversed(range(len(places))):
        seeds = roads[number]
        for habit in HABITS:
            for parent in [n for n in seeds if plan.streets[n].form in habit.off]:
                seeds += branch(plan, parent, number, habit, random)
        yield number


def roads_by_place(plan: Plan) -> dict[int, list[int]]:
    """The roads that run over each place's ground."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, street in enumerate(plan.streets):
        for owner in set(plan.owners(np.array(street.points)).tolist()):
            found[owner].append(number)
    return found


def lay_cut_throughs(plan: Plan, random: Random) -> None:
    """Footpaths from the end of a close to the street behind it, and beside canals where they pass a place."""
    for number, street in enumerate(list(plan.streets)):
        if street.form == "close" and random.random() < 0.25:
            near = plan.nearest(*street.points[-1], ignoring=number)
            if near and near.owner >= 0 and near.distance > 25:
                plan.lay(Street([street.points[-1], near.point], "path", street.settlement))


def lay_towpaths(plan: Plan, canals: dict[str, list[Point]]) -> None:
    """A path along each canal through each place that it passes."""
    for name, points in canals.items():
        for owner, run in groupby(points, key=lambda point: plan.owner(*point)):
            path = list(run)
            if owner >= 0 and len(path) > 10:
                plan.lay(Street(path, "path", owner, f"{name} Towpath"))


def branch(plan: Plan, parent: int, number: int, habit: Habit, random: Random) -> list[int]:
    """Grow streets to both sides of one street; returns the numbers of those laid."""
    points = plan.streets[parent].points
    laid = []
    for side in (math.pi / 2, -math.pi / 2):
        at = random.uniform(0.2, 1) * habit.spacing[0]
        while (index := int(at / STEP_M)) < len(points) - 1:
            at += random.uniform(*habit.spacing)
            if plan.owner(*points[index]) != number:
                continue
            towards = heading(points[max(index - 1, 0)], points[index + 1]) + side + random.gauss(0, 0.09)
            shoot = Shoot(points[index], towards, parent, number)
            if street := grow(plan, shoot, habit, random):
                laid.append(plan.lay(street))
    return laid


def grow(plan: Plan, shoot: Shoot, habit: Habit, random: Random) -> Street | None:
    """One street off its parent, or None where there is no room for one."""
    points, towards = [shoot.start], shoot.towards
    crescent = random.random() > 0.9
    curl = random.choice((-1, 1)) * random.uniform(0.08, 0.16) if crescent else random.gauss(0, habit.bend)
    joined = False
    for step in range(1, int(random.uniform(*habit.length) / STEP_M) + 1):
        towards += curl + random.gauss(0, habit.bend / 2)
        x, y = points[-1][0] + STEP_M * math.cos(towards), points[-1][1] + STEP_M * math.sin(towards)
        near = plan.nearest(x, y, shoot.parent if step < 5 else None)
        if plan.owner(x, y) != shoot.place or (near and near.owner == OBSTACLE):
            break
        if near and near.distance < JOIN_M and turn(heading((x, y), near.point), towards) < 0.9:
            points += [(x, y), near.point] if near.distance > STEP_M else [near.point]
            joined = True
            break
        if near and near.distance < BESIDE_M:
            break
        points.append((x, y))
    length = (len(points) - 1) * STEP_M
    if length < habit.least:
        return None
    return Street(points, habit.form if joined or length > LONGEST_CLOSE_M else "close", shoot.place)
