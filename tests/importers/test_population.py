"""How many people live in each neighbourhood, from tables of the publishers and of one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smartalert.database.progress import Progress
from smartalert.errors import ImportRefused
from smartalert.importers.population import import_population
from tests.databases import Database

SQUARE = "st_multi(st_makeenvelope(0, 0, 1, 1, 27700))"


@pytest.fixture
def wards(database: Database) -> Database:
    with database.connect() as conn:
        conn.execute(f"""insert into neighbourhoods (code, name, geom)
                         values ('E05014559', 'Birches Head & Northwood', {SQUARE}), ('X1', 'Elsewhere', {SQUARE})""")
    return database


def file(folder: Path, text: str, name: str = "residents.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_ones_own_neighbourhoods(wards: Database, tmp_path: Path, said: list[str], value: Callable) -> None:
    path = file(tmp_path, '\ufeffcode,residents,district\nX1,"1,396",Stone\n,,\nX9,5,Stone\nX8,6\u00a0000.0,\n')
    assert import_population(wards.url(), [path], said.append) == 1
    assert value("select residents from neighbourhoods where code = 'X1'") == 1396
    assert value("select district from neighbourhoods where code = 'X1'") == "Stone"
    assert said == [
        "Residents of 1 neighbourhoods. 2 codes with 6,005 residents are no neighbourhood’s: left out. Are the "
        "neighbourhoods of another year? 1 of 2 neighbourhoods have no figure.",
        "Neighbourhoods: 1 changed; 2 in all.",
    ]


def test_lsoas_add_up_to_their_ward(
    wards: Database, tmp_path: Path, said: list[str], value: Callable, steps: list[Progress]
) -> None:
    residents = file(tmp_path, "lsoa11_code,total_population,0\nE01,1000.0,3\nE02,234.0,1\nE03,77.0,0\n")
    lookup = file(
        tmp_path,
        "lsoa21_code,ward24_code,ltla24_name\nE01,E05014559,Stoke-on-Trent\nE02,E05014559,Stoke-on-Trent\n",
        "l.csv",
    )
    import_population(wards.url(), [residents, lookup], said.append)
    assert value("select residents from neighbourhoods where code = 'E05014559'") == 1234
    assert value("select district from neighbourhoods where code = 'E05014559'") == "Stoke-on-Trent"
    assert said[0] == (
        "Residents of 1 neighbourhoods. 1 LSOAs with 77 residents are not in the lookup: left out. "
        "1 of 2 neighbourhoods have no figure."
    )
    assert [(step.what, step.done) for step in steps] == [("Reading residents", steps[0].total)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,residents\nX1,many\n", "line 2: “many”"),
        ("code,residents\nX1,-4\n", "line 2: “-4”"),
        ("code,residents\nX1,4\nX1\n", "line 3: not as many columns"),
        ("name,residents\nX1,4\n", "no column of ward or LSOA codes"),
        ("code,residents\nY7,4\n", "None of these codes"),
        ("code,residents\nX1,4\nX1,5\n", "line 3: it is the second of “X1”"),
        ('code,residents\nX1,"1.234,5"\n', "line 2: “1.234,5”"),
        ("code,residents\nX1,1_000\n", "line 2: “1_000”"),
        ("code,residents\nX1,1e3\n", "line 2: “1e3”"),
        ("code,residents\nX1,nan\n", "line 2: “nan”"),
    ],
)
def test_what_is_no_such_table_is_refused_with_its_line(
    wards: Database, tmp_path: Path, value: Callable, text: str, words: str
) -> None:
    with pytest.raises(ImportRefused, match=words):
        import_population(wards.url(), [file(tmp_path, text)], print)
    assert value("select count(residents) from neighbourhoods") == 0


def test_the_published_tables_of_a_county(wards: Database, data: Path, said: list[str], value: Callable) -> None:
    folder = data / "population"
    import_population(
        wards.url(),
        [
            folder / "lsoa11_mid2020_population_staffordshire.csv",
            folder / "lookup_lsoa21_ward24_ltla24_staffordshire.csv",
        ],
        said.append,
    )
    assert 5_000 < value("select residents from neighbourhoods where code = 'E05014559'") < 20_000
    assert "13 LSOAs with 34,975 residents" in said[0]
