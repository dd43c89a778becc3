"""Importing recorded crime from data.police.uk: files, folders and zips of months; told, audited, undone, refused."""

import csv
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import shapely

from smartalert.database.connection import Connection
from smartalert.errors import ImportRefused
from smartalert.geography import areas, crimes
from smartalert.geography.geo import Circle, Outline, Several, from_grid, to_grid
from smartalert.importers import ground
from smartalert.importers.crimes import import_crimes
from tests.databases import Database
from tests.factories import EAST, LAT, LON, NORTH, make_force_area

Value = Callable[..., object]
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)


def row(x: float, y: float, category: str = "Burglary", month: str = "2024-01", force: str = "Our Police") -> str:
    lon, lat = from_grid(EAST + x, NORTH + y)
    return f",{month},{force},{force},{lon:.6f},{lat:.6f},On or near Mill Lane,,,{category},,"


def written(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def january(tmp_path: Path) -> Path:
    nowhere = ",2024-01,Our Police,Our Police,,,No location,,,Robbery,,"
    rows = [row(0, 0), row(0, 0), row(0, 0, "Robbery"), row(100, 0), row(50_000, 0), nowhere]
    return written(tmp_path / "2024-01" / "2024-01-our-police-street.csv", *rows)


@pytest.fixture(autouse=True)
def force_area(database: Database) -> None:
    with database.connect(autocommit=True) as conn:
        make_force_area(conn)


def test_a_month_is_told_counted_audited_and_undone(
    database: Database, january: Path, said: list, value: Value
) -> None:
    assert import_crimes(database.url(), [january], said.append) == 4
    assert "1 without a place, 1 more than 2 km outside" in " ".join(said)
    assert "Recorded crimes: 3 added" in said[-1]
    assert value("select max(offences) from recorded_crimes") == 2
    assert value("select detail ->> 'what' from audit where action = 'imported map data' order by id desc") == "crimes"
    import_crimes(database.url(), [january], said.append)
    assert said[-1] == "Nothing changes."
    ground.undo(database.url(), "crimes", said.append)
    assert value("select count(*) from recorded_crimes") == 0


def test_a_month_that_comes_again_takes_the_place_of_itself_alone(
    database: Database, january: Path, tmp_path: Path, value: Value
) -> None:
    import_crimes(database.url(), [january], print)
    february = written(tmp_path / "b-street.csv", row(0, 0, month="2024-02"), row(9, 9, month="2024-02", force="Other"))
    import_crimes(database.url(), [february], print)
    revised = written(tmp_path / "c-street.csv", row(0, 0), row(0, 0, "Shoplifting"))
    with pytest.raises(ImportRefused, match="of the 5 recorded crimes there are would go"):
        import_crimes(database.url(), [revised], print)
    import_crimes(database.url(), [revised], print, lambda _question: True)
    assert value("select string_agg(month || ' ' || category || ' ' || offences, ', ' order by month, category)"
                 " from recorded_crimes") == (
        "2024-01-01 Burglary 1, 2024-01-01 Shoplifting 1, 2024-02-01 Burglary 1, 2024-02-01 Burglary 1"
    )  # fmt: skip


def test_a_folder_and_a_zip_hold_the_same_and_other_files_beside_are_left(
    database: Database, january: Path, tmp_path: Path, contents: Callable
) -> None:
    written(january.with_name("2024-01-our-police-outcomes.csv"), "a,b", header="x,y")
    import_crimes(database.url(), [january.parent], print)
    once = [str(one).partition(",")[2] for one in contents()[-1]]
    ground.undo(database.url(), "crimes", print)
    packed = tmp_path / "download.zip"
    with zipfile.ZipFile(packed, "w") as whole:
        for file in january.parent.iterdir():
            whole.write(file, f"2024-01/{file.name}")
    import_crimes(database.url(), [packed], print)
    assert [str(one).partition(",")[2] for one in contents()[-1]] == once


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row(0, 0, month="2024-13")], "line 2: “2024-13” is no month that is over"),
        ([row(0, 0, month="2099-01")], "is no month that is over"),
        ([row(0, 0), row(0, 0, category=" ")], "line 3: it does not say what crime it was"),
        ([row(0, 0).replace("52.", "abc")], "is no longitude and latitude"),
        ([row(0, 0).replace("52.", "nan")], "is no longitude and latitude"),
        ([row(0, 0).replace("52.", "-52.")], "outside Great Britain"),
        (["a,b"], "line 2: not as many columns"),
        ([row(60_000, 0)], "within 2 km of the force area"),
        ([], "hold no crime that has a place"),
    ],
)
def test_what_is_no_crime_is_refused_by_its_line(
    database: Database, tmp_path: Path, contents: Callable, rows: list[str], why: str
) -> None:
    before = contents()
    with pytest.raises(ImportRefused, match=why):
        import_crimes(database.url(), [written(tmp_path / "x-street.csv", *rows)], print)
    assert contents() == before


