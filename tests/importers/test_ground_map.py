"""Drawing the map: one PMTiles file, read back by GDAL and by the format's own reader; a bad file changes nothing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader

from smartalert.control.alert_map import tiles
from smartalert.control.alert_map.county import ground_urls
from smartalert.errors import ImportRefused
from smartalert.geography import ground_map as drawn_ground
from smartalert.importers import base_map, ground, ground_map, ground_themes
from smartalert.importers.streets import import_streets
from tests.conftest import forget_settings
from tests.control.alert_map.street_tiles import tile_of
from tests.databases import Database
from tests.factories import LAT, LON, make_force_area, make_street

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


def open_roads_file(links: geopandas.GeoDataFrame, folder: Path) -> Path:
    """These roads as OS Open Roads has them."""
    names = {"kind_detail": "road_classification", "name": "name_1", "ref": "road_classification_number"}
    pyogrio.write_dataframe(links.rename(columns=names).to_crs(27700), folder / "roads.gpkg", layer="road_link")
    return folder / "roads.gpkg"


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
    assert at(path, "roads", 14).query("kind_detail == 'residential'")["name"].isna().any()  # drawn, and in no list
    assert "Oakham" in set(at(path, "pois", 12).query("kind == 'station'")["name"])
    assert len(at(path, "buildings", 14)) > 2_000
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        assert reader.metadata()["attribution"] == "© OpenStreetMap contributors (ODbL)"
        assert (reader.header()["min_zoom"], reader.header()["max_zoom"]) == (6, 14)
    assert said[-3].startswith("The map is drawn from rutland-latest.osm.pbf")


def test_open_roads_is_drawn_with_numbers_and_with_roads_that_have_no_name(database: Database, tmp_path: Path):
    links = roads(("A Road", "Stone Road", "A34"), ("Unclassified", None, None))
    base_map.import_map(database.url(), open_roads_file(links, tmp_path), lambda _: None)
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


def test_a_map_is_an_import_like_any_other_and_the_last_three_are_undone(
    database: Database, tmp_path: Path, said: list, value: Value
):
    for number in range(5):
        base_map.import_map(database.url(), made(tmp_path / f"kept{number}.pmtiles"), said.append)
    assert said[-1] == "Map: drawn anew."
    assert value("select string_agg(source, ' ' order by id) from ground_maps").split() == [
        f"kept{number}.pmtiles" for number in (1, 2, 3, 4)
    ]
    for number in (3, 2, 1):
        ground.undo(database.url(), "map", said.append)
        assert value("select string_agg(source, ' ') from drawn_ground") == f"kept{number}.pmtiles"
    with pytest.raises(ImportRefused, match="no import of map that can be undone"):
        ground.undo(database.url(), "map", said.append)
    assert ground.history(database.url())[0].words.endswith("map: drawn anew, undone")
    assert value("select count(*) from audit where detail->'files'->>0 like 'kept%' and action like 'imported%'") == 5


def test_streets_and_the_map_of_one_file_are_undone_as_one(
    database: Database, tmp_path: Path, said: list, value: Value
):
    base_map.import_map(database.url(), made(tmp_path / "before.pmtiles"), said.append)
    links = roads(("A Road", "Stone Road", "A34")).assign(road_name_toid="osgb1")
    import_streets(database.url(), open_roads_file(links, tmp_path), said.append, and_map=True)
    assert value("select string_agg(shows, ' ') from drawn_ground") == "roads"
    ground.undo(database.url(), "streets", said.append)
    assert value("select string_agg(source, ' ') from drawn_ground") == "before.pmtiles"
    assert value("select count(*) from streets") == 0


def test_every_import_and_undoing_is_another_state_of_the_ground(database: Database, tmp_path: Path, said: list):
    seen = []
    for number in range(2):
        base_map.import_map(database.url(), made(tmp_path / f"kept{number}.pmtiles"), said.append)
        seen.append(state(database))
    for _ in range(2):
        ground.undo(database.url(), "map", said.append)
        seen.append(state(database))
    assert len(set(seen)) == 4


def state(database: Database) -> str:
    """How control rooms tell that the ground is another."""
    with database.connect() as conn:
        return drawn_ground.version(conn)


def test_places_imported_after_the_roads_are_on_the_map_at_once(database: Database, tmp_path: Path):
    base_map.import_map(database.url(), open_roads_file(roads(("A Road", "Stone Road", "A34")), tmp_path), print)
    with database.connect() as conn:
        make_street(conn)
        conn.execute(
            "insert into towns (name, population, point, source) select 'Stafford', 70000, at, 'geonames' from streets"
        )
        conn.execute(
            "insert into landmarks (kind, name, geom) select what, what, st_buffer(at, metres) from streets,"
            " (values ('water', 90), ('police station', 9), ('farm', 9)) one (what, metres)"
        )
        drawn = drawn_ground.drawn(conn)
        column, row = (int(part) for part in tile_of(LON, LAT, 14))
        body = tiles.known_in(conn, 14, column, row)
        assert b"Stafford" not in tiles.known_in(conn, 14, column + 9, row)
    assert [one.shows for one in drawn] == ["roads"]
    assert ground_urls(drawn, "1.0.1") == [
        f"tiles/ground/{drawn[0].id}.pmtiles",
        "tiles/known/{z}/{x}/{y}.mvt?of=1.0.1",
    ]
    path = tmp_path / "tile.mvt"
    path.write_bytes(body)
    read = {name: pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)}
    assert {name: set(rows["kind"]) for name, rows in read.items()} == {
        "water": {"water"},
        "places": {"locality"},
        "pois": {"police"},
    }
    assert set(read["places"]["name"]) == {"Stafford"}


def test_a_file_on_disk_goes_once_another_map_is_served(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMARTALERT_DATA_DIR", str(tmp_path))
    forget_settings()
    with database.connect() as conn:
        for name in ("old", "new"):
            (tmp_path / name).write_bytes(name.encode())
            ground_map.keep(conn, tmp_path / name, "everything", name, "Somebody")
            [one] = drawn_ground.drawn(conn)
            assert drawn_ground.file_of(conn, one).read_bytes() == name.encode()
    assert [path.name for path in (tmp_path / "maps").iterdir()] == [one.on_disk.name]


def test_a_layer_of_nothing_is_drawn_at_no_zoom():
    assert ground_themes.banded("roads", roads(("residential", "Mill Lane", None)).assign(first=12).iloc[:0]) == []


def test_pieces_of_one_road_are_one_line_so_that_its_name_fits(tmp_path: Path):
    pieces = roads(("residential", "Mill Lane", None), ("residential", "Mill Lane", None))
    pieces.geometry = [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (2, 0)])]
    assert len(ground_themes.roads(pieces)) == 1
