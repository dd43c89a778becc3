"""Small files of others' making that once came in wrong: each with what is right, read from where it lies."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.geography.search import search
from smartalert.importers.areas import import_force_area, import_neighbourhoods
from smartalert.importers.population import import_population
from smartalert.importers.postcodes import import_postcodes
from smartalert.importers.streets import import_streets
from tests.databases import Database

Bring = Callable[..., object]
Value = Callable[..., object]
STREETS = "select array_agg(name || ', ' || locality order by name, locality) from streets"


@pytest.fixture
def bring(database: Database, data: Path, said: list[str]) -> Bring:
    """Imports a file of that name; into the area of Stafford where `inside`."""
    given = data.parent / "cases" / "imports"
    if not given.is_dir():
        pytest.skip("no such files beside the real ones")

    def run(importer: Callable[..., object], name: str, *, inside: bool = False) -> object:
        if inside:
            import_force_area(database.url(), given / "area_stafford.geojson")
        several = importer in (import_neighbourhoods, import_population, import_postcodes)
        path = given / name
        return importer(database.url(), [path] if several else path, said.append)

    return run


@pytest.mark.parametrize("inside", [False, True], ids=["anywhere", "in the force area"])
@pytest.mark.parametrize(
    ("name", "streets"),
    [
        ("open_roads_wgs84.geojson", ["Alpha Road, ", "Beta Road, "]),
        ("dual_carriageway_40m.osm", ["Queensway, Testford"]),
        ("street_with_34m_gap.osm", ["Long Lane, Testford"]),
        ("kinds_of_highway.osm", ["A34, ", "Alpha Road, Testford", "Leading Space Road, Testford", "M6, "]),
        ("places.osm", ["First Street, Milton", "Second Street, Milton", "Third Street, Northside"]),
    ],
)
def test_streets(bring: Bring, value: Value, name: str, streets: list[str], inside: bool) -> None:
    bring(import_streets, name, inside=inside)
    assert value(STREETS) == streets


def test_places_keep_their_class_and_number_and_those_far_away_are_left(bring: Bring, value: Value) -> None:
    bring(import_streets, "places.osm", inside=True)
    assert value("select array_agg(name || ' ' || kind order by name, kind) from towns") == [
        "Bigtown town", "Milton village", "Milton village", "Northside suburb",
    ]  # fmt: skip


def test_a_number_of_people_is_read_as_people_write_it(bring: Bring, value: Value) -> None:
    bring(import_streets, "kinds_of_highway.osm")
    assert value("select population from towns where name = 'Testford'") == 12_345


def test_streets_without_the_publishers_number_stay_apart(bring: Bring, value: Value, said: list[str]) -> None:
    bring(import_streets, "open_roads_empty_toid.geojson")
    assert value("select count(*) from streets") == 3
    assert value("select max(st_length(st_envelope(geom)::geometry)) from streets") < 3_000


def test_streets_without_a_name_or_shape_are_counted_in_words(bring: Bring, value: Value, said: list[str]) -> None:
    bring(import_streets, "open_roads_null_and_blank.geojson")
    assert value("select count(*) from streets where btrim(name) = ''") == 0
    assert any("without a shape" in words for words in said)


def test_every_folder_of_a_kml_is_read(bring: Bring) -> None:
    assert bring(import_neighbourhoods, "teams_in_two_folders.kml") == 5


def test_other_columns_are_told_which_ones_are_looked_for(bring: Bring) -> None:
    with pytest.raises(ImportRefused, match="code"):
        bring(import_neighbourhoods, "neighbourhoods_other_columns.geojson")


def test_what_is_no_area_is_counted_and_the_areas_are_kept(bring: Bring, value: Value, said: list[str]) -> None:
    assert bring(import_neighbourhoods, "neighbourhoods_mixed.geojson") == 2
    assert value("select array_agg(code order by code) from neighbourhoods") == ["A1", "A2"]
    assert said[0] == "neighbourhoods_mixed.geojson: left out what has no area: West, East."


@pytest.mark.parametrize("name", ["area_calais.geojson", "area_tiny.geojson"])
def test_another_country_or_a_speck_is_no_force_area(bring: Bring, value: Value, name: str) -> None:
    with pytest.raises(ImportRefused):
        bring(import_force_area, name)
    assert value("select count(*) from force_area") == 0


def test_a_district_is_found_before_those_that_begin_alike_and_postcodes_go_by_a_yes_alone(
    bring: Bring, database: Database, value: Value
) -> None:
    bring(import_postcodes, "postcodes_two_districts.csv")
    with database.connect() as conn:
        hits: Sequence[str] = [hit.label for hit in search(conn, "ST16")]
    assert "ST16 1AA" in hits
    assert all(hits.index("ST16 1AA") < hits.index(hit) for hit in hits if hit.startswith("ST1 "))
    with pytest.raises(ImportRefused, match="3 of the 4 postcodes there are would go"):
        bring(import_postcodes, "postcodes_one_line.csv")
    assert value("select count(*) from postcodes") == 4


@pytest.mark.parametrize("name", ["postcodes_trailing_blank.csv", "postcodes_with_header.csv"])
def test_a_blank_line_or_a_header_is_none_of_the_postcodes(bring: Bring, value: Value, name: str) -> None:
    bring(import_postcodes, name)
    assert value("select array_agg(postcode) from postcodes") == ["ST1 6AA"]


def test_codes_of_another_year_are_counted_with_their_people(bring: Bring, value: Value, said: list[str]) -> None:
    bring(import_neighbourhoods, "neighbourhoods_mixed.geojson")
    bring(import_population, "population_ward24_over_ward13.csv")
    assert value("select residents from neighbourhoods where code = 'A1'") == 5_000
    assert any("2 codes with 13,000 residents" in words and "1 of 2 neighbourhoods" in words for words in said)
