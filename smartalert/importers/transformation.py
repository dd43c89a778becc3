"""How degrees become metres of the National Grid here, how far that may be off, and what to do about it."""

import warnings
from pathlib import Path

import pyogrio
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup

from smartalert.database.connection import Connection

#: Files that can be asked for their coordinates without being read; OpenStreetMap's are degrees.
MAPS, OSM = {".geojson", ".json", ".kml", ".gpkg", ".shp"}, {".pbf", ".osm"}
GRID_FILE = "uk_os_OSTN15_NTv2_OSGBtoETRS.tif"
#: What PROJ says first of everything with longitudes before latitudes.
TURNED = "axis order change (2D) + "
#: A place in the middle of England, at which ours is compared with the database's; metres that nobody sees.
LON, LAT, SAME_M = -2.116, 52.806, 0.5


def words(conn: Connection) -> str:
    """Which transformation is used, how exact it is, and what to do where a better one is to be had."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of what is said here
        group = TransformerGroup(4326, 27700, always_xy=True)
    used = group.transformers[0]
    said = f"Degrees become metres of the National Grid by OSTN15, exact to {used.accuracy:g} m."
    if not group.best_available:
        said = (
            "Degrees become metres of the National Grid without OSTN15: 2 m off, up to 5 m in places "
            f"({used.description.removeprefix(TURNED)}). For more, put {GRID_FILE} of cdn.proj.org where PROJ looks: "
            f"here by `pyproj sync --file {GRID_FILE}`, on the database’s machine by the package proj-data."
        )
    apart = metres_apart(conn)
    other = f" The database does otherwise, {apart:.1f} m apart: only one of both has the grid."
    return said if apart < SAME_M else said + other


def metres_apart(conn: Connection) -> float:
    """How far the database's National Grid is from ours."""
    [row] = conn.execute(
        "select st_distance(st_transform(st_point(%s, %s, 4326), 27700), st_point(%s, %s, 27700)) as apart",
        [LON, LAT, *to_grid(LON, LAT)],
    )
    return float(row.apart)


def to_grid(lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing, as importers work them out."""
    east, north = Transformer.from_crs(4326, 27700, always_xy=True).transform(lon, lat)
    return float(east), float(north)


def in_degrees(path: Path) -> bool:
    """Whether a map file says that its coordinates are degrees; a file that cannot be read is refused later."""
    ending = path.suffix.lower()
    if ending not in MAPS:
        return ending in OSM
    try:
        crs = pyogrio.read_info(path, layer=0)["crs"]
    except (RuntimeError, ValueError):
        return False
    return bool(crs) and bool(CRS(crs).is_geographic)
