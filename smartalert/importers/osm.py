"""Streets, places and landmarks of an OpenStreetMap extract (.osm.pbf). © OpenStreetMap contributors, ODbL."""

from pathlib import Path

import geopandas
import pandas as pd

from smartalert.importers import map_file
from smartalert.importers.links import group_by_nearness, join, spelt_alike

#: OpenStreetMap's classes of road: main roads, paths and local streets. What is planned, gone, a drive or no road at
#: all, as bus stops and motorway services, has others.
MAIN = {f"{road}{end}" for road in ("motorway", "trunk", "primary", "secondary", "tertiary") for end in ("", "_link")}
PATHS = {"footway", "path", "cycleway", "bridleway", "steps", "track"}
LOCAL = {"residential", "unclassified", "living_street", "pedestrian", "road", "busway", "bus_guideway"}
ROADS = "highway in ({})".format(", ".join(f"'{road}'" for road in sorted(MAIN | PATHS | LOCAL)))
#: The number of a classified road, as "A34", "A 34" and "A1(M)".
NUMBER = r"[MAB]\d{1,4}(?:\(M\))?"
#: Places that streets are told apart by → how many live there at least, where nobody wrote it down.
SETTLEMENTS = {"city": 100_000, "town": 10_000, "suburb": 2_000, "village": 500, "hamlet": 50}
#: How many live somewhere, as mappers write it: "12,345", "12 345 (2021)", "c. 500".
MOST_PEOPLE = 20_000_000
POPULATION = r"\D*(\d{1,3}(?:[, \u00a0]\d{3})+|\d+)"
#: A tag and its values → the kind of landmark.
LANDMARKS = {
    "railway": {"station": "station", "halt": "station"},
    "amenity": {"school": "school", "college": "school", "university": "school", "hospital": "hospital",
                "police": "police station", "nursing_home": "care home"},
    "social_facility": dict.fromkeys(("nursing_home", "assisted_living", "group_home"), "care home"),
    "leisure": {"park": "park", "nature_reserve": "park", "horse_riding": "stables"},
    "natural": {"water": "water"},
    "landuse": {"reservoir": "water", "farmyard": "farm", "recreation_ground": "park"},
    "place": {"farm": "farm"},
}  # fmt: skip
NAMED = "name is not null"
#: West, south, east and north of what is read of a file, in degrees.
Box = tuple[float, float, float, float]
#: Railways that trains or visitors use.
RAILWAYS = ["rail", "light_rail", "narrow_gauge", "preserved", "tram"]
#: Metres: a canal, river or railway goes on behind a gap of so much, as at a lake, or where a part was filled in.
FLOWS_ON_M = 5_000.0


def kind(highway: str) -> str:
    """How a class of road is stored."""
    return "main" if highway in MAIN else "path" if highway in PATHS else "local"


def read_areas(path: Path, box: Box | None = None) -> geopandas.GeoDataFrame:
    """What is mapped as an area and has a name."""
    tags = ["amenity", "leisure", "natural", "landuse", "place"]
    areas = map_file.read(
        path, "multipolygons", ["osm_id", "osm_way_id", "name", *tags, "other_tags"], where=NAMED, bbox=box
    )
    return areas.assign(osm_id=areas["osm_way_id"].fillna(areas["osm_id"]))


def read_points(path: Path, box: Box | None = None) -> geopandas.GeoDataFrame:
    """What is mapped as a point and has a name."""
    return map_file.read(path, "points", ["osm_id", "name", "place", "other_tags"], where=NAMED, bbox=box)


def tag(rows: geopandas.GeoDataFrame, name: str) -> "pd.Series[str]":
    """What a tag says, in its own column or among the others; nothing where it is not there."""
    others = rows["other_tags"].fillna("").str.extract(rf'"{name}"=>"([^"]*)', expand=False).fillna("")
    return rows[name].fillna(others) if name in rows.columns else others


def read_streets(path: Path, areas: geopandas.GeoDataFrame, box: Box | None = None) -> geopandas.GeoDataFrame:
    """Named streets, numbered roads and waterways, one row each: name, kind, source_id, is_keyed, lines (27700)."""
    ways = roads(path, box)
    links = clip(pd.concat([ways[ways["name"] != ""], squares(areas)], ignore_index=True), path)
    links = links.assign(kind=[kind(highway) for highway in links["highway"]])
    # the lowest number of its ways names a street, so that the next extract most likely names it the same
    links = links.sort_values("number", ignore_index=True).assign(source_id=lambda rows: rows["osm_id"])
    links["street"] = group_by_nearness(links, spelt_alike(links["name"])) if len(links) else []
    named = join(links, "street").assign(is_keyed=False)
    return pd.concat([named, numbered(ways, path), read_waterways(path, box)], ignore_index=True)


