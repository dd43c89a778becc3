"""Importing streets: links become streets as people know them; a bad file changes nothing."""

from collections.abc import Callable
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from smartalert.errors import ImportRefused
from smartalert.importers import map_file, osm
from smartalert.importers.streets import import_streets
from tests.databases import Database

Value = Callable[..., object]


def link(
    name: str | None, toid: str | None, *points: tuple[float, ...], road: str = "Unclassified"
) -> tuple[dict, dict]:
    properties = {"name_1": name, "road_name_toid": toid, "road_classification": road}
    return properties, {"type": "LineString", "coordinates": points}


def test_a_whole_county_of_openstreetmap_comes_in_by_its_833_names(
    database: Database, data: Path, said: list, value: Value
):
    found = import_streets(database.url(), data / "streets/rutland-latest.osm.pbf", said.append)
    assert value("select count(distinct name) from streets where source = 'osm'") == 833
    assert found == value("select count(*) from streets") == 1_054
    assert said[-1] == "1,054 streets from rutland-latest.osm.pbf."
    assert value("select string_agg(locality, ', ' order by locality) from streets where name = 'High Street'") == (
        "Braunston in Rutland, Exton, Ketton, Morcott, Oakham"
    )
    assert value("select name from landmarks where kind = 'canal'") == "Oakham Canal"
    assert value("select count(*) from towns where name in ('Oakham', 'Uppingham', 'Cottesmore')") == 3


def test_streets_are_joined_as_postgis_would_cluster_their_links(database: Database, data: Path, value: Value):
    """ST_ClusterDBSCAN over the raw ways, name by name, is another program with the same meaning."""
    path = data / "streets/rutland-latest.osm.pbf"
    found = import_streets(database.url(), path, lambda _: None)
    named = "highway is not null and name is not null"
    lines = map_file.read(path, "lines", ["osm_id", "name", "highway"], where=named)
    ways = osm.clip(pd.concat([lines, osm.squares(path)]), path)
    with database.connect() as conn:
        conn.execute("create temporary table ways (name text, geom geometry)")
        with conn.cursor().copy("copy ways from stdin") as copy:
            for way in ways.itertuples():
                copy.write_row((way.name, map_file.wkb(way.geometry)))
        clusters = conn.execute("""
            select count(*) from (select distinct name, cluster from (
              select name, st_clusterdbscan(geom, 30, 1) over (partition by name) as cluster from ways) c) s""")
        assert clusters.fetchone()[0] == found
    total = value("select sum(st_length(geom)) from streets")
    assert total == pytest.approx(ways.length.sum(), rel=1e-6)


def test_a_corner_of_leeds_keeps_to_its_own_area(database: Database, data: Path, value: Value):
    found = import_streets(database.url(), data / "streets/its-example.osm.pbf", lambda _: None)
    assert (found, value("select count(distinct name) from streets")) == (45, 44)
    bounds = "select st_extent(st_transform(geom, 4326)) from streets"
    assert shapely.from_wkt(polygon(value(bounds))).within(shapely.box(-1.5613, 53.8062, -1.5497, 53.8094))


def polygon(box: object) -> str:
    west, south, east, north = str(box)[4:-1].replace(",", " ").split()
    return shapely.box(float(west), float(south), float(east), float(north)).wkt


def test_ordnance_survey_links_of_edinburgh_become_307_streets(database: Database, data: Path, value: Value):
    found = import_streets(database.url(), data / "streets/rnet_os_edinburgh.geojson", lambda _: None)
    assert found == value("select count(distinct name) from streets") == 307
    links = geopandas.read_file(data / "streets/rnet_os_edinburgh.geojson").dropna(subset="name_1")
    assert value("select sum(st_length(geom)) from streets") == pytest.approx(links.length.sum(), rel=1e-6)
    assert value("select kind from streets where name = 'Nicolson Street'") == "main"
    assert value("select kind from streets where name = 'Potterrow'") == "local"


def test_a_geopackage_with_heights_reads_the_same(database: Database, data: Path, tmp_path: Path, value: Value):
    links = geopandas.read_file(data / "streets/rnet_os_edinburgh.geojson")
    links = links.set_geometry(shapely.force_3d(links.geometry, 12.5))
    links.to_file(tmp_path / "oproad.gpkg", layer="road_link", driver="GPKG")
    links.iloc[:1].to_file(tmp_path / "oproad.gpkg", layer="road_node", driver="GPKG")
    assert import_streets(database.url(), tmp_path / "oproad.gpkg", lambda _: None) == 307
    assert value("select bool_and(st_ndims(geom) = 2) from streets")


def test_importing_again_updates_and_removes_but_never_doubles(
    database: Database, geojson: Callable, said: list, value: Value
):
    old = geojson([link("Mill Lane", "t1", (100, 100), (200, 100)), link("Old Row", "t2", (0, 0), (50, 0))])
    import_streets(database.url(), old, said.append)
    before = value("select id from streets where source_id = 't1'")
    new = geojson([link("Mill Street", "t1", (100, 100), (300, 100)), link("New Row", "t3", (0, 9), (50, 9))])
    import_streets(database.url(), new, said.append)
    assert value("select array_agg(name order by name) from streets") == ["Mill Street", "New Row"]
    assert value("select id from streets where source_id = 't1'") == before
    assert said[-1] == "2 streets from made.geojson; 1 of an earlier import are gone."


