"""The panels of screen and report: what they say is what the figures say, and what is hidden stays hidden."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from smartalert.config import Mode, Settings
from smartalert.engagement import panels, reach, report, sign_ups
from smartalert.engagement.panels import Panel, Scope
from smartalert.engagement.panels.words import HIDDEN
from smartalert.engagement.periods import Period
from smartalert.engagement.sign_ups import Dimension
from tests.databases import Database
from tests.training.past import NOW, live

TODAY = NOW.date()
AUTUMN = Period(date(2026, 9, 1), date(2026, 11, 25))


@pytest.fixture(scope="module")
def lived(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A small town with some weeks of its past."""
    return live(module_database, tmp_path_factory.mktemp("store-reports"), weeks=6, district="'Middle'")


@pytest.fixture
def conn(lived: Database) -> Iterator[psycopg.Connection]:
    """As the role that the screen reads as: it can see no person."""
    with lived.connect("smartalert_engagement") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def scope(conn: psycopg.Connection) -> Scope:
    return panels.scope_of(conn, AUTUMN, TODAY)


def everything(conn: psycopg.Connection, scope: Scope) -> dict[str, list[Panel]]:
    return {title: read() for title, read in panels.sections(conn, scope).items()}


def test_every_panel_has_words_a_definition_and_a_chart_in_every_theme(conn: psycopg.Connection, scope: Scope) -> None:
    found = everything(conn, scope)
    assert list(found) == ["Downloads", "Sign-ups", "Reach", "Responses", "Coverage map"]
    names = [panel.name for section in found.values() for panel in section]
    assert len(names) == len(set(names))
    for panel in (panel for section in found.values() for panel in section):
        assert panel.says.endswith(".")
        assert len(panel.definition) > 10
        for theme in ("light", "dark", "print"):
            if panel.chart:
                panel.chart(theme).to_dict()


def test_the_summary_says_what_the_figures_say(conn: psycopg.Connection, scope: Scope) -> None:
    said = panels.summary(conn, scope)
    assert f"{sign_ups.totals(conn, AUTUMN).active:,} people are signed up" in said
    assert f"{reach.totals(conn, AUTUMN).alerts:,} alerts brought" in said


def test_a_table_shows_the_figures_and_hides_what_they_hide(conn: psycopg.Connection, scope: Scope) -> None:
    by_reason = next(panel for panel in everything(conn, scope)["Sign-ups"] if panel.name == "sign-ups-by-reason")
    figures = {row.label: row.left for row in sign_ups.by(conn, AUTUMN, Dimension.REASON)}
    shown = dict(panels.written(by_reason.table).itertuples(index=False))
    assert shown == {label: HIDDEN if left is None else f"{left:,}" for label, left in figures.items()}
    assert HIDDEN in shown.values()


def test_a_district_narrows_alerts_and_coverage(conn: psycopg.Connection) -> None:
    narrowed = panels.scope_of(conn, AUTUMN, TODAY, "Middle")
    assert len(narrowed.neighbourhoods) == 2
    assert narrowed.words.endswith(", Middle")
    found = everything(conn, narrowed)
    assert set(found["Coverage map"][0].table["District"]) == {"Middle"}
    assert panels.scope_of(conn, AUTUMN, TODAY, "Nowhere").neighbourhoods == ()
    nowhere = everything(conn, panels.scope_of(conn, AUTUMN, TODAY, "Nowhere"))
    assert nowhere["Reach"][0].says == "No alert was issued."


def test_a_district_without_history_still_has_its_panels(conn: psycopg.Connection) -> None:
    empty = panels.scope_of(conn, Period.of_month(2020, 1), TODAY, "Middle")
    assert all(panel.says for section in everything(conn, empty).values() for panel in section)


def test_the_months_report_is_an_accessible_pdf_that_says_exercise(conn: psycopg.Connection) -> None:
    pdf = report.monthly(conn, 2026, 10, TODAY, Settings(mode=Mode.TRAINING))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf
    assert b"/Image" not in pdf.replace(b"/ImageB", b"").replace(b"/ImageC", b"")


def test_exports_say_exercise_in_training_only(conn: psycopg.Connection, scope: Scope) -> None:
    (panel, *_) = everything(conn, scope)["Responses"]
    trained, live = (report.csv(panel, mode).decode("utf-8-sig") for mode in (Mode.TRAINING, Mode.LIVE))
    assert trained.startswith("EXERCISE")
    assert live.startswith("Responses by kind,Alerts")
    assert trained.endswith(live)


def test_a_workbook_has_a_sheet_for_each_panel(conn: psycopg.Connection, scope: Scope) -> None:
    found = everything(conn, scope)["Reach"]
    with zipfile.ZipFile(io.BytesIO(report.workbook(found, Mode.TRAINING))) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        words = book.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == len(found)
    assert "EXERCISE: Alerts by kind" in words


@pytest.mark.parametrize(
    "table",
    [
        "subscribers",
        "contacts",
        "places",
        "audience_places",
        "deliveries",
        "responses",
        "messages",
        "drafts",
        "audit",
        "service_mails",
    ],
)
def test_the_screens_role_can_read_no_person(conn: psycopg.Connection, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"select * from {table}")
