"""Importing where the force may send, and its neighbourhoods."""

from collections.abc import Callable
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely

from smartalert.database.progress import Progress
from smartalert.errors import ImportRefused
from smartalert.importers.areas import import_force_area, import_neighbourhoods
from tests.databases import Database


def agreed(_question: str) -> bool:
    return True


def square(west: float, size: float = 1_000) -> dict:
    corners = [(west, 0), (west + size, 0), (west + size, size), (west, size), (west, 0)]
    return {"type": "Polygon", "coordinates": [corners]}


def test_the_real_force_area_comes_in_whole(database: Database, data: Path, value: Callable):
    size = import_force_area(database.url(), data / "boundaries/staffordshire_force_datapoliceuk.geojson")
    assert size == pytest.approx(2_717, abs=1)
    assert value("select name from force_area") == "Staffordshire"


def test_nine_districts_make_the_same_force_area(database: Database, data: Path, value: Callable):
    import_force_area(database.url(), data / "boundaries/staffs_lad20.geojson", name="Our county")
    assert value("select name from force_area") == "Our county"
    assert value("select st_area(geom) / 1e6 from force_area") == pytest.approx(2_717, abs=5)


def test_real_wards_become_neighbourhoods(database: Database, data: Path, said: list, value: Callable):
    wards = sorted((data / "boundaries/wards").glob("*.json"))
    assert import_neighbourhoods(database.url(), wards, said.append) == 211
    assert value("select name from neighbourhoods where code = 'E05007013'") == "Barlaston and Oulton"


def test_a_later_area_takes_the_place_of_the_first(database: Database, geojson: Callable, value: Callable):
    import_force_area(database.url(), geojson([({"name": "Old"}, square(0))]))
    import_force_area(database.url(), geojson([({"name": "New"}, square(500))]))
    assert value("select name || ' ' || st_xmin(geom) from force_area") == "New 500"


def test_neighbourhoods_of_a_later_file_replace_the_others(
    database: Database, geojson: Callable, said: list, value: Callable
):
    import_neighbourhoods(
        database.url(), [geojson([({"code": c}, square(n * 1e4)) for n, c in enumerate("AB")])], lambda _: None
    )
    kept = value("select id from neighbourhoods where code = 'B'")
    import_neighbourhoods(
        database.url(), [geojson([({"code": c}, square(n * 1e4)) for n, c in enumerate("BC")])], said.append, agreed
    )
    assert value("select array_agg(code order by code) from neighbourhoods") == ["B", "C"]
    assert value("select id from neighbourhoods where code = 'B'") == kept


def test_a_long_import_shows_each_part_up_to_the_whole(
    database: Database, geojson: Callable, steps: list[Progress], said: list
):
    path = geojson([({"code": str(n)}, square(n * 1e3)) for n in range(70)])
    assert import_force_area(database.url(), path, say=said.append) == pytest.approx(70)
    import_neighbourhoods(database.url(), [path], said.append)
    assert [step.what for step in steps] == ["Reading made.geojson", "Joining areas", "Reading made.geojson"]
    assert [step.done for step in steps] == pytest.approx([step.total for step in steps])


def test_figures_are_marked_once_however_many_neighbourhoods_come(
    database: Database, geojson: Callable, value: Callable
):
    with database.connect(autocommit=True) as conn:
        conn.execute("insert into subscribers (signed_up_at) values ('2026-11-20 12:00Z')")
    marks = set()
    for count in (2, 40):
        with database.connect(autocommit=True) as conn:
            conn.execute("delete from figures_due")
        areas = [({"code": f"{count}.{n}"}, square(n * 1e3)) for n in range(count)]
        import_neighbourhoods(database.url(), [geojson(areas)], print, agreed)
        marks.add(value("select count(*) from figures_due where day = '2026-11-20'"))
    assert len(marks) == 1


def test_a_border_that_crosses_itself_is_mended(database: Database, geojson: Callable, value: Callable):
    bow = {"type": "Polygon", "coordinates": [[(0, 0), (1_000, 1_000), (1_000, 0), (0, 1_000), (0, 0)]]}
    assert import_force_area(database.url(), geojson([({}, bow)])) == pytest.approx(0.5)
    assert value("select st_isvalid(geom) from force_area")


def test_lines_and_points_are_no_area(database: Database, geojson: Callable, contents: Callable):
    before = contents()
    with pytest.raises(ImportRefused, match="holds no area"):
        import_force_area(database.url(), geojson([({}, {"type": "Point", "coordinates": [1, 1]})]))
    assert contents() == before


def test_two_neighbourhoods_of_one_code_are_refused(database: Database, geojson: Callable, contents: Callable):
    before = contents()
    twins = geojson([({"code": "A"}, square(0)), ({"code": "A"}, square(5_000))])
    with pytest.raises(ImportRefused, match="same code"):
        import_neighbourhoods(database.url(), [twins], lambda _: None)
    assert contents() == before


def box(west: float, east: float, south: float = 52.75, north: float = 52.85) -> dict:
    """A rectangle in degrees; a tenth by a tenth is about 75 km²."""
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def kml(*folders: str) -> str:
    return '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + "".join(folders) + "</Document></kml>"


