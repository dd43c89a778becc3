"""Importing postcodes from Code-Point Open."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.importers import ground
from smartalert.importers.areas import import_force_area
from smartalert.importers.postcodes import import_postcodes
from tests.databases import Database
from tests.importers.test_areas import agreed


def line(postcode: str, easting: int = 392_000, northing: int = 323_000, quality: int = 10) -> str:
    return (
        f'"{postcode}",{quality},{easting},{northing},"E92000001","E19000001","E18000005","","E07000197","E05007028"\n'
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(*lines: str, name: str = "st.csv") -> Path:
        path = tmp_path / name
        path.write_text("".join(lines))
        return path

    return make


def test_every_postcode_of_the_real_county_comes_in(database: Database, data: Path, said: list, value: Callable):
    import_force_area(database.url(), data / "boundaries/staffordshire_force_datapoliceuk.geojson")
    kept = import_postcodes(database.url(), sorted((data / "postcodes").glob("*.csv")), said.append)
    assert kept == value("select count(*) from postcodes") == 55_009
    inside = "select count(*) from postcodes p, force_area f where st_contains(f.geom, p.point)"
    assert value(inside) == 27_225  # as many as its districts' codes have
    assert "55,009 postcodes; left out: 0 without a place, 40,166 more than 10 km outside the force area." in said


def test_postcodes_are_spelled_as_people_write_them(database: Database, write: Callable, value: Callable):
    import_postcodes(database.url(), [write(line("ST101AA"), line("B1  1AA"), line("ws11 1ab"))], lambda _: None)
    assert value("select array_agg(postcode order by postcode) from postcodes") == ["B1 1AA", "ST10 1AA", "WS11 1AB"]


def test_postcodes_without_a_place_are_left_out_and_counted(database: Database, write: Callable, said: list):
    path = write(line("ST1 1AA"), line("ST1 1AB", quality=90), line("ST1 1AC", 0, 0))
    assert import_postcodes(database.url(), [path], said.append) == 1
    assert "2 without a place" in said[0]


def test_importing_again_replaces_the_postcodes_of_the_same_area_only(
    database: Database, write: Callable, value: Callable
):
    import_postcodes(database.url(), [write(line("ST1 1AA"), line("S1 1AA"), line("ZZ1 1AA"))], lambda _: None)
    import_postcodes(database.url(), [write(line("ST1 1AB"))], lambda _: None, agreed)
    assert value("select array_agg(postcode order by postcode) from postcodes") == ["S1 1AA", "ST1 1AB", "ZZ1 1AA"]


def test_a_file_that_would_take_most_away_must_be_meant(
    database: Database, write: Callable, said: list, value: Callable
):
    import_postcodes(database.url(), [write(*(line(f"ST{n} 1AA") for n in range(1, 5)))], said.append)
    with pytest.raises(ImportRefused, match="3 of the 4 postcodes there are would go"):
        import_postcodes(database.url(), [write(line("ST1 1AA"))], said.append)
    assert value("select count(*) from postcodes") == 4
    import_postcodes(database.url(), [write(line("ST1 1AA"))], said.append, agreed)
    assert said[-1] == "Postcodes: 3 of 4 removed; 1 in all."
    assert value("select count(*) from postcodes") == 1
    ground.undo(database.url(), "postcodes", said.append)
    assert value("select count(*) from postcodes") == 4


@pytest.mark.parametrize(
    "text",
    [
        "PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\n{}",
        '"Postcode","Positional_quality_indicator","Eastings",,,,,,,\r\n{}',
        "\ufeffpc,PQ,EA,NO,CY,RH,LH,CC,DC,WC\r{}",
        "{}\n  \n,,,,,,,,,\n\n",
        "\n\n{}",
    ],
)
def test_a_first_line_of_names_and_blank_lines_are_no_postcodes(
    database: Database, write: Callable, value: Callable, text: str
):
    path = write(text.format(line("ＳＴ１\u00a01AA").strip()))
    assert import_postcodes(database.url(), [path], lambda _: None) == 1
    assert value("select postcode from postcodes") == "ST1 1AA"


ONSPD = {
    "2020": "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,oseast1m,osnrth1m,osgrdind,lat,long",
    "2026": "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,east1m,north1m,gridind,lat,long",
    "in another order": "pcds,east1m,north1m,doterm,gridind,pcd7,pcd8,dointr,cty26cd,ced26cd,lad26cd,lat,long",
}


@pytest.mark.parametrize("edition", ONSPD)
def test_the_ons_postcode_directory_is_read_by_the_names_of_its_columns(
    database: Database, write: Callable, said: list, value: Callable, edition: str
):
    names = ONSPD[edition].split(",")

    def row(postcode: str, east: str, north: str, ended: str = "", grid: str = "1") -> str:
        facts = {"pcds": postcode, "doterm": ended, "pcd": postcode.replace(" ", ""), "pcd7": postcode.replace(" ", "")}
        places = dict.fromkeys(("oseast1m", "east1m"), east) | dict.fromkeys(("osnrth1m", "north1m"), north)
        facts |= places | dict.fromkeys(("osgrdind", "gridind"), grid)
        return ",".join(f'"{facts.get(name, "")}"' for name in names) + "\n"

    path = write(
        ONSPD[edition] + "\n",
        row("ST16 2LD", "392250", "0323080"),
        row("ST16 2ZZ", "392250", "323080", ended="199606"),
        row("JE1 1AA", "", "", grid="9"),
        row("BT1 1AA", "333500", "374500"),
        row("B1  1AA", "406500", "286500"),
        name="ONSPD.csv",
    )
    assert import_postcodes(database.url(), [path], said.append) == 2
    assert value("select array_agg(postcode order by postcode) from postcodes") == ["B1 1AA", "ST16 2LD"]
    assert value("select st_astext(point) from postcodes where postcode = 'ST16 2LD'") == "POINT(392250 323080)"
    assert any("2 without a place" in line for line in said)
    with pytest.raises(ImportRefused, match=r"ONSPD\.csv, line 2"):
        import_postcodes(
            database.url(), [write(ONSPD[edition] + "\n", row("NOT ONE", "1", "1"), name="ONSPD.csv")], print
        )


@pytest.mark.parametrize(
    "bad",
    ["PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\n", "ST1 1AA,10,388405\n", line("NOT A CODE"), line("ST1 1AA", -5),
     line("ST1 1AA", 900_000)],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_changes(database: Database, write: Callable, contents: Callable, bad: str):
    import_postcodes(database.url(), [write(line("ST1 1AA"))], lambda _: None)
    before = contents()
    good, path = write(line("ST2 2AA"), name="good.csv"), write(line("ST3 3AA"), line("ST3 3AB"), bad, name="bad.csv")
    with pytest.raises(ImportRefused, match=r"bad\.csv, line 3"):
        import_postcodes(database.url(), [good, path], lambda _: None)
    assert contents() == before


def test_files_without_any_postcode_are_refused(database: Database, write: Callable, tmp_path: Path):
    with pytest.raises(ImportRefused, match="hold no postcode"):
        import_postcodes(database.url(), [write()], lambda _: None)
    (tmp_path / "st.csv").write_bytes(b"\xff\xfe\x00binary\x81")
    with pytest.raises(ImportRefused, match=r"st\.csv cannot be read"):
        import_postcodes(database.url(), [tmp_path / "st.csv"], lambda _: None)


def test_postcodes_far_from_the_force_area_are_refused_as_a_mistake(
    database: Database, write: Callable, set_area: Callable
):
    set_area(0, 0, 10_000, 10_000)
    with pytest.raises(ImportRefused, match="within 10 km"):
        import_postcodes(database.url(), [write(line("ST1 1AA"))], lambda _: None)
