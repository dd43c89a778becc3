"""How many people would be told where: by neighbourhood and by square, never by person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import shapely

from smartalert.audience.preview import Choice, parameters
from smartalert.database.connection import Connection, queries
from smartalert.geography import geo
from smartalert.geography.areas import Ground

# A second to load, which the control room does not need before its first preview.
if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: Cells with fewer people than this are not drawn: a lone cell would point at a home.
SMALLEST_CELL = 3
#: What ST_AsBinary writes for a point, little-endian: 21 bytes.
WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


def told_points(conn: Connection, ground: Ground, choice: Choice, now: datetime) -> gpd.GeoDataFrame:
    """One point for each person who would be told, EPSG:27700, without saying who. Never leaves the server."""
    import geopandas as gpd

    packed = queries("audience/density").told_points(conn, **parameters(ground, choice, now))
    points = np.frombuffer(packed, dtype=WKB_POINT)
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["x"], points["y"], crs=27700))


def by_neighbourhood(conn: Connection, ground: Ground, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """People told in each neighbourhood the area touches: columns neighbourhood, people; most first."""
    import geopandas as gpd

    rows = list(queries("audience/density").neighbourhoods(conn, geom=ground.geom, within_m=ground.within_m))
    outlines = gpd.GeoDataFrame(
        {"neighbourhood": [row.name for row in rows]},
        geometry=shapely.from_wkb([row.geom for row in rows]),
        crs=27700,
    )
    # Someone on a shared border counts once, in the first of the two.
    joined = points.sjoin(outlines, how="left", predicate="intersects")
    names = joined[~joined.index.duplicated()]["neighbourhood"].fillna("Elsewhere")
    counts = names.value_counts().rename_axis("neighbourhood").reset_index(name="people")
    return counts.sort_values(["people", "neighbourhood"], ascending=[False, True], ignore_index=True)


def density(points: gpd.GeoDataFrame, cell_m: float) -> gpd.GeoDataFrame:
    """Square cells of cell_m metres with how many people would be told in each (column people), EPSG:4326."""
    import geopandas as gpd

    corner = np.floor(np.c_[points.geometry.x, points.geometry.y] / cell_m) * cell_m
    cells, people = np.unique(corner, axis=0, return_counts=True) if len(corner) else (np.empty((0, 2)), np.empty(0))
    shown = people >= SMALLEST_CELL
    x, y = cells[shown].T if shown.any() else (np.empty(0), np.empty(0))
    squares = shapely.box(x, y, x + cell_m, y + cell_m)
    on_map = shapely.transform(squares, lambda corners: np.c_[geo.from_grid(*corners.T)])
    return gpd.GeoDataFrame({"people": people[shown].astype(int)}, geometry=on_map, crs=4326)
