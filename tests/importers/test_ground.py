"""Imports are told before they are done, written in the audit, and undone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyproj.transformer import TransformerGroup

from smartalert.database import owner
from smartalert.errors import ImportRefused
from smartalert.importers import ground, transformation
from smartalert.importers.areas import import_force_area, import_neighbourhoods
from smartalert.importers.population import import_population
from tests.databases import Database
from tests.importers.test_areas import square


@pytest.fixture
def wards(database: Database, geojson: Callable, said: list) -> Callable[..., None]:
    """Imports neighbourhoods of these codes, each a kilometre wide, `shift` metres to the east."""

    def bring_in(codes: str, shift: float = 0, agree: Callable[[str], bool] = ground.nobody) -> None:
        areas = [({"code": code, "name": f"Ward {code}"}, square(ord(code) * 1e3 + shift)) for code in codes]
        import_neighbourhoods(database.url(), [geojson(areas)], said.append, agree)

    return bring_in


def test_what_would_be_added_changed_and_removed_is_said_first(wards: Callable, said: list, contents: Callable) -> None:
    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    wards("ABCD")
    assert "Neighbourhoods: 4 added; 4 in all." in said
    before = contents()
    with pytest.raises(ImportRefused, match=r"3 of the 4 neighbourhoods there are would go.*--yes"):
        wards("DE", 10, refuse)
    assert contents() == before
    assert asked == ["3 of the 4 neighbourhoods there are would go: this file does not hold them. Is that meant?"]
    assert said[-1] == "Neighbourhoods: 1 added, 1 changed, 3 of 4 removed; 2 in all."
    wards("DE", 10, lambda _: True)
    wards("DE", 10)
    assert said[-1] == "Nothing changes."


def test_each_of_the_last_three_imports_is_undone_one_after_the_other(
    database: Database, wards: Callable, said: list, contents: Callable
) -> None:
    seen = []
    for codes, shift in (("AB", 0), ("ABC", 5), ("BCD", 5), ("BCDE", 9)):
        seen.append(contents())
        wards(codes, shift, lambda _: True)
    for before in reversed(seen[1:]):
        ground.undo(database.url(), "neighbourhoods", said.append)
        assert contents() == before
    with pytest.raises(ImportRefused, match="no import of neighbourhoods that can be undone"):
        ground.undo(database.url(), "neighbourhoods", said.append)
    assert said[-1] == "As it was before made.geojson was imported."
    kept = [one.words.split(": ", 1)[1] for one in ground.history(database.url())]
    assert kept == [
        "neighbourhoods: 1 added, 3 changed; 4 in all, undone",
        "neighbourhoods: 1 added, 1 of 3 removed; 3 in all, undone",
        "neighbourhoods: 1 added, 2 changed; 3 in all, undone",
        "neighbourhoods: 2 added; 2 in all, can no longer be undone",
    ]


def test_what_a_later_import_changed_too_is_undone_first(
    database: Database, wards: Callable, tmp_path: Path, said: list, value: Callable
) -> None:
    wards("ABC")
    figures = tmp_path / "people.csv"
    figures.write_text("code,residents\nA,1000\nB,2000\nX,5\n")
    import_population(database.url(), [figures], said.append)
    assert said[-2:] == [
        "Residents of 2 neighbourhoods. 1 codes with 5 residents are no neighbourhood’s: left out. "
        "Are the neighbourhoods of another year? 1 of 3 neighbourhoods have no figure.",
        "Neighbourhoods: 2 changed; 3 in all.",
    ]
    with pytest.raises(ImportRefused, match=r"import of population from people\.csv came later"):
        ground.undo(database.url(), "neighbourhoods", said.append)
    ground.undo(database.url(), "population", said.append)
    assert value("select count(residents) from neighbourhoods") == 0
    ground.undo(database.url(), "neighbourhoods", said.append)
    assert value("select count(*) from neighbourhoods") == 0


def test_the_force_area_comes_back_and_the_audit_says_who_did_what(
    database: Database, geojson: Callable, said: list, contents: Callable
) -> None:
    import_force_area(database.url(), geojson([({"name": "Old"}, square(0))], name="old.geojson"))
    before = contents()
    import_force_area(database.url(), geojson([({"name": "New"}, square(500))], name="new.geojson"))
    ground.undo(database.url(), "area", said.append)
    assert contents() == before
    with database.connect() as conn:
        entries = conn.execute("select officer, action, detail from audit order by id desc limit 3").fetchall()
    files = [["new.geojson"], ["new.geojson"], ["old.geojson"]]
    assert [entry.detail["files"] for entry in entries] == files
    assert [entry.action for entry in entries] == [
        "undid an import of map data",
        "imported map data",
        "imported map data",
    ]
    assert {entry.officer for entry in entries} == {owner.at_the_command_line()}
    assert entries[1].detail["rows"] == {"force_area": {"added": 0, "changed": 1, "removed": 0, "before": 1}}


def test_how_degrees_became_metres_is_said_with_what_to_do_without_the_grid(
    database: Database, geojson: Callable, said: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    corners = [(-2.2, 52.7), (-2.0, 52.7), (-2.0, 52.9), (-2.2, 52.7)]
    in_degrees = geojson([({"name": "Old"}, {"type": "Polygon", "coordinates": [corners]})], epsg=4326)
    import_force_area(database.url(), in_degrees, None, said.append)
    [how] = [line for line in said if line.startswith("Degrees become metres")]
    group = TransformerGroup(4326, 27700, always_xy=True)
    assert ("pyproj sync --file uk_os_OSTN15_NTv2_OSGBtoETRS.tif" in how) is not group.best_available
    assert "apart" not in how
    monkeypatch.setattr(transformation, "to_grid", lambda lon, lat: (392_000.0, 323_000.0))
    with database.connect() as conn:
        assert "The database does otherwise" in transformation.words(conn)
    said.clear()
    import_neighbourhoods(database.url(), [geojson([({"code": "A", "name": "A"}, square(0))])], said.append)
    assert not [line for line in said if line.startswith("Degrees")]