def placemark(name: str, shape: dict, inside: str = "{}") -> str:
    line = " ".join(f"{lon},{lat},12" for lon, lat in shape["coordinates"][0])
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{line}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Placemark><name>{name}</name>{inside.format(f'<Polygon>{ring}</Polygon>')}</Placemark>"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Four areas: loose, in a folder in a folder, in it, and in another of the same name."""
    point = "<MultiGeometry><Point><coordinates>-2.05,52.8</coordinates></Point>{}</MultiGeometry>"
    deep = "<Folder><name>B</name>" + placemark("Deep", box(-2.1, -2.0), point) + "</Folder>"
    path = tmp_path / "folders.kml"
    path.write_text(
        kml(
            placemark("Loose", box(-2.2, -2.1)),
            "<Folder><name>A</name>" + deep + placemark("Middle", box(-2.0, -1.9)) + "</Folder>",
            "<Folder><name>A</name>" + placemark("Other", box(-1.9, -1.8)) + "</Folder>",
        )
    )
    return path


def test_every_folder_of_a_kml_counts(database: Database, folders: Path, said: list, value: Callable):
    assert import_force_area(database.url(), folders, say=said.append) == pytest.approx(300, abs=1)
    assert value("select st_numgeometries(geom) from force_area") == 1
    assert import_neighbourhoods(database.url(), [folders], said.append) == 4
    assert value("select array_agg(name order by name) from neighbourhoods") == ["Deep", "Loose", "Middle", "Other"]


def test_every_layer_of_a_geopackage_counts_each_in_its_own_coordinates(
    database: Database, tmp_path: Path, said: list, value: Callable
):
    path = tmp_path / "layers.gpkg"
    west, east = (geopandas.GeoDataFrame({"code": [c]}, geometry=[shapely.geometry.shape(b)], crs=4326)
                  for c, b in (("W", box(-2.2, -2.1)), ("E", box(-2.1, -2.0))))  # fmt: skip
    west.to_file(path, layer="west")
    east.to_crs(27700).to_file(path, layer="east", mode="a")
    stations = geopandas.GeoDataFrame({"name": ["Stafford"]}, geometry=[shapely.Point(-2.1, 52.8)], crs=4326)
    stations.to_file(path, layer="stations", mode="a")
    pyogrio.write_dataframe(pd.DataFrame({"style": ["red"]}), path, layer="styles", append=True)
    assert import_neighbourhoods(database.url(), [path], said.append) == 2
    assert value("select sum(st_area(geom)) / 1e6 from neighbourhoods") == pytest.approx(150, abs=1)
    assert said[0].endswith("areas of west (1), east (1).")
    assert said[1].endswith("left out what has no area: Stafford.")


def test_a_shapefile_of_overlapping_parts_is_land_once(database: Database, tmp_path: Path):
    parts = shapely.MultiPolygon([shapely.geometry.shape(box(-2.2, -2.08)), shapely.geometry.shape(box(-2.12, -2.0))])
    path = tmp_path / "parts.shp"
    geopandas.GeoDataFrame({"NAME": ["Whole"]}, geometry=[parts], crs=4326).to_file(path)
    assert import_force_area(database.url(), path) == pytest.approx(150, abs=1)


M = 1_000.0
LOOP = [(0, 0), (20, 0), (20, 10), (10, 10), (10, 5), (14, 5), (14, 8), (6, 8), (6, 10), (0, 10), (0, 0)]
CUT = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 5), (3, 5), (3, 7), (7, 7), (7, 3), (3, 3), (3, 5), (0, 5), (0, 0)]
SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]
HOLE = [(2, 2), (2, 4), (4, 4), (4, 2), (2, 2)]


@pytest.mark.parametrize(
    ("rings", "km2"),
    [
        ([[SQUARE]], 100),
        ([[SQUARE, HOLE]], 96),
        ([[SQUARE, HOLE, [(6, 6), (6, 8), (8, 8), (8, 6), (6, 6)]]], 92),
        ([[SQUARE, HOLE], [HOLE[::-1]]], 100),
        ([[SQUARE], [[(5, 0), (15, 0), (15, 10), (5, 10), (5, 0)]]], 150),
        ([[SQUARE], [SQUARE]], 100),
        ([[SQUARE], [[(2, 2), (4, 2), (4, 4), (2, 4), (2, 2)]]], 100),
        ([[LOOP]], 192),
        ([[LOOP[::-1]]], 192),
        ([[SQUARE[:-1] * 2 + SQUARE[:1]]], 100),
        ([[CUT]], 84),
        ([[CUT[::-1]]], 84),
        ([[[(0, 0), (10, 10), (10, 0), (0, 10), (0, 0)]]], 50),
        ([[SQUARE, [(10, 0), (20, 0), (20, 10), (10, 10), (10, 0)]]], 200),
        ([[SQUARE, [(30, 0), (40, 0), (40, 10), (30, 10), (30, 0)], HOLE]], 196),
    ],
    ids=["plain", "a hole", "two holes", "an island in a hole", "overlap", "twice the same", "one in another",
         "runs twice round", "runs twice round backwards", "the whole ring twice", "a hole by a cut",
         "a hole by a cut backwards", "crosses itself", "a hole beside it", "a hole beside it and one in it"],
)  # fmt: skip
def test_land_is_land_once_and_a_hole_that_is_meant_stays(
    database: Database, geojson: Callable, value: Callable, rings: list, km2: float
):
    coordinates = [[[(x * M, y * M) for x, y in ring] for ring in part] for part in rings]
    shape = {"type": "MultiPolygon", "coordinates": coordinates}
    assert import_force_area(database.url(), geojson([({"name": "Made up"}, shape)])) == pytest.approx(km2)
    assert value("select st_isvalid(geom) and st_area(geom) / 1e6 between %s and %s from force_area", km2 - 1, km2 + 1)


