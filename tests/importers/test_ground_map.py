"""Drawing the map: one PMTiles file, read back by GDAL and by the format's own reader; a bad file changes nothing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader

from smartalert.errors import ImportRefused
from smartalert.importers import base_map, ground_map, ground_themes
from tests.databases import Database
from tests.factories import make_force_area, make_street

Value = Callable[..., object]


@pytest.fixture(autouse=True)
def emptied(database: Database):
    yield
    with database.connect(autocommit=True) as conn:
        conn.execute("delete from ground_maps")


def drawn(database: Database, folder: Path) -> Path:
    """The file of the map that is drawn now, put together from its pieces."""
    with database.connect() as conn:
        parts = conn.execute(
            "select body from ground_map_parts where map = (select max(id) from ground_maps) order by number"
        ).fetchall()
    path = folder / "drawn.pmtiles"
    path.write_bytes(b"".join(bytes(body) for (body,) in parts))
    return path


def at(path: Path, layer: str, zoom: int) -> geopandas.GeoDataFrame:
    """What GDAL finds in a layer at a zoom."""
    return pyogrio.read_dataframe(path, layer=layer, ZOOM_LEVEL=zoom)


def roads(*rows: tuple[str, str | None, str | None]) -> geopandas.GeoDataFrame:
    """Roads of a village near Stafford, each with its class, name and number."""
    lines = [shapely.LineString([(-2.12, 52.80 + n / 500), (-2.10, 52.80 + n / 500)]) for n in range(len(rows))]
    columns = dict(zip(("kind_detail", "name", "ref"), zip(*rows, strict=True), strict=True))
    return geopandas.GeoDataFrame(columns, geometry=lines, crs=4326)


def made(path: Path, layer: str = "roads", **options: str) -> Path:
    """A small ready file, as GDAL writes it."""
    pyogrio.write_dataframe(
        roads(("primary", "Stone Road", "A34")).to_crs(3857), path, layer=layer, MINZOOM="9", MAXZOOM="12", **options
    )
    return path


def test_a_county_of_openstreetmap_is_drawn_with_what_a_chief_constable_looks_for(
    database: Database, data: Path, said: list, tmp_path: Path
):
    base_map.import_map(database.url(), data / "streets/rutland-latest.osm.pbf", said.append)
    path = drawn(database, tmp_path)
    assert {name for name, _ in pyogrio.list_layers(path)} == {
        "landuse",
        "water",
        "roads",
        "buildings",
        "places",
        "pois",
    }
    assert set(at(path, "places", 8)["name"]) == {"Oakham", "Uppingham"}
    assert {"Cottesmore", "Empingham"} <= set(at(path, "places", 10)["name"])
    assert "Rutland Water" in set(at(path, "water", 10)["name"])
    assert {"A1", "A47", "A606"} <= set(at(path, "roads", 9)["ref"])
    assert not set(at(path, "roads", 10)["kind"]) - {"highway", "major_road", "rail"}
    assert {"Burley Road", "High Street"} <= set(at(path, "roads", 14)["name"])
    assert "Oakham" in set(at(path, "pois", 12).query("kind == 'station'")["name"])
    assert len(at(path, "buildings", 14)) > 2_000
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        assert reader.metadata()["attribution"] == "© OpenStreetMap contributors (ODbL)"
        assert (reader.header()["min_zoom"], reader.header()["max_zoom"]) == (6, 14)
    assert said[-1].startswith("The map is drawn from rutland-latest.osm.pbf")


def test_open_roads_is_drawn_with_numbers_and_with_roads_that_have_no_name(database: Database, tmp_path: Path):
    links = roads(("A Road", "Stone Road", "A34"), ("Unclassified", None, None))
    links = links.rename(
        columns={"kind_detail": "road_classification", "name": "name_1", "ref": "road_classification_number"}
    )
    pyogrio.write_dataframe(links.to_crs(27700), tmp_path / "roads.gpkg", layer="road_link")
    base_map.import_map(database.url(), tmp_path / "roads.gpkg", lambda _: None)
    found = at(drawn(database, tmp_path), "roads", 13)
    assert set(found["kind"]) == {"major_road", "minor_road"}
    assert set(found["ref"].dropna()) == {"A34"}


def test_the_made_up_county_is_drawn_from_what_the_database_knows(database: Database, tmp_path: Path):
    with database.connect() as conn:
        make_force_area(conn)
        make_street(conn)
        conn.execute(
            "insert into towns (name, population, point) select 'Stafford', 70000, st_centroid(geom) from streets"
        )
        base_map.draw_known(conn)
    path = drawn(database, tmp_path)
    assert set(at(path, "roads", 13)["name"]) == {"Tannery Row"}
    assert set(at(path, "places", 8)["name"]) == {"Stafford"}


@pytest.mark.parametrize("ending", ["pmtiles", "mbtiles"])
def test_a_ready_file_is_taken_as_it_is(database: Database, tmp_path: Path, ending: str):
    base_map.import_map(database.url(), made(tmp_path / f"ready.{ending}"), lambda _: None)
    found = at(drawn(database, tmp_path), "roads", 12)
    assert set(found["name"]) == {"Stone Road"}
    assert found.to_crs(4326).total_bounds == pytest.approx((-2.12, 52.8, -2.1, 52.8), abs=0.001)


def test_a_ready_file_is_cut_to_the_force(database: Database, tmp_path: Path):
    far = roads(("primary", "Stone Road", "A34"), ("primary", "Far Road", "A1"))
    far.geometry = [far.geometry[0], shapely.affinity.translate(far.geometry[1], 2, 1)]
    pyogrio.write_dataframe(far.to_crs(3857), tmp_path / "ready.pmtiles", layer="roads", MINZOOM="9", MAXZOOM="12")
    with database.connect() as conn:
        make_force_area(conn)
    base_map.import_map(database.url(), tmp_path / "ready.pmtiles", lambda _: None)
    assert set(at(drawn(database, tmp_path), "roads", 12)["name"]) == {"Stone Road"}


def pictures(path: Path) -> Path:
    """An .mbtiles of pictures."""
    with sqlite3.connect(path) as db:
        db.execute("create table metadata (name text, value text)")
        db.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        db.execute("insert into metadata values ('format', 'png')")
    return path


def text(path: Path) -> Path:
    path.write_text("PMTiles, one would think")
    return path


def cut_off(path: Path, left: int = 200) -> Path:
    made(path)
    path.write_bytes(path.read_bytes()[:left])
    return path


@pytest.mark.parametrize(
    ("make", "name", "why"),
    [
        (pictures, "pictures.mbtiles", "holds pictures"),
        (text, "text.pmtiles", "cannot be read as a map"),
        (text, "text.mbtiles", "cannot be read as a map"),
        (cut_off, "cut.pmtiles", "cannot be read as a map"),
        (lambda path: cut_off(path, -1), "early.pmtiles", "it ends early"),
        (lambda path: made(path, "strasse"), "other.pmtiles", "names its layers in no way that is known.*strasse"),
    ],
)
def test_what_is_no_map_is_refused_and_changes_nothing(
    database: Database, tmp_path: Path, make: Callable[[Path], Path], name: str, why: str
):
    with pytest.raises(ImportRefused, match=why):
        base_map.import_map(database.url(), make(tmp_path / name), lambda _: None)
    with database.connect() as conn:
        assert conn.execute("select count(*) from ground_maps").fetchone() == (0,)


def test_the_last_three_maps_are_kept(database: Database, tmp_path: Path, value: Value):
    path = tmp_path / "map"
    path.write_bytes(b"x" * (ground_map.PART + 1))
    with database.connect() as conn:
        for number in range(5):
            ground_map.keep(conn, path, f"file {number}", "Somebody")
    assert value("select string_agg(source, ', ' order by id) from ground_maps") == "file 2, file 3, file 4"
    assert value("select count(*) from ground_map_parts") == 6


def test_pieces_of_one_road_are_one_line_so_that_its_name_fits(tmp_path: Path):
    pieces = roads(("residential", "Mill Lane", None), ("residential", "Mill Lane", None))
    pieces.geometry = [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (2, 0)])]
    assert len(ground_themes.roads(pieces)) == 1
