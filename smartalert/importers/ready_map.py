"""A map that somebody else has made: .pmtiles or .mbtiles of vector tiles, of which the force's own part is taken."""

import gzip
import json
import math
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType, zxy_to_tileid

from smartalert import cleaning
from smartalert.errors import ImportRefused
from smartalert.importers import ground_map
from smartalert.wording import PUBLISHERS

Degrees = tuple[float, float, float, float]
#: One layer of each vocabulary that the map's style knows: Protomaps, OpenMapTiles, OS Open Zoomstack.
KNOWN = {"earth", "roads", "transportation", "urban_areas", "surfacewater"}
LONGEST_ATTRIBUTION = 300
#: What reading a damaged file ends in.
DAMAGE = (
    sqlite3.Error,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    RecursionError,
    zlib.error,
    MagicNumberNotFound,
    SpecVersionUnsupported,
)
GREAT_BRITAIN: Degrees = (-8.8, 49.8, 1.9, 61.0)


def take(path: Path, within: Degrees | None, out: Path) -> str:
    """Write the part of a file inside west, south, east and north; returns what its publisher asks to be said."""
    box = within or GREAT_BRITAIN
    try:
        return from_mbtiles(path, box, out) if path.suffix.lower() == ".mbtiles" else from_pmtiles(path, box, out)
    except DAMAGE as error:
        reason = f"{type(error).__name__} {error}".replace(str(path), path.name).strip()
        raise ImportRefused(f"{path.name} cannot be read as a map ({reason}). Nothing was changed.") from None


def from_pmtiles(path: Path, box: Degrees, out: Path) -> str:
    """The same for .pmtiles."""
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        header = reader.header()
        if header["tile_type"] != TileType.MVT:
            raise ImportRefused(f"{path.name} holds pictures, not vector tiles. Nothing was changed.")
        if header["tile_data_offset"] + header["tile_data_length"] > path.stat().st_size:
            raise EOFError("it ends early")
        pack = bytes if header["tile_compression"] == Compression.GZIP else gzip.compress
        tiles = ((zxy_to_tileid(*zxy), pack(body)) for zxy, body in all_tiles(reader.get_bytes) if covers(zxy, box))
        return write(path, tiles, reader.metadata(), box, out)


def from_mbtiles(path: Path, box: Degrees, out: Path) -> str:
    """The same for .mbtiles, a SQLite database that counts rows from the south."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        metadata = dict(db.execute("select name, value from metadata"))
        if metadata.get("format") != "pbf":
            raise ImportRefused(f"{path.name} holds pictures, not vector tiles. Nothing was changed.")
        metadata |= json.loads(metadata.get("json") or "{}")
        found = sorted((zxy_to_tileid(z, x, y), body) for z, x, y, body in rows(db, box))
        return write(path, iter(found), metadata, box, out)


def rows(db: sqlite3.Connection, box: Degrees) -> Iterator[tuple[int, int, int, bytes]]:
    """Tiles inside the box, by zoom, column and row from the north, gzipped."""
    for (z,) in db.execute("select distinct zoom_level from tiles order by 1").fetchall():
        west, north, east, south = span(z, box)
        for x, row, body in db.execute(
            "select tile_column, tile_row, tile_data from tiles where zoom_level = ? and tile_column between ? and ?"
            " and tile_row between ? and ?",
            [z, west, east, (1 << z) - 1 - south, (1 << z) - 1 - north],
        ):
            yield z, x, (1 << z) - 1 - row, body if body[:2] == b"\x1f\x8b" else gzip.compress(body)


def write(path: Path, tiles: Iterator[tuple[int, bytes]], metadata: Mapping[str, Any], box: Degrees, out: Path) -> str:
    """The part as a file of ours, if the style knows its vocabulary."""
    names = {str(layer["id"]) for layer in metadata.get("vector_layers", [])}
    if not names & KNOWN:
        raise ImportRefused(
            f"{path.name} names its layers in no way that is known (Protomaps, OpenMapTiles, OS Open Zoomstack): "
            f"{', '.join(sorted(names)) or 'it names none'}. Nothing was changed."
        )
    first = next(tiles, None)
    if first is None:
        raise ImportRefused(f"{path.name} shows nothing of the force area. Nothing was changed.")
    said = attribution(metadata, names, path)
    west, south, east, north = (round(degrees * 1e7) for degrees in box)
    kept = {"name": "Ground", "attribution": said, "vector_layers": metadata["vector_layers"]}
    ground_map.write(chain(first, tiles), kept, (west, south, east, north), out)
    return said


def chain(first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """One before the others."""
    yield first
    yield from rest


def attribution(metadata: Mapping[str, Any], names: set[str], path: Path) -> str:
    """What the file asks to be said, without its links; failing that, what is known of its publisher."""
    words = cleaning.one_line(re.sub(r"<[^>]*>", "", str(metadata.get("attribution") or "")))
    known = (
        PUBLISHERS["os_open_roads"]
        if {"urban_areas", "surfacewater"} & names
        else f"Map: {cleaning.one_line(path.stem)}"
    )
    return words[:LONGEST_ATTRIBUTION] or known


def span(z: int, box: Degrees) -> tuple[int, int, int, int]:
    """First column, first row, last column and last row of the tiles of a zoom that touch the box."""
    west, south, east, north = box
    across = [math.floor((degrees + 180) / 360 * (1 << z)) for degrees in (west, east)]
    down = [
        math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * (1 << z)) for lat in (north, south)
    ]
    return across[0], down[0], across[1], down[1]


def covers(zxy: tuple[int, int, int], box: Degrees) -> bool:
    """Whether a tile touches the box."""
    z, x, y = zxy
    west, north, east, south = span(z, box)
    return west <= x <= east and north <= y <= south
