"""The map of the made-up county, of what the database knows of it."""

from collections.abc import Sequence

import geopandas
import pandas as pd
import shapely

from smartalert.database.connection import Connection
from smartalert.importers import ground_themes, map_file
from smartalert.importers.ground_map import Theme

KINDS = {"main": "primary", "local": "residential", "path": "path"}
#: What is drawn beside roads and places.
MARKS = """
select kind, name, st_asbinary(geom) as geom from landmarks
union all
select kind, name, st_asbinary(geom) from streets where kind in ('canal', 'river')"""
#: Residents from which a place is a city, a town, a village; fewer make a hamlet.
RANKS = ((100_000, "city"), (10_000, "town"), (500, "village"), (0, "hamlet"))


def themes(conn: Connection) -> list[Theme]:
    """The streets, places, water, stations and schools of the database."""
    roads = ground_themes.roads(streets(conn))
    marks = rows(conn, MARKS)
    marks["kind"] = marks["kind"].replace("police station", "police")
    return ground_themes.themes(
        {
            "landuse": ground_themes.built_up(roads[roads["kind_detail"] == "residential"]),
            "water": water(marks),
            "roads": roads,
            "places": places(conn),
            "pois": ground_themes.points(marks.set_geometry(marks.geometry.representative_point())),
        }
    )


def rows(conn: Connection, query: str, args: Sequence[object] = ()) -> geopandas.GeoDataFrame:
    """What a query finds, with its column `geom` as shapes in EPSG:27700."""
    cursor = conn.execute(query, args)
    found = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    shapes = shapely.from_wkb([bytes(shape) for shape in found.pop("geom")])
    return geopandas.GeoDataFrame(found, geometry=shapes, crs=map_file.GRID)


def streets(conn: Connection) -> geopandas.GeoDataFrame:
    """The streets of the database, as lines."""
    query = "select name, kind, st_asbinary(geom) as geom from streets where kind = any(%s)"
    found = rows(conn, query, [list(KINDS)]).explode(ignore_index=True)
    return found.assign(kind_detail=found["kind"].map(KINDS), ref=None)


def places(conn: Connection) -> geopandas.GeoDataFrame:
    """Towns and villages, ranked as their publisher does, in the made-up county by how many live there."""
    found = rows(conn, "select name, kind, source, population, st_asbinary(point) as geom from towns")
    ranks = pd.Series([next(kind for least, kind in RANKS if people >= least) for people in found["population"]])
    found["kind_detail"] = found["kind"].where(found["source"] != "training", ranks)
    return ground_themes.places(found[["name", "kind_detail", "population", "geometry"]])


def water(marks: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Canals, rivers and reservoirs."""
    wet = marks[marks["kind"].isin(["canal", "river", "water"]) & (marks.geom_type != "Point")]
    return ground_themes.waters(wet.assign(kind_detail=wet["kind"].replace("water", "reservoir")))
