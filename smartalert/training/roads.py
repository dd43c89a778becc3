"""Roads between places: bent high streets, main roads from town to town, lanes between villages, canals."""

import math
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import numpy as np
import shapely

from smartalert.training.plan import CLOSED, COUNTRY, STEP_M, Plan, Point, Street, heading, turn
from smartalert.training.towns import BEYOND, TOWNS, Settlement

#: From this size on a settlement has main roads to its neighbours, and a high street.
MAIN_ROADS_FROM, HIGH_STREET_FROM = 2_400, 600
HAMLETS = 170
#: So many vertices from a town, 2.3 km, a road is still named after where it leads.
NAME_REACH = 130
#: Names and the towns they wind past, in order.
CANALS = {
    "Trent Vale Canal": (
        "Kidsgrove,Tunstall,Stoke-on-Trent,Barlaston,Stone,Great Haywood,Rugeley,Alrewas,Burton upon Trent"
    ),
    "Penk and Smestow Canal": "Great Haywood,Acton Trussell,Penkridge,Coven,Wombourne,Kinver",
    "Moorlands Canal": "Stoke-on-Trent,Endon,Cheddleton,Leek",
    "Norbury Canal": "Codsall,Brewood,Wheaton Aston,Gnosall,Standon",
}


def curve(start: Point, end: Point, random: Random, bend: float) -> list[Point]:
    """A line that bends from start to end; `bend` is a share of its length, and it meets both ends exactly."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    count = max(2, round(length / STEP_M))
    t = np.linspace(0, 1, count + 1)
    aside = sum(
        random.gauss(0, bend * length / wave) * np.sin(math.pi * wave * t) for wave in (1, 2, 3, 5, 8) if wave < count
    )
    xs = x0 + (x1 - x0) * t - (y1 - y0) / length * aside
    ys = y0 + (y1 - y0) * t + (x1 - x0) / length * aside
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def neighbours(places: list[Settlement]) -> list[tuple[int, int]]:
    """Pairs with no third place inside the circle between them (a Gabriel graph): roads that do not cross."""
    xy = np.array([(place.x, place.y) for place in places], dtype=float)
    squares = ((xy[:, None] - xy) ** 2).sum(axis=2)
    pairs = []
    for a in range(len(places) - 1):
        # a third place is inside the circle where the angle that it sees the pair under is more than a right one
        inside = squares[a][None, :] + squares[a + 1 :] < squares[a, a + 1 :, None] * 0.999
        pairs += [(a, a + 1 + int(b)) for b in np.flatnonzero(~inside.any(axis=1))]
    return pairs


def scatter_hamlets(plan: Plan, names: Iterator[str], random: Random) -> list[Settlement]:
    """Made-up hamlets in the open country, none within a mile of another place."""
    placed = list(TOWNS)
    east = plan.west + plan.ground.shape[1] * 50
    north = plan.south + plan.ground.shape[0] * 50
    for _ in range(20_000):
        x, y = round(random.uniform(plan.west, east), -1), round(random.uniform(plan.south, north), -1)
        clear = all(math.hypot(p.x - x, p.y - y) > 1_600 + 12 * math.sqrt(p.population) for p in placed)
        if plan.owner(x, y) == COUNTRY and clear:
            placed.append(Settlement(next(names), int(x), int(y), random.randint(60, 400)))
            if len(placed) == len(TOWNS) + HAMLETS:
                break
    return placed[len(TOWNS) :]


def lay_high_streets(plan: Plan, places: list[Settlement], links: list[tuple[int, int]], random: Random) -> None:
    """A bent high street through each centre, roughly along a road that leads away. Its number is its place's."""
    for number, place in enumerate(places):
        mates = [places[b if a == number else a] for a, b in links if number in (a, b)]
        towards = random.choice(mates) if mates else place._replace(x=place.x + random.randint(1, 9))
        angle = heading((place.x, place.y), (towards.x, towards.y)) + random.gauss(0, 0.3)
        half = min(330.0, 30 + 0.8 * math.sqrt(place.population))
        dx, dy = half * math.cos(angle), half * math.sin(angle)
        points = curve((place.x - dx, place.y - dy), (place.x + dx, place.y + dy), random, 0.06)
        form = "high" if place.population >= HIGH_STREET_FROM else "lane"
        plan.lay(Street(points, form, number, "High Street" if form == "high" else ""))


