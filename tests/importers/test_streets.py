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


def test_a_whole_county_of_openstreetmap_comes_in_by_its_833_names_and_ten_numbers(
    database: Database, data: Path, said: list, value: Value
):
    found = import_streets(database.url(), data / "streets/rutland-latest.osm.pbf", said.append)
    assert value("select count(distinct name) from streets where source = 'osm'") == 843
    assert value("select count(distinct name) from streets where name ~ '^[AB][0-9]+$'") == 10
    assert found == value("select count(*) from streets") == 1_068
    assert said[-1] == "1,068 streets from rutland-latest.osm.pbf."
    assert value("select string_agg(locality, ', ' order by locality) from streets where name = 'High Street'") == (
        "Braunston in Rutland, Exton, Ketton, Morcott, Oakham"
    )
    assert value("select name from landmarks where kind = 'canal'") == "Oakham Canal"
    assert value("select count(*) from towns where name in ('Oakham', 'Uppingham', 'Cottesmore')") == 3


def test_streets_are_joined_as_postgis_would_cluster_their_links(database: Database, data: Path, value: Value):
    """ST_ClusterDBSCAN over the raw ways, name by name, is another program with the same meaning."""
    path = data / "streets/rutland-latest.osm.pbf"
    found = import_streets(database.url(), path, lambda _: None)
    ways = osm.clip(pd.concat([osm.roads(path), osm.squares(path)]), path)
    with database.connect() as conn:
        conn.execute("create temporary table ways (name text, geom geometry)")
        with conn.cursor().copy("copy ways from stdin") as copy:
            for way in ways.itertuples():
                copy.write_row((way.name, map_file.wkb(way.geometry)))
        clusters = conn.execute("""
            select count(*) from (select distinct name, cluster from (
              select name, st_clusterdbscan(geom, 60, 1) over (partition by name) as cluster from ways) c) s""")
        assert clusters.fetchone()[0] == found
    total = value("select sum(st_length(geom)) from streets")
    assert total == pytest.approx(ways.length.sum(), rel=1e-6)


def test_a_corner_of_leeds_keeps_to_its_own_area(database: Database, data: Path, value: Value):
    found = import_streets(database.url(), data / "streets/its-example.osm.pbf", lambda _: None)
    assert (found, value("select count(distinct name) from streets")) == (43, 43)
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


def test_links_without_a_key_are_one_street_where_they_meet_and_what_is_no_street_is_counted(
    database: Database, geojson: Callable, said: list, set_area: Callable, value: Value
):
    set_area(390_000, 320_000, 400_000, 330_000)
    links = [
        link("Alpha Road", "", (392_000, 323_000), (392_100, 323_000)),
        link("Alpha Road", None, (392_100, 323_000), (392_200, 323_000)),
        link("Alpha Road", " ", (395_000, 326_000), (395_150, 326_000)),
        link("Beta Road", "\u200b", (394_000, 325_000), (394_100, 325_000)),
        link("  ", "t1", (394_000, 325_000), (394_100, 325_000)),
        (link("Gamma Road", "t2")[0], None),
    ]
    for epsg, file in ((27700, links), (None, [in_degrees(one) for one in links])):
        assert import_streets(database.url(), geojson(file, epsg), said.append) == 3
        assert value("select array_agg(name order by name) from streets") == ["Alpha Road"] * 2 + ["Beta Road"]
        assert said[-1].endswith("1 without a shape, 1 without a name.")


def in_degrees(given: tuple[dict, dict]) -> tuple[dict, dict]:
    properties, shape = given
    if shape is None:
        return given
    line = geopandas.GeoSeries([shapely.geometry.shape(shape)], crs=27700).to_crs(4326)[0]
    return properties, shapely.geometry.mapping(line)


NODES = {1: (52.8, -2.12), 2: (52.8, -2.11), 3: (52.81, -2.1), 4: (52.80036, -2.12), 5: (52.80036, -2.11),
         6: (52.8, -2.1094), 7: (52.8, -2.1), 8: (52.84, -2.02), 9: (52.84, -2.018)}  # fmt: skip
WAYS = [
    ((1, 2), {"highway": "primary", "name": "Queensway"}),
    ((4, 5), {"highway": "primary", "name": "Queensway"}),
    ((1, 2), {"highway": "residential", "name": "Long Lane"}),
    ((6, 7), {"highway": "residential", "name": " Long  Lane"}),
    ((8, 9), {"highway": "residential", "name": "Second Street"}),
    ((1, 3), {"highway": "motorway", "ref": "M6"}),
    ((1, 3), {"highway": "trunk", "ref": "A34;A500"}),
    ((1, 3), {"highway": "residential", "ref": "C12"}),
    *(((2, 3), {"highway": kind, "name": f"No {kind}"}) for kind in
      ("proposed", "construction", "platform", "razed", "abandoned", "services", "bus_stop", "raceway", "no")),
    ((1, 2, 3, 1), {"highway": "services", "name": "Some Services"}),
    ((1, 2, 3, 1), {"highway": "pedestrian", "area": "yes", "name": "The Square"}),
]  # fmt: skip
PLACES = [
    ((52.80, -2.119), {"place": "village", "name": "Milton"}),
    ((52.84, -2.019), {"place": "village", "name": "Milton", "population": "c. 1 234 (2021)"}),
    ((52.77, -2.179), {"place": "suburb", "name": "Northside", "population": "12,345"}),
    ((52.75, -2.179), {"place": "town", "name": "Bigtown", "population": "unknown"}),
    ((51.5, -0.1), {"place": "city", "name": "Farcity", "population": "8900000"}),
]


def test_what_mappers_write_is_streets_and_places_as_people_know_them(
    database: Database, tmp_path: Path, set_area: Callable, value: Value
):
    set_area(388_000, 318_000, 400_000, 330_000)
    path = tmp_path / "made.osm"
    path.write_text(osm_of(NODES, WAYS, PLACES))
    import_streets(database.url(), path, print)
    import_streets(database.url(), path, print)
    assert value("select array_agg(name || ', ' || locality order by name) from streets") == [
        "A34, Milton", "Long Lane, Milton", "M6, Milton", "Queensway, Milton", "Second Street, Milton",
        "The Square, Milton",
    ]  # fmt: skip
    assert value("select array_agg(name || ' ' || population order by population) from towns") == [
        "Milton 500", "Milton 1234", "Bigtown 10000", "Northside 12345",
    ]  # fmt: skip


def osm_of(nodes: dict, ways: list, places: list) -> str:
    def tags(given: dict[str, str]) -> str:
        return "".join(f'<tag k="{name}" v="{value}"/>' for name, value in given.items())

    made = [
        f'<node id="{number}" lat="{lat}" lon="{lon}" version="1">{tags(facts)}</node>'
        for number, ((lat, lon), facts) in enumerate([*((at, {}) for at in nodes.values()), *places], 1)
    ]
    for number, (line, facts) in enumerate(ways, 1):
        along = "".join(f'<nd ref="{one}"/>' for one in line)
        made.append(f'<way id="{number}" version="1">{along}{tags(facts)}</way>')
    return f'<osm version="0.6">{"".join(made)}</osm>'


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
