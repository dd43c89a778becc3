"""Streets, places and canals of an OpenStreetMap extract (.osm.pbf). © OpenStreetMap contributors, ODbL."""

from pathlib import Path

import geopandas
import pandas as pd

from smartalert.importers import map_file
from smartalert.importers.links import group_by_nearness, join

#: OpenStreetMap's classes of road that are main roads and paths; every other, known or not, is a local street.
MAIN = {f"{road}{end}" for road in ("motorway", "trunk", "primary", "secondary", "tertiary") for end in ("", "_link")}
PATHS = {"footway", "path", "cycleway", "bridleway", "steps", "track"}
#: Places that streets are told apart by.
SETTLEMENTS = "place in ('city', 'town', 'village', 'hamlet') and name is not null"


def kind(highway: str) -> str:
    """How a class of road is stored."""
    return "main" if highway in MAIN else "path" if highway in PATHS else "local"


def read_streets(path: Path) -> geopandas.GeoDataFrame:
    """Named streets, one row each: name, kind, source_id, lines in EPSG:27700."""
    ways = map_file.read(path, "lines", ["osm_id", "name", "highway"], where="highway is not null and name is not null")
    links = clip(pd.concat([ways, squares(path)], ignore_index=True), path)
    links = links.assign(kind=[kind(highway) for highway in links["highway"]])
    # the lowest number of its ways names a street, so that the next extract most likely names it the same
    links = links.sort_values("number", ignore_index=True).assign(source_id=lambda rows: rows["osm_id"])
    links["street"] = group_by_nearness(links) if len(links) else []
    return join(links, "street")


def squares(path: Path) -> geopandas.GeoDataFrame:
    """Pedestrian squares: mapped as areas, known as streets; their outline stands for them."""
    columns = ["osm_id", "osm_way_id", "name", "other_tags"]
    where = """name is not null and other_tags like '%"highway"=>%'"""
    areas = map_file.read(path, "multipolygons", columns, where=where)
    areas["osm_id"] = areas["osm_way_id"].fillna(areas["osm_id"])
    areas["highway"] = areas["other_tags"].str.extract(r'"highway"=>"([^"]*)"', expand=False)
    areas = areas.set_geometry(areas.geometry.boundary)
    return areas[["osm_id", "name", "highway", "geometry"]]


def clip(ways: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """The parts of ways inside the extract's own bounds, in EPSG:27700: crossing ways are kept whole in extracts."""
    ways = ways.assign(number=ways["osm_id"].astype("int64"))
    if bounds := map_file.extent(path, "lines"):
        ways = ways.set_geometry(ways.geometry.intersection(bounds))
    ways = map_file.to_grid(ways, path).explode(ignore_index=True)
    return ways[ways.geom_type == "LineString"]


def read_places(path: Path) -> geopandas.GeoDataFrame:
    """Cities, towns, villages and hamlets: name, population (0 where nobody wrote it down), point in EPSG:27700."""
    places = map_file.read(path, "points", ["name", "other_tags"], where=SETTLEMENTS)
    written = places["other_tags"].str.extract(r'"population"=>"(\d+)"', expand=False)
    places = places.assign(population=pd.to_numeric(written).fillna(0).astype(int))
    return map_file.to_grid(places[["name", "population", "geometry"]], path)


def read_canals(path: Path) -> geopandas.GeoDataFrame:
    """Named canals, one row a name, lines in EPSG:27700."""
    where = "waterway = 'canal' and name is not null"
    ways = clip(map_file.read(path, "lines", ["osm_id", "name"], where=where), path)
    return join(ways.assign(kind="canal", source_id=ways["osm_id"], canal=ways["name"]), "canal")
