"""The panels of screen and report: what they say is what the figures say, and exports say what they are about."""

import io
import zipfile
from collections.abc import Iterator
from csv import DictReader
from datetime import date

import psycopg
import pytest

from smartalert.config import Mode, Settings
from smartalert.engagement import panels, reach, report, sign_ups
from smartalert.engagement.panels import Panel, Scope, coverage, words
from smartalert.engagement.periods import Period
from smartalert.engagement.sign_ups import Coverage, Dimension
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
    with lived.rolled_back("smartalert_engagement") as conn:
        yield conn


@pytest.fixture
def scope(conn: psycopg.Connection) -> Scope:
    return panels.scope_of(conn, AUTUMN, TODAY)


def everything(conn: psycopg.Connection, scope: Scope) -> dict[str, list[Panel]]:
    return {title: read() for title, read in panels.sections(conn, scope).items()}


def test_every_panel_has_words_a_definition_and_a_chart_in_every_theme(conn: psycopg.Connection, scope: Scope) -> None:
    found = everything(conn, scope)
    assert list(found) == ["Downloads", "Sign-ups", "Reach", "Responses", "Coverage map", panels.TARGETS]
    names = [panel.name for section in found.values() for panel in section]
    assert len(names) == len(set(names))
    for panel in (panel for section in found.values() for panel in section):
        assert panel.says.endswith(".")
        assert len(panel.definition) > 10
        for theme in ("light", "dark", "print"):
            if panel.chart:
                drawn = panel.chart(theme).to_dict()
                has_bars = any(layer["mark"]["type"] == "bar" for layer in drawn.get("layer", ()))
                # The number at the end of the longest bar has room beside the plot: "12,345" and the gap before it.
                assert not has_bars or drawn["padding"]["right"] >= 46


def test_the_summary_says_what_the_figures_say(conn: psycopg.Connection, scope: Scope) -> None:
    said = panels.summary(conn, scope)
    assert f"{sign_ups.totals(conn, AUTUMN).active:,} people were signed up on 23 November 2026" in said
    assert f"{reach.totals(conn, AUTUMN).alerts:,} alerts brought" in said


def test_a_table_shows_the_figures(conn: psycopg.Connection, scope: Scope) -> None:
    by_reason = next(panel for panel in everything(conn, scope)["Sign-ups"] if panel.name == "sign-ups-by-reason")
    figures = {row.label: row.left for row in sign_ups.by(conn, scope.months, Dimension.REASON)}
    assert dict(by_reason.written.itertuples(index=False)) == {label: f"{left:,}" for label, left in figures.items()}


def test_a_district_names_nobody_but_its_own_people(conn: psycopg.Connection) -> None:
    """Also in its report: what is known of the whole force only is left out."""
    scope = panels.scope_of(conn, Period.of_month(2026, 10), TODAY, "Middle")
    ours = panels.counted(conn, scope)
    assert panels.summary(conn, scope).startswith(f"{ours.active:,} people were signed up in Middle on 31 October 2026")
    found = everything(conn, scope)
    assert [panel.name for panel in found["Sign-ups"]] == ["sign-ups", "sign-ups-by-neighbourhood"]
    assert "fatigue" not in [panel.name for panel in found["Reach"]]
    assert report.of_period(conn, scope, Settings(mode=Mode.TRAINING)).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (None, "–"), (0.84, "0.8 s"), (2.1, "2.1 s"), (59.4, "59 s"), (59.6, "1 min"), (82.3, "1 min 22 s"),
        (3_599.9, "1 h 0 min"), (11_100, "3 h 5 min"),
    ],
)  # fmt: skip
def test_a_time_says_no_less_than_it_was(took: float | None, said: str) -> None:
    assert words.seconds(took) == said


@pytest.mark.parametrize(("share", "said"), [(None, "–"), (1.0, "100 %"), (0.9999, "99.9 %"), (0.5, "50.0 %")])
def test_what_is_not_all_of_it_is_not_a_hundred_per_cent(share: float | None, said: str) -> None:
    assert words.per_cent(share) == said


