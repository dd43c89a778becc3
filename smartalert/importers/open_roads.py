"""Streets of OS Open Roads (GeoPackage, Shapefile tiles or GeoJSON).

Contains OS data © Crown copyright and database right.
"""

from collections.abc import Sequence
from pathlib import Path

import geopandas
import pandas as pd

from smartalert.importers import map_file
from smartalert.importers.links import SAME_KEY_M, group_by_nearness, join, spelt_alike

LAYER = "roadlink"
#: What we call a column → what the GeoPackage calls it, and the Shapefile.
CLASS, NAME, KEY = ("road_classification", "class"), ("name_1",), ("road_name_toid", "nameTOID")
#: The number of a classified road, as A34, and what a link is known by; some who pass the file on leave them out.
NUMBER, LINK = ("road_classification_number", "roadNumber"), ("id", "identifier")
#: Classes that are main roads; every other, known or not, is a local street. Open Roads has no paths.
MAIN = {"Motorway", "A Road", "B Road"}


def read_streets(
    paths: Sequence[Path], within: tuple[float, float, float, float] | None
) -> tuple[geopandas.GeoDataFrame, str]:
    """Named streets and numbered roads, one row each: name, kind, source_id, is_keyed, lines in EPSG:27700; and what
    was left out, in words.

    Links belong together by the publisher's key of the street, not by name: one county has many High Streets. Those
    without a key do where they come near each other. `within` are bounds in EPSG:27700, so that a force need not read
    all of Great Britain.
    """
    links = pd.concat([read_links(path, within) for path in holding(paths)], ignore_index=True)
    blank = ((links["name"] == "") & (links["number"] == "")).sum()
    shapeless = (links.geometry.isna() | links.geometry.is_empty).sum()
    said = ((shapeless, "without a shape"), (blank, "without a name"))
    left_out = ", ".join(f"{number:,} {what}" for number, what in said if number)
    links = map_file.to_grid(once(links), paths[0]).explode(ignore_index=True)
    links = links[links.geom_type == "LineString"]
    links["kind"] = links["road_class"].isin(MAIN).map({True: "main", False: "local"})
    both = [named(links[links["name"] != ""]), numbered(links[links["number"] != ""])]
    return pd.concat(both, ignore_index=True), left_out


def holding(paths: Sequence[Path]) -> Sequence[Path]:
    """The files that hold links: tiles come with nodes and junctions beside them."""
    return [path for path in paths if map_file.layer_called(path, LAYER)] or paths[:1]


def layer_of(path: Path) -> str:
    """The links of a file; those of who passes them on under another name, its first layer."""
    return map_file.layer_called(path, LAYER) or map_file.layers(path)[0]


def once(links: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Each link once: one that crosses the edge of a tile is in both, by the same name and with the same line."""
    same = pd.DataFrame({"link": links["link"], "line": links.geometry.to_wkb()})
    return links[(links["link"] == "") | ~same.duplicated()]


def read_links(path: Path, within: tuple[float, float, float, float] | None) -> geopandas.GeoDataFrame:
    """Links with a name or a number: road_class, name, number, source_id, link; in the coordinates of the file."""
    layer = layer_of(path)
    there = {map_file.plain(name) for name in map_file.fields(path, layer)}
    more = {"number": NUMBER, "link": LINK}
    more = {ours: theirs for ours, theirs in more.items() if there & set(map(map_file.plain, theirs))}
    names = map_file.renamed(path, layer, {"road_class": CLASS, "name": NAME, "source_id": KEY, **more})
    # Only a GeoPackage has an index to look by; and what has no shape lies in no bounds, and would go unsaid.
    is_indexed = path.suffix.lower() in (".gpkg", ".shp")
    near = {"bbox": map_file.bounds_in(path, layer, within)} if within and is_indexed else {}
    where = " or ".join(f'"{theirs}" is not null' for theirs, ours in names.items() if ours in ("name", "number"))
    links = map_file.read(path, layer, list(names), where=where, **near).rename(columns=names)
    texts = {name: links[name].fillna("") if name in links else "" for name in ("name", "number", "source_id", "link")}
    return links.assign(**texts)


def named(links: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The streets of links that have a name."""
    keyless = links["source_id"] == ""
    if keyless.any():
        links.loc[keyless, "source_id"] = keys_by_place(links[keyless])
    # one key means one street; a placeholder for "no key", or a key used again far away, does not
    street = links["source_id"] + " \0 " + spelt_alike(links["name"])
    corners = links.bounds.groupby(street).agg({"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"})
    is_wide = (corners["maxx"] - corners["minx"] + corners["maxy"] - corners["miny"]) > SAME_KEY_M
    apart = street.isin(corners.index[is_wide])
    links["street"] = street
    if apart.any():
        groups = group_by_nearness(links[apart], street[apart], SAME_KEY_M)
        links.loc[apart, "street"] = street[apart] + [f" {group}" for group in groups]
    keys = links.loc[~keyless, "source_id"].unique()
    streets = join(links, "street")
    return streets.assign(is_keyed=streets["source_id"].isin(keys), source_id=told_apart(streets))


def numbered(links: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Whole roads by their numbers, as A34."""
    roads = links.assign(name=links["number"], source_id=links["number"], road=links["number"], kind="numbered")
    return join(roads, "road").assign(is_keyed=True)


def told_apart(streets: geopandas.GeoDataFrame) -> "pd.Series[str]":
    """The keys; where several streets share one, all but the first with their corner."""
    again = streets["source_id"].duplicated()
    corners = [f" {west:.0f} {south:.0f}" for west, south in streets.bounds[["minx", "miny"]].to_numpy()]
    return streets["source_id"].where(~again, streets["source_id"] + corners)


def keys_by_place(links: geopandas.GeoDataFrame) -> "pd.Series[str]":
    """A key for links that have none, the same for those of one street: its name and its westernmost corner."""
    corners = links.assign(
        street=group_by_nearness(links, spelt_alike(links["name"])),
        west=links.bounds["minx"].round(),
        south=links.bounds["miny"].round(),
    )
    first = corners.sort_values(["west", "south"]).groupby("street")[["name", "west", "south"]].transform("first")
    return first["name"] + [
        f" {west:.0f} {south:.0f}" for west, south in zip(first["west"], first["south"], strict=True)
    ]
