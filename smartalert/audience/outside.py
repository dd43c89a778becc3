"""Who lies just outside an area and would stay untold: counted as audience() counts, said in tens, never drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely

from smartalert.audience.preview import SMALLEST_AUDIENCE, Choice, parameters
from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground

#: How far outside is looked: a tenth of the area's own reach, and so many metres.
TENTH, FAR_M = 0.1, 250
#: Metres from a person's place to the street that they are said to live in.
AT_THE_STREET_M = 100
#: Streets that are named.
NAMED = 6
#: What ST_AsBinary writes for a point with Z, little-endian: 29 bytes.
WKB_POINT_Z = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8"), ("metres", "<f8")])


@dataclass(frozen=True, slots=True)
class Tens:
    """A number of people as it may be said: nobody, fewer than ten, or in tens, down to the whole ten."""

    least: int
    anybody: bool

    @property
    def words(self) -> str:
        """ "nobody", "fewer than 10 people", "about 120 people"."""
        if not self.anybody:
            return "nobody"
        return f"about {self.least:,} people" if self.least else f"fewer than {SMALLEST_AUDIENCE} people"


@dataclass(frozen=True, slots=True)
class Margin:
    """How many would stay untold within so many metres outside the area."""

    metres: int
    people: Tens


@dataclass(frozen=True, slots=True)
class Outside:
    """Who lies just outside an area."""

    #: The narrower first.
    margins: tuple[Margin, ...]
    #: Street and town → people within the wider margin; only streets with ten or more, most first.
    streets: tuple[tuple[str, Tens], ...]
    #: Whether some of them live in other streets than these.
    elsewhere: bool

    @property
    def widest(self) -> Margin:
        """The wider margin."""
        return self.margins[-1]


def in_tens(people: int) -> Tens:
    """A count of people as it may be said."""
    return Tens(people // 10 * 10, people > 0)


def margins_of(ground: Ground) -> tuple[int, ...]:
    """Metres outside the area within which is counted, the narrower first."""
    return tuple(sorted({max(1, round(TENTH * ground.reach_m)), FAR_M}))


def just_outside(conn: Connection, ground: Ground, choice: Choice, now: datetime) -> Outside:
    """Count whom a wider area would tell and this one does not, and in which streets they live.

    Nothing here says more than tens: who asks for one area after another learns what the preview tells anyway.
    """
    metres = margins_of(ground)
    people = untold(conn, ground, choice, now, metres[-1])
    named = streets_of(conn, ground, people, metres[-1])
    shown = [(name, in_tens(there)) for name, there in named.most_common() if there >= SMALLEST_AUDIENCE][:NAMED]
    counted = (Margin(m, in_tens(int(np.count_nonzero(people["metres"] <= m)))) for m in metres)
    return Outside(tuple(counted), tuple(shown), elsewhere=sum(named[name] for name, _ in shown) < len(people))


def untold(conn: Connection, ground: Ground, choice: Choice, now: datetime, by_m: int) -> np.ndarray:
    """The nearest place of each (x, y), and metres by which the area would have to grow. Never leaves the server."""
    asked = parameters(ground, choice, now)
    del asked["follows"], asked["newcomers"]
    wide = queries("audience/outside").widened(conn, geom=ground.geom, within_m=ground.within_m, by_m=by_m)
    packed = queries("audience/outside").just_outside(conn, wide=wide.geom, wide_m=wide.within_m, by_m=by_m, **asked)
    return np.frombuffer(packed, dtype=WKB_POINT_Z)


def streets_of(conn: Connection, ground: Ground, people: np.ndarray, by_m: int) -> Counter[str]:
    """Street and town → how many of these people live nearest to it."""
    if len(people) < SMALLEST_AUDIENCE:
        return Counter()
    rows = list(
        queries("audience/outside").streets_along(
            conn, geom=ground.geom, within_m=ground.within_m, by_m=by_m + AT_THE_STREET_M
        )
    )
    # piece by piece: the box of a whole street holds half a town
    parts, street = shapely.get_parts(shapely.from_wkb([bytes(row.geom) for row in rows]), return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    starts = np.flatnonzero(part[:-1] == part[1:])
    pieces = shapely.STRtree(shapely.linestrings(np.stack([corners[starts], corners[starts + 1]], axis=1)))
    at = shapely.points(people["x"], people["y"])
    _, nearest = pieces.query_nearest(at, max_distance=AT_THE_STREET_M, all_matches=False)
    return Counter(
        ", ".join(filter(None, (rows[n].name, rows[n].locality))) for n in street[part[starts[nearest]]].tolist()
    )
