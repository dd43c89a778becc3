"""Links are what publishers map; streets are what people know. This joins the one into the other."""

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from smartalert import cleaning

#: Links of one name that come this near each other are one street, wherever they are: another carriageway, the far
#: side of a roundabout or junction.
NEAR_M = 120.0
#: Streets of one name in one place are one street up to here, as where the middle of it has another name.
SAME_PLACE_M = 400.0
#: What a publisher calls one street is one, unless its parts lie so far apart that the key says nothing.
SAME_KEY_M = 2_000.0


def group_by_nearness(links: GeoDataFrame, same: "pd.Series[str]", within_m: float = NEAR_M) -> NDArray[np.int64]:
    """A number for each link, the same for those that are the `same` and come so near each other, step by step."""
    keys = pd.factorize(same)[0]
    geoms = links.geometry.values
    one, other = shapely.STRtree(geoms).query(geoms, predicate="dwithin", distance=within_m)
    group = np.arange(len(links))
    pairs = (one < other) & (keys[one] == keys[other])
    for a, b in zip(one[pairs].tolist(), other[pairs].tolist(), strict=True):
        first, second = sorted((root(group, a), root(group, b)))
        group[second] = first
    return np.array([root(group, n) for n in range(len(group))], dtype=np.int64)


def root(group: NDArray[np.int64], member: int) -> int:
    """The first link of the group that this one belongs to."""
    while group[member] != member:
        group[member] = member = int(group[group[member]])
    return member


def spelt_alike(names: "pd.Series[str]") -> "pd.Series[str]":
    """Names as they are compared: mappers write "St Mary's Way" and "St. Marys Way"."""
    return names.map({name: cleaning.compared(name) for name in names.unique()})


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


def join_in_place(streets: GeoDataFrame) -> GeoDataFrame:
    """The streets, those of one name, `locality` and nearness as one, unless their publisher says `is_keyed`."""
    if streets.empty:
        return streets
    alike = spelt_alike(streets["name"]) + " \0 " + streets["locality"]
    alone = streets["is_keyed"] | (streets["locality"] == "")
    alike = alike.where(~alone, streets["source_id"] + " \0\0")
    streets = streets.assign(street=group_by_nearness(streets, alike, SAME_PLACE_M))
    joined = join(streets, "street")
    parts = streets.groupby("street")
    return joined.assign(locality=parts["locality"].first().to_numpy(), is_keyed=parts["is_keyed"].first().to_numpy())


def multi(lines: shapely.Geometry | NDArray[np.object_]) -> shapely.MultiLineString:
    """One MultiLineString of all these lines."""
    return shapely.MultiLineString(list(shapely.get_parts(lines)))
