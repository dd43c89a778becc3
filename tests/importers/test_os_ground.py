"""What Ordnance Survey gives away, in the layers and columns of its real editions, becomes the map."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pytest
import shapely

from smartalert.errors import ImportRefused
from smartalert.importers import base_map, ground, map_file
from smartalert.importers.streets import import_streets
from tests.databases import Database
from tests.importers.test_ground_map import at, drawn, emptied

__all__ = ["emptied"]
EAST, NORTH = 392_000, 323_000
Value = Callable[..., object]
Rows = list[tuple[dict[str, Any], shapely.Geometry]]


def line(x: float = 0, y: float = 0, metres: float = 900) -> shapely.LineString:
    """A line to the east."""
    return shapely.LineString([(EAST + x, NORTH + y), (EAST + x + metres, NORTH + y)])


def square(x: float = 0, y: float = 0, metres: float = 900) -> shapely.Polygon:
    """A square."""
    return shapely.box(EAST + x, NORTH + y, EAST + x + metres, NORTH + y + metres)


def spot(x: float = 0, y: float = 0) -> shapely.Point:
    """A point."""
    return shapely.Point(EAST + x, NORTH + y)


def written(path: Path, layers: dict[str, Rows]) -> Path:
    """A file with these layers."""
    for layer, rows in layers.items():
        frame = geopandas.GeoDataFrame([facts for facts, _ in rows], geometry=[shape for _, shape in rows], crs=27700)
        pyogrio.write_dataframe(frame, path, layer=layer, append=path.suffix == ".gpkg" and path.exists())
    return path


def river(name: str | None, form: str = "inlandRiver") -> dict[str, Any]:
    return {"id": "a", "form": form, "watercourse_name": name, "watercourse_name_alternative": None, "fictitious": "0"}


RIVERS: dict[str, Rows] = {
    "hydro_node": [({"hydro_node_category": "source"}, spot())],
    "watercourse_link": [
        (river("River Sow", "tidalRiver"), line(0, 0, 9_000)),
        (river("River Sow"), line(9_000, 0, 9_000)),
        (river("Kingston Brook"), line(0, 900)),
        (river("Trent and Mersey Canal", "canal"), line(0, 1_800)),
        (river(None), line(0, 2_700)),
    ],
}
GREEN: dict[str, Rows] = {
    "access_point": [({"access_type": "Pedestrian", "ref_to_greenspace_site": "a"}, spot())],
    "greenspace_site": [
        ({"id": "a", "function": "Public Park Or Garden", "distinctive_name_1": "Victoria Park"}, square()),
        ({"id": "b", "function": "Cemetery", "distinctive_name_1": None}, square(2_000)),
    ],
}
LINKS: Rows = [
    (
        {
            "id": "l1", "fictitious": False, "road_classification": "A Road", "road_function": "A Road",
            "form_of_way": "Single Carriageway", "road_classification_number": "A34", "name_1": "Stone Road",
            "road_name_toid": "osgb1",
        },
        line(),
    ),
    (
        {
            "id": "l2", "fictitious": False, "road_classification": "Unclassified", "road_function": "Local Road",
            "form_of_way": "Single Carriageway", "road_classification_number": None, "name_1": "Mill Lane",
            "road_name_toid": "osgb2",
        },
        line(0, 500),
    ),
]  # fmt: skip
#: The same link as its Shapefile has it.
SHAPE_NAMES = {
    "id": "identifier", "fictitious": "fictitious", "road_classification": "class", "road_function": "function",
    "form_of_way": "formOfWay", "road_classification_number": "roadNumber", "name_1": "name1",
    "road_name_toid": "nameTOID",
}  # fmt: skip


def unit(name: str) -> dict[str, Any]:
    return {"Name": name, "Area_Code": "DIS", "Area_Description": "District", "Census_Code": "E07000197"}


BORDERS: dict[str, Rows] = {
    "county": [(unit("Staffordshire County"), square(0, 0, 5_000))],
    "district_borough_unitary": [
        (unit("Stafford District (B)"), square(0, 0, 5_000)),
        (unit("Lichfield District (B)"), square(5_000, 0, 5_000)),
    ],
    "district_borough_unitary_ward": [(unit("Holmcroft Ward"), square(0, 0, 800))],
}


def typed(kind: str, shape: shapely.Geometry, **more: Any) -> tuple[dict[str, Any], shapely.Geometry]:
    return {"type": kind, **more}, shape


def road(kind: str, name: str | None, number: str | None, y: float) -> tuple[dict[str, Any], shapely.Geometry]:
    return typed(kind, line(0, y), name=name, number=number, level=0)


STACK: dict[str, Rows] = {
    "airports": [({"name": "Wolverhampton"}, spot())],
    "boundaries": [typed("National", line())],
    "etl": [({"x": 1}, line())],
    "foreshore": [({"x": 1}, square())],
    "greenspace": [typed("Greenspace", square())],
    "land": [({"x": 1}, square())],
    "local_buildings": [({"uuid": "a"}, square(0, 0, 20))],
    "names": [
        typed("Town", spot(), name1="Stafford", name2=None),
        typed("Small Settlements", spot(900), name1="Brocton Gate", name2=None),
        typed("Water", spot(1_800), name1="Aqualate Mere", name2=None),
        typed("Motorway Junctions", spot(2_700), name1="14", name2=None),
    ],
    "rail": [typed("Multi Track", line()), typed("Tunnel", line(0, 300))],
    "railway_stations": [typed("Railway Station", spot(), name="Stafford")],
    "roads_local": [road("Minor", "Mill Bank", None, 0), road("Local", "Mill Lane", None, 100)],
    "roads_national": [road("Motorway", None, "M6", 200), road("Primary", "Stone Road", "A34", 300)],
    "roads_regional": [road("B Road", "Weston Road", "B5066", 400)],
    "sites": [
        typed("Education", square()),
        typed("Medical Care", square(2_000)),
        typed("Air Transport", square(4_000)),
    ],
    "surfacewater": [typed("National", square(0, 0, 5_000)), typed("Local", square(0, 0, 4_000))],
    "urban_areas": [typed("National", square(0, 0, 5_000)), typed("Regional", square(0, 0, 4_900))],
    "waterlines": [typed("Local", line()), typed("National", line(0, 100)), typed("MHW", line(0, 200))],
    "woodland": [typed("National", square(0, 0, 3_000)), typed("Local", square(0, 0, 2_000))],
}


def test_rivers_parks_and_borders_are_drawn_with_the_roads(
    database: Database, tmp_path: Path, said: list, value: Value
):
    files = {"rivers": RIVERS, "green": GREEN, "roads": {"road_link": LINKS}, "borders": BORDERS}
    found = {}
    for name, layers in files.items():
        base_map.import_map(database.url(), written(tmp_path / f"{name}.gpkg", layers), said.append)
        found[name] = drawn(database, tmp_path).rename(tmp_path / f"{name}.pmtiles")
    assert said[-2].endswith("With it is drawn what green.gpkg and rivers.gpkg and roads.gpkg showed.")
    assert value("select string_agg(shows, ' ') from drawn_ground") == "green rivers roads borders"
    assert set(at(found["rivers"], "water", 8)["name"]) == {"River Sow"}
    assert set(at(found["rivers"], "water", 14)["kind"]) == {"river", "canal", "stream"}
    assert set(at(found["green"], "landuse", 14)["kind"]) == {"park", "cemetery"}
    assert set(at(found["roads"], "roads", 14)["name"]) == {"Stone Road", "Mill Lane"}
    assert set(at(found["borders"], "boundaries", 12)["kind"]) == {"county", "district"}


def test_what_shows_everything_hides_rivers_until_roads_are_drawn_again(
    database: Database, tmp_path: Path, said: list, value: Value
):
    base_map.import_map(database.url(), written(tmp_path / "stack.gpkg", STACK), said.append)
    base_map.import_map(database.url(), written(tmp_path / "rivers.gpkg", RIVERS), said.append)
    assert said[-2].endswith("It is hidden: the map from stack.gpkg shows everything. It is drawn with OS Open Roads.")
    assert value("select string_agg(shows, ' ') from drawn_ground") == "everything"
    base_map.import_map(database.url(), written(tmp_path / "roads.gpkg", {"road_link": LINKS}), said.append)
    assert value("select string_agg(shows, ' ') from drawn_ground") == "rivers roads"
    ground.undo(database.url(), "map", said.append)
    assert value("select string_agg(shows, ' ') from drawn_ground") == "everything"


def test_zoomstack_is_a_whole_map_with_the_shapes_of_each_scale(database: Database, tmp_path: Path, said: list):
    base_map.import_map(database.url(), written(tmp_path / "OS_Open_Zoomstack.gpkg", STACK), said.append)
    path = drawn(database, tmp_path)
    assert {name for name, _ in pyogrio.list_layers(path)} == {
        "landuse", "water", "roads", "buildings", "places", "pois",
    }  # fmt: skip
    assert set(at(path, "places", 14)["name"]) == {"Stafford", "Brocton Gate"}
    assert set(at(path, "roads", 14)["ref"].dropna()) == {"M6", "A34", "B5066"}
    assert set(at(path, "roads", 14)["kind"]) == {"highway", "major_road", "minor_road", "rail"}
    assert "Aqualate Mere" in set(at(path, "water", 12)["name"])
    assert set(at(path, "landuse", 14)["kind"]) == {"residential", "wood", "park", "school", "hospital", "industrial"}
    # One lake, drawn by the shape of the scale: 25 square kilometres from far, 16 from near.
    lakes = {zoom: at(path, "water", zoom).query("kind == 'water' and name.isna()").to_crs(27700) for zoom in (9, 14)}
    assert {zoom: round(rows.dissolve().area.sum() / 1e6) for zoom, rows in lakes.items()} == {9: 25, 14: 16}


@pytest.mark.parametrize("packed", ["folder", "zip"])
def test_tiles_of_open_roads_are_one_import_with_each_link_once(
    database: Database, tmp_path: Path, said: list, value: Value, packed: str
):
    folder = tmp_path / "oproad_essh_gb"
    links = [({SHAPE_NAMES[name]: fact for name, fact in facts.items()}, shape) for facts, shape in LINKS]
    for tile, rows in (("SJ", links), ("SK", links[:1])):
        (folder / "data").mkdir(parents=True, exist_ok=True)
        written(folder / "data" / f"{tile}_RoadLink.shp", {f"{tile}_RoadLink": rows})
        written(folder / "data" / f"{tile}_RoadNode.shp", {f"{tile}_RoadNode": [({"identifier": "n"}, spot())]})
    path = folder
    if packed == "zip":
        path = tmp_path / "oproad_essh_gb.zip"
        with zipfile.ZipFile(path, "w") as out:
            for file in folder.rglob("*.*"):
                out.write(file, file.relative_to(tmp_path))
    import_streets(database.url(), path, said.append, and_map=True)
    assert value("select string_agg(name || round(st_length(geom)), ' ' order by name) from streets") == (
        "A34900 Mill Lane900 Stone Road900"
    )
    assert set(at(drawn(database, tmp_path), "roads", 14)["ref"].dropna()) == {"A34"}


def test_the_first_editions_spelt_their_columns_otherwise(database: Database, tmp_path: Path, said: list):
    old = [({"form": "canal", "watercourseName": "Old Canal"}, line())]
    base_map.import_map(database.url(), written(tmp_path / "oprvrs.gpkg", {"WatercourseLink": old}), said.append)
    assert set(at(drawn(database, tmp_path), "water", 14)["name"]) == {"Old Canal"}


def test_a_zip_without_a_map_is_refused_in_a_sentence(database: Database, tmp_path: Path, said: list):
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as out:
        out.writestr("readme.txt", "no map")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "papers.zip").read_bytes()[:30])
    for name, why in (("papers.zip", "holds no .gpkg"), ("cut.zip", "cannot be unpacked")):
        with pytest.raises(ImportRefused, match=why):
            base_map.import_map(database.url(), tmp_path / name, said.append)


def test_rivers_elsewhere_are_refused(database: Database, tmp_path: Path, said: list):
    with database.connect(autocommit=True) as conn:
        conn.execute(
            "insert into force_area (name, geom)"
            " values ('Kent', st_multi(st_makeenvelope(6e5, 1.4e5, 6.1e5, 1.5e5, 27700)))"
        )
    with pytest.raises(ImportRefused, match=r"rivers\.gpkg shows no river of the force area"):
        base_map.import_map(database.url(), written(tmp_path / "rivers.gpkg", RIVERS), said.append)


def test_a_file_of_the_whole_country_asks_for_the_force_area_first(
    database: Database, tmp_path: Path, said: list, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(map_file, "MOST_ROWS", 1)
    country = written(tmp_path / "country.gpkg", {"road_link": LINKS})
    with pytest.raises(ImportRefused, match="larger than any county: import the force area first"):
        import_streets(database.url(), country, said.append)
    with database.connect(autocommit=True) as conn:
        conn.execute(
            "insert into force_area (name, geom)"
            " values ('Stafford', st_multi(st_makeenvelope(3.9e5, 3.2e5, 4e5, 3.3e5, 27700)))"
        )
    assert import_streets(database.url(), country, said.append) == 3
