"""The layers of OS Open Zoomstack (GeoPackage) as those of our map."""

from pathlib import Path

import geopandas
import pandas as pd
import shapely

from smartalert.importers import ground_themes, map_file

#: It draws woods, water and towns several times, each for its scales: the first and last zoom of each.
SPANS = (
    (6, 9, ("National", "Regional", "District", "Local")),
    (10, 11, ("Regional", "District", "National", "Local")),
    (12, 12, ("District", "Local", "Regional", "National")),
    (13, 14, ("Local", "District", "Regional", "National")),
)
WAYS = ("roads_national", "roads_regional", "roads_local")
ROADS = {
    "Motorway": "motorway", "Primary": "trunk", "A Road": "primary", "B Road": "secondary", "Minor": "tertiary",
    "Local": "residential", "Restricted": "service", "Guided Busway": "busway",
}  # fmt: skip
PLACES = {
    "Capital": "city", "City": "city", "Town": "town", "Village": "village", "Suburban Area": "suburb",
    "Hamlet": "hamlet", "Small Settlements": "hamlet",
}  # fmt: skip
#: Names of water that is no river: they stand at a point.
WATER_NAME = "Water"
TIDE = ("MHW", "MLW")


def layers(path: Path, within: shapely.Geometry | None) -> dict[str, geopandas.GeoDataFrame]:
    """Everything that the map draws of it, by layer of the tiles."""

    def read(layer: str, *columns: str) -> geopandas.GeoDataFrame:
        return map_file.inside(path, layer, {name: (name,) for name in columns}, within)

    names = read("names", "name1", "type").rename(columns={"name1": "name"})
    ways = joined(*(read(layer, "type", "name", "number") for layer in WAYS)).explode(ignore_index=True)
    return {
        "landuse": joined(
            scaled(read("urban_areas", "type"), "residential"),
            scaled(read("woodland", "type"), "wood"),
            sized(read("greenspace").assign(kind="park")),
            sized(sites(read("sites", "type"))),
        ),
        "water": water(read("surfacewater", "type"), read("waterlines", "type"), names),
        "roads": roads(ways, read("rail", "type").explode(ignore_index=True)),
        "buildings": read("local_buildings").assign(kind="building", first=14)[["kind", "first", "geometry"]],
        "places": places(names),
        "pois": ground_themes.points(read("railway_stations", "name").assign(kind="station")),
    }


def scaled(rows: geopandas.GeoDataFrame, kind: str) -> geopandas.GeoDataFrame:
    """Each zoom with the shapes that are drawn for its scale."""
    there = set(rows["type"])
    parts = []
    for first, last, scales in SPANS:
        scale = next((scale for scale in scales if scale in there), None)
        shown = rows[rows["type"] == scale] if scale else rows
        parts.append(shown.assign(kind=kind, first=first, last=last)[["kind", "first", "last", "geometry"]])
    return joined(*parts)


def joined(*parts: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Parts of one layer as one."""
    return ground_themes.concat(list(parts), parts[0])


def sized(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Each from the zoom at which it can be seen."""
    return rows.assign(first=ground_themes.by_size(rows, 8, 13))[["kind", "first", "geometry"]]


def sites(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Grounds of schools and hospitals, and works."""
    said = rows["type"].fillna("")
    kind = pd.Series("industrial", index=rows.index)
    kind = kind.mask(said.str.contains("Education"), "school").mask(said.str.contains("Medical"), "hospital")
    return rows.assign(kind=kind)


def water(
    areas: geopandas.GeoDataFrame, lines: geopandas.GeoDataFrame, names: geopandas.GeoDataFrame
) -> geopandas.GeoDataFrame:
    """Lakes and rivers, and where their names stand."""
    shapes = scaled(areas, "water").assign(kind_detail="lake", name=None)
    lines = lines[~lines["type"].isin(TIDE)].explode(ignore_index=True)
    flows = scaled(lines, "water")
    wide = flows["last"] < 13
    flows = flows.assign(kind=wide.map({True: "river", False: "stream"}), kind_detail="river", name=None)
    named = names[names["type"] == WATER_NAME].assign(kind="water", kind_detail="lake", first=11, last=14)
    columns = ["kind", "kind_detail", "name", "first", "last", "geometry"]
    return joined(shapes[columns], flows[columns], named[columns])


def roads(ways: geopandas.GeoDataFrame, rails: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Roads, and railways above the ground."""
    lines = ways.assign(kind_detail=ways["type"].map(ROADS)).rename(columns={"number": "ref"})
    rails = rails[rails["type"] != "Tunnel"]
    return joined(ground_themes.roads(lines), ground_themes.rails(rails[["geometry"]]))


def places(names: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Cities to hamlets, as it writes them: in capitals, some."""
    rows = names.assign(kind_detail=names["type"].map(PLACES), population=0)
    return ground_themes.places(rows[["name", "kind_detail", "population", "geometry"]])
