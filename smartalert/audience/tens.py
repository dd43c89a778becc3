"""People in tens of neighbours, for figures that follow the hand: where ten live, never where one does."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from smartalert.audience.density import WKB_POINT
from smartalert.audience.preview import Choice
from smartalert.database.connection import Connection, queries
from smartalert.geography import geo

#: So many places stand at one point, five more or fewer; fewer than half of it stand nowhere.
TEN = 10
#: Metres to which the middle of a ten is given: exact ones, before and after somebody left, would say where they lived.
MIDDLE_M = 50


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the web's usual map tiles."""

    z: int
    x: int
    y: int

    def holds(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Which of these points (EPSG:4326) lie in it; of tiles side by side each point lies in one."""
        column = (lon + 180) / 360 * 2**self.z
        row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**self.z
        held: np.ndarray = (np.floor(column) == self.x) & (np.floor(row) == self.y)
        return held


@dataclass(frozen=True, slots=True)
class Tens:
    """Points that each stand for ten places of people who would be told."""

    #: An area that comes so near is theirs too.
    reach_m: int
    #: About how far from another place of the same people; 0 where it is their first, or none can be in the same area.
    apart_m: int
    #: Longitude and latitude (EPSG:4326), one row a ten.
    at: np.ndarray


def tens(conn: Connection, tile: Tile, choice: Choice, now: datetime, *, reaching: bool) -> list[Tens]:
    """Those who would be told, in tens, with their middles in this tile; either who reach around them or who do not."""
    rows = queries("audience/tens").places(
        conn, z=tile.z, x=tile.x, y=tile.y, reaching=reaching, now=now, urgent=choice.urgent, topics=choice.topics,
        sectors=choice.sectors, channels=choice.channels,
    )  # fmt: skip
    found = []
    for row in rows:
        points = np.frombuffer(row.points, dtype=WKB_POINT)
        middles = middles_of_tens(np.c_[points["x"], points["y"]])
        lon, lat = map(np.asarray, geo.from_grid(*middles.T))
        found.append(Tens(row.reach_m, row.apart_m, np.c_[lon, lat][tile.holds(lon, lat)]))
    return found


def middles_of_tens(points: np.ndarray) -> np.ndarray:
    """The middles of groups of neighbours, five to fourteen each and as many as are tens nearest to the truth."""
    number = (len(points) + TEN // 2) // TEN
    if not number:
        return np.empty((0, 2))
    near = points[np.argsort(along_a_curve(points), kind="stable")]
    firsts = np.arange(number) * len(points) // number
    sums = np.add.reduceat(near, firsts)
    return np.round(sums / np.diff(firsts, append=len(points))[:, None] / MIDDLE_M) * MIDDLE_M


def along_a_curve(points: np.ndarray) -> np.ndarray:
    """Numbers that are near where points are: the binary digits of metres east and north in turn (a Z-order curve)."""
    digits = np.floor(points - points.min(axis=0)).astype(np.uint64)
    for by, kept in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                     (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
        digits = (digits | digits << np.uint64(by)) & np.uint64(kept)
    along: np.ndarray = digits[:, 0] | digits[:, 1] << np.uint64(1)
    return along