def test_files_of_another_kind_and_a_month_given_twice_are_refused(
    database: Database, january: Path, tmp_path: Path
) -> None:
    again = written(tmp_path / "again-street.csv", row(0, 0))
    with pytest.raises(ImportRefused, match=r"January 2024 of Our Police is in 2024-01-our-police-street\.csv already"):
        import_crimes(database.url(), [january, again], print)
    with pytest.raises(ImportRefused, match="already"):
        import_crimes(database.url(), [january.parent, january], print)
    with pytest.raises(ImportRefused, match="has no column Month, Reported by"):
        import_crimes(database.url(), [written(tmp_path / "other.csv", header="a,b")], print)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRefused, match=r"holds no file that ends in -street\.csv"):
        import_crimes(database.url(), [tmp_path / "empty"], print)
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    with pytest.raises(ImportRefused, match="is no zip that can be read"):
        import_crimes(database.url(), [tmp_path / "broken.zip"], print)
    (tmp_path / "latin-street.csv").write_bytes(HEADER.encode() + b"\n,\xe9\n")
    with pytest.raises(ImportRefused, match="no CSV in UTF-8"):
        import_crimes(database.url(), [tmp_path / "latin-street.csv"], print)


def test_the_real_months_by_an_independent_count(database: Database, data: Path, value: Value) -> None:
    """A circle, and two areas that share ground, against shapely over the publisher's own lines."""
    files = sorted((data / "crime").glob("*.csv"))
    import_crimes(database.url(), files, print)
    spots = []
    for file in files:
        with file.open(newline="", encoding="utf-8") as lines:
            spots += [
                (one["Crime type"], to_grid(float(one["Longitude"]), float(one["Latitude"])))
                for one in csv.DictReader(lines) if one["Longitude"]
            ]  # fmt: skip
    circle = Circle(lat=LAT, lon=LON, radius_m=1_500)
    square = Outline(tuple((lat, lon) for lon, lat in (
        from_grid(EAST + x, NORTH + y) for x, y in ((0, 0), (2_000, 0), (2_000, 2_000), (0, 2_000))
    )))  # fmt: skip
    shapes = [shapely.Point(to_grid(LON, LAT)).buffer(1_500, 200), shapely.Polygon(square.on_grid())]
    with database.connect() as conn:
        for area, parts in ((circle, shapes[:1]), (Several((circle, square)), shapes)):
            found = crimes.recorded(conn, areas.survey(conn, area))
            meant = Counter(kind for kind, at in spots if any(part.intersects(shapely.Point(at)) for part in parts))
            assert found
            assert dict(found.by_category) == meant
            assert found.offences == meant.total() > 100
    assert found.period == "January 2024 to February 2024"


def test_only_the_newest_twelve_months_count(database: Database, tmp_path: Path) -> None:
    with database.connect() as conn:
        assert crimes.recorded(conn, at_the_crossroads(conn)) is None
    months = ["2023-01", "2023-02", "2024-01"]
    import_crimes(database.url(), [written(tmp_path / f"{m}-street.csv", row(0, 0, month=m)) for m in months], print)
    with database.connect() as conn:
        found = crimes.recorded(conn, at_the_crossroads(conn))
        assert found == crimes.Recorded(date(2023, 2, 1), date(2024, 1, 1), (("Burglary", 2),))


def at_the_crossroads(conn: Connection) -> areas.Ground:
    return areas.survey(conn, Circle(lat=LAT, lon=LON, radius_m=500))
