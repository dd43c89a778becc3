"""Links are what publishers map; streets are what people know. This joins the one into the other."""

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

#: Links of one name that come this near each other are one street: another carriageway, the far side of a crossing.
NEAR_M = 60.0


def group_by_nearness(links: GeoDataFrame) -> NDArray[np.int64]:
    """A number for each link, the same for links of one name within 60 m of each other, step by step."""
    names = pd.factorize(links["name"])[0]
    geoms = links.geometry.values
    one, other = shapely.STRtree(geoms).query(geoms, predicate="dwithin", distance=NEAR_M)
    group = np.arange(len(links))
    pairs = (one < other) & (names[one] == names[other])
    for a, b in zip(one[pairs].tolist(), other[pairs].tolist(), strict=True):
        first, second = sorted((root(group, a), root(group, b)))
        group[second] = first
    return np.array([root(group, n) for n in range(len(group))])


def root(group: NDArray[np.int64], member: int) -> int:
    """The first link of the group that this one belongs to."""
    while group[member] != member:
        group[member] = member = int(group[group[member]])
    return member


def join(links: GeoDataFrame, group: str) -> GeoDataFrame:
    """One row a group: the name and kind that most of its length has, its first `source_id`, its lines merged.

    `links` has name, kind, source_id, the column `group` and lines in EPSG:27700; the result keeps the first three.
    """
    links = links.assign(length=links.length).query("length > 0")
    longest = links.groupby([group, "name", "kind"], as_index=False)["length"].sum()
    longest = longest.sort_values("length").drop_duplicates(group, keep="last").set_index(group)
    parts = links.groupby(group)
    lines = parts["geometry"].agg(lambda some: multi(shapely.line_merge(multi(some.values))))
    return GeoDataFrame(
        {"name": longest["name"], "kind": longest["kind"], "source_id": parts["source_id"].first(), "geometry": lines},
        geometry="geometry",
        crs=links.crs,
    ).reset_index(drop=True)


def multi(lines: shapely.Geometry | NDArray[np.object_]) -> shapely.MultiLineString:
    """One MultiLineString of all these lines."""
    return shapely.MultiLineString(list(shapely.get_parts(lines)))
