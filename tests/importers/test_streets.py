"""Importing streets: links become streets as people know them; a bad file changes nothing."""

from collections.abc import Callable
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from smartalert.errors import ImportRefused
from smartalert.importers import ground, osm
from smartalert.importers.streets import import_streets
from tests.databases import Database

Value = Callable[..., object]


def link(
    name: str | None, toid: str | None, *points: tuple[float, ...], road: str = "Unclassified"
) -> tuple[dict, dict]:
    properties = {"name_1": name, "road_name_toid": toid, "road_classification": road}
    return properties, {"type": "LineString", "coordinates": points}


def test_a_whole_county_of_openstreetmap_comes_in_as_streets_that_postgis_finds_whole_and_apart(
    database: Database, data: Path, said: list, value: Value
):
    """Whether links are one street or two is asked of PostGIS, which is another program with the same meaning."""
    path = data / "streets/rutland-latest.osm.pbf"
    found = import_streets(database.url(), path, said.append)
    assert found == value("select count(*) from streets") == 1_011 + 4
    assert value("select count(distinct name) from streets where kind in ('main', 'local', 'path')") == 805
    assert value("select string_agg(name, ', ' order by name) from streets where kind in ('canal', 'river')") == (
        "Oakham Canal, River Chater, River Gwash, River Welland"
    )
    assert value("select count(*) from streets where name ~ '^[AB][0-9]+$' and kind = 'numbered'") == 12
    assert "1,015 streets, 4 of them canals, rivers and railways, from rutland-latest.osm.pbf." in said
    import_streets(database.url(), path, said.append)
    assert said[-1] == "Nothing changes."
    near = """select count(*) from streets a join streets b on a.id < b.id and a.searched = b.searched
              and a.kind in ('main', 'local', 'path')
              and st_dwithin(a.geom, b.geom, case when a.locality = b.locality then 400 else 120 end)"""
    assert value(near) == 0
    broken = """select count(*) from streets s where kind in ('main', 'local', 'path') and (
                  select max(cluster) from (select st_clusterdbscan(part.geom, 400, 1) over () as cluster
                                            from st_dump(s.geom) part) parts) > 0"""
    assert value(broken) == 0
    twins = "select name from streets group by name, locality having count(*) > 1"
    assert value(f"select array_agg(name order by name) from ({twins}) t") == [
        "Barrowden Road",
        "Stamford Road",
        "Stockerston Road",
    ]  # each a kilometre and more apart
    ways = osm.roads(path)
    ways = osm.clip(pd.concat([ways[ways["name"] != ""], osm.squares(osm.read_areas(path))]), path)
    total = value("select sum(st_length(geom)) from streets where kind in ('main', 'local', 'path')")
    assert total == pytest.approx(ways.length.sum(), rel=1e-6)
    assert value("select string_agg(locality, ', ' order by locality) from streets where name = 'High Street'") == (
        "Braunston in Rutland, Exton, Ketton, Morcott, Oakham"
    )
    assert value("select st_length(geom) from streets where kind = 'canal'") == pytest.approx(4_727, abs=2)
    assert value("select name || ', ' || locality from landmarks where kind = 'station'") == "Oakham, Oakham"
    assert value("select count(*) from landmarks where kind in ('school', 'farm', 'park', 'hospital')") == 242
    assert value("select string_agg(name, ', ' order by name) from towns where kind = 'town'") == "Oakham, Uppingham"


def test_a_corner_of_leeds_keeps_to_its_own_area(database: Database, data: Path, value: Value):
    found = import_streets(database.url(), data / "streets/its-example.osm.pbf", lambda _: None)
    # University Road is two: its halves lie 200 m apart, and the corner says no place that both might be in
    assert (found, value("select count(distinct name) from streets")) == (32, 31)
    bounds = "select st_extent(st_transform(geom, 4326)) from streets"
    assert shapely.from_wkt(polygon(value(bounds))).within(shapely.box(-1.5613, 53.8062, -1.5497, 53.8094))


def polygon(box: object) -> str:
    west, south, east, north = str(box)[4:-1].replace(",", " ").split()
    return shapely.box(float(west), float(south), float(east), float(north)).wkt


def test_ordnance_survey_links_of_edinburgh_become_307_streets(database: Database, data: Path, value: Value):
    found = import_streets(database.url(), data / "streets/rnet_os_edinburgh.geojson", lambda _: None)
    assert found == value("select count(distinct name) from streets") == 307 + 10
    links = geopandas.read_file(data / "streets/rnet_os_edinburgh.geojson").dropna(subset="name_1")
    named = value("select sum(st_length(geom)) from streets where kind <> 'numbered'")
    assert named == pytest.approx(links.length.sum(), rel=1e-6)
    assert value("select kind from streets where name = 'A90' and locality = ''") == "numbered"
    assert value("select kind from streets where name = 'Nicolson Street'") == "main"
    assert value("select kind from streets where name = 'Potterrow'") == "local"


