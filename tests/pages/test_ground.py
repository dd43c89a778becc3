"""The Ground screen: what is there and what is missing, an import from the file to its undoing, and who may do it."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from smartalert.config import Mode
from smartalert.control.send import ground as send_ground
from smartalert.database.connection import Connection
from smartalert.importers import requests, sent_files
from tests.browser import Tab, unfit, violations
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import EAST, NORTH, make_force_area, make_neighbourhoods, make_street
from tests.pages.conftest import Open
from tests.processes import end
from tests.waiting import PATIENCE_S, eventually

ADMIN = "admin.foster"
Screen = Callable[[], AppTest]


@pytest.fixture
def screen(open_screen: Open) -> Screen:
    """Opens the screen as its administrator."""
    return lambda: open_screen("ground", ADMIN)


def text(at: AppTest) -> str:
    assert not at.exception
    whole = " ".join(part.proto.body for part in at.get("html"))
    return re.sub(r"<style.*?</style>|<[^>]+>", " ", whole, flags=re.DOTALL)


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return at.run()


def importer_is_there(conn: Connection, folder: dict[str, int] | None = None) -> None:
    conn.execute("insert into ground_importer (heard_at, folder) values (now(), %s)", [folder and json.dumps(folder)])


def looked_at(conn: Connection, *, removed: int = 0) -> int:
    """A request that was looked at: three areas, or some of a hundred gone."""
    number = requests.ask(conn, "neighbourhoods", ["wards.geojson"], "admin.other", is_sent=True)
    counts = [{"part": "neighbourhoods", "added": 3, "changed": 0, "removed": removed, "before": 100}]
    conn.execute(
        "update ground_requests set looked_at = now(), said = '{Left out: a point.}', counts = %s where id = %s",
        [json.dumps(counts), number],
    )
    return number


def queued(conn: Connection) -> list[int]:
    """The requests that the importer is called for."""
    jobs = conn.execute("select args ->> 'request' as request from procrastinate_jobs where queue_name = 'ground'")
    return [int(job.request) for job in jobs]


def test_an_empty_deployment_is_led_through_what_it_needs(screen: Screen, conn: Connection) -> None:
    at = screen()
    said = text(at)
    assert "0 of 7 are there" in said
    assert "Police force boundaries" in said  # where the next of it is had
    assert "Code-Point Open" not in said
    assert "The importer is not running" in said
    assert at.button(key="choose-area").disabled
    make_force_area(conn)
    importer_is_there(conn)
    at = screen()
    assert "1 of 7 are there" in text(at)
    assert "OpenStreetMap" in text(at)
    assert not at.button(key="choose-streets").disabled


def test_gaps_are_counted_and_named(screen: Screen, conn: Connection) -> None:
    make_force_area(conn)
    make_neighbourhoods(conn)
    make_street(conn, line=[(10, 0), (200, 0)])
    conn.execute(f"insert into postcodes values ('ST16 2LD', 'SRID=27700;POINT({EAST - 5} {NORTH})')")
    conn.execute("update neighbourhoods set residents = 900")
    at = screen()
    assert "1 of 2 areas has no street" in text(at)
    assert "Westside" in text(at)
    at.session_state["ground:gaps"] = "postcodes"
    assert "1 of 2 areas has no postcode" in text(at.run())
    at.session_state["ground:gaps"] = "population"
    assert "All 2 areas have a figure of residents" in text(at.run())


def test_what_was_looked_at_is_imported_when_any_administrator_agrees(screen: Screen, conn: Connection) -> None:
    importer_is_there(conn)
    number = looked_at(conn)
    at = screen()
    assert "Left out: a point." in text(at)
    press(at, "ground-agree")
    assert queued(conn) == [number]
    row = conn.execute("select agreed_by from ground_requests").fetchone()
    assert row.agreed_by == ADMIN


def test_a_removal_needs_a_yes_of_its_own(screen: Screen, conn: Connection) -> None:
    importer_is_there(conn)
    number = looked_at(conn, removed=40)
    at = screen()
    assert "40 of the 100 areas would be removed" in text(at)
    assert at.button(key="ground-agree").disabled
    at.checkbox(key=f"ground:meant:{number}").check()
    at.run()
    press(at, "ground-agree")
    assert queued(conn) == [number]


def test_a_request_is_cancelled_and_nothing_is_called_for(screen: Screen, conn: Connection) -> None:
    importer_is_there(conn)
    looked_at(conn)
    at = press(screen(), "safe-choice")
    assert "wards.geojson: cancelled. Nothing was changed." in text(at)
    assert queued(conn) == []


def test_a_file_of_the_folder_on_the_server_is_looked_at(screen: Screen, conn: Connection) -> None:
    importer_is_there(conn, {"2026/area.kml": 4_000_000, "st.csv": 10})
    at = press(screen(), "choose-area")
    chosen = at.selectbox(key="ground:file")
    assert chosen.options == ["2026/area.kml (4.0 MB)"]
    chosen.select("2026/area.kml")
    press(at.run(), "look-area")
    row = conn.execute("select id, source, files, is_sent from ground_requests").fetchone()
    assert (row.source, row.files, row.is_sent, queued(conn)) == ("area", ["2026/area.kml"], False, [row.id])


def test_the_newest_import_of_a_kind_is_undone_after_a_question(screen: Screen, conn: Connection) -> None:
    importer_is_there(conn)
    for number in (1, 2):
        conn.execute("insert into ground_imports (source, files, done_by) values ('area', '{a.kml}', 'x')")
        conn.execute("insert into ground_changes values (%s, 'force_area', '1', null)", [number])
    at = screen()
    assert [button.key for button in at.button if button.key.startswith("ask-undo")] == ["ask-undo-2"]
    at = press(at, "ask-undo-2")
    assert "Undo a.kml? All that it changed will be as it was before." in text(at)
    press(at, "undo-2")
    row = conn.execute("select id, undoes, agreed_by from ground_requests").fetchone()
    assert (row.undoes, row.agreed_by, queued(conn)) == (2, ADMIN, [row.id])


@pytest.mark.parametrize(("officer", "said"), [("sergeant.okoye", "Ask"), ("both", "Import it on the Ground screen.")])
def test_without_a_boundary_the_send_screen_says_what_is_missing(open_screen, conn, monkeypatch, officer, said) -> None:
    if officer == "both":
        monkeypatch.setattr(send_ground.Officer, "may", lambda _self, *_roles: True)
    at = open_screen("send_alert", "sergeant.okoye")
    assert "Missing: boundary, streets, places, postcodes, areas, residents and map." in text(at)
    assert said in text(at)
    assert not at.button


def test_in_live_the_send_screen_names_what_is_missing_besides(open_screen, conn, monkeypatch) -> None:
    make_force_area(conn)
    assert "Not loaded yet" not in text(open_screen("send_alert", "sergeant.okoye"))
    monkeypatch.setattr(send_ground, "settings", lambda: SimpleNamespace(mode=Mode.LIVE))
    said = text(open_screen("send_alert", "sergeant.okoye"))
    assert "Not loaded yet: streets, places, postcodes, areas, residents and map. Ask" in said


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """An empty deployment with its importer, whose folder holds one file."""
    folder = tmp_path_factory.mktemp("ground")
    with deployment(module_database, folder, workers=0, receipts=False) as running:
        running.environment["SMARTALERT_GROUND_FOLDER"] = str(folder)
        importer = running.start("importer")
        yield running
        end([importer])


def wards(path: Path, codes: str, *, heavy: bool = False) -> Path:
    """A file of square wards, a hundred metres each; heavy ones have a corner every few centimetres."""

    def ring(west: float) -> list[list[float]]:
        steps = 20_000 if heavy else 1
        edge = [[west + 100 * step / steps, 300_000.0] for step in range(steps)]
        return [*edge, [west + 100, 300_000], [west + 100, 300_100], [west, 300_100], [west, 300_000]]

    features = [
        {"type": "Feature", "properties": {"code": code, "name": f"Ward {code}"},
         "geometry": {"type": "Polygon", "coordinates": [ring(400_000 + 200 * number)]}}
        for number, code in enumerate(codes)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def signed_in(tab: Tab, room: str, **options: object) -> Page:
    """Another browser, at the screen."""
    page = tab.another(bypass_csp=True, **options).page
    page.goto(f"{room}/ground")
    page.click(f"button[value='{ADMIN}']")
    expect(page.get_by_role("heading", name="What is loaded")).to_be_visible()
    return page


def send(page: Page, source: str, *files: Path) -> None:
    """Choose files for a source and have them looked at."""
    button = page.locator(f".st-key-choose-{source} button").first
    expect(button).to_be_enabled()
    button.click()
    page.set_input_files("#ground-file", list(map(str, files)))
    page.get_by_role("button", name="Look at").first.click()


def test_from_the_file_to_its_undoing(browser: Tab, room: str, module_database: Database, tmp_path: Path) -> None:
    def there() -> int:
        with module_database.connect() as conn:
            return int(conn.execute("select count(*) from neighbourhoods").fetchone()[0])

    page = signed_in(browser, room)
    send(page, "neighbourhoods", wards(tmp_path / "wards.geojson", "ABC", heavy=True))
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.reload()
    other = signed_in(browser, room)
    for one in (page, other):
        expect(one.get_by_role("heading", name="What importing wards.geojson would do")).to_be_visible()
    expect(page.locator("table.sa-would tbody tr")).to_have_text(re.compile(r"Areas\s*0\s*3\s*0\s*0\s*3"))
    assert there() == 0
    assert violations(page) == []
    assert unfit(page) == []
    page.get_by_role("button", name="Import now").click()
    for one in (page, other):
        expect(one.get_by_text("wards.geojson is imported.")).to_be_visible()
    assert there() == 3
    expect(page.get_by_text("3 of 3 areas have no street.")).to_be_visible()
    send(page, "neighbourhoods", wards(tmp_path / "part.geojson", "AB"))
    expect(page.get_by_text("1 of the 3 areas would be removed")).to_be_visible()
    expect(page.get_by_role("button", name="Import now")).to_be_disabled()
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_text("part.geojson: cancelled. Nothing was changed.")).to_be_visible()
    page.get_by_role("button", name="Undo …").first.click()
    expect(page.get_by_text("Undo wards.geojson?")).to_be_visible()
    assert unfit(page) == []
    page.get_by_role("button", name="Undo import").click()
    expect(page.get_by_text("All is as it was before wards.geojson was imported.")).to_be_visible()
    assert there() == 0
    send(page, "neighbourhoods", wards(tmp_path / "again.geojson", "ABCDEF", heavy=True))
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_text("again.geojson: cancelled. Nothing was changed.")).to_be_visible()
    page.context.close()
    other.context.close()


def client(room: str, officer: str) -> httpx.Client:
    """Signed in, as a browser's form is."""
    made = httpx.Client(base_url=room, timeout=PATIENCE_S, headers={"origin": room}, trust_env=False)
    assert made.post("/sign-in", data={"officer": officer}).status_code == 303
    return made


