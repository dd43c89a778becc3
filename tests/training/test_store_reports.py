"""The made-up reports of the app stores: files as the stores give them, read by the importer, shown as real ones."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from smartalert.engagement import downloads
from smartalert.engagement.charts import UNKNOWN
from smartalert.engagement.panels import scope_of
from smartalert.engagement.panels.downloads import of_downloads
from smartalert.engagement.periods import Period, Step
from smartalert.importers.downloads import import_downloads
from smartalert.training.store_reports import APPLE, LATE, LEFT_OUT, PLAY
from tests.databases import Database
from tests.training.past import NOW, WEEKS

TODAY = NOW.date()
PAST = Period(TODAY - timedelta(weeks=WEEKS), TODAY + timedelta(days=1))


@pytest.fixture
def conn(lived: Database) -> Iterator[psycopg.Connection]:
    with lived.connect() as conn:
        yield conn


def test_the_files_are_laid_out_as_the_stores_lay_them_out(lived: Database, folder: Path) -> None:
    play = next(folder.glob("installs_*_overview.csv")).read_bytes()
    assert play.startswith(b"\xff\xfe")
    assert play.decode("utf-16").splitlines()[0].split(",") == list(PLAY)
    apple = gzip.decompress(next(folder.glob("S_D_*.txt.gz")).read_bytes()).decode()
    assert apple.splitlines()[0].split("\t") == list(APPLE)


def test_what_the_stores_did_not_report_is_a_gap(conn: psycopg.Connection) -> None:
    rows = {row.store: row for row in downloads.reported(conn)}
    assert rows["google_play"].missing == 0
    assert rows["google_play"].last == TODAY - timedelta(days=LATE + 1)
    assert rows["app_store"].missing == len(LEFT_OUT)


def test_installs_are_the_sum_of_the_files(conn: psycopg.Connection, folder: Path) -> None:
    whole = 0
    for path in folder.glob("installs_*_overview.csv"):
        lines = path.read_bytes().decode("utf-16").splitlines()[1:]
        whole += sum(int(line.split(",")[PLAY.index("Daily User Installs")]) for line in lines)
    points = downloads.over_time(conn, PAST, Step.WEEK)
    assert sum(point.installs or 0 for point in points if point.store == "google_play") == whole > 100


def test_the_same_files_again_change_nothing(lived: Database, folder: Path) -> None:
    assert import_downloads(lived.url(), sorted(folder.iterdir()), lambda _: None) == 0


def test_phones_are_counted_by_platform_each_week_and_today_as_the_rows_say(conn: psycopg.Connection) -> None:
    found = downloads.registered(conn, PAST, Step.WEEK)
    assert len(found) >= WEEKS
    today = dict(
        conn.execute(
            "select platform, count(*) from contacts where channel = 'push' and off_at is null and added_at <= %s"
            " group by 1",
            [NOW],
        ).fetchall()
    )
    assert {row: downloads.PLATFORMS[row] for row in today} == {"android": "Android", "ios": "iPhone"}
    for platform, phones in today.items():
        assert abs(found[max(found)][downloads.PLATFORMS[platform]] - phones) < 10


def test_the_downloads_panels_show_all_of_it(conn: psycopg.Connection) -> None:
    names = [panel.name for panel in of_downloads(conn, scope_of(conn, PAST, TODAY))]
    assert names == ["downloads", "downloads-by-country", "registered-phones"]


def test_what_nobody_reported_yet_is_not_known(conn: psycopg.Connection) -> None:
    lately = Period(TODAY - timedelta(days=LATE - 1), TODAY + timedelta(days=1))
    installs, *_, phones = of_downloads(conn, scope_of(conn, lately, TODAY))
    assert set(installs.written.iloc[:, 1:].to_numpy().ravel()) == {UNKNOWN}
    assert UNKNOWN not in phones.written.to_numpy()
