"""Streets of OS Open Roads (GeoPackage or GeoJSON). Contains OS data © Crown copyright and database right."""

from pathlib import Path

import geopandas
import pandas as pd

from smartalert.importers import map_file
from smartalert.importers.links import group_by_nearness, join

LAYER = "road_link"
COLUMNS = ["road_classification", "name_1", "road_name_toid"]
#: Classes that are main roads; every other, known or not, is a local street. Open Roads has no paths.
MAIN = {"Motorway", "A Road", "B Road"}


def read_streets(
    path: Path, layer: str, within: tuple[float, float, float, float] | None
) -> tuple[geopandas.GeoDataFrame, str]:
    """Named streets, one row each: name, kind, source_id, lines in EPSG:27700; and what was left out, in words.

    Links belong together by the publisher's key of the street, not by name: one county has many High Streets. Those
    without a key do where they come near each other. `within` are bounds in EPSG:27700, so that a force need not read
    all of Great Britain.
    """
    # Only a GeoPackage has an index to look by; and what has no shape lies in no bounds, and would go unsaid.
    is_indexed = path.suffix.lower() == ".gpkg"
    near = {"bbox": map_file.bounds_in(path, layer, within)} if within and is_indexed else {}
    links = map_file.read(path, layer, COLUMNS, where="name_1 is not null", **near)
    blank = (links["name_1"] == "").sum()
    shapeless = (links.geometry.isna() | links.geometry.is_empty).sum()
    said = ((shapeless, "without a shape"), (blank, "without a name"))
    left_out = ", ".join(f"{number:,} {what}" for number, what in said if number)
    links = map_file.to_grid(links[links["name_1"] != ""], path).explode(ignore_index=True)
    links = links[links.geom_type == "LineString"].rename(columns={"name_1": "name", "road_name_toid": "source_id"})
    links["kind"] = links["road_classification"].isin(MAIN).map({True: "main", False: "local"})
    links["source_id"] = links["source_id"].fillna("")
    keyless = links["source_id"] == ""
    if keyless.any():
        links.loc[keyless, "source_id"] = keys_by_place(links[keyless])
    return join(links.assign(street=links["source_id"]), "street"), left_out


def keys_by_place(links: geopandas.GeoDataFrame) -> pd.Series:
    """A key for links that have none, the same for those of one street: its name and its westernmost corner."""
    corners = links.assign(
        street=group_by_nearness(links), west=links.bounds["minx"].round(), south=links.bounds["miny"].round()
    )
    first = corners.sort_values(["west", "south"]).groupby("street")[["west", "south"]].transform("first")
    return corners["name"] + [
        f" {west:.0f} {south:.0f}" for west, south in zip(first["west"], first["south"], strict=True)
    ]