def only_promised(room: str, signed_in: httpx.Client, headers: dict[str, str]) -> HTTPResponse:
    """The answer to a form of which nothing but its headers was sent."""
    connection = HTTPConnection(room.removeprefix("http://"), timeout=PATIENCE_S)
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    connection.putrequest("POST", "/ground/send")
    for name, value in {**headers, "origin": room, "cookie": cookies}.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def test_files_are_taken_from_administrators_alone_and_bounded_before_they_are_read(room, module_database) -> None:
    form = {"source": "postcodes"}
    file = {"file": ("st.csv", b'"ST16 2LD",10,392000,323000,"E","","","","",""\n')}
    with contextlib.closing(client(room, "sergeant.okoye")) as sender:
        assert sender.post("/ground/send", data=form, files=file).status_code == 403
    with contextlib.closing(client(room, ADMIN)) as admin:
        assert (
            admin.post("/ground/send", data=form, files=file, headers={"origin": "https://x.example"}).status_code
            == 403
        )
        promised = {
            "content-length": str(sent_files.MOST_BYTES + 2_000_000),
            "content-type": "multipart/form-data; boundary=x",
        }
        refused = only_promised(room, admin, promised)
        assert (refused.status, b"More than 500 MB" in refused.read()) == (400, True)
        unknown = admin.post("/ground/send", content=iter([b"--x"]), headers={"content-type": promised["content-type"]})
        assert "did not say how large" in unknown.text
        for data, files, why in (
            (form, {"file": ("st.kml", b"<kml>")}, "none of .csv"),
            ({"source": "x"}, file, "Choose what the files are for"),
            (form, {}, "Choose a file first"),
        ):
            refused = admin.post("/ground/send", data=data, files=files or {"other": ("x", b"x")})
            assert (refused.status_code, why in refused.text) == (400, True)
        assert admin.post("/ground/send", data=form, files=file).headers["location"] == "/ground"

    def looked() -> bool:
        with module_database.connect() as conn:
            found = requests.newest(conn)
            return found is not None and [rows.added for rows in found.changes] == [1]

    eventually(looked)