def test_a_geopackage_with_heights_reads_the_same(database: Database, data: Path, tmp_path: Path, value: Value):
    links = geopandas.read_file(data / "streets/rnet_os_edinburgh.geojson")
    links = links.set_geometry(shapely.force_3d(links.geometry, 12.5))
    links.to_file(tmp_path / "oproad.gpkg", layer="road_link", driver="GPKG")
    links.iloc[:1].to_file(tmp_path / "oproad.gpkg", layer="road_node", driver="GPKG")
    assert import_streets(database.url(), tmp_path / "oproad.gpkg", lambda _: None) == 317
    assert value("select bool_and(st_ndims(geom) = 2) from streets")


def test_importing_again_updates_and_removes_but_never_doubles(
    database: Database, geojson: Callable, said: list, value: Value
):
    old = geojson([link("Mill Lane", "t1", (100, 100), (200, 100)), link("Old Row", "t2", (0, 0), (50, 0))])
    import_streets(database.url(), old, said.append)
    before = value("select id from streets where source_id = 't1'")
    new = geojson([link("Mill Street", "t1", (100, 100), (300, 100)), link("New Row", "t3", (0, 9), (50, 9))])
    with pytest.raises(ImportRefused, match="1 of the 2 streets there are would go"):
        import_streets(database.url(), new, said.append)
    import_streets(database.url(), new, said.append, lambda _: True)
    assert value("select array_agg(name order by name) from streets") == ["Mill Street", "New Row"]
    assert value("select id from streets where source_id = 't1'") == before
    assert said[-1] == "Streets: 1 added, 1 changed, 1 of 2 removed; 2 in all."
    ground.undo(database.url(), "streets", said.append)
    assert value("select array_agg(name order by name) from streets") == ["Mill Lane", "Old Row"]
    assert value("select id from streets where source_id = 't1'") == before


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
        assert [line for line in said if line.startswith("3 streets")][-1].endswith(
            "1 without a shape, 1 without a name."
        )


def in_degrees(given: tuple[dict, dict]) -> tuple[dict, dict]:
    properties, shape = given
    if shape is None:
        return given
    line = geopandas.GeoSeries([shapely.geometry.shape(shape)], crs=27700).to_crs(4326)[0]
    return properties, shapely.geometry.mapping(line)


NODES = {1: (52.8, -2.12), 2: (52.8, -2.11), 3: (52.81, -2.1), 4: (52.80036, -2.12), 5: (52.80036, -2.11),
         6: (52.8, -2.1085), 7: (52.8, -2.1), 8: (52.84, -2.02), 9: (52.84, -2.018), 10: (52.77, -2.18),
         11: (52.77, -2.178), 12: (52.775, -2.178)}  # fmt: skip
WAYS = [
    ((1, 2), {"highway": "primary", "name": "Queensway", "ref": "A34"}),
    ((4, 5), {"highway": "primary", "name": "Queensway", "ref": "A34"}),
    ((1, 2), {"highway": "residential", "name": "Long Lane"}),
    ((6, 7), {"highway": "residential", "name": " Long  Lane"}),
    ((1, 2), {"highway": "residential", "name": "St Mary&apos;s Way"}),
    ((2, 3), {"highway": "residential", "name": "St. Mary’s Way"}),
    ((8, 9), {"highway": "residential", "name": "Second Street"}),
    ((10, 11), {"highway": "residential", "name": "Church Lane"}),
    ((11, 12), {"highway": "residential", "name": "Third Street"}),
    ((8, 9), {"highway": "residential", "name": "Church Lane"}),
    ((1, 3), {"highway": "motorway", "ref": "M6"}),
    ((1, 3), {"highway": "trunk", "ref": "A34;A 500"}),
    ((1, 3), {"highway": "residential", "ref": "C12"}),
    *(((2, 3), {"highway": kind, "name": f"No {kind}"}) for kind in
      ("proposed", "construction", "platform", "razed", "abandoned", "services", "service", "bus_stop", "raceway",
       "no")),
    ((1, 2, 3, 1), {"highway": "services", "name": "Some Services"}),
    ((1, 2, 3, 1), {"highway": "pedestrian", "area": "yes", "name": "The Square"}),
    ((1, 2, 3, 1), {"leisure": "park", "name": "Victoria Park"}),
]  # fmt: skip
PLACES = [
    ((52.80, -2.119), {"place": "village", "name": "Milton"}),
    ((52.84, -2.019), {"place": "village", "name": "Milton", "population": "c. 1 234 (2021)"}),
    ((52.77, -2.179), {"place": "suburb", "name": "Northside", "population": "12,345"}),
    ((52.76, -2.179), {"place": "town", "name": "Bigtown", "population": "unknown"}),
    ((51.5, -0.1), {"place": "city", "name": "Farcity", "population": "8900000"}),
    ((52.77, -2.174), {"amenity": "school", "name": "Abbey School"}),
    ((52.771, -2.174), {"amenity": "social_facility", "social_facility": "nursing_home", "name": "Elm House"}),
    ((52.772, -2.174), {"amenity": "nursing_home", "name": "Oak House"}),
    ((52.773, -2.174), {"amenity": "social_facility", "social_facility": "food_bank", "name": "Larder"}),
]


