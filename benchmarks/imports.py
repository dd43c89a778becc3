"""Imports of OS Open Roads: 420,000 links, and a file of the whole country of which a force takes its own part.

Each import is a process of its own: what is printed is its time and the most memory that it held, of 2 GB allowed.
"""

import multiprocessing
import time
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import shapely

import bench

#: Links of a large force, and of Great Britain; a tenth of them with --quick.
LINKS, COUNTRY = 420_000, 3_900_000
#: Links that are written at a time, and links of one street.
BATCH, A_STREET = 300_000, 6
#: West, south, east and north of the force and of the country; metres, EPSG:27700.
FORCE, ALL = (350_000, 290_000, 430_000, 370_000), (100_000, 20_000, 650_000, 950_000)
#: MB of memory that no import may go beyond.
MOST_MB = 2_000


def main() -> None:
    """Write both files, import each, and print what it took."""
    options = bench.options(str(__doc__))
    share = 0.1 if options.quick else 1
    figures: dict[str, float] = {}
    with bench.cluster() as cluster:
        folder = Path(cluster.root)
        for name, links, within in (("links_420k", LINKS, FORCE), ("country", COUNTRY, ALL)):
            path = folder / f"{name}.gpkg"
            write(path, int(links * share), within)
            if within is ALL:
                set_force_area(cluster.url())
            seconds, peak_mb = alone(cluster.url(), path)
            figures |= {f"{name}_s": seconds, f"{name}_peak_mb": peak_mb, f"{name}_file_mb": path.stat().st_size / 1e6}
            path.unlink()
    rows = [(name, value) for name, value in figures.items()]
    bench.table(f"Imports of streets and map; at most {MOST_MB:,} MB", ("", "figure"), rows)
    bench.finish(figures, options.json)


def write(path: Path, links: int, within: tuple[float, float, float, float]) -> None:
    """A GeoPackage in the layout of OS Open Roads: streets of some links each, spread over an area."""
    random = np.random.default_rng(5)
    for first in range(0, links, BATCH):
        count = min(BATCH, links - first)
        street = np.arange(first, first + count) // A_STREET
        place = np.arange(first, first + count) % A_STREET
        spot = random.random((len(np.unique(street)), 2))
        start = spot[street - street[0]] * (within[2] - within[0], within[3] - within[1]) + within[:2]
        start = start + np.stack([place * 90.0, place * 20.0], axis=1)
        lines = shapely.linestrings(np.stack([start, start + np.array([40, 12]), start + np.array([90, 20])], axis=1))
        is_main = street % 40 == 0
        facts = {
            "id": [f"L{number}" for number in range(first, first + count)],
            "road_classification": np.where(is_main, "A Road", "Unclassified"),
            "road_classification_number": np.where(is_main, np.char.add("A", (street % 900).astype(str)), None),
            "name_1": np.where(street % 5 == 0, None, np.char.add("Street ", (street % 9_000).astype(str))),
            "road_name_toid": np.char.add("osgb", street.astype(str)),
        }
        rows = geopandas.GeoDataFrame(facts, geometry=lines, crs=27700)
        pyogrio.write_dataframe(rows, path, layer="road_link", append=first > 0)


def set_force_area(url: str) -> None:
    """A county in the middle of the country."""
    from smartalert.database import connection

    with connection.only_transaction(url) as conn:
        conn.execute(
            "insert into force_area (name, geom) values ('County', st_multi(st_makeenvelope(%s, %s, %s, %s, 27700)))",
            FORCE,
        )


def alone(url: str, path: Path) -> tuple[float, float]:
    """Seconds of an import in a process of its own, and the most MB that it held."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=bring_in, args=(url, path, theirs))
    process.start()
    seconds, peak_mb = ours.recv()
    process.join()
    return seconds, peak_mb


def bring_in(url: str, path: Path, pipe: "multiprocessing.connection.Connection[object, object]") -> None:
    """Import streets and map, and tell what it took."""
    from smartalert.importers.streets import import_streets

    began = time.perf_counter()
    import_streets(url, path, print, lambda _question: True, and_map=True)
    # What getrusage calls the most begins with that of whoever started the process.
    status = Path("/proc/self/status").read_text()
    peak_kb = int(status.split("VmHWM:")[1].split()[0])
    pipe.send((time.perf_counter() - began, peak_kb * 1_024 / 1e6))


if __name__ == "__main__":
    main()
