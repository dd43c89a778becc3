"""The plan of the county as it is drawn: whose ground is where, and which lines are already laid."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Point = tuple[float, float]

#: What the ground belongs to, besides the number of a settlement.
COUNTRY, CLOSED = -1, -2
#: What a line that is no street counts as.
OBSTACLE = -1
#: Metres between the vertices of what is laid: near enough that nothing crosses unnoticed.
STEP_M = 20.0
#: Metres: a cell of the ground, and a cell of the index of what is laid.
GROUND_CELL, LAID_CELL = 50.0, 58.0
#: Metres that streets keep from the county's edge, so that everyone who lives along them is inside.
MARGIN_M = 120.0


class Near(NamedTuple):
    """A vertex already laid."""

    distance: float
    point: Point
    owner: int


@dataclass
class Street:
    """One street as drawn; `form` decides how it is named and who lives there."""

    points: list[Point]
    form: str
    #: number of the place it is known by
    settlement: int
    name: str = ""


class Plan:
    """Streets and obstacles laid so far in the county."""

    def __init__(self, area: shapely.Polygon) -> None:
        inner = area.buffer(-MARGIN_M)
        shapely.prepare(inner)
        self.inner = inner
        self.west, self.south, east, north = area.bounds
        xs = np.arange(self.west, east, GROUND_CELL) + GROUND_CELL / 2
        ys = np.arange(self.south, north, GROUND_CELL) + GROUND_CELL / 2
        inside = shapely.contains_xy(inner, *np.meshgrid(xs, ys))
        #: whose ground each cell is, by row (northing) and column (easting)
        self.ground: NDArray[np.int16] = np.where(inside, COUNTRY, CLOSED).astype(np.int16)
        self.streets: list[Street] = []
        self._laid: dict[tuple[int, int], list[tuple[float, float, int]]] = defaultdict(list)

    def claim(self, shape: shapely.Polygon, owner: int, of: int = COUNTRY) -> None:
        """Give the ground of this shape to a settlement; only what was `of` that owner changes hands."""
        cells, inside = self._cells(shape, of)
        cells[inside] = owner

    def free_km2(self, shape: shapely.Polygon) -> float:
        """How much open country lies in this shape."""
        return float(self._cells(shape, COUNTRY)[1].sum() * GROUND_CELL**2 / 1e6)

    def _cells(self, shape: shapely.Polygon, of: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        columns, rows, xs, ys = self._window(shape)
        cells = self.ground[rows, columns]
        return cells, shapely.contains_xy(shape, *np.meshgrid(xs, ys)) & (cells == of)

    def _window(self, shape: shapely.Polygon) -> tuple[slice, slice, NDArray[np.float64], NDArray[np.float64]]:
        left, bottom, right, top = shape.bounds
        height, width = self.ground.shape
        first, last = (
            max(0, int((left - self.west) / GROUND_CELL)),
            min(width, int((right - self.west) / GROUND_CELL) + 1),
        )
        low, high = (
            max(0, int((bottom - self.south) / GROUND_CELL)),
            min(height, int((top - self.south) / GROUND_CELL) + 1),
        )
        xs = self.west + (np.arange(first, last) + 0.5) * GROUND_CELL
        ys = self.south + (np.arange(low, high) + 0.5) * GROUND_CELL
        return slice(first, last), slice(low, high), xs, ys

    def owner(self, x: float, y: float) -> int:
        """Whose ground this is."""
        row, column = int((y - self.south) / GROUND_CELL), int((x - self.west) / GROUND_CELL)
        if 0 <= row < self.ground.shape[0] and 0 <= column < self.ground.shape[1]:
            return int(self.ground[row, column])
        return CLOSED

    def owners(self, xy: NDArray[np.float64]) -> NDArray[np.int16]:
        """Whose ground each of these points is; they must lie inside the county's bounds."""
        rows = ((xy[:, 1] - self.south) / GROUND_CELL).astype(int)
        columns = ((xy[:, 0] - self.west) / GROUND_CELL).astype(int)
        return np.asarray(self.ground[rows, columns])

    def lay(self, street: Street) -> int:
        """Add a street and return its number."""
        self.streets.append(street)
        number = len(self.streets) - 1
        self._mark(street.points, number)
        return number

    def obstruct(self, points: list[Point]) -> None:
        """Mark a line that new streets may not cross, such as a canal."""
        self._mark(points, OBSTACLE)

    def _mark(self, points: list[Point], number: int) -> None:
        for x, y in points:
            self._laid[int(x // LAID_CELL), int(y // LAID_CELL)].append((x, y, number))

    def nearest(self, x: float, y: float, ignoring: int | None = None) -> Near | None:
        """The nearest vertex within a cell's width, leaving out one street."""
        column, row = int(x // LAID_CELL), int(y // LAID_CELL)
        laid, found = self._laid, None
        least = LAID_CELL * LAID_CELL
        for c in (column - 1, column, column + 1):
            for r in (row - 1, row, row + 1):
                for vertex in laid.get((c, r), ()):
                    dx, dy = vertex[0] - x, vertex[1] - y
                    if (square := dx * dx + dy * dy) < least and vertex[2] != ignoring:
                        least, found = square, vertex
        return Near(math.sqrt(least), found[:2], found[2]) if found else None


def lines_of(streets: Sequence[Street]) -> NDArray[Any]:
    """The streets as lines."""
    points = np.array([point for street in streets for point in street.points])
    return np.asarray(
        shapely.linestrings(points, indices=np.repeat(np.arange(len(streets)), [len(s.points) for s in streets]))
    )


def heading(start: Point, end: Point) -> float:
    """Direction from one point to another, radians anticlockwise from east."""
    return math.atan2(end[1] - start[1], end[0] - start[0])


def turn(one: float, other: float) -> float:
    """How far two headings differ, 0 to π."""
    return abs((one - other + math.pi) % (2 * math.pi) - math.pi)
