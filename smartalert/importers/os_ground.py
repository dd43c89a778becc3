"""The map of what Ordnance Survey gives away: Open Roads, Open Rivers, Open Greenspace, Boundary-Line, Open Zoomstack.

Contains OS data © Crown copyright and database right. Columns are found by their plain names, since editions and
formats spell them differently.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import geopandas
import shapely

from smartalert.errors import ImportRefused
from smartalert.importers import ground_themes, map_file, open_roads, zoomstack
from smartalert.importers.ground_map import Theme

Area: TypeAlias = "shapely.Geometry | None"
#: What Open Roads calls a road → what OpenStreetMap would; all others are streets.
CLASSES = {"Motorway": "motorway", "A Road": "primary", "B Road": "secondary", "Classified Unnumbered": "tertiary"}
#: Function of a green space → kind of ground; all others are parks to a map.
GREEN = {
    "Cemetery": "cemetery",
    "Religious Grounds": "cemetery",
    "Allotments Or Community Growing Space": "allotments",
    "Golf Course": "golf_course",
}
#: Metres of a river by one name from which it is drawn at a distance; a shorter one is a stream.
RIVER_M = 15_000
#: Metres round what is drawn whose cut edges are no borders.
EDGE_M = 1_000
#: Layer of Boundary-Line → what its borders are, and the zoom from which they are drawn.
BORDERS = {"county": ("county", 7), "districtboroughunitary": ("district", 8)}


def themes(paths: Sequence[Path], within: Area) -> tuple[str, list[Theme]]:
    """What the map is to show of these files, and everything that it draws of them. Raises ImportRefused."""
    for shows, layers, read in PRODUCTS:
        found = [path for path in paths if map_file.layer_called(path, *layers)]
        if found:
            return shows, ground_themes.themes(read(found, within))
    return "roads", ground_themes.themes(roads(paths[:1], within))


def together(parts: Sequence[geopandas.GeoDataFrame]) -> geopandas.GeoDataFrame:
    """The same layer of several files as one."""
    return ground_themes.concat(list(parts), parts[0])


def roads(paths: Sequence[Path], within: Area) -> dict[str, geopandas.GeoDataFrame]:
    """All links of Open Roads, with their numbers and with those that have no name, and where they lie close."""
    links = together([links_of(path, within) for path in paths]).explode(ignore_index=True)
    lines = ground_themes.roads(links[links.geom_type == "LineString"])
    return {"landuse": ground_themes.built_up(lines[lines["kind_detail"] == "residential"]), "roads": lines}


def links_of(path: Path, within: Area) -> geopandas.GeoDataFrame:
    """Links of one file: kind_detail, name, ref."""
    layer = open_roads.layer_of(path)
    columns = {"road_class": open_roads.CLASS, "name": open_roads.NAME, "ref": open_roads.NUMBER}
    links = map_file.inside(path, layer, columns, within)
    return links.assign(kind_detail=links["road_class"].map(CLASSES).fillna("residential"))


def rivers(paths: Sequence[Path], within: Area) -> dict[str, geopandas.GeoDataFrame]:
    """Rivers and canals with their names, and the streams that run into them."""
    columns = {"form": ("form",), "name": ("watercourse_name", "name1")}
    layer = "watercourselink"
    links = together([map_file.inside(path, called(path, layer), columns, within) for path in paths])
    length = links.geometry.length.groupby(links["name"].fillna("")).transform("sum")
    detail = (links["name"].notna() & (length >= RIVER_M)).map({True: "river", False: "stream"})
    links = links.assign(kind_detail=detail.where(links["form"] != "canal", "canal"))
    return {"water": ground_themes.waters(links[["name", "kind_detail", "geometry"]])}


def greenspace(paths: Sequence[Path], within: Area) -> dict[str, geopandas.GeoDataFrame]:
    """Parks, playing fields, cemeteries and allotments."""
    columns = {"function": ("function",)}
    sites = together([map_file.inside(path, called(path, "greenspacesite"), columns, within) for path in paths])
    sites = sites.assign(kind=sites["function"].map(GREEN).fillna("park"), first=ground_themes.by_size(sites, 8, 13))
    return {"landuse": sites[["kind", "first", "geometry"]]}


def borders(paths: Sequence[Path], within: Area) -> dict[str, geopandas.GeoDataFrame]:
    """The borders of counties and districts, each line once."""
    known = [(path, layer, map_file.plain(layer).removesuffix("region")) for path, layer in all_layers(paths)]
    parts = [border(path, layer, *BORDERS[name], within) for path, layer, name in known if name in BORDERS]
    return {"boundaries": together(parts)}


def border(path: Path, layer: str, kind: str, first: int, within: Area) -> geopandas.GeoDataFrame:
    """The borders of one layer's areas, without the edge of what is drawn."""
    wider = None if within is None else within.buffer(EDGE_M)
    lines = shapely.union_all(shapely.boundary(map_file.inside(path, layer, {}, wider).geometry.values))
    inner = lines if within is None else shapely.intersection(lines, within)
    shapes = list(shapely.get_parts(shapely.line_merge(inner)))
    facts = {"kind": kind, "first": first}
    return geopandas.GeoDataFrame(facts, geometry=shapes, crs=map_file.GRID, index=range(len(shapes)))


def all_layers(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Every layer of several files."""
    return [(path, layer) for path in paths for layer in map_file.layers(path)]


def called(path: Path, name: str) -> str:
    """The layer of that name. Raises ImportRefused."""
    layer = map_file.layer_called(path, name)
    if layer is None:
        raise ImportRefused(f"{path.name} has no layer {name}. Nothing was changed.")
    return layer


def stack(paths: Sequence[Path], within: Area) -> dict[str, geopandas.GeoDataFrame]:
    """Everything of Open Zoomstack."""
    return zoomstack.layers(paths[0], within)


Read: TypeAlias = Callable[[Sequence[Path], Area], dict[str, geopandas.GeoDataFrame]]
#: What the map shows of a product, the layers that it is known by, and who reads it.
PRODUCTS: tuple[tuple[str, tuple[str, ...], Read], ...] = (
    ("everything", ("surfacewater",), stack),
    ("rivers", ("watercourselink",), rivers),
    ("green", ("greenspacesite",), greenspace),
    ("borders", ("districtboroughunitary", "districtboroughunitaryregion"), borders),
    ("roads", (open_roads.LAYER,), roads),
)
