"""What a publisher packs: one map file, a folder of many, or a zip of either."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartalert.errors import ImportRefused

#: Map files of publishers who give many at once, and what belongs to them: a Shapefile is several.
KINDS = (".gpkg", ".shp")
SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
#: Bytes of a zip unpacked: all of OS Open Zoomstack is 12 GB.
MOST = 40_000_000_000


@contextmanager
def map_files(path: Path) -> Iterator[list[Path]]:
    """The map files at a path, as long as they are read. Raises ImportRefused where there are none."""
    if path.is_dir():
        yield found_in(path, path)
    elif path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory(prefix="smartalert-zip-") as folder:
            unpack(path, Path(folder))
            yield found_in(Path(folder), path)
    else:
        yield [path]


def found_in(folder: Path, named: Path) -> list[Path]:
    """Every map file under a folder."""
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in KINDS and file.is_file())
    if not found:
        raise ImportRefused(f"{named.name} holds no GeoPackage (.gpkg) and no Shapefile (.shp). Nothing was changed.")
    return found


def unpack(path: Path, folder: Path) -> None:
    """Write what a zip holds of map files into a folder. Raises ImportRefused."""
    try:
        with zipfile.ZipFile(path) as packed:
            wanted = [one for one in packed.infolist() if Path(one.filename).suffix.lower() in KINDS + SHAPEFILE_PARTS]
            if sum(one.file_size for one in wanted) > MOST:
                raise ImportRefused(f"{path.name} is larger than any map: {MOST // 10**9} GB and more, unpacked.")
            for one in wanted:
                packed.extract(one, folder)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ImportRefused(f"{path.name} cannot be unpacked, so nothing was changed: {error}.") from None