def gateway(plan: Plan, number: int, towards: Point) -> Point:
    """Where on a place's high street a road towards that point begins."""
    street = plan.streets[number].points
    centre = street[len(street) // 2]
    return min(
        (street[0], centre, street[-1]),
        key=lambda p: turn(heading(centre, towards), heading(centre, p)) if p != centre else 1.0,
    )


def open_runs(plan: Plan, points: list[Point]) -> list[list[Point]]:
    """The parts of a line that stay inside the county."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if plan.owner(*point) == CLOSED:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if len(run) > 3]


def lay_main_roads(plan: Plan, places: list[Settlement], random: Random) -> None:
    """Roads between neighbouring towns, each named after where it leads, and roads out of the county."""
    towns = [place for place in places if place.population >= MAIN_ROADS_FROM]
    for a, b in neighbours(towns + BEYOND):
        if a >= len(towns):
            continue
        one, other = towns[a], (towns + BEYOND)[b]
        start = gateway(plan, a, (other.x, other.y))
        end = gateway(plan, b, start) if b < len(towns) else (float(other.x), float(other.y))
        for run in open_runs(plan, curve(start, end, random, 0.035)):
            parts = leaving(run, a, other) if b >= len(towns) else joining(run, (a, one), (b, other))
            for points, settlement, name in parts:
                if len(points) > 1:
                    plan.lay(Street(points, "main", settlement, name))


Part = tuple[list[Point], int, str]


def leaving(run: list[Point], a: int, other: Settlement) -> list[Part]:
    """A road out of the county: named after where it leads, then by a name of its own."""
    reach = min(len(run), 2 * NAME_REACH)
    return [(run[: reach + 1], a, f"{other.name} Road"), (run[reach:], a, "")]


def joining(run: list[Point], here: tuple[int, Settlement], there: tuple[int, Settlement]) -> list[Part]:
    """A road between two towns: "B Road" out of A, a name of its own in between, "A Road" out of B."""
    (a, one), (b, other) = here, there
    reach = min(len(run) // 2, NAME_REACH)
    if len(run) < 5 * reach // 2:
        return [(run[: reach + 1], a, f"{other.name} Road"), (run[reach:], b, f"{one.name} Road")]
    return [
        (run[: reach + 1], a, f"{other.name} Road"),
        (run[reach : -reach - 1], COUNTRY, ""),
        (run[-reach - 2 :], b, f"{one.name} Road"),
    ]


def lay_lanes(plan: Plan, places: list[Settlement], random: Random) -> None:
    """Winding lanes between neighbouring places; one that meets a road ends there."""
    for a, b in neighbours(places):
        one, other = places[a], places[b]
        both_towns = min(one.population, other.population) >= MAIN_ROADS_FROM
        if both_towns or math.hypot(one.x - other.x, one.y - other.y) > 7_500:
            continue
        start, end = gateway(plan, a, (other.x, other.y)), gateway(plan, b, (one.x, one.y))
        points = curve(start, end, random, 0.07)
        for run in open_runs(plan, points):
            met = until_met(plan, run)
            plan.lay(Street(met, "lane", COUNTRY))
            if met[-1] != run[-1] and len(met) < len(run) - 12:
                plan.lay(Street(until_met(plan, run[::-1]), "lane", COUNTRY))


def until_met(plan: Plan, points: list[Point]) -> list[Point]:
    """The line as far as the first road that it meets on the way."""
    for number, point in enumerate(points[8:-8], start=8):
        if near := plan.nearest(*point):
            return [*points[:number], near.point]
    return points


def dig_canals(plan: Plan, random: Random) -> dict[str, list[Point]]:
    """Long lines that wind past the towns; streets of towns end at them, main roads and lanes cross."""
    of = {town.name: town for town in TOWNS}
    dug = {}
    for name, towns in CANALS.items():
        bank = [past(of[before], of[after]) for before, after in pairwise(towns.split(","))]
        ways = [curve(start, end, random, 0.03)[::12] for start, end in pairwise([p for pair in bank for p in pair])]
        points = smooth([point for way in ways for point in way])
        runs = open_runs(plan, points)
        dug[name] = max(runs, key=len)
        plan.obstruct(dug[name])
    return dug


def past(one: Settlement, other: Settlement) -> tuple[Point, Point]:
    """Two points beside the way between two towns, to its right, off their centres."""
    angle = heading((one.x, one.y), (other.x, other.y))
    off = [250 + 1.6 * math.sqrt(place.population) for place in (one, other)]
    right = angle - math.pi / 2
    return (
        (
            one.x + off[0] * math.cos(right) + 300 * math.cos(angle),
            one.y + off[0] * math.sin(right) + 300 * math.sin(angle),
        ),
        (
            other.x + off[1] * math.cos(right) - 300 * math.cos(angle),
            other.y + off[1] * math.sin(right) - 300 * math.sin(angle),
        ),
    )


def smooth(points: list[Point]) -> list[Point]:
    """The same line with its corners rounded, a vertex every few metres."""
    line = np.array(points)
    for _ in range(5):  # Chaikin: each round cuts every corner at a quarter and three quarters
        cut = np.empty((2 * len(line), 2))
        cut[0], cut[-1] = line[0], line[-1]
        cut[1:-1:2] = 0.75 * line[:-1] + 0.25 * line[1:]
        cut[2::2] = 0.25 * line[:-1] + 0.75 * line[1:]
        line = cut
    dense = shapely.segmentize(shapely.LineString(line), STEP_M)
    return [(x, y) for x, y in dense.coords]
