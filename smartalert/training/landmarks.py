"""What officers look for on a map and topics attach to: schools, care homes, canals, farms, stables, stations …"""

import math
from random import Random
from typing import NamedTuple

import shapely

from smartalert.training.drawing import Drawing
from smartalert.training.names import village
from smartalert.training.plan import Point, Street, heading, lines_of

FARMS, STABLES, RESERVOIRS = 260, 70, 5
#: Residents for each school and care home, and the size of a town that has a station.
PEOPLE_A_PRIMARY, PEOPLE_A_HIGH, PEOPLE_A_CARE_HOME, STATION_FROM = 3_500, 16_000, 4_000, 10_000


class Landmark(NamedTuple):
    """One landmark; metres in EPSG:27700."""

    kind: str
    name: str
    geom: shapely.Geometry


def find_landmarks(drawing: Drawing, random: Random) -> list[Landmark]:
    """Every landmark of the county."""
    lanes = [street for street in drawing.plan.streets if street.form == "lane" and len(street.points) > 20]
    return [
        *schools(drawing, random),
        *(Landmark("canal", name, shapely.LineString(points).simplify(1)) for name, points in drawing.canals.items()),
        *yards("farm", FARMS, lanes, ("Farm", "Farm", "Farm", "Grange", "Hall Farm", "Lodge Farm"), random),
        *yards("stables", STABLES, lanes, ("Stables", "Livery", "Riding Stables", "Equestrian Centre"), random),
        *stations(drawing, random),
        *reservoirs(drawing, random),
        *care_homes(drawing, random),
    ]


def care_homes(drawing: Drawing, random: Random) -> list[Landmark]:
    """Care homes just off quiet streets of their towns."""
    found = []
    for place, known in zip(drawing.places, drawing.streets_by_place(), strict=True):
        streets = [street for street in known if street.form == "street"]
        for street in random.sample(streets, min(round(place.population / PEOPLE_A_CARE_HOME), len(streets))):
            name = f"{street.name.rsplit(' ', 1)[0]} House"
            found.append(Landmark("care home", name, shapely.Point(beside(street, random.uniform(25, 40), random))))
    return found


def schools(drawing: Drawing, random: Random) -> list[Landmark]:
    """Primary and high schools just off streets of their towns."""
    found = []
    for place, known in zip(drawing.places, drawing.streets_by_place(), strict=True):
        streets = [street for street in known if street.form in ("street", "collector")]
        primaries, highs = round(place.population / PEOPLE_A_PRIMARY), round(place.population / PEOPLE_A_HIGH)
        for count, ending in ((primaries, "Primary School"), (highs, "High School")):
            for street in random.sample(streets, min(count, len(streets))):
                name = f"{street.name.rsplit(' ', 1)[0]} {ending}"
                found.append(Landmark("school", name, shapely.Point(beside(street, random.uniform(35, 60), random))))
    return found


def beside(street: Street, metres: float, random: Random) -> Point:
    """A point so far to one side of a street, somewhere along it."""
    index = random.randrange(len(street.points) - 1)
    (x, y), along = street.points[index], heading(street.points[index], street.points[index + 1])
    side = along + random.choice((-1, 1)) * math.pi / 2
    return round(x + metres * math.cos(side), 1), round(y + metres * math.sin(side), 1)


def yards(kind: str, count: int, lanes: list[Street], endings: tuple[str, ...], random: Random) -> list[Landmark]:
    """Farms or stables, set back a little from country lanes."""
    used: set[str] = set()
    while len(used) < count:
        used.add(f"{village(random)} {random.choice(endings)}")
    return [
        Landmark(kind, name, shapely.Point(beside(random.choice(lanes), random.uniform(50, 110), random)))
        for name in sorted(used)
    ]


def stations(drawing: Drawing, random: Random) -> list[Landmark]:
    """A station at the edge of the centre of each town."""
    found = []
    for place in drawing.places:
        if place.population >= STATION_FROM:
            angle, away = random.uniform(0, 2 * math.pi), random.uniform(280, 450)
            point = shapely.Point(
                round(place.x + away * math.cos(angle), 1), round(place.y + away * math.sin(angle), 1)
            )
            found.append(Landmark("station", f"{place.name} Station", point))
    return found


def reservoirs(drawing: Drawing, random: Random) -> list[Landmark]:
    """Lakes where the country is emptiest, each clear of every road."""
    roads = shapely.STRtree(lines_of(drawing.plan.streets))
    edge = drawing.area.exterior
    west, south, east, north = drawing.area.bounds
    spots = []
    for _ in range(3_000):
        point = shapely.Point(random.uniform(west, east), random.uniform(south, north))
        if drawing.area.contains(point):
            clear = min(roads.geometries[roads.nearest(point)].distance(point), edge.distance(point))
            spots.append((min(clear, 1_000.0), point))
    chosen: list[tuple[float, shapely.Point]] = []
    for clear, point in sorted(spots, key=lambda spot: -spot[0]):
        if all(point.distance(other) > 7_000 for _, other in chosen):
            chosen.append((clear, point))
        if len(chosen) == RESERVOIRS:
            break
    return [
        Landmark("water", f"{village(random)} Reservoir", lake(point, clear * 0.75, random)) for clear, point in chosen
    ]


def lake(centre: shapely.Point, radius: float, random: Random) -> shapely.Polygon:
    """A shore with bays, nowhere farther from its centre than the radius."""
    one, two = random.uniform(0, 6), random.uniform(0, 6)
    shore = []
    for step in range(60):
        angle = step * 2 * math.pi / 60
        share = 0.68 + 0.2 * math.sin(2 * angle + one) + 0.12 * math.sin(5 * angle + two)
        shore.append((centre.x + radius * share * math.cos(angle), centre.y + radius * share * math.sin(angle)))
    return shapely.Polygon(shore)
