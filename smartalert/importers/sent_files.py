"""Files from outside, bounded and told apart by what they really are before any library reads them."""

import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from smartalert import cleaning
from smartalert.errors import ImportRefused

#: Map files of publishers who give many at once, and what belongs to them: a Shapefile is several.
TILES = (".gpkg", ".shp")
SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
#: Bytes that a browser may send at once, and files; larger ones are put into the importer's folder.
MOST_BYTES, MOST_FILES = 500_000_000, 1_500
#: Bytes that zip files may be unpacked to, and how many times as large as they are: text is packed to a tenth at best.
#: The largest there is, OS Open Zoomstack, is 12 GB.
MOST_UNPACKED, MOST_TIMES, SMALL = 15_000_000_000, 60, 50_000_000
LONGEST_NAME = 120
#: How files in the publishers' zip files begin that are not the data, and folders that hold others, or it again.
NO_DATA = ("readme", "licence", "license")
BESIDE_THE_DATA = {"doc", "docs", "documents", "user guide", "multi_csv", "__macosx"}
#: How many first bytes say what a file is.
HEAD = 512
BOM = b"\xef\xbb\xbf"
MAPS = (".geojson", ".json", ".gpkg", ".kml", ".shp")
ROADS = (".pbf", ".osm", ".gpkg", ".geojson", ".json", ".shp")
TABLES = (".csv", ".txt")
#: Source → the endings of what it is imported from.
ENDINGS: dict[str, tuple[str, ...]] = {
    "area": MAPS,
    "streets": ROADS,
    "places": TABLES,
    "postcodes": TABLES,
    "neighbourhoods": MAPS,
    "population": TABLES,
    "map": (".pmtiles", ".mbtiles", *ROADS),
}
#: Sources of which one file is imported at a time; of these, those that one zip file may hold many tiles of.
ONE_FILE, TILED = ("area", "streets", "map"), ("streets", "map")
#: Beginning of a text that is JSON, and of one that is XML of the two kinds.
JSON, XML = re.compile(rb"\s*\{"), re.compile(rb"\s*<(\?xml|kml|osm)")
IS_KIND: dict[str, Callable[[bytes], bool]] = {
    ".geojson": lambda head: bool(JSON.match(head.removeprefix(BOM))),
    ".json": lambda head: bool(JSON.match(head.removeprefix(BOM))),
    ".gpkg": lambda head: head.startswith(b"SQLite format 3\0") and head[68:72] in (b"GPKG", b"GP10", b"GP11"),
    ".kml": lambda head: bool(XML.match(head.removeprefix(BOM))),
    ".osm": lambda head: bool(XML.match(head.removeprefix(BOM))),
    ".pbf": lambda head: b"OSMHeader" in head[:64],
    ".shp": lambda head: head.startswith(b"\x00\x00\x27\x0a"),
    ".pmtiles": lambda head: head.startswith(b"PMTiles"),
    ".mbtiles": lambda head: head.startswith(b"SQLite format 3\0"),
    ".zip": lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")),
    ".csv": lambda head: b"\0" not in head,
    ".txt": lambda head: b"\0" not in head,
}
#: The only formats that GDAL may take a file for: others reach for further files, or into the network.
DRIVERS = {"GeoJSON", "GPKG", "KML", "LIBKML", "OSM", "ESRI Shapefile", "PMTiles", "MBTiles", "MVT", "SQLite", "MEM"}


def name_of(given: str) -> str:
    """A file's own name, without whatever folders it came with; empty where nothing of it is left."""
    name = cleaning.one_line(PurePosixPath(given.replace("\\", "/")).name)
    stem, ending = os.path.splitext(name)
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}" if name not in ("", ".", "..") else ""


def require_kind(source: str, name: str, head: bytes) -> None:
    """Raise ImportRefused where a file is not what this source is imported from."""
    ending = os.path.splitext(name)[1].lower()
    wanted = (*ENDINGS[source], ".zip")
    if ending not in wanted:
        raise ImportRefused(f"{name or 'A file without a name'} is none of {', '.join(wanted)}. Nothing was changed.")
    require_as_named(name, head)


def require_as_named(name: str, head: bytes) -> None:
    """Raise ImportRefused where a file does not begin as one of its ending does."""
    if not IS_KIND[os.path.splitext(name)[1].lower()](head):
        raise ImportRefused(f"{name} is not what its ending says, or is damaged. Nothing was changed.")


def require_few(files: Sequence[object], size: int) -> None:
    """Raise ImportRefused where a browser sends too much at once, or nothing."""
    if not files:
        raise ImportRefused("Choose a file first.")
    if len(files) > MOST_FILES:
        raise ImportRefused(f"More than {MOST_FILES:,} files at once. Pack them into one zip file.")
    if size > MOST_BYTES:
        raise ImportRefused(
            f"More than {MOST_BYTES // 1_000_000} MB at once. Ask the person who runs Smart Alert to put larger files "
            "into the folder on the server."
        )