def test_a_headline_names_no_neighbourhood_of_few(conn: psycopg.Connection) -> None:
    small, large = (Coverage(n, "C", name, "D", residents, active) for n, (name, residents, active) in enumerate(
        [("Hamlet", 124, 0), ("Town", 9_000, 40)]
    ))  # fmt: skip
    other = Coverage(3, "C", "City", "D", 20_000, 400)
    assert coverage.said([small, large]) == "4.4 of 1,000 residents are signed up."
    assert coverage.said([small, large, other]).endswith("Town has the fewest: 4.4 of 1,000.")


def test_a_district_narrows_alerts_and_coverage(conn: psycopg.Connection) -> None:
    narrowed = panels.scope_of(conn, AUTUMN, TODAY, "Middle")
    assert len(narrowed.neighbourhoods) == 2
    assert narrowed.words.endswith(", Middle")
    found = everything(conn, narrowed)
    assert set(found["Coverage map"][0].table["District"]) == {"Middle"}
    assert panels.scope_of(conn, AUTUMN, TODAY, "Nowhere").neighbourhoods == ()
    nowhere = everything(conn, panels.scope_of(conn, AUTUMN, TODAY, "Nowhere"))
    assert nowhere["Reach"][0].says == "No alerts were issued."


def test_a_district_without_history_still_has_its_panels(conn: psycopg.Connection) -> None:
    empty = panels.scope_of(conn, Period.of_month(2020, 1), TODAY, "Middle")
    assert all(panel.says for section in everything(conn, empty).values() for panel in section)


def test_the_months_report_is_an_accessible_pdf_that_says_exercise(conn: psycopg.Connection) -> None:
    pdf = report.monthly(conn, 2026, 10, TODAY, Settings(mode=Mode.TRAINING))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf
    assert b"/Image" not in pdf.replace(b"/ImageB", b"").replace(b"/ImageC", b"")


def test_exports_say_exercise_in_training_only(conn: psycopg.Connection, scope: Scope) -> None:
    panel = next(panel for panel in everything(conn, scope)["Responses"] if panel.title == "Responses by kind")
    trained, live = (report.csv(panel, scope, mode).decode("utf-8-sig") for mode in (Mode.TRAINING, Mode.LIVE))
    assert trained.startswith("EXERCISE")
    assert live.startswith("Table,Responses by kind")
    assert trained.endswith(live)


def test_an_export_says_its_period_area_and_day_and_its_numbers_are_numbers(
    conn: psycopg.Connection, scope: Scope
) -> None:
    panel = next(one for one in everything(conn, scope)["Reach"] if one.name == "reach-by-kind")
    facts, table = report.csv(panel, scope, Mode.LIVE).decode("utf-8-sig").split("\r\n\r\n")
    said = dict(line.split(",", 1) for line in facts.splitlines())
    assert (said["Period"], said["Area"]) == ("1 September to 24 November 2026", "Whole force")
    assert said["Made on"] == "24 November 2026"
    rows = list(DictReader(io.StringIO(table)))
    assert sum(int(row["People told"]) for row in rows) == reach.totals(conn, AUTUMN).people
    assert [float(row["95 % within, seconds"]) for row in rows if row["95 % within, seconds"]]
    assert report.file_name(panel.name, scope) == "reach-by-kind_whole-force_2026-09-01_2026-11-24_made-2026-11-24"


def test_a_workbook_has_a_sheet_for_each_panel(conn: psycopg.Connection, scope: Scope) -> None:
    found = everything(conn, scope)["Reach"]
    with zipfile.ZipFile(io.BytesIO(report.workbook(found, scope, Mode.TRAINING))) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        strings = book.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == len(found)
    for said in ("EXERCISE", "Alerts by kind", "1 September to 24 November 2026", "Whole force"):
        assert said in strings


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