def roads(path: Path, box: Box | None = None) -> geopandas.GeoDataFrame:
    """The ways that are roads and have a name or a number (`ref`)."""
    columns = ["osm_id", "name", "highway", "other_tags"]
    where = f"""{ROADS} and (name is not null or other_tags like '%"ref"=>%')"""
    ways = map_file.read(path, "lines", columns, where=where, bbox=box)
    return ways.assign(name=ways["name"].fillna(""), ref=tag(ways, "ref").where(ways["highway"].isin(MAIN), ""))[
        ["osm_id", "name", "ref", "highway", "geometry"]
    ]


def numbered(ways: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """Whole main roads by their numbers: a way may be part of several, as "A34;A500"."""
    ways = ways.assign(name=ways["ref"].str.upper().str.replace(" ", "").str.split(";")).explode("name")
    ways = clip(ways[ways["name"].str.fullmatch(NUMBER).fillna(False)].reset_index(drop=True), path)
    return join(ways.assign(kind="numbered", source_id=ways["name"], road=ways["name"]), "road").assign(is_keyed=True)


def squares(areas: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Pedestrian squares: mapped as areas, known as streets; their outline stands for them."""
    areas = areas.assign(highway=tag(areas, "highway")).set_geometry(areas.geometry.boundary)
    return areas[areas["highway"].isin(MAIN | PATHS | LOCAL)][["osm_id", "name", "highway", "geometry"]]


def clip(ways: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """The parts of ways inside the extract's own bounds, in EPSG:27700: crossing ways are kept whole in extracts."""
    ways = ways.assign(number=ways["osm_id"].astype("int64"))
    if bounds := map_file.extent(path, "lines"):
        ways = ways.set_geometry(ways.geometry.intersection(bounds))
    ways = map_file.to_grid(ways, path).explode(ignore_index=True)
    return ways[ways.geom_type == "LineString"]


def read_places(points: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """Cities, towns, suburbs, villages and hamlets: name, kind, population, point and extent in EPSG:27700."""
    places = pd.concat([points, areas], ignore_index=True)
    places = places[places["place"].isin(SETTLEMENTS)].rename(columns={"place": "kind"})
    written = places["other_tags"].str.extract(rf'"population"=>"{POPULATION}', expand=False)
    counted = pd.to_numeric(written.str.replace(r"\D", "", regex=True)).clip(upper=MOST_PEOPLE)
    places["population"] = counted.fillna(places["kind"].map(SETTLEMENTS)).astype(int)
    places = map_file.to_grid(places[["name", "kind", "population", "geometry"]], path)
    is_area = places.geom_type.isin(["Polygon", "MultiPolygon"])
    return places.assign(extent=places.geometry.where(is_area), geometry=places.representative_point())


def read_landmarks(points: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """Schools, hospitals, care homes, stations, police stations, parks, lakes, farms and stables: kind, name, geometry
    (27700)."""
    found = pd.concat([points, areas], ignore_index=True).assign(kind="")
    for name, kinds in LANDMARKS.items():
        found["kind"] = found["kind"].where(found["kind"] != "", tag(found, name).map(kinds).fillna(""))
    return map_file.to_grid(found[found["kind"] != ""][["kind", "name", "geometry"]], path)


def read_waterways(path: Path, box: Box | None = None) -> geopandas.GeoDataFrame:
    """Named canals, rivers and railways, one row each: name, kind, source_id, is_keyed, lines in EPSG:27700.

    Two of one name that lie far apart are two.
    """
    where = f"(waterway in ('canal', 'river') or other_tags like '%\"railway\"=>%') and {NAMED}"
    ways = map_file.read(path, "lines", ["osm_id", "name", "waterway", "other_tags"], where=where, bbox=box)
    rails = tag(ways, "railway").isin(RAILWAYS).map({True: "railway", False: ""})
    ways = ways.assign(kind=ways["waterway"].where(ways["waterway"].isin(["canal", "river"]), rails))
    ways = clip(ways[ways["kind"] != ""], path).sort_values("number", ignore_index=True)
    ways = ways.assign(source_id=ways["kind"] + " " + ways["osm_id"])
    called = ways["kind"] + " " + spelt_alike(ways["name"])
    for name, some in ways.groupby(called):
        parts = group_by_nearness(some, called[some.index], FLOWS_ON_M)
        ways.loc[some.index, "line"] = [f"{name} {part}" for part in parts]
    if ways.empty:
        return ways.assign(is_keyed=True)[["name", "kind", "source_id", "geometry", "is_keyed"]]
    return join(ways, "line").assign(is_keyed=True)
