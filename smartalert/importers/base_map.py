"""Imports the map that everything is drawn on, from whatever a force has, in place of the one before."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import shapely
from pyproj import Transformer

from smartalert.database import connection
from smartalert.database.progress import Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import ground, ground_map, known_ground, map_file, open_roads, osm_ground, ready_map
from smartalert.importers.ground import Agree, nobody
from smartalert.wording import PUBLISHERS

#: Metres round the force area that the map shows too, so that no view ends at the border.
MARGIN_M = 10_000
READY = (".pmtiles", ".mbtiles")


class Made(NamedTuple):
    """What a file became."""

    shows: str
    attribution: str


def import_map(owner_url: str, path: Path | str, say: Say, agree: Agree = nobody) -> None:
    """Draw the map from a file of any publisher known here, or a ready file of vector tiles; one can go back to the
    map before it.

    With a force area, of the area and ten kilometres round it. Raises ImportRefused, and then nothing is changed.
    """
    path = Path(path)
    with ground.change(owner_url, "map", [path], say, agree) as conn:
        draw(conn, path, say)


def draw(conn: connection.Connection, path: Path, say: Say) -> None:
    """The same within an import."""
    with (
        tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder,
        progress(f"Drawing the map from {path.name}", 1, say) as step,
    ):
        out = Path(folder) / "ground.pmtiles"
        made = make(conn, path, out)
        step.advance(0.9)
        ground_map.keep(conn, out, made.shows, path.name, made.attribution)
        size_mb = out.stat().st_size / 1e6
    say(f"The map is drawn from {path.name} ({size_mb:,.1f} MB).")


def make(conn: connection.Connection, path: Path, out: Path) -> Made:
    """Write the file of a map."""
    area = surroundings(conn)
    if path.suffix.lower() in READY:
        return Made("everything", ready_map.take(path, degrees(area) if area else None, out))
    layers = map_file.layers(path)
    if {"lines", "points", "multipolygons"} <= set(layers):
        themes, made = osm_ground.themes(path, area), Made("everything", PUBLISHERS["osm"])
    else:
        layer = open_roads.LAYER if open_roads.LAYER in layers else layers[0]
        themes, made = known_ground.open_roads(path, layer, area), Made("roads", PUBLISHERS["os_open_roads"])
    if not any(theme.layer == "roads" for theme in themes):
        raise ImportRefused(f"{path.name} shows no road of the force area. Nothing was changed.")
    ground_map.build(themes, made.attribution, out)
    return made


def draw_known(conn: connection.Connection) -> None:
    """Draw the map of the made-up county."""
    with tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder:
        out = Path(folder) / "ground.pmtiles"
        ground_map.build(known_ground.themes(conn), PUBLISHERS["training"], out)
        ground_map.keep(conn, out, "everything", "training", PUBLISHERS["training"])
    connection.queries("importers/ground").forget_maps(conn)


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
