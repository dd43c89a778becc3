"""Imports asked for at a screen: looked at, agreed to and done, cancelled, undone, in the officer's name."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from smartalert.errors import ImportRefused
from smartalert.importers import carry_out, ground, requests, sent_files
from smartalert.importers.areas import import_force_area, import_neighbourhoods
from smartalert.importers.requests import Request, State
from smartalert.worker import importer
from tests import PROJECT
from tests.databases import Database
from tests.importers.test_ground import square

NOW = datetime(2026, 11, 27, 14, tzinfo=UTC)
OFFICER = "admin.foster"


@pytest.fixture
def asked(database: Database) -> Callable[..., int]:
    """As the control room: asks for files to be looked at, whose bytes it sends."""

    def ask(source: str, *files: Path) -> int:
        with database.connect("smartalert_control") as conn:
            number = requests.ask(conn, source, [path.name for path in files], OFFICER, is_sent=True)
            for at, path in enumerate(files, 1):
                requests.send(conn, number, at, [path.read_bytes()])
        return number

    return ask


@pytest.fixture
def carried_out(database: Database) -> Callable[[int], Request]:
    """Has it carried out; what came of it."""

    def carry(number: int) -> Request:
        carry_out.carry_out(database.url(), number, on_cancel=lambda: None)
        return now_of(database, number)

    return carry


def now_of(database: Database, number: int) -> Request:
    with database.connect("smartalert_control") as conn:
        found = requests.one(conn, number)
    assert found is not None
    return found


def agree(database: Database, request: Request, *, removal_is_meant: bool = False) -> None:
    with database.connect("smartalert_control") as conn:
        requests.agree(conn, request, OFFICER, NOW, removal_is_meant=removal_is_meant)


def wards(geojson: Callable, codes: str, name: str = "wards.geojson") -> Path:
    return geojson([({"code": code, "name": f"Ward {code}"}, square(500 * ord(code))) for code in codes], name=name)


def test_what_is_looked_at_changes_nothing_until_somebody_agrees(database, asked, carried_out, contents, geojson):
    empty = contents()
    looked = carried_out(asked("neighbourhoods", wards(geojson, "ABC")))
    assert (looked.state, contents()) == (State.LOOKED, empty)
    assert [rows.words for rows in looked.changes] == ["neighbourhoods: 3 added; 3 in all"]
    assert not looked.takes_much
    agree(database, looked)
    done = carried_out(looked.id)
    assert done.state is State.DONE
    with database.connect() as conn:
        (one,) = ground.imports(conn)
        assert (one.files, one.done_by, one.id) == (["wards.geojson"], OFFICER, done.imported)
        told = conn.execute("select officer, action from audit order by id desc limit 1").fetchone()
        assert conn.execute("select count(*) from ground_uploads").fetchone() == (0,)
    assert tuple(told) == (OFFICER, "imported map data")


def test_a_removal_is_asked_for_by_name_and_then_done(database, asked, carried_out, geojson, value):
    import_neighbourhoods(database.url(), [wards(geojson, "ABC")], print)
    looked = carried_out(asked("neighbourhoods", wards(geojson, "AB", "two.geojson")))
    assert [rows.words for rows in looked.takes_much] == ["neighbourhoods: 1 of 3 removed; 2 in all"]
    with pytest.raises(ImportRefused, match="removal is meant"):
        agree(database, looked)
    agree(database, looked, removal_is_meant=True)
    assert carried_out(looked.id).state is State.DONE
    assert value("select count(*) from neighbourhoods") == 2


def test_what_would_no_longer_be_the_same_is_not_done(database, asked, carried_out, geojson, value):
    looked = carried_out(asked("neighbourhoods", wards(geojson, "AB")))
    import_neighbourhoods(database.url(), [wards(geojson, "ABC", "three.geojson")], print)
    agree(database, looked)
    refused = carried_out(looked.id)
    assert (refused.state, "no longer what was shown" in refused.why) == (State.REFUSED, True)
    assert value("select count(*) from neighbourhoods") == 3


@pytest.mark.parametrize(
    "case",
    [
        ("neighbourhoods", "wards.geojson", b'{"type": ', "cannot be read"),
        ("neighbourhoods", "wards.csv", b"code,residents\n", "is none of .geojson"),
        ("neighbourhoods", "wards.geojson", b"<OGRVRTDataSource>", "not what its ending says"),
        ("postcodes", "codepo.zip", b"PK\x03\x04 and no more", "cannot be unpacked"),
        ("population", "people.csv", b"\x00\x01", "not what its ending says"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(tmp_path, asked, carried_out, case):
    source, name, body, why = case
    path = tmp_path / name
    path.write_bytes(body)
    refused = carried_out(asked(source, path))
    assert refused.state is State.REFUSED
    assert why in refused.why


def test_cancelled_before_the_end_it_leaves_nothing(database, asked, carried_out, contents, geojson):
    empty = contents()
    waiting = asked("neighbourhoods", wards(geojson, "AB"))
    with database.connect("smartalert_control") as conn:
        requests.cancel(conn, waiting, OFFICER, NOW)
    assert now_of(database, waiting).state is State.CANCELLED
    looked = carried_out(asked("neighbourhoods", wards(geojson, "AB")))
    agree(database, looked)
    with database.connect(autocommit=True) as conn:
        conn.execute("update ground_requests set begun_at = now() where id = %s", [looked.id])
    with database.connect("smartalert_control") as conn:
        requests.cancel(conn, looked.id, OFFICER, NOW)
    assert now_of(database, looked.id).state is State.STOPPING
    assert carried_out(looked.id).state is State.CANCELLED
    assert contents() == empty
    with database.connect("smartalert_control") as conn, pytest.raises(ImportRefused, match="it is over"):
        requests.cancel(conn, looked.id, OFFICER, NOW)


def test_an_import_is_undone_by_its_number_and_name(database, carried_out, contents, geojson):
    import_force_area(database.url(), geojson([({"name": "Old"}, square(0))], name="old.geojson"))
    before = contents()
    import_force_area(database.url(), geojson([({"name": "New"}, square(500))], name="new.geojson"))
    with database.connect("smartalert_control") as conn:
        newest, oldest = ground.imports(conn)[:2]
        late = requests.ask_undo(conn, oldest.id, OFFICER, NOW)
    assert "no import of area that can be undone" in carried_out(late).why
    with database.connect("smartalert_control") as conn:
        number = requests.ask_undo(conn, newest.id, OFFICER, NOW)
    assert (carried_out(number).state, contents()) == (State.DONE, before)
    with database.connect() as conn:
        undone = conn.execute("select undone_by from ground_imports where id = %s", [newest.id]).fetchone()
    assert undone == (OFFICER,)


def test_one_request_is_open_at_a_time(asked, geojson):
    asked("neighbourhoods", wards(geojson, "A"))
    with pytest.raises(ImportRefused, match="Another import is under way"):
        asked("neighbourhoods", wards(geojson, "B"))


@pytest.mark.parametrize(
    "statement",
    [
        "update ground_requests set agreed_at = now(), agreed_by = 'x'",  # what nobody has looked at
        "update ground_requests set outcome = 'done', ended_at = now()",
        "update ground_requests set counts = '[]'",
        "insert into ground_imports (source, files, done_by) values ('x', '{}', 'x')",
        "select body from ground_uploads",
        "select before from ground_changes",
        "insert into force_area (name, geom) select name, geom from force_area",
        "delete from streets",
        "select undo_ground(1, 'streets')",
    ],
)
def test_the_control_room_only_asks(database: Database, asked, geojson, statement) -> None:
    asked("neighbourhoods", wards(geojson, "A"))
    with (
        database.connect("smartalert_control") as conn,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)),
    ):
        conn.execute(statement)


def test_what_broke_off_is_said_and_what_was_left_is_taken_up(database: Database, asked, geojson) -> None:
    number = asked("neighbourhoods", wards(geojson, "A"))
    with database.connect() as conn:
        importer.take_up(conn)
        jobs = conn.execute("select task_name, args from procrastinate_jobs where queue_name = 'ground'").fetchall()
    assert [tuple(job) for job in jobs] == [("carry_out", {"request": number})]
    importer.end_if_left(database.url(), number, -9)
    broken = now_of(database, number)
    assert (broken.state, broken.why) == (State.REFUSED, importer.STOPPED)


def test_a_file_of_another_format_under_a_known_name_reads_no_other_file(tmp_path: Path) -> None:
    """GDAL looks at what a file holds, and some formats name further files: the process knows none of them."""
    (tmp_path / "secret.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    virtual = f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{tmp_path}/secret.geojson'
    (tmp_path / "wards.kml").write_text(
        f"<?xml version='1.0'?>{virtual}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    ask = "import pyogrio, sys; print(pyogrio.list_layers(sys.argv[1]))"
    command = [sys.executable, "-c", ask, str(tmp_path / "wards.kml")]
    assert subprocess.run(command, env=dict(os.environ), cwd=PROJECT, capture_output=True, check=False).returncode == 0
    guarded = subprocess.run(command, env=sent_files.environment(), cwd=PROJECT, capture_output=True, check=False)
    assert guarded.returncode == 1
    assert b"secret" not in guarded.stdout


def test_its_own_process_reads_streets_and_draws_the_map(database, data: Path, value) -> None:
    """With all that it may know of formats, and nothing else."""
    with database.connect("smartalert_control") as conn:
        number = requests.ask(conn, "streets", ["its-example.osm.pbf"], OFFICER, is_sent=False)
    here = {"DATABASE_URL": database.url(), "SMARTALERT_GROUND_FOLDER": str(data / "streets")}
    command = [sys.executable, "-m", "smartalert.importers.carry_out", str(number)]
    subprocess.run(command, env=sent_files.environment() | here, cwd=PROJECT, check=True)
    looked = now_of(database, number)
    assert (looked.state, looked.why) == (State.LOOKED, "")
    assert {"streets", "ground_maps"} <= {rows.part for rows in looked.changes}
    assert value("select count(*) from streets") == 0
