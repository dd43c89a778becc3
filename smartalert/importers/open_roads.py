"""Streets of OS Open Roads (GeoPackage or GeoJSON). Contains OS data © Crown copyright and database right."""

from pathlib import Path

import geopandas

from smartalert.importers import map_file
from smartalert.importers.links import join

LAYER = "road_link"
COLUMNS = ["road_classification", "name_1", "road_name_toid"]
#: Classes that are main roads; every other, known or not, is a local street. Open Roads has no paths.
MAIN = {"Motorway", "A Road", "B Road"}


def read_streets(path: Path, layer: str, within: tuple[float, float, float, float] | None) -> geopandas.GeoDataFrame:
    """Named streets, one row each: name, kind, source_id, lines in EPSG:27700.

    Links belong together by the publisher's key of the street, not by name: one county has many High Streets.
    `within` are bounds in EPSG:27700, so that a force need not read all of Great Britain.
    """
    links = map_file.read(path, layer, COLUMNS, where="name_1 is not null and road_name_toid is not null", bbox=within)
    links = map_file.to_grid(links, path).explode(ignore_index=True)
    links = links[links.geom_type == "LineString"].rename(columns={"name_1": "name", "road_name_toid": "source_id"})
    links["kind"] = links["road_classification"].isin(MAIN).map({True: "main", False: "local"})
    return join(links.assign(street=links["source_id"]), "street")
