"""A stretch of a street: what of its lines lies between two points on it. Pure; metres in EPSG:27700."""

import heapq
import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import shapely

from smartalert.errors import AreaRefused

XY = tuple[float, float]

#: Metres: a point farther from the street is not on it, and a shorter stretch is none.
ON_IT_M, SHORTEST_M = 100.0, 20.0
#: What runs beside the way between the points within so many metres belongs to the stretch: the other carriageway.
BESIDE_M = 40.0
#: Metres between places where one may change from one line of the street to another, and how far across.
STEP_M, ACROSS_M = 40.0, 60.0
#: A change of lines counts for so many times its length: whoever follows a street stays on its line.
DETOUR = 3.0


class Network:
    """The lines of one street as places and the steps between them; gaps, as at a roundabout, are stepped over."""

    def __init__(self, lines: list[shapely.LineString]) -> None:
        #: Each place's number, to the centimetre, and where it is exactly.
        self.number: dict[XY, int] = {}
        self.places: list[XY] = []
        self.steps: dict[int, dict[int, float]] = defaultdict(dict)
        #: Steps from one line to another that runs beside it.
        self.across: set[frozenset[int]] = set()
        parts: dict[int, set[int]] = defaultdict(set)
        for part, line in enumerate(lines):
            corners = shapely.segmentize(line, STEP_M).coords
            row = [self._place(xy) for xy in corners]
            for (one, other), (start, end) in zip(pairwise(row), pairwise(corners), strict=True):
                self._step(one, other, math.dist(start, end))
            for place in row:
                parts[place].add(part)
        self._step_across(parts)
        self._step_over_gaps()

    def way(self, one: XY, other: XY) -> list[int]:
        """The shortest way along the street from one of its places to another."""
        start, end = self.number[_rounded(one)], self.number[_rounded(other)]
        _, before = self.reach(start)
        way = [end]
        while way[-1] != start:
            way.append(before[way[-1]])
        return way[::-1]

    def far_ends(self) -> tuple[XY, XY]:
        """Two ends of the street that lie far apart along it."""
        metres, _ = self.reach(0)
        start = max(metres, key=metres.__getitem__)
        metres, _ = self.reach(start)
        return self.places[start], self.places[max(metres, key=metres.__getitem__)]

    def reach(self, start: int) -> tuple[dict[int, float], dict[int, int]]:
        """Metres to each place, and the place before it on the way there."""
        metres, before = {start: 0.0}, {start: start}
        queue = [(0.0, start)]
        while queue:
            so_far, place = heapq.heappop(queue)
            if so_far > metres[place]:
                continue
            for further, length in self.steps[place].items():
                if so_far + length < metres.get(further, math.inf):
                    metres[further], before[further] = so_far + length, place
                    heapq.heappush(queue, (so_far + length, further))
        return metres, before

    def _place(self, at: tuple[float, ...]) -> int:
        number = self.number.setdefault(_rounded(at), len(self.places))
        if number == len(self.places):
            self.places.append((at[0], at[1]))
        return number

    def _step(self, one: int, other: int, metres: float) -> None:
        if one != other:
            self.steps[one][other] = self.steps[other][one] = min(metres, self.steps[one].get(other, math.inf))

    def _step_across(self, parts: dict[int, set[int]]) -> None:
        points = shapely.points(self.places)
        one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=ACROSS_M)
        forth = one < other
        one, other = one[forth], other[forth]
        metres = DETOUR * shapely.distance(points[one], points[other])
        for a, b, length in zip(one.tolist(), other.tolist(), metres.tolist(), strict=True):
            if not parts[a] & parts[b]:
                self._step(a, b, length)
                self.across.add(frozenset((a, b)))

    def _step_over_gaps(self) -> None:
        """From each piece that nothing leads to yet to the nearest place of the others, until all is one."""
        points = shapely.points(self.places)
        reached = set(self.reach(0)[0])
        while len(reached) < len(self.places):
            known = np.array(sorted(reached))
            rest = np.setdiff1d(np.arange(len(self.places)), known)
            pairs, metres = shapely.STRtree(points[known]).query_nearest(
                points[rest], all_matches=False, return_distance=True
            )
            nearest = int(np.argmin(metres))
            start = int(rest[pairs[0][nearest]])
            reached |= set(self.reach(start)[0])
            self._step(start, int(known[pairs[1][nearest]]), DETOUR * float(metres[nearest]))


