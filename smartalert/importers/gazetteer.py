"""Writes places and landmarks of any source, so that what two sources know is there once."""

from collections.abc import Sequence
from typing import Any

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


def keep_places(conn: connection.Connection, source: str, places: geopandas.GeoDataFrame) -> None:
    """Make these the source's places; one that another source has gets the extent it lacks, and is not doubled.

    `places` has name, kind, population, the point as its geometry and the extent, or None; EPSG:27700.
    """
    conn.execute(
        """delete from towns where source = %s and (name, kind, population, st_asbinary(point)) not in (
             select * from unnest(%s::text[], %s::text[], %s::integer[], %s::bytea[]))""",
        [source, *(places[column].tolist() for column in ("name", "kind", "population")), binary(places)],
    )
    # The largest first: what follows within reach of the same name is the same place again.
    for place in places.sort_values("population", ascending=False, kind="stable").itertuples(index=False):
        has_extent = isinstance(place.extent, shapely.Geometry) and not place.extent.is_empty
        facts = {
            "name": place.name,
            "kind": place.kind,
            "population": place.population,
            "point": wkb(place.geometry),
            "extent": wkb(place.extent) if has_extent else None,
            "source": source,
            "one_m": ONE_SOURCE_M,
            "two_m": TWO_SOURCES_M,
        }
        conn.execute(KEEP_PLACE, facts)


KEEP_PLACE = """
with known as (
  select id from towns
  where searched = as_searched(%(name)s)
    and st_dwithin(point, %(point)s, case when source = %(source)s then %(one_m)s else %(two_m)s end)
  order by point <-> %(point)s::geometry limit 1
), filled as (
  update towns set extent = coalesce(extent, %(extent)s::geometry) where id in (select id from known)
)
insert into towns (name, kind, population, point, extent, source)
select %(name)s, %(kind)s, %(population)s, %(point)s, %(extent)s, %(source)s where not exists (select from known)"""


def keep_landmarks(conn: connection.Connection, source: str, landmarks: geopandas.GeoDataFrame) -> None:
    """Make these the source's landmarks; what is there already by another source, or twice in this one, is left out.

    `landmarks` has kind, name and geometry (EPSG:27700). A canal takes the place of every canal of its name.
    """
    canals = landmarks.loc[landmarks["kind"] == "canal", "name"].tolist()
    conn.execute(
        """delete from landmarks where (source = %s or (kind = 'canal' and name = any(%s)))
             and (source, kind, name, st_asbinary(geom)) not in (
               select %s, * from unnest(%s::text[], %s::text[], %s::bytea[]))""",
        [source, canals, source, landmarks["kind"].tolist(), landmarks["name"].tolist(), binary(landmarks)],
    )
    # What is drawn as an area says more than a point.
    drawn = landmarks.assign(dimension=shapely.get_dimensions(landmarks.geometry.values))
    rows = drawn.sort_values("dimension", ascending=False, kind="stable").itertuples(index=False)
    with conn.cursor() as cursor:
        cursor.executemany(KEEP_LANDMARK, [landmark(row, source) for row in rows])


def landmark(row: Any, source: str) -> Sequence[object]:
    """One landmark as KEEP_LANDMARK takes it."""
    shape = wkb(row.geometry)
    return row.kind, row.name, source, shape, row.kind, row.name, shape, LANDMARK_M


KEEP_LANDMARK = """
insert into landmarks (kind, name, source, geom)
select %s, %s, %s, %s where not exists (
  select from landmarks where kind = %s and searched = as_searched(%s) and st_dwithin(geom, %s, %s))"""


def binary(rows: geopandas.GeoDataFrame) -> list[bytes]:
    """Their geometries as PostGIS would write them, to tell what has not changed."""
    return [bytes(shape) for shape in shapely.to_wkb(rows.geometry.values)]


def within(rows: geopandas.GeoDataFrame, area: shapely.Geometry | None, metres: float) -> geopandas.GeoDataFrame:
    """Those within so many metres of the force area, where one is set."""
    return rows if area is None or rows.empty else rows[pd.Series(rows.distance(area) <= metres, index=rows.index)]
