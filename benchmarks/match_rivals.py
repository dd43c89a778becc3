"""What one would otherwise match a circle against a million people with. Each counts people by fate, each once."""

from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import shapely
from psycopg import Connection

import bench
from people import NOW, Imagined

#: People as a first design would keep them: longitude and latitude, in the order they signed up.
GEOGRAPHY = """
    create table people_geography as
      select subscriber_id, channels, confirmed, paused_until, st_transform(point, 4326)::geography as point
      from audience_places order by subscriber_id;
    create index on people_geography using gist (point);
    analyze people_geography
"""
#: Our own rows in that order: what the nightly CLUSTER is for.
UNCLUSTERED = """
    create table people_unclustered as
      select subscriber_id, channels, confirmed, paused_until, point from audience_places order by subscriber_id;
    create index on people_unclustered using gist (point);
    analyze people_unclustered
"""
FATES = """
    select case when not confirmed then -1 when paused_until > %(now)s then -2 when channels = 0 then -6
                else channels end as fate, count(distinct subscriber_id)
    from {table}
    where st_dwithin(point, {centre}, %(radius)s)
    group by 1
"""
GRID = "st_setsrid(st_makepoint(%(x)s, %(y)s), 27700)"


#: Channels, or below 0 why not told → people; as the SQL function audience() has it.
Fates = dict[int, int]


class Rival(Protocol):
    """Somebody else's way."""

    name: str
    #: What its figures are called.
    figure: str
    memory_mb: float

    def fates(self, x: float, y: float, radius: float) -> Fates:
        """What becomes of everyone within so many metres of a point."""


class GeoPandas:
    """Everyone in a GeoDataFrame, its spatial index built beforehand; a buffered circle joined to it."""

    name, figure = "GeoPandas sjoin, in memory", "geopandas"

    def __init__(self, county: Imagined) -> None:
        before = bench.resident_mb()
        columns = {name: county.places[name] for name in ("subscriber_id", "channels", "confirmed", "paused_until")}
        self._places = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*county.xy.T, crs=27700))
        self._places.sindex.query(shapely.Point(0, 0))
        self.memory_mb = bench.resident_mb() - before

    def fates(self, x: float, y: float, radius: float) -> Fates:
        circle = gpd.GeoDataFrame(geometry=[shapely.Point(x, y).buffer(radius, quad_segs=64)], crs=27700)
        inside = self._places.sjoin(circle, predicate="within").drop_duplicates("subscriber_id")
        fate = fate_of(*(inside[name].to_numpy() for name in ("channels", "confirmed", "paused_until")))
        return counted(fate)


class Tree:
    """The same points in a bare STRtree, asked by distance."""

    name, figure = "shapely STRtree, in memory", "strtree"

    def __init__(self, county: Imagined) -> None:
        before = bench.resident_mb()
        self._of = county.places
        self._tree = shapely.STRtree(shapely.points(county.xy))
        self._tree.query(shapely.Point(0, 0))
        self.memory_mb = bench.resident_mb() - before

    def fates(self, x: float, y: float, radius: float) -> Fates:
        inside = self._tree.query(shapely.Point(x, y), predicate="dwithin", distance=radius)
        first = inside[np.unique(self._of["subscriber_id"][inside], return_index=True)[1]]
        return counted(fate_of(*(self._of[name][first] for name in ("channels", "confirmed", "paused_until"))))


class Table:
    """A table of another make, in the same cluster."""

    def __init__(self, conn: Connection[Any], name: str, figure: str, table: str, *, made_by: str, centre: str) -> None:
        self.name, self.figure = name, figure
        self._conn, self._query = conn, FATES.format(table=table, centre=centre)
        conn.execute(made_by)
        (size,) = conn.execute(f"select pg_total_relation_size('{table}')").fetchone() or (0,)
        self.memory_mb = size / 1e6

    def fates(self, x: float, y: float, radius: float) -> Fates:
        return dict(self._conn.execute(self._query, {"x": x, "y": y, "radius": radius, "now": NOW}).fetchall())


def all_of(county: Imagined, cluster: Any, *, quick: bool) -> list[Rival]:
    """Every rival, ready; in haste only those that need no second table."""
    rivals: list[Rival] = [GeoPandas(county), Tree(county)]
    if quick:
        return rivals
    conn = cluster.connect()
    geography = f"st_transform({GRID}, 4326)::geography"
    return [
        *rivals,
        Table(conn, "PostGIS geography", "geography", "people_geography", made_by=GEOGRAPHY, centre=geography),
        Table(
            conn, "PostGIS 27700, not clustered", "unclustered", "people_unclustered", made_by=UNCLUSTERED, centre=GRID
        ),
    ]


def fate_of(channels: np.ndarray, confirmed: np.ndarray, paused_until: np.ndarray) -> np.ndarray:
    """The fate of each in an urgent alert to everyone."""
    paused = paused_until > np.datetime64(NOW.replace(tzinfo=None))
    return np.select([~confirmed, paused, channels == 0], [-1, -2, -6], channels)


def counted(fate: np.ndarray) -> Fates:
    return dict(zip(*(part.tolist() for part in np.unique(fate, return_counts=True)), strict=True))


def told(fates: Fates) -> int:
    """People told on any channel."""
    return sum(count for fate, count in fates.items() if fate > 0)