def in_folder(folder: Path | None, name: str) -> Path:
    """A file below the folder that is set for this, by its name there. Raises ImportRefused for anything else."""
    if folder is None:
        raise ImportRefused("No folder for files on the server is set. Nothing was changed.")
    home = folder.resolve()
    path = (home / name.replace("\0", "")).resolve()
    if not path.is_relative_to(home) or not path.is_file() or "\0" in name:
        raise ImportRefused(f"There is no file “{cleaning.one_line(name, 200)}” in the folder. Nothing was changed.")
    return path


def listed(folder: Path, most: int = 500) -> dict[str, int]:
    """The files below a folder that could be imported, with their bytes; links that lead out of it are none."""
    endings = {".zip", *(ending for endings in ENDINGS.values() for ending in endings)}
    home = folder.resolve()
    found: dict[str, int] = {}
    for path in sorted(home.rglob("*")):
        if path.suffix.lower() in endings and path.is_file() and path.resolve().is_relative_to(home):
            found[path.relative_to(home).as_posix()] = path.stat().st_size
        if len(found) == most:
            break
    return found


def ready(source: str, paths: Sequence[Path], folder: Path) -> list[Path]:
    """The files to be imported: those of the right kind, zip files unpacked into the folder, one of tiles as a folder
    of its own. Raises ImportRefused."""
    found: list[Path] = []
    for number, path in enumerate(paths):
        with path.open("rb") as file:
            require_kind(source, path.name, file.read(HEAD))
        if path.suffix.lower() == ".zip":
            inside = folder / str(number) / path.stem
            files = unpacked(path, inside, ENDINGS[source])
            are_tiles = source in TILED and len(files) > 1 and all(one.suffix.lower() in TILES for one in files)
            found += [inside] if are_tiles else files
        else:
            found.append(path)
    if source in ONE_FILE and len(found) > 1:
        raise ImportRefused(
            f"Import one file at a time: there are {len(found)}, "
            f"{', '.join(path.name for path in found[:3])}. Nothing was changed."
        )
    return found


@contextmanager
def map_files(path: Path) -> Iterator[list[Path]]:
    """The map files at a path, as long as they are read: the one, or those of a folder or zip of tiles. Raises
    ImportRefused where there are none."""
    if path.is_dir():
        yield tiles(path, path)
    elif path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(prefix="smartalert-zip-") as folder:
            inside = Path(folder) / "inside"
            unpacked(path, inside, TILES)
            yield tiles(inside, path)
    else:
        yield [path]


def tiles(folder: Path, named: Path) -> list[Path]:
    """Every map file under a folder. Raises ImportRefused."""
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in TILES and file.is_file())
    if not found:
        raise ImportRefused(f"{named.name} holds no GeoPackage (.gpkg) and no Shapefile (.shp). Nothing was changed.")
    return found


def unpacked(path: Path, folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """What a zip file holds of these kinds. Raises ImportRefused, also where it grows beyond all measure."""
    folder.mkdir(parents=True)
    left = min(MOST_UNPACKED, max(SMALL, MOST_TIMES * path.stat().st_size))
    found: list[Path] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for member in wanted(endings, archive):
                out = folder / name_of(member.filename)
                with archive.open(member) as packed:
                    left -= copy(packed, out, left, path.name)
                if out.suffix.lower() not in SHAPEFILE_PARTS:
                    require_as_named(out.name, head_of(out))
                    found.append(out)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ImportRefused(f"{path.name} cannot be unpacked: {error}. Nothing was changed.") from None
    if not found:
        raise ImportRefused(f"{path.name} holds no {' or '.join(endings)} file. Nothing was changed.")
    return found


def wanted(endings: tuple[str, ...], archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The members that could be it, each name once. Raises ImportRefused where there are too many."""
    endings += SHAPEFILE_PARTS if ".shp" in endings else ()
    names: set[str] = set()
    for member in archive.infolist():
        folders = {part.lower() for part in PurePosixPath(member.filename.replace("\\", "/")).parts[:-1]}
        name = name_of(member.filename)
        is_beside = folders & BESIDE_THE_DATA or name.lower().startswith(NO_DATA)
        if member.is_dir() or is_beside or not name.lower().endswith(endings) or name in names:
            continue
        names.add(name)
        if len(names) > MOST_FILES:
            raise ImportRefused(f"{archive.filename and Path(archive.filename).name} holds too many files.")
        yield member


def copy(packed: IO[bytes], out: Path, left: int, name: str) -> int:
    """Write one member, as far as there is room; how many bytes it has. What it says of its own size proves nothing."""
    size = 0
    with out.open("wb") as file:
        while body := packed.read(1 << 20):
            size += len(body)
            if size > left:
                raise ImportRefused(f"{name} unpacks to far more than such a file holds. Nothing was changed.")
            file.write(body)
    return size


def head_of(path: Path) -> bytes:
    """How a file begins."""
    with path.open("rb") as file:
        return file.read(HEAD)


def environment() -> dict[str, str]:
    """For a process that reads such files: no other format than ours is known to it."""
    import pyogrio

    others = sorted(set(pyogrio.list_drivers()) - DRIVERS)
    return {**os.environ, "GDAL_SKIP": ",".join(others), "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none"}
