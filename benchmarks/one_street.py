"""One street, one hit: how many links, streets and names map files hold, which stay twice in one place, and why."""

import argparse
import json
from pathlib import Path

import pyogrio

import bench
from smartalert.database.connection import Connection

#: Names that more than one street of one place has: how far the nearest two lie apart, and whether a publisher's key or
#: the distance keeps them two.
TWICE = """
select a.name, a.locality, count(*) + 1 as streets, round(min(st_distance(a.geom, b.geom))) as metres
from streets a join streets b on a.id < b.id and b.searched = a.searched and b.locality = a.locality
where a.kind in ('main', 'local', 'path')
group by a.name, a.locality
order by metres"""
COUNTED = """
select count(*) filter (where kind in ('main', 'local', 'path')) as streets,
       count(distinct searched) filter (where kind in ('main', 'local', 'path')) as names,
       count(distinct (searched, locality)) filter (where kind in ('main', 'local', 'path')) as hits,
       count(*) filter (where kind = 'numbered') as roads,
       count(*) filter (where kind in ('canal', 'river', 'railway')) as waterways,
       sum(st_numgeometries(geom)) as lines
from streets"""


def main() -> None:
    """Import each file into a database of its own and print what it became."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="OpenStreetMap extracts or OS Open Roads")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures, last")
    options = parser.parse_args()
    counted, twice = [], []
    for path in options.files:
        row, alike = of_file(path)
        counted.append((path.name, links(path), row.streets, row.names, row.hits, row.roads, row.waterways))
        twice += [(path.name, each.name, each.locality or "no place known", each.metres, why(each)) for each in alike]
    columns = ("file", "links", "streets", "names", "name and place", "numbered roads", "waterways")
    bench.table("What the files became", columns, counted)
    bench.table("Names that stay twice in one place", ("file", "name", "place", "metres apart", "why"), twice)
    if options.json:
        print(json.dumps({"streets": sum(row[2] for row in counted), "twice_in_one_place": len(twice)}))


def of_file(path: Path) -> tuple:
    """The counts of a file's streets, and those that are there twice."""
    from smartalert.database import connection
    from smartalert.importers.streets import import_streets

    with bench.cluster() as cluster:
        import_streets(cluster.url(), path, lambda _: None, lambda _: True)
        engine = connection.make_engine(cluster.url())
        with connection.reading(engine) as conn:
            found = rows(conn)
        engine.dispose()
    return found


def rows(conn: Connection) -> tuple:
    """Both queries' answers."""
    return conn.execute(COUNTED).fetchone(), conn.execute(TWICE).fetchall()


def links(path: Path) -> int:
    """Lines in the file that have a name."""
    layers = [name for name, _ in pyogrio.list_layers(path)]
    is_osm = "lines" in layers
    where = "highway is not null and name is not null" if is_osm else "name_1 is not null"
    layer = "lines" if is_osm else "road_link" if "road_link" in layers else layers[0]
    return len(pyogrio.read_dataframe(path, layer=layer, where=where, read_geometry=False))


def why(twin: object) -> str:
    """What keeps two streets of one name and place two."""
    from smartalert.importers.links import SAME_PLACE_M

    metres = twin.metres  # type: ignore[attr-defined]
    if metres > SAME_PLACE_M:
        return f"more than {SAME_PLACE_M:.0f} m apart: by no means surely one street"
    return "the publisher gives them keys of their own" if twin.locality else "no place is known that both lie in"  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