def test_what_has_no_area_is_named_and_the_rest_of_it_kept(
    database: Database, geojson: Callable, said: list, value: Callable
):
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    inner = {"type": "GeometryCollection", "geometries": [square(5_000), line]}
    mixed = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}, inner]}
    flat = {"type": "Polygon", "coordinates": [[[0, 0], [9, 9], [9, 9], [0, 0]]]}
    rows = [
        ({"code": "A", "name": "North"}, square(0)),
        ({"code": "B", "name": "South"}, mixed),
        ({"code": "C", "name": "A line"}, line),
        ({"code": "D", "name": "Nothing"}, None),
        ({"code": "E", "name": ""}, {"type": "Polygon", "coordinates": []}),
        ({"code": "F", "name": "Flat"}, flat),
    ]
    assert import_neighbourhoods(database.url(), [geojson(rows)], said.append) == 2
    assert said[0] == "made.geojson: left out what has no area: A line, Nothing, E, Flat."
    assert value("select st_area(geom) from neighbourhoods where code = 'B'") == pytest.approx(1e6)
    many = [({"code": "A", "name": "North"}, square(0)), *(({"name": f"Line {n}"}, None) for n in range(30))]
    import_force_area(database.url(), geojson(many), say=said.append)
    assert said[-2].endswith("Line 9 and 20 more.")


@pytest.mark.parametrize("ring", [[(0, 0), (1e3, 0), (1e3, 1e3), (0, 1e3)], [(0, 0), (1e3, 0)], [(0, 0)]])
def test_a_border_that_is_not_closed_is_refused_by_name(
    database: Database, geojson: Callable, contents: Callable, ring: list
):
    before = contents()
    broken = {"type": "Polygon", "coordinates": [ring]}
    path = geojson([({"name": "Whole"}, square(0)), ({"name": "Open end"}, broken)])
    for bring_in in (import_force_area, lambda url, file: import_neighbourhoods(url, [file], print)):
        with pytest.raises(ImportRefused, match=r"the border of feature 2 \(“Open end”\) is not closed"):
            bring_in(database.url(), path)
    assert contents() == before


def test_what_cannot_be_a_forces_area_is_refused(database: Database, geojson: Callable, contents: Callable):
    before = contents()
    with pytest.raises(ImportRefused, match="no force’s area is so small"):
        import_force_area(database.url(), geojson([({}, square(0, size=10))]))
    for there, country in ((box(1.6, 1.85, 50.8, 50.95), "France"), (box(-6.3, -6.2, 53.3, 53.4), "Ireland"),
                           (box(-6.0, -5.9, 54.5, 54.6), "Ireland")):  # fmt: skip
        path = geojson([({"name": "Ours"}, box(-2.2, -2.1)), ({"name": "Theirs"}, there)], epsg=None)
        for bring_in in (import_force_area, lambda url, file: import_neighbourhoods(url, [file], print)):
            with pytest.raises(ImportRefused, match=f"reaches into {country}: Theirs"):
                bring_in(database.url(), path)
    crumbs = geojson([({"name": "Team"}, square(0)), ({"name": "Crumb"}, square(5_000, size=20))])
    with pytest.raises(ImportRefused, match="“Crumb” is smaller than 1,000 m²"):
        import_neighbourhoods(database.url(), [crumbs], print)
    assert contents() == before


def test_codes_and_names_are_as_people_read_them(database: Database, geojson: Callable, value: Callable):
    rows = [({"WARD_CODE": 7, "Ward Name": "x", "ward_name": "N\u200b" + "o" * 300}, square(0)),
            ({"WARD_CODE": None, "ward_name": "Sou\u202eth"}, square(5_000))]  # fmt: skip
    import_neighbourhoods(database.url(), [geojson(rows)], print)
    found = value("select array_agg(code || '|' || length(name) order by code) from neighbourhoods")
    assert found == ["7|200", "South|5"]


def test_neighbourhoods_whose_columns_are_called_otherwise_are_told_how(database: Database, geojson: Callable):
    rows = [({"NPT_ID": "A", "NPT": "North"}, square(0)), ({"NPT_ID": "B", "NPT": "South"}, square(5_000))]
    with pytest.raises(ImportRefused, match="Area 1 of 2 has neither a code nor a name"):
        import_neighbourhoods(database.url(), [geojson(rows)], print)
