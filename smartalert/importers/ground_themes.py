"""What lies on the map, theme by theme, in Protomaps' names (layer, kind, kind_detail), and from which zoom on."""

from collections.abc import Mapping

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from smartalert.importers.ground_map import FIRST_ZOOM, LAST_ZOOM, Theme

#: Class of road as OpenStreetMap calls it → its kind, and the zoom from which it is drawn.
ROADS = {
    "motorway": ("highway", 6),
    "motorway_link": ("highway", 10),
    "trunk": ("major_road", 6),
    "trunk_link": ("major_road", 11),
    "primary": ("major_road", 8),
    "primary_link": ("major_road", 12),
    "secondary": ("major_road", 9),
    "secondary_link": ("major_road", 12),
    "tertiary": ("major_road", 11),
    "tertiary_link": ("major_road", 12),
    "unclassified": ("minor_road", 12),
    "residential": ("minor_road", 12),
    "living_street": ("minor_road", 12),
    "road": ("minor_road", 12),
    "pedestrian": ("minor_road", 13),
    "service": ("minor_road", 14),
    "busway": ("minor_road", 13),
    "track": ("path", 14),
    "footway": ("path", 14),
    "path": ("path", 14),
    "bridleway": ("path", 14),
    "cycleway": ("path", 14),
    "steps": ("path", 14),
}
RAIL_FROM = 9
#: Kind of place → the zoom from which it is named.
PLACES = {"city": 6, "town": 6, "suburb": 11, "village": 9, "hamlet": 12, "neighbourhood": 13}
POINTS = {"station": 11, "hospital": 12, "police": 12, "fire_station": 13, "school": 13}
#: Metres a pixel at zoom 0 in the middle of England, and pixels that a shape must measure to be drawn.
PIXEL_M, SEEN_PX = 47_000, 5


def banded(layer: str, rows: geopandas.GeoDataFrame) -> list[Theme]:
    """A layer whose rows say from which zoom they are drawn, in `first`, and some up to which, in `last`: one theme
    for each span of zooms."""
    last = rows["last"].fillna(LAST_ZOOM) if "last" in rows else pd.Series(LAST_ZOOM, index=rows.index)
    changes = {int(zoom) for zoom in (*rows["first"], *(last + 1)) if zoom <= LAST_ZOOM}
    starts = sorted(changes)
    ends = [*(start - 1 for start in starts[1:]), LAST_ZOOM][: len(starts)]
    shown = rows.drop(columns=["first", "last"], errors="ignore")
    return [
        Theme(layer, shown[(rows["first"] <= start) & (start <= last)], start, end)
        for start, end in zip(starts, ends, strict=True)
    ]


def themes(found: Mapping[str, geopandas.GeoDataFrame]) -> list[Theme]:
    """All layers, each as `banded` has it."""
    return [theme for layer, rows in found.items() for theme in banded(layer, rows)]


def by_size(rows: geopandas.GeoDataFrame, lowest: int, highest: int, px: float = SEEN_PX) -> NDArray[np.int64]:
    """The zoom from which each shape measures so many pixels; rows in metres."""
    across = np.sqrt(np.maximum(rows.geometry.area.to_numpy(), 1))
    first: NDArray[np.int64] = np.clip(np.ceil(np.log2(PIXEL_M * px / across)), lowest, highest).astype(np.int64)
    return first


def roads(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Lines with kind_detail (a key of ROADS), name and ref → what the tiles hold, pieces of one road joined."""
    rows = rows[rows["kind_detail"].isin(list(ROADS))]
    known = rows["kind_detail"].map(ROADS)
    rows = rows.assign(kind=[kind for kind, _ in known], first=[first for _, first in known])
    return joined(rows, ["kind", "kind_detail", "name", "ref", "first"])


def rails(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Railway lines, as Protomaps has them among the roads."""
    rows = rows.assign(kind="rail", kind_detail="rail", name=None, ref=None, first=RAIL_FROM)
    return joined(rows, ["kind", "kind_detail", "name", "ref", "first"])


def joined(rows: geopandas.GeoDataFrame, keys: list[str]) -> geopandas.GeoDataFrame:
    """Lines that touch and agree in these columns as one: a name is written along a whole line or not at all."""
    if rows.empty:
        return rows[[*keys, "geometry"]]
    groups = rows.groupby(keys, dropna=False, sort=False)["geometry"]
    lines = groups.agg(lambda some: shapely.line_merge(shapely.MultiLineString(list(shapely.get_parts(some.values)))))
    return geopandas.GeoDataFrame(lines.reset_index(), geometry="geometry", crs=rows.crs).explode(ignore_index=True)


def places(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Points with name, kind_detail (a key of PLACES) and population."""
    rows = rows[rows["kind_detail"].isin(list(PLACES))]
    kinds = ["neighbourhood" if detail in ("suburb", "neighbourhood") else "locality" for detail in rows["kind_detail"]]
    return rows.assign(kind=kinds, first=rows["kind_detail"].map(PLACES).astype(int))


def points(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Points with name and kind (a key of POINTS)."""
    rows = rows[rows["kind"].isin(list(POINTS))]
    return rows.assign(first=rows["kind"].map(POINTS).astype(int))


def waters(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Water areas and lines with kind_detail and name; the name of a lake stands once, at a point inside it."""
    areas = rows[rows.geom_type.isin(["Polygon", "MultiPolygon"])]
    lines = rows[~rows.index.isin(areas.index)]
    first = lines["kind_detail"].map({"river": 8, "canal": 9}).fillna(13).astype(int)
    lines = joined(lines.assign(kind=lines["kind_detail"], first=first), ["kind", "kind_detail", "name", "first"])
    areas = areas.assign(kind="water", first=by_size(areas, FIRST_ZOOM, 13, 3) if len(areas) else [])
    named = areas[areas["name"].notna()]
    named = named.assign(first=by_size(named, 8, LAST_ZOOM, 60) if len(named) else [])
    named = named.set_geometry(named.geometry.representative_point())
    return concat([areas.assign(name=None), lines, named], rows)


def concat(parts: list[geopandas.GeoDataFrame], like: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Parts of one layer as one."""
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return geopandas.GeoDataFrame(found, geometry="geometry", crs=like.crs)


def built_up(lines: geopandas.GeoDataFrame, cell_m: float = 160) -> geopandas.GeoDataFrame:
    """Where streets lie close together, for ground whose publisher maps no built-up areas. Lines in metres."""
    points = shapely.get_coordinates(shapely.segmentize(lines.geometry.values, cell_m / 2))
    cells, counts = np.unique(np.floor(points / cell_m).astype(int), axis=0, return_counts=True)
    x, y = (cells[counts > 2] * cell_m).T
    close = cell_m * 0.9
    squares = shapely.union_all(shapely.box(x, y, x + cell_m, y + cell_m))
    town = squares.buffer(close, quad_segs=4).buffer(-close, quad_segs=4).simplify(5)
    shapes = [part for part in shapely.get_parts(town) if part.area > (3 * cell_m) ** 2]
    rows = geopandas.GeoDataFrame({"kind": "residential"}, geometry=shapes, crs=lines.crs, index=range(len(shapes)))
    return rows.assign(first=by_size(rows, 8, 12) if len(rows) else [])
