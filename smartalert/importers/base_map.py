"""Imports the map that everything is drawn on, from whatever a force has, in place of the one before."""

import tempfile
from pathlib import Path

import shapely
from pyproj import Transformer

from smartalert.database import connection
from smartalert.database.progress import Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import ground_map, known_ground, map_file, open_roads, osm_ground, ready_map
from smartalert.wording import PUBLISHERS

#: Metres round the force area that the map shows too, so that no view ends at the border.
MARGIN_M = 10_000
READY = (".pmtiles", ".mbtiles")


def import_map(owner_url: str, path: Path | str, say: Say) -> None:
    """Draw the map from an OpenStreetMap extract, OS Open Roads, or a ready file of vector tiles.

    With a force area, of the area and ten kilometres round it. Raises ImportRefused, and then nothing is changed.
    """
    path = Path(path)
    with (
        connection.only_transaction(owner_url) as conn,
        tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder,
        progress(f"Drawing the map from {path.name}", 1, say) as step,
    ):
        out = Path(folder) / "ground.pmtiles"
        attribution = make(conn, path, out)
        step.advance(0.9)
        ground_map.keep(conn, out, path.name, attribution)
        size_mb = out.stat().st_size / 1e6
    say(f"The map is drawn from {path.name} ({size_mb:,.1f} MB).")


def make(conn: connection.Connection, path: Path, out: Path) -> str:
    """Write the file of a map; returns its attribution."""
    area = surroundings(conn)
    if path.suffix.lower() in READY:
        return ready_map.take(path, degrees(area) if area else None, out)
    layers = map_file.layers(path)
    if {"lines", "points", "multipolygons"} <= set(layers):
        themes, attribution = osm_ground.themes(path, area), PUBLISHERS["osm"]
    else:
        layer = open_roads.LAYER if open_roads.LAYER in layers else layers[0]
        roads = known_ground.open_roads(path, layer, area)
        themes, attribution = known_ground.themes(conn, roads), PUBLISHERS["os_open_roads"]
    if not any(theme.layer == "roads" for theme in themes):
        raise ImportRefused(f"{path.name} shows no road of the force area. Nothing was changed.")
    ground_map.build(themes, attribution, out)
    return attribution


def draw_known(conn: connection.Connection) -> None:
    """Draw the map of the made-up county."""
    with tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder:
        out = Path(folder) / "ground.pmtiles"
        ground_map.build(known_ground.themes(conn), PUBLISHERS["training"], out)
        ground_map.keep(conn, out, "training", PUBLISHERS["training"])


def surroundings(conn: connection.Connection) -> shapely.Polygon | None:
    """The force area with what lies round it (EPSG:27700), if one is set."""
    row = conn.execute(
        "select st_asbinary(st_expand(st_envelope(geom), %s)) as box from force_area", [MARGIN_M]
    ).fetchone()
    return shapely.from_wkb(bytes(row.box)) if row else None


def degrees(area: shapely.Polygon) -> tuple[float, float, float, float]:
    """West, south, east and north of an area of the National Grid."""
    box: tuple[float, float, float, float] = Transformer.from_crs(map_file.GRID, 4326, always_xy=True).transform_bounds(
        *area.bounds
    )
    return box
