"""The map of an OpenStreetMap extract (.osm.pbf), theme by theme. © OpenStreetMap contributors, ODbL."""

from pathlib import Path

import geopandas
import pandas as pd
import shapely

from smartalert.importers import ground_themes, map_file
from smartalert.importers.ground_map import Theme

#: Tag and value → kind of ground, as Protomaps calls it. The first that fits counts.
GROUND = {
    "landuse": {
        "forest": "wood",
        "residential": "residential",
        "industrial": "industrial",
        "commercial": "industrial",
        "retail": "industrial",
        "railway": "industrial",
        "cemetery": "cemetery",
        "recreation_ground": "park",
        "village_green": "park",
        "allotments": "park",
        "meadow": "grass",
        "grass": "grass",
        "quarry": "quarry",
        "military": "military",
    },
    "natural": {"wood": "wood", "scrub": "grass", "heath": "grass", "grassland": "grass", "beach": "beach"},
    "leisure": {
        "park": "park",
        "garden": "park",
        "common": "park",
        "golf_course": "park",
        "pitch": "park",
        "playground": "park",
        "recreation_ground": "park",
    },
    "amenity": {
        "school": "school",
        "college": "school",
        "university": "school",
        "hospital": "hospital",
        "grave_yard": "cemetery",
    },
    "aeroway": {"aerodrome": "aerodrome"},
}
POINTS = {"hospital": "hospital", "police": "police", "fire_station": "fire_station", "school": "school"}
LINES_OF_WATER = ("river", "canal", "stream", "drain", "ditch")


def themes(path: Path, within: shapely.Geometry | None = None) -> list[Theme]:
    """Everything that the map draws of an extract, inside its own bounds and round an area (EPSG:27700)."""
    covered = map_file.extent(path, "lines")
    if within is not None:
        wanted = shapely.box(*map_file.bounds_in(path, "lines", within.bounds))
        covered = covered.intersection(wanted) if covered else wanted
    box = covered.bounds if covered and not covered.is_empty else None
    lines = read(path, "lines", ["name", "highway", "waterway", "railway", "other_tags"], box)
    areas = read(path, "multipolygons", [*GROUND, "building", "name", "other_tags"], box)
    spots = read(path, "points", ["name", "place", "highway", "other_tags"], box)
    found = {
        "landuse": ground(areas),
        "water": water(areas, lines),
        "roads": roads(lines),
        "buildings": areas[areas["building"].notna()].assign(kind="building", first=14)[["kind", "first", "geometry"]],
        "places": places(spots),
        "pois": points(spots, areas),
    }
    return ground_themes.themes(found)


def read(
    path: Path, layer: str, columns: list[str], box: tuple[float, float, float, float] | None
) -> geopandas.GeoDataFrame:
    """A layer inside a box of degrees, cut at its edge: extracts keep whatever crosses it whole."""
    rows = map_file.read(path, layer, columns, bbox=box)
    if box is not None:
        shapes = shapely.make_valid(rows.geometry.values) if layer == "multipolygons" else rows.geometry.values
        rows = rows.set_geometry(shapely.clip_by_rect(shapes, *box))
    return map_file.to_grid(rows, path)


def tag(rows: geopandas.GeoDataFrame, name: str) -> "pd.Series[str]":
    """One of the tags that have no column."""
    return rows["other_tags"].str.extract(rf'"{name}"=>"([^"]*)"', expand=False)


def ground(areas: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Woods, parks, built-up areas and the grounds of schools and hospitals."""
    kind = pd.Series(None, index=areas.index, dtype="object")
    for column, kinds in GROUND.items():
        kind = kind.fillna(areas[column].map(kinds))
    rows = areas.assign(kind=kind)[kind.notna()]
    return rows.assign(first=ground_themes.by_size(rows, 7, 13))[["kind", "first", "geometry"]]


def water(areas: geopandas.GeoDataFrame, lines: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Lakes, reservoirs, rivers and canals."""
    wet = (areas["natural"] == "water") | areas["landuse"].isin(["reservoir", "basin"])
    wet |= tag(areas, "waterway").isin(["riverbank", "dock"])
    shapes = areas[wet].assign(kind_detail=tag(areas[wet], "water").fillna("lake"))
    flows = lines[lines["waterway"].isin(LINES_OF_WATER)]
    flows = flows.assign(kind_detail=flows["waterway"])
    columns = ["name", "kind_detail", "geometry"]
    return ground_themes.waters(ground_themes.concat([shapes[columns], flows[columns]], lines))


def roads(lines: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Roads with their numbers, paths, and the railways that are in use."""
    ways = lines.assign(kind_detail=lines["highway"], ref=tag(lines, "ref").str.partition(";")[0])
    inside = tag(lines, "service").isin(["parking_aisle", "driveway"])
    rails = lines[lines["railway"].isin(["rail", "light_rail", "tram", "narrow_gauge", "preserved"])]
    columns = ["name", "ref", "kind_detail", "geometry"]
    return ground_themes.concat(
        [ground_themes.roads(ways[~inside][columns]), ground_themes.rails(rails[["geometry"]])], lines
    )


def places(spots: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Cities to hamlets."""
    named = spots[spots["name"].notna() & spots["place"].notna()]
    people = pd.to_numeric(tag(named, "population").str.replace(r"\D", "", regex=True)).fillna(0).clip(upper=20_000_000)
    rows = named.assign(kind_detail=named["place"], population=people.astype(int))
    return ground_themes.places(rows[["name", "kind_detail", "population", "geometry"]])


def points(spots: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Stations, hospitals, police and fire stations and schools, whether mapped as points or as grounds."""
    marks = spots.assign(kind=tag(spots, "amenity").map(POINTS))
    stations = tag(spots, "railway").isin(["station", "halt"])
    marks.loc[stations, "kind"] = "station"
    grounds = areas.assign(kind=areas["amenity"].map(POINTS))
    grounds = grounds[grounds["kind"].notna()]
    grounds = grounds.set_geometry(grounds.geometry.representative_point())
    columns = ["name", "kind", "geometry"]
    return ground_themes.points(ground_themes.concat([marks[columns], grounds[columns]], spots))
