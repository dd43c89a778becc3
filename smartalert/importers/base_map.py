"""Imports the map that everything is drawn on, from whatever a force has, in place of the one before."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import shapely
from pyproj import Transformer

from smartalert.database import connection
from smartalert.database.progress import Say, progress
from smartalert.errors import ImportRefused
from smartalert.importers import (
    ground,
    ground_map,
    known_ground,
    map_file,
    os_ground,
    osm_ground,
    ready_map,
    sent_files,
)
from smartalert.importers.ground import Agree, nobody
from smartalert.wording import PUBLISHERS

#: Metres round the force area that the map shows too, so that no view ends at the border.
MARGIN_M = 10_000
READY = (".pmtiles", ".mbtiles")
#: What a map shows → the layer of its tiles without which there is nothing to see, and what that is called.
NEEDED = {"everything": "roads", "roads": "roads", "rivers": "water", "green": "landuse", "borders": "boundaries"}
CALLED = {
    "everything": "road",
    "roads": "road",
    "rivers": "river",
    "green": "park",
    "borders": "border",
}


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
    with sent_files.map_files(path) as files, ground.change(owner_url, "map", [path], say, agree) as conn:
        draw(conn, files, path.name, say)


def draw(conn: connection.Connection, files: Sequence[Path], name: str, say: Say) -> None:
    """The same within an import, of what these files hold."""
    with (
        tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder,
        progress(f"Drawing the map from {name}", 1, say) as step,
    ):
        out = Path(folder) / "ground.pmtiles"
        made = make(conn, files, name, out)
        step.advance(0.9)
        ground_map.keep(conn, out, made.shows, name, made.attribution)
        size_mb = out.stat().st_size / 1e6
    say(f"The map is drawn from {name} ({size_mb:,.1f} MB).{beside(conn, made)}")


def make(conn: connection.Connection, files: Sequence[Path], name: str, out: Path) -> Made:
    """Write the file of a map, or of the part of one. Raises ImportRefused."""
    area, first = surroundings(conn), files[0]
    if first.suffix.lower() in READY:
        return Made("everything", ready_map.take(first, degrees(area) if area else None, out))
    if {"lines", "points", "multipolygons"} <= set(map_file.layers(first)):
        themes, made = osm_ground.themes(first, area), Made("everything", PUBLISHERS["osm"])
    else:
        shows, themes = os_ground.themes(files, area)
        made = Made(shows, PUBLISHERS["os_open_roads"])
    if not any(theme.layer == NEEDED[made.shows] for theme in themes):
        raise ImportRefused(f"{name} shows no {CALLED[made.shows]} of the force area. Nothing was changed.")
    ground_map.build(themes, made.attribution, out)
    return made


def beside(conn: connection.Connection, made: Made) -> str:
    """What is drawn with it, or what hides it, in words."""
    drawn = ground_map.drawn(conn)
    if made.shows not in drawn:
        return f" It is hidden: the map from {drawn['everything']} shows everything. It is drawn with OS Open Roads."
    others = [source for shows, source in drawn.items() if shows != made.shows]
    return f" With it is drawn what {' and '.join(others)} showed." if others else ""


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
