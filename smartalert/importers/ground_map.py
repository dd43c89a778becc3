"""Makes the map that everything is drawn on: GDAL cuts each theme into vector tiles, and one PMTiles file holds all."""

import gzip
import heapq
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from smartalert.database.connection import Connection

#: Closer than the last zoom the browser draws the same tiles larger.
FIRST_ZOOM, LAST_ZOOM = 6, 14
#: Bytes of a piece in the database.
PART = 1 << 20


@dataclass(frozen=True)
class Theme:
    """Features of one layer of the tiles, and the zooms at which they are drawn."""

    layer: str
    rows: geopandas.GeoDataFrame
    first: int = FIRST_ZOOM
    last: int = LAST_ZOOM


def build(themes: Iterable[Theme], attribution: str, out: Path) -> None:
    """Write one PMTiles file of all of these; of one layer and zoom no two."""
    with tempfile.TemporaryDirectory(prefix="smartalert-map-") as folder:
        wanted = [theme for theme in themes if len(theme.rows)]
        paths = [Path(folder) / f"{number}.pmtiles" for number in range(len(wanted))]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(cut, wanted, paths))
        merge(paths, attribution, out)


def cut(theme: Theme, path: Path) -> None:
    """One theme as tiles, simplified where nobody could see the difference."""
    pyogrio.write_dataframe(
        theme.rows.to_crs(3857),
        path,
        driver="PMTiles",
        layer=theme.layer,
        geometry_type="Unknown",
        dataset_options={
            "MINZOOM": theme.first,
            "MAXZOOM": theme.last,
            "SIMPLIFICATION": 6,
            "SIMPLIFICATION_MAX_ZOOM": 2,
            "BUFFER": 64,
            "MAX_SIZE": 2_000_000,
        },
    )


def merge(paths: list[Path], attribution: str, out: Path) -> None:
    """Put the layers of several files into one, tile by tile: a vector tile is its layers, one after the other."""
    layers: dict[str, dict[str, Any]] = {}
    with ExitStack() as opened:
        readers = [Reader(MmapSource(opened.enter_context(path.open("rb")))) for path in paths]
        for layer in (layer for reader in readers for layer in reader.metadata()["vector_layers"]):
            known = layers.setdefault(layer["id"], layer)
            known["minzoom"] = min(known["minzoom"], layer["minzoom"])
            known["maxzoom"] = max(known["maxzoom"], layer["maxzoom"])
        bounds = [[reader.header()[edge] for edge in EDGES] for reader in readers]
        west, south, east, north = zip(*bounds, strict=True)
        metadata = {"name": "Ground", "attribution": attribution, "vector_layers": list(layers.values())}
        write(together(readers), metadata, (min(west), min(south), max(east), max(north)), out)


def together(readers: list[Reader]) -> Iterator[tuple[int, bytes]]:
    """Each tile's number with all that the files have of it; a file's own tiles come in the order of their numbers."""
    streams = [((zxy_to_tileid(*zxy), body) for zxy, body in all_tiles(reader.get_bytes)) for reader in readers]
    for tile, parts in groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        yield tile, gzip.compress(b"".join(gzip.decompress(body) for _, body in parts), 6, mtime=0)


#: West, south, east and north in a PMTiles header, in 1/10,000,000 of a degree.
EDGES = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")


def write(
    tiles: Iterable[tuple[int, bytes]], metadata: dict[str, Any], bounds: tuple[int, int, int, int], out: Path
) -> None:
    """A PMTiles file of gzipped vector tiles, in the order of their numbers."""
    west, south, east, north = bounds
    with out.open("wb") as file:
        writer = Writer(file)
        for number, body in tiles:
            writer.write_tile(number, body)
        header = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            **dict(zip(EDGES, bounds, strict=True)),
            "center_zoom": 10,
            "center_lon_e7": (west + east) // 2,
            "center_lat_e7": (south + north) // 2,
        }
        writer.finalize(header, metadata)


def keep(conn: Connection, path: Path, shows: str, source: str, attribution: str) -> int:
    """Make this file the map, or the part of it that it shows. Returns its number."""
    [row] = conn.execute(
        "insert into ground_maps (shows, source, attribution, bytes) values (%s, %s, %s, %s) returning id",
        [shows, source, attribution, path.stat().st_size],
    )
    with conn.cursor().copy("copy ground_map_parts (map, number, body) from stdin (format binary)") as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for number, body in enumerate(pieces(path)):
            copy.write_row((row.id, number, body))
    return int(row.id)


def drawn(conn: Connection) -> dict[str, str]:
    """What the map shows now, and of which file each is."""
    return {row.shows: row.source for row in conn.execute("select shows, source from drawn_ground")}


def pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while body := file.read(PART):
            yield body
