"""Writes places and landmarks of any source: what two sources know is there once, and only what is new is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas
import pandas as pd
import shapely

from smartalert.database import connection
from smartalert.importers.map_file import wkb

#: Metres: what has one name and lies so near is one place: of one source, a point and its outline; of two, the same
#: place by either.
ONE_SOURCE_M, TWO_SOURCES_M = 1_000, 3_000
#: The same of landmarks of one kind.
LANDMARK_M = 500


@dataclass(slots=True)
class Known:
    """A place or landmark that is there, or was just found; EPSG:27700."""

    source: str
    shape: shapely.Geometry
    #: None: it is not in the database yet.
    id: int | None = None
    #: What else is written about it.
    facts: tuple[object, ...] = ()
    extent: shapely.Geometry | None = None
    is_new: bool = False
    is_changed: bool = False
    is_found: bool = False


@dataclass(slots=True)
class Book:
    """What is there by what it is called, and what one source says."""

    source: str
    one_m: float
    two_m: float
    names: dict[tuple[str, ...], list[Known]] = field(default_factory=dict)

    def take(self, called: tuple[str, ...], found: Known) -> None:
        """Write it down: anew, over what the source said before, or not at all where it is known."""
        known = self.same(called, found)
        if known is None:
            found.is_new = found.is_found = True
            self.names.setdefault(called, []).append(found)
        elif known.source == self.source and not known.is_found:
            known.is_found = True
            known.is_changed = (known.facts, known.shape, known.extent) != (found.facts, found.shape, found.extent)
            known.facts, known.shape, known.extent = found.facts, found.shape, found.extent
        elif known.extent is None and found.extent is not None:
            known.extent, known.is_changed = found.extent, True

    def same(self, called: tuple[str, ...], found: Known) -> Known | None:
        """What is called so and near enough: of this source first, then the nearest."""
        near = [
            (known.source != self.source, known.shape.distance(found.shape), number)
            for number, known in enumerate(self.names.get(called, ()))
        ]
        near = [one for one in near if one[1] <= (self.two_m if one[0] else self.one_m)]
        return self.names[called][min(near)[2]] if near else None


def keep_places(conn: connection.Connection, source: str, places: geopandas.GeoDataFrame) -> None:
    """Make these the source's places; one that another source has gets the extent it lacks, and is not doubled.

    `places` has name, kind, population, the point as its geometry and the extent, or None; EPSG:27700.
    """
    book = Book(source, ONE_SOURCE_M, TWO_SOURCES_M)
    for row in conn.execute(
        "select id, searched, source, name, kind, population, st_asbinary(point) as point,"
        " st_asbinary(extent) as extent from towns order by id"
    ):
        extent = shapely.from_wkb(bytes(row.extent)) if row.extent else None
        facts = (row.name, row.kind, row.population)
        known = Known(row.source, shapely.from_wkb(bytes(row.point)), row.id, facts, extent)
        book.names.setdefault((row.searched,), []).append(known)
    # The largest first: what follows within reach of the same name is the same place again.
    places = places.sort_values("population", ascending=False, kind="stable")
    for place, searched in zip(places.itertuples(index=False), as_searched(conn, places["name"]), strict=True):
        extent = place.extent if isinstance(place.extent, shapely.Geometry) and not place.extent.is_empty else None
        facts = (place.name, place.kind, int(place.population))
        book.take((searched,), Known(source, place.geometry, None, facts, extent))
    write(conn, book, PLACES)


def keep_landmarks(conn: connection.Connection, source: str, landmarks: geopandas.GeoDataFrame) -> None:
    """Make these the source's landmarks; what is there already by another source, or twice in this one, is left out.

    `landmarks` has kind, name and geometry (EPSG:27700).
    """
    book = Book(source, LANDMARK_M, LANDMARK_M)
    for row in conn.execute(
        "select id, kind, name, searched, source, st_asbinary(geom) as geom from landmarks order by id"
    ):
        known = Known(row.source, shapely.from_wkb(bytes(row.geom)), row.id, (row.kind, row.name))
        book.names.setdefault((row.kind, row.searched), []).append(known)
    # What is drawn as an area says more than a point.
    order = pd.Series(-shapely.get_dimensions(landmarks.geometry.values), index=landmarks.index)
    landmarks = landmarks.loc[order.sort_values(kind="stable").index]
    for one, searched in zip(landmarks.itertuples(index=False), as_searched(conn, landmarks["name"]), strict=True):
        book.take((one.kind, searched), Known(source, one.geometry, None, (one.kind, one.name)))
    write(conn, book, LANDMARKS)


class Table(NamedTuple):
    """How one of the two is written; each statement takes the facts, then source and id."""

    insert: str
    update: str
    remove: str


PLACES = Table(
    "insert into towns (name, kind, population, point, extent, source) values (%s, %s, %s, %s, %s, %s)",
    "update towns set name = %s, kind = %s, population = %s, point = %s, extent = %s where source = %s and id = %s",
    "delete from towns where source = %s and id = any(%s)",
)
LANDMARKS = Table(
    "insert into landmarks (kind, name, geom, source) values (%s, %s, %s, %s)",
    "update landmarks set kind = %s, name = %s, geom = %s where source = %s and id = %s",
    "delete from landmarks where source = %s and id = any(%s)",
)


def write(conn: connection.Connection, book: Book, table: Table) -> None:
    """Insert what is new, update what changed, remove what the source has no more."""
    every = [one for them in book.names.values() for one in them]
    gone = [one.id for one in every if one.source == book.source and not one.is_found]
    conn.execute(table.remove, [book.source, gone])
    with conn.cursor() as cursor:
        cursor.executemany(table.insert, [(*written(one, table), one.source) for one in every if one.is_new])
        changed = [one for one in every if one.is_changed and not one.is_new]
        cursor.executemany(table.update, [(*written(one, table), one.source, one.id) for one in changed])


def written(one: Known, table: Table) -> tuple[object, ...]:
    """Its facts and shapes as its table has them."""
    shapes = [wkb(one.shape)]
    extent = [wkb(one.extent) if one.extent else None] if table is PLACES else []
    return (*one.facts, *shapes, *extent)


def as_searched(conn: connection.Connection, names: "pd.Series[str]") -> Sequence[str]:
    """Names as they are searched."""
    rows = conn.execute(
        "select as_searched(name) as searched from unnest(%s::text[]) with ordinality each (name, place)"
        " order by place",
        [names.tolist()],
    )
    return [row.searched for row in rows]


def within(rows: geopandas.GeoDataFrame, area: shapely.Geometry | None, metres: float) -> geopandas.GeoDataFrame:
    """Those within so many metres of the force area, where one is set."""
    return rows if area is None or rows.empty else rows[pd.Series(rows.distance(area) <= metres, index=rows.index)]
