"""Made-up postcodes that look and search as real ones: a town's real districts, a unit of our own for each street."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median

from smartalert.training.drawing import Drawing
from smartalert.training.plan import Street
from smartalert.training.towns import TOWNS, Settlement

#: Town → its postcode districts. Which street has which unit is made up.
DISTRICTS = {
    "Stoke-on-Trent": "ST1 ST2 ST4 ST6", "Newcastle-under-Lyme": "ST5", "Burton upon Trent": "DE14 DE15 DE13",
    "Cannock": "WS11 WS12", "Tamworth": "B77 B79", "Stafford": "ST16 ST17 ST18", "Lichfield": "WS13 WS14",
    "Kidsgrove": "ST7", "Burntwood": "WS7", "Longton": "ST3", "Rugeley": "WS15", "Leek": "ST13", "Great Wyrley": "WS6",
    "Biddulph": "ST8", "Stone": "ST15", "Featherstone": "WV10", "Uttoxeter": "ST14", "Wombourne": "WV5",
    "Codsall": "WV8", "Cheadle": "ST10", "Penkridge": "ST19", "Fazeley": "B78", "Norton Canes": "WS11",
    "Tunstall": "ST6", "Audley": "ST7", "Essington": "WV11", "Kinver": "DY7", "Armitage": "WS15", "Keele": "ST5",
    "Madeley": "CW3", "Gnosall": "ST20", "Barton under Needwood": "DE13", "Standon": "ST21", "Endon": "ST9",
    "Cheddleton": "ST13", "Alrewas": "DE13", "Coven": "WV9", "Eccleshall": "ST21", "Brewood": "ST19", "Colwich": "ST18",
    "Shenstone": "WS14", "Whittington": "WS14", "Barlaston": "ST12", "Wheaton Aston": "ST19", "Great Haywood": "ST18",
    "Pattingham": "WV6", "Yoxall": "DE13", "Abbots Bromley": "WS15", "Mayfield": "DE6", "Betley": "CW3",
    "Haughton": "ST18", "Ipstones": "ST10", "Acton Trussell": "ST17", "Shareshill": "WV10", "Seisdon": "WV5",
    "Kingsley": "ST10", "Fulford": "ST11", "Hopwas": "B78", "Clifton Campville": "B79", "Elford": "B79",
    "Edingale": "B79", "Marchington": "ST14", "Bradley": "ST18",
}  # fmt: skip
#: Letters that end a postcode: C, I, K, M, O and V are left out, as in real ones.
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
UNITS, SECTORS = len(UNIT_LETTERS) ** 2, range(1, 10)
#: Metres: streets of one such square are neighbours in the list of a district's units.
CELL_M = 700


def rows(drawing: Drawing) -> Iterator[tuple[str, float, float]]:
    """Each postcode with the middle of its street (EPSG:27700)."""
    for district, streets in by_district(drawing).items():
        for (sector, unit), street in zip(units(len(streets)), walked(streets), strict=False):
            x, y = middle(street)
            yield f"{district} {sector}{UNIT_LETTERS[unit // 20]}{UNIT_LETTERS[unit % 20]}", x, y


def by_district(drawing: Drawing) -> dict[str, list[Street]]:
    """Streets where people live, by postcode district."""
    found: dict[str, list[Street]] = defaultdict(list)
    for place, known in zip(drawing.places, drawing.streets_by_place(), strict=True):
        districts = DISTRICTS[nearest_town(place).name].split()
        if place.name not in DISTRICTS:
            districts = districts[-1:]  # a hamlet is in the district that lies farthest out
        streets = [street for street in known if street.form not in ("path", "main", "ring")]
        streets.sort(key=lambda street: bearing(place, street))
        for number, street in enumerate(streets):
            found[districts[number * len(districts) // len(streets)]].append(street)
    return found


def nearest_town(place: Settlement) -> Settlement:
    """The town of the list that a place is, or belongs to."""
    return min(TOWNS, key=lambda town: math.hypot(town.x - place.x, town.y - place.y))


def units(wanted: int) -> Iterable[tuple[int, int]]:
    """Sectors and units in order, enough for so many streets; 3,600 at most."""
    return ((sector, unit) for sector in SECTORS for unit in range(sector_size(wanted)))


def sector_size(wanted: int) -> int:
    """How many units each sector of a district has that wants so many in all."""
    return min(UNITS, max(40, math.ceil(wanted / len(SECTORS))))


def walked(streets: list[Street]) -> Iterator[Street]:
    """The streets of a district, its middle first: sector by sector outwards, in each from neighbour to neighbour."""
    xs, ys = zip(*map(middle, streets), strict=True)
    x, y = median(xs), median(ys)
    outwards = sorted(streets, key=lambda street: math.dist(middle(street), (x, y)))
    size = sector_size(len(streets))
    for first in range(0, len(outwards), size):
        yield from sorted(outwards[first : first + size], key=place_in_row)


def middle(street: Street) -> tuple[float, float]:
    """The middle of a street."""
    x, y = street.points[len(street.points) // 2]
    return x, y


def bearing(place: Settlement, street: Street) -> float:
    """The direction in which a street lies from the middle of its place."""
    x, y = middle(street)
    return math.atan2(y - place.y, x - place.x)


def place_in_row(street: Street) -> tuple[float, float, float, float]:
    """Where a street comes in a walk over the squares, there and back, so that neighbours have neighbouring units."""
    x, y = middle(street)
    column, row = x // CELL_M, y // CELL_M
    return column, row if column % 2 else -row, x, y
