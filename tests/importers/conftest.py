"""Real files of the publishers, where they are at hand."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from smartalert.database.progress import Progress
from tests import DATA
from tests.databases import Database

#: What importers write, and what follows from it.
WRITTEN = (
    "streets",
    "towns",
    "postcodes",
    "landmarks",
    "force_area",
    "neighbourhoods",
    "download_days",
    "download_files",
    "subscribers",
    "forgotten",
    "figures_due",
    "ground_requests",
    "ground_imports",
    "recorded_crimes",
)


@pytest.fixture
def database(module_database: Database) -> Iterator[Database]:
    """An empty database: the module's, emptied after each test, which takes a tenth of making one."""
    yield module_database
    with module_database.connect(autocommit=True) as conn:
        for table in WRITTEN:
            conn.execute(f"delete from {table}")


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"no real files in {DATA}; set SMARTALERT_TEST_DATA")
    return DATA


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Progress]:
    """Every step that shows how far it has come."""
    made: list[Progress] = []
    begin = Progress.__init__

    def note(self: Progress, *facts: Any) -> None:
        begin(self, *facts)
        made.append(self)

    monkeypatch.setattr(Progress, "__init__", note)
    return made


@pytest.fixture
def value(database: Database) -> Callable[..., object]:
    """The first value that a query gives."""

    def ask(query: str, *params: object) -> object:
        with database.connect() as conn:
            return conn.execute(query, params or None).fetchone()[0]

    return ask


@pytest.fixture
def contents(database: Database) -> Callable[[], list[object]]:
    """Everything an import may touch, to compare before and after."""

    def look() -> list[object]:
        tables = ("streets", "towns", "postcodes", "landmarks", "force_area", "neighbourhoods", "recorded_crimes")
        with database.connect() as conn:
            return [conn.execute(f"select r::text from {table} r order by 1").fetchall() for table in tables]

    return look


@pytest.fixture
def geojson(tmp_path: Path) -> Callable[..., Path]:
    """Writes a GeoJSON file of (properties, geometry) pairs; `epsg` goes into its crs member."""

    def write(features: list[tuple[dict, dict]], epsg: int | None = 27700, name: str = "made.geojson") -> Path:
        whole: dict = {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
        }
        if epsg:
            whole["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
        path = tmp_path / name
        path.write_text(json.dumps(whole))
        return path

    return write


@pytest.fixture
def set_area(database: Database) -> Callable[[float, float, float, float], None]:
    """Makes a rectangle, metres in EPSG:27700, the force area."""

    def write(west: float, south: float, east: float, north: float) -> None:
        with database.connect(autocommit=True) as conn:
            execute_area(conn, west, south, east, north)

    return write


def execute_area(conn: psycopg.Connection, *corners: float) -> None:
    conn.execute(
        "insert into force_area (name, geom) values ('Test', st_multi(st_makeenvelope(%s, %s, %s, %s, 27700)))", corners
    )