def test_links_of_one_key_are_one_street_and_of_another_key_another(
    database: Database, geojson: Callable, value: Value
):
    links = [
        link("High Street", "t1", (0, 0), (100, 0), road="Some new class"),
        link("High Street", "t1", (100, 0), (200, 0), road="A Road"),
        link("High Street", "t1", (200, 0), (900, 0), road="A Road"),
        link("High Street", "t2", (0, 20), (100, 20)),
        link(None, None, (0, 50), (100, 50)),
    ]
    assert import_streets(database.url(), geojson(links), lambda _: None) == 2
    assert value("select st_length(geom) from streets where source_id = 't1'") == 900
    assert value("select kind from streets where source_id = 't1'") == "main"
    assert value("select st_numgeometries(geom) from streets where source_id = 't1'") == 1


def test_a_street_is_told_apart_by_its_town_or_else_its_postcode_district(
    database: Database, geojson: Callable, value: Value
):
    with database.connect(autocommit=True) as conn:
        conn.execute("insert into towns (name, population, point) values ('Stone', 1, 'SRID=27700;POINT(0 1000)')")
        conn.execute("insert into postcodes values ('ST16 2LD', 'SRID=27700;POINT(90000 500)')")
    links = [
        link("Mill Lane", "t1", (0, 0), (100, 0)),
        link("Mill Lane", "t2", (90_000, 0), (90_100, 0)),
        link("Mill Lane", "t3", (50_000, 0), (50_100, 0)),
    ]
    import_streets(database.url(), geojson(links), lambda _: None)
    assert value("select array_agg(locality order by source_id) from streets") == ["Stone", "ST16", ""]


def test_only_streets_near_the_force_area_are_kept(
    database: Database, geojson: Callable, set_area: Callable, value: Value
):
    set_area(0, 0, 10_000, 10_000)
    links = [
        link("Inside Lane", "t1", (5_000, 5_000), (5_100, 5_000)),
        link("Border Lane", "t2", (11_900, 5_000), (12_500, 5_000)),
        link("Far Lane", "t3", (13_000, 5_000), (13_100, 5_000)),
    ]
    assert import_streets(database.url(), geojson(links), lambda _: None) == 2
    with pytest.raises(ImportRefused, match="no named street within 2 km of the force area"):
        import_streets(database.url(), geojson([links[2]]), lambda _: None)


def cut(path: Path, target: Path, share: float = 0.5) -> Path:
    whole = path.read_bytes()
    target.write_bytes(whole[: int(len(whole) * share)])
    return target


def test_a_file_cut_short_changes_nothing(database: Database, data: Path, tmp_path: Path, contents: Callable):
    streets = data / "streets"
    import_streets(database.url(), streets / "rnet_os_edinburgh.geojson", lambda _: None)
    links = geopandas.read_file(streets / "rnet_os_edinburgh.geojson")
    links.to_file(tmp_path / "whole.gpkg", layer="road_link", driver="GPKG")
    before = contents()
    for path in (
        cut(streets / "rutland-latest.osm.pbf", tmp_path / "cut.osm.pbf"),
        cut(streets / "rnet_os_edinburgh.geojson", tmp_path / "cut.geojson"),
        cut(tmp_path / "whole.gpkg", tmp_path / "cut.gpkg"),
    ):
        with pytest.raises(ImportRefused, match=path.name):
            import_streets(database.url(), path, lambda _: None)
    assert contents() == before


def test_what_is_no_map_file_is_refused_by_name(database: Database, tmp_path: Path, contents: Callable):
    before = contents()
    for name in ("empty.osm.pbf", "letter.geojson", "letter.gpkg", "letter.osm.pbf"):
        path = tmp_path / name
        path.write_text("" if name.startswith("empty") else "Dear Sir, the streets are in the other envelope.")
        with pytest.raises(ImportRefused, match=name):
            import_streets(database.url(), path, lambda _: None)
    with pytest.raises(ImportRefused, match="There is no file"):
        import_streets(database.url(), tmp_path / "missing.gpkg", lambda _: None)
    assert contents() == before


def test_a_file_of_another_kind_names_the_columns_it_lacks(database: Database, geojson: Callable):
    wards = geojson([({"WD13NM": "Abbey"}, {"type": "Point", "coordinates": [1, 1]})])
    with pytest.raises(ImportRefused, match="has no column road_classification, name_1, road_name_toid"):
        import_streets(database.url(), wards, lambda _: None)


@pytest.mark.parametrize(
    ("epsg", "point"),
    [(None, (-75.0, 40.0)), (None, (325_965.0, 673_152.0)), (4326, (2.35, 48.85)), (2154, (652_000.0, 6_862_000.0))],
)
def test_coordinates_outside_great_britain_are_refused(database: Database, geojson: Callable, epsg: int, point: tuple):
    street = link("Rue", "t1", point, (point[0] + 0.001, point[1] + 0.001))
    with pytest.raises(ImportRefused, match="outside Great Britain"):
        import_streets(database.url(), geojson([street], epsg=epsg), lambda _: None)


def test_a_file_without_a_single_name_is_refused(database: Database, geojson: Callable):
    with pytest.raises(ImportRefused, match="holds no named street"):
        import_streets(database.url(), geojson([link(None, None, (1, 1), (5, 5))]), lambda _: None)
