"""Streets, places and canals of an OpenStreetMap extract (.osm.pbf). © OpenStreetMap contributors, ODbL."""

from pathlib import Path

import geopandas
import pandas as pd

from smartalert.importers import map_file
from smartalert.importers.links import group_by_nearness, join

#: OpenStreetMap's classes of road: main roads, paths and local streets. What is planned, gone or no road at all, as bus
#: stops and motorway services, has others.
MAIN = {f"{road}{end}" for road in ("motorway", "trunk", "primary", "secondary", "tertiary") for end in ("", "_link")}
PATHS = {"footway", "path", "cycleway", "bridleway", "steps", "track"}
LOCAL = {"residential", "unclassified", "living_street", "service", "pedestrian", "road", "busway", "bus_guideway"}
ROADS = "highway in ({})".format(", ".join(f"'{road}'" for road in sorted(MAIN | PATHS | LOCAL)))
#: Places that streets are told apart by → how many live there at least, where nobody wrote it down.
SETTLEMENTS = {"city": 100_000, "town": 10_000, "suburb": 2_000, "village": 500, "hamlet": 50}
#: How many live somewhere, as mappers write it: "12,345", "12 345 (2021)", "c. 500".
MOST_PEOPLE = 20_000_000
POPULATION = r"\D*(\d{1,3}(?:[, \u00a0]\d{3})+|\d+)"


def kind(highway: str) -> str:
    """How a class of road is stored."""
    return "main" if highway in MAIN else "path" if highway in PATHS else "local"


def read_streets(path: Path) -> geopandas.GeoDataFrame:
    """Named streets, one row each: name, kind, source_id, lines in EPSG:27700."""
    links = clip(pd.concat([roads(path), squares(path)], ignore_index=True), path)
    links = links.assign(kind=[kind(highway) for highway in links["highway"]])
    # the lowest number of its ways names a street, so that the next extract most likely names it the same
    links = links.sort_values("number", ignore_index=True).assign(source_id=lambda rows: rows["osm_id"])
    links["street"] = group_by_nearness(links) if len(links) else []
    return join(links, "street")


def roads(path: Path) -> geopandas.GeoDataFrame:
    """The ways that are roads and have a name; a main road without one is called by its number."""
    columns = ["osm_id", "name", "highway", "other_tags"]
    where = f"""{ROADS} and (name is not null or other_tags like '%"ref"=>%')"""
    ways = map_file.read(path, "lines", columns, where=where)
    numbers = ways["other_tags"].str.extract(r'"ref"=>"([^";]*)', expand=False).where(ways["highway"].isin(MAIN))
    ways = ways.assign(name=ways["name"].fillna(numbers))
    return ways[ways["name"].notna()][["osm_id", "name", "highway", "geometry"]]


def squares(path: Path) -> geopandas.GeoDataFrame:
    """Pedestrian squares: mapped as areas, known as streets; their outline stands for them."""
    columns = ["osm_id", "osm_way_id", "name", "other_tags"]
    where = """name is not null and other_tags like '%"highway"=>%'"""
    areas = map_file.read(path, "multipolygons", columns, where=where)
    areas["osm_id"] = areas["osm_way_id"].fillna(areas["osm_id"])
    areas["highway"] = areas["other_tags"].str.extract(r'"highway"=>"([^"]*)"', expand=False)
    areas = areas.set_geometry(areas.geometry.boundary)
    return areas[areas["highway"].isin(MAIN | PATHS | LOCAL)][["osm_id", "name", "highway", "geometry"]]


def clip(ways: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """The parts of ways inside the extract's own bounds, in EPSG:27700: crossing ways are kept whole in extracts."""
    ways = ways.assign(number=ways["osm_id"].astype("int64"))
    if bounds := map_file.extent(path, "lines"):
        ways = ways.set_geometry(ways.geometry.intersection(bounds))
    ways = map_file.to_grid(ways, path).explode(ignore_index=True)
    return ways[ways.geom_type == "LineString"]


def read_places(path: Path) -> geopandas.GeoDataFrame:
    """Cities, towns, suburbs, villages and hamlets: name, population, point in EPSG:27700."""
    where = "place in ({}) and name is not null".format(", ".join(f"'{kind}'" for kind in SETTLEMENTS))
    places = map_file.read(path, "points", ["name", "place", "other_tags"], where=where)
    written = places["other_tags"].str.extract(rf'"population"=>"{POPULATION}', expand=False)
    counted = pd.to_numeric(written.str.replace(r"\D", "", regex=True)).clip(upper=MOST_PEOPLE)
    places = places.assign(population=counted.fillna(places["place"].map(SETTLEMENTS)).astype(int))
    return map_file.to_grid(places[["name", "population", "geometry"]], path)


def read_canals(path: Path) -> geopandas.GeoDataFrame:
    """Named canals, one row a name, lines in EPSG:27700."""
    where = "waterway = 'canal' and name is not null"
    ways = clip(map_file.read(path, "lines", ["osm_id", "name"], where=where), path)
    return join(ways.assign(kind="canal", source_id=ways["osm_id"], canal=ways["name"]), "canal")