def test_what_mappers_write_is_streets_and_places_as_people_know_them(
    database: Database, tmp_path: Path, set_area: Callable, value: Value
):
    set_area(388_000, 318_000, 400_000, 330_000)
    path = tmp_path / "made.osm"
    path.write_text(osm_of(NODES, WAYS, PLACES))
    import_streets(database.url(), path, print)
    import_streets(database.url(), path, print)
    assert value("select array_agg(name || ', ' || locality order by name, locality, id) from streets") == [
        "A34, ", "A500, ", "Church Lane, Milton", "Church Lane, Northside", "Long Lane, Milton", "M6, ",
        "Queensway, Milton", "Second Street, Milton", "St. Mary’s Way, Milton", "The Square, Milton",
        "Third Street, Northside",
    ]  # fmt: skip
    assert value("select array_agg(name || ' ' || kind || ' ' || population order by population) from towns") == [
        "Milton village 500", "Milton village 1234", "Bigtown town 10000", "Northside suburb 12345",
    ]  # fmt: skip
    assert value("select array_agg(name || ', ' || locality order by name) from landmarks") == [
        "Abbey School, Northside", "Elm House, Northside", "Oak House, Northside", "Victoria Park, Milton",
    ]  # fmt: skip
    # the whole road, where it has a name and where it has none
    whole = """select st_covers(st_buffer(s.geom, 1), q.geom) and st_length(s.geom) > st_length(q.geom) + 500
               from streets s, streets q where s.name = 'A34' and q.name = 'Queensway'"""
    assert value(whole)


@pytest.mark.parametrize(
    ("gap_m", "villages_and_streets"),
    [(34, (1, 1)), (80, (1, 1)), (110, (2, 1)), (300, (1, 1)), (300, (2, 2)), (900, (1, 2))],
)
def test_a_street_goes_on_behind_a_roundabout_and_another_villages_is_another(
    database: Database, geojson: Callable, value: Value, gap_m: float, villages_and_streets: tuple[int, int]
):
    villages, streets = villages_and_streets
    with database.connect(autocommit=True) as conn:
        for x in (400,) if villages == 1 else (0, 900 + gap_m):
            point = f"SRID=27700;POINT({x} 9000)"
            conn.execute(
                "insert into towns (name, kind, population, point) values (%s, 'village', 9, %s)", (f"At {x}", point)
            )
    links = [
        link("Mill Lane", None, (100, 9_000), (400, 9_000)),
        link("Mill Lane", None, (400 + gap_m, 9_000), (700 + gap_m, 9_000)),
    ]
    assert import_streets(database.url(), geojson(links), lambda _: None) == streets
    assert value("select count(distinct locality) from streets") == min(streets, villages)


def test_a_key_that_says_nothing_joins_no_two_streets(database: Database, geojson: Callable, value: Value):
    links = [
        link("High Street", "0", (0, 0), (100, 0)),
        link("High Street", "0", (50_000, 0), (50_100, 0)),
        link("Mill Lane", "0", (0, 50), (100, 50)),
        link("Mill Lane", "0", (1_500, 50), (1_600, 50)),
    ]
    assert import_streets(database.url(), geojson(links), lambda _: None) == 3
    assert value("select count(distinct source_id) from streets") == 3


def test_two_sources_never_double_a_street_and_the_first_keeps_its_own(
    database: Database, geojson: Callable, tmp_path: Path, said: list, value: Value
):
    path = tmp_path / "made.osm"
    path.write_text(osm_of(NODES, WAYS, PLACES))
    import_streets(database.url(), path, said.append)
    before = value("select array_agg(id order by id) from streets")
    east, north = 391_914, 322_500
    links = [
        link("Saint Mary's Way", "t1", (east, north), (east + 600, north)),
        link("Quiet Row", "t2", (east, north), (east + 600, north + 9)),
        link("Long Lane", "t3", (east + 40_000, north), (east + 40_100, north)),
    ]
    assert import_streets(database.url(), geojson(links), said.append) == 2
    assert said[-2] == "2 streets from made.geojson; 1 are there by another source."
    assert value("select array_agg(name order by name) from streets where source = 'os_open_roads'") == [
        "Long Lane", "Quiet Row",
    ]  # fmt: skip
    import_streets(database.url(), path, said.append)
    assert value("select array_agg(id order by id) from streets where source = 'osm'") == before


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
