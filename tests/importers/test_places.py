"""Importing places and landmarks: OS Open Names and GeoNames, beside streets in any order."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.importers.places import import_places
from smartalert.importers.postcodes import import_postcodes
from smartalert.importers.streets import import_streets
from tests.databases import Database

Value = Callable[..., object]


def name_of(name: str, local_type: str, x: float, y: float, *box: float) -> str:
    """A line of OS Open Names."""
    fields = ["osgb1", "", name, "", "", "", "populatedPlace", local_type, x, y, 9, 9, *(box or [""] * 4), *[""] * 18]
    return ",".join(map(str, fields)) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(*lines: str, name: str = "SJ92.csv") -> Path:
        path = tmp_path / name
        path.write_text("\ufeff" + "".join(lines))
        return path

    return make


def lane(x: float, y: float, toid: str = "") -> tuple[dict, dict]:
    facts = {"name_1": "Mill Lane", "road_name_toid": toid or f"t{x}", "road_classification": "Unclassified"}
    return facts, {"type": "LineString", "coordinates": [(x, y), (x + 50, y)]}


def test_the_tiles_and_their_header_come_in_by_their_types(
    database: Database, data: Path, said: list, value: Value
) -> None:
    files = sorted((data / "places/os_open_names_sample").glob("*.csv"))
    assert import_places(database.url(), files, said.append) == (107, 2)
    ranks = "select kind, count(*) as n from towns group by kind"
    assert value(f"select array_agg(kind || ' ' || n order by n) from ({ranks}) k") == [
        "city 1", "town 3", "village 16", "suburb 17", "hamlet 70",
    ]  # fmt: skip
    assert value("select count(extent) from towns") == 107
    assert value("select string_agg(kind || ' ' || name, ', ' order by kind) from landmarks").startswith("station ")
    before = value("select array_agg(t::text order by id) from towns t")
    import_places(database.url(), files, said.append)
    assert said[-1] == "Nothing changes."
    assert value("select array_agg(t::text order by id) from towns t") == before


def test_geonames_rank_places_by_their_people(database: Database, data: Path, tmp_path: Path, value: Value) -> None:
    listed = data / "places/geonames_cities500_staffordshire.csv"
    assert import_places(database.url(), [listed], print) == (67, 0)
    assert value("select kind || ' ' || population from towns where name = 'Stafford'") == "town 70145"
    assert value("select kind from towns where name = 'Yoxall'") == "village"
    dump = tmp_path / "GB.txt"
    row = "1\t{}\t\t\t52.8\t-2.1\t{}\tPPL\tGB\t\tENG\t\t\t\t{}\t\t0\tEurope/London\t2020-01-01\n"
    dump.write_text(row.format('"Quoted', "P", 7000) + row.format("A hill", "T", 0))
    assert import_places(database.url(), [dump], print, lambda _question: True) == (1, 0)
    assert value("select name || ' ' || kind from towns") == '"Quoted town'


@pytest.mark.parametrize("order", ["streets, places, codes", "places, codes, streets", "codes, streets, places"])
def test_streets_are_told_apart_alike_in_any_order_of_imports(
    database: Database, geojson: Callable, write: Callable, value: Value, order: str
) -> None:
    at = (392_000, 323_000)
    streets = geojson([
        lane(at[0], at[1]), lane(at[0] + 1_900, at[1]), lane(at[0] + 2_600, at[1]), lane(at[0] + 20_000, at[1]),
        lane(at[0] + 40_000, at[1]),
    ])  # fmt: skip
    places = write(
        name_of("Bigtown", "Town", *at, at[0] - 2_000, at[1] - 2_000, at[0] + 2_200, at[1] + 2_000),
        name_of(
            "Northside", "Suburban Area", at[0] + 2_000, *at[1:], at[0] + 1_700, at[1] - 300, at[0] + 2_200, at[1] + 300
        ),
        name_of("Nearby", "Village", at[0] + 4_000, at[1]),
    )
    codes = write(f'"ZZ16 2LD",10,{at[0] + 20_100},{at[1]},"E","","","","",""\n', name="zz.csv")
    does = {
        "streets": lambda: import_streets(database.url(), streets, print),
        "places": lambda: import_places(database.url(), [places], print),
        "codes": lambda: import_postcodes(database.url(), [codes], print),
    }
    for step in order.split(", "):
        does[step]()
    assert value("select array_agg(locality order by st_x(at)) from streets") == [
        "Bigtown", "Northside", "Bigtown", "ZZ16", "",
    ]  # fmt: skip


def test_two_sources_know_one_place_once(database: Database, write: Callable, tmp_path: Path, value: Value) -> None:
    osm = tmp_path / "made.osm"
    osm.write_text("""<osm version="0.6">
        <node id="1" lat="52.8" lon="-2.1" version="1"><tag k="place" v="town"/><tag k="name" v="St Mary’s"/></node>
        <node id="2" lat="52.8" lon="-2.11" version="1"><tag k="railway" v="station"/><tag k="name" v="Central"/></node>
        <node id="3" lat="52.801" lon="-2.1" version="1"/>
        <way id="1" version="1"><nd ref="1"/><nd ref="3"/>
          <tag k="highway" v="residential"/><tag k="name" v="A Row"/></way></osm>""")
    east, north = 393_357, 322_510
    names = write(
        name_of("Saint Marys", "Town", east + 400, north, east - 900, north - 900, east + 900, north + 900),
        name_of("Central", "Railway Station", east - 700, north),
        name_of("Central", "Railway Station", east + 9_000, north),
        name_of("Abbey", "Primary Education", east, north),
    )
    import_streets(database.url(), osm, print)
    assert import_places(database.url(), [names], print) == (0, 2)
    assert value("select array_agg(name || ' ' || source || ' ' || (extent is not null)) from towns") == [
        "St Mary’s osm true"
    ]
    import_streets(database.url(), osm, print)
    assert value("select count(*) from towns") == 1
    assert value("select array_agg(kind || ' ' || source order by id) from landmarks") == [
        "station osm", "station os_open_names", "school os_open_names",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (["PC,PQ\n", "a,b\n"], r"SJ92\.csv, line 1"),
        ([name_of("Far", "Town", 9_000_000, 1)], r"SJ92\.csv, line 1"),
        ([name_of("Sea", "Town", "x", 1)], r"SJ92\.csv, line 1"),
        ([name_of("A road", "Named Road", 1, 1)], "hold no place"),
    ],
)
def test_a_bad_file_is_named_and_nothing_changes(
    database: Database, write: Callable, contents: Callable, lines: list[str], refusal: str
) -> None:
    before = contents()
    with pytest.raises(ImportRefused, match=refusal):
        import_places(database.url(), [write(*lines)], print)
    assert contents() == before