def between(street: shapely.Geometry, one: XY, other: XY) -> shapely.MultiLineString:
    """The stretch of a street between two points on it, its other carriageway too. Raises AreaRefused for none."""
    lines = list(shapely.get_parts(street))
    for point in (one, other):
        if shapely.distance(street, shapely.Point(point)) > ON_IT_M:
            raise AreaRefused("The ends of a stretch must lie on its street. Move them onto it.")
    feet = [_insert(lines, point, (one, other)) for point in (one, other)]
    network = Network(lines)
    way = network.way(*feet)
    pieces = _pieces(network, way)
    if sum(piece.length for piece in pieces) < SHORTEST_M:
        raise AreaRefused(f"The two ends are too close together. A stretch is at least {SHORTEST_M:.0f} m long.")
    ground = shapely.union_all(shapely.buffer(pieces, BESIDE_M, cap_style="flat"))
    cut = shapely.get_parts(shapely.intersection(street, ground))
    return shapely.set_srid(multi([line for line in cut if line.geom_type == "LineString" and line.length > 0]), 27700)


def usual(street: shapely.Geometry, near: XY, metres: float) -> tuple[XY, XY]:
    """What narrowing a street begins with: its ends, or of a longer one so many metres either way of a point."""
    way = whole_way(street)
    at = way.project(shapely.Point(near))
    first, last = way.interpolate(max(0.0, at - metres)), way.interpolate(min(way.length, at + metres))
    return (first.x, first.y), (last.x, last.y)


def whole_way(street: shapely.Geometry) -> shapely.LineString:
    """The way from one end of a street to the other, from west to east or from north to south."""
    network = Network(list(shapely.get_parts(street)))
    way = shapely.LineString([network.places[place] for place in network.way(*network.far_ends())])
    east, north = np.subtract(way.coords[-1], way.coords[0])
    return way if (east if abs(east) > abs(north) else -north) >= 0 else way.reverse()


def multi(lines: list[shapely.LineString]) -> shapely.MultiLineString:
    """These lines as one shape, those that meet merged."""
    merged = shapely.line_merge(shapely.MultiLineString(lines))
    return shapely.MultiLineString(list(shapely.get_parts(merged)))


def _pieces(network: Network, way: list[int]) -> list[shapely.LineString]:
    """A way as lines; near its ends without the steps from one line to another, which would reach beyond them."""
    lengths = [math.dist(network.places[a], network.places[b]) for a, b in pairwise(way)]
    passed = np.r_[0.0, np.cumsum(lengths)]
    pieces: list[list[XY]] = [[network.places[way[0]]]]
    for number, (a, b) in enumerate(pairwise(way)):
        is_near_an_end = passed[number] < BESIDE_M or passed[-1] - passed[number + 1] < BESIDE_M
        if frozenset((a, b)) in network.across and is_near_an_end:
            pieces.append([])
        pieces[-1].append(network.places[b])
    return [shapely.LineString(piece) for piece in pieces if len(piece) > 1]


def _insert(lines: list[shapely.LineString], point: XY, both: tuple[XY, XY]) -> XY:
    """Make the place nearest to a point a corner of its line, and return it: of the line that both points lie by, if
    there is one, so that two carriageways are cut at one place."""
    at = shapely.Point(point)
    away = shapely.distance(lines, at)
    farther = np.max([shapely.distance(lines, shapely.Point(each)) for each in both], axis=0)
    shared = int(np.argmin(farther))
    nearest = shared if farther[shared] <= away.min() + BESIDE_M else int(np.argmin(away))
    line = lines[nearest]
    along = line.project(at)
    foot = line.interpolate(along)
    corners = list(line.coords)
    passed = np.r_[0.0, np.cumsum(np.hypot(*np.diff(np.array(corners), axis=0).T))]
    place = int(np.searchsorted(passed, along))
    lines[nearest] = shapely.LineString([*corners[:place], (foot.x, foot.y), *corners[place:]])
    return foot.x, foot.y


def _rounded(xy: tuple[float, ...]) -> XY:
    """A place to the centimetre: lines that meet there share it."""
    return round(xy[0], 2), round(xy[1], 2)
