"""Importing where the force may send, and its neighbourhoods."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.importers.areas import import_force_area, import_neighbourhoods
from tests.databases import Database


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


def test_neighbourhoods_of_a_later_file_replace_the_others(database: Database, geojson: Callable, value: Callable):
    import_neighbourhoods(
        database.url(), [geojson([({"code": c}, square(n * 1e4)) for n, c in enumerate("AB")])], lambda _: None
    )
    kept = value("select id from neighbourhoods where code = 'B'")
    import_neighbourhoods(
        database.url(), [geojson([({"code": c}, square(n * 1e4)) for n, c in enumerate("BC")])], lambda _: None
    )
    assert value("select array_agg(code order by code) from neighbourhoods") == ["B", "C"]
    assert value("select id from neighbourhoods where code = 'B'") == kept


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
