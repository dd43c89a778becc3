"""Importing what the app stores report. The files are made here, in the stores' documented layouts."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.importers.downloads import import_downloads
from tests.databases import Database

PLAY = (
    "Date,Package Name,Daily Device Installs,Daily Device Uninstalls,Daily Device Upgrades,Total User Installs,"
    "Daily User Installs,Daily User Uninstalls,Active Device Installs,Install events,Update events,Uninstall events"
)
APPLE = (
    "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tVersion\tProduct Type Identifier\tUnits\tDeveloper Proceeds\t"
    "Begin Date\tEnd Date\tCustomer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\t"
    "Promo Code\tParent Identifier\tSubscription\tPeriod\tCategory\tCMB\tDevice\tSupported Platforms"
)
OURS = "uk.police.staffordshire.alert"


def play_line(day: str, installs: object, uninstalls: object = 1, app: str = OURS) -> str:
    return f"{day},{app},{installs},{uninstalls},3,900,{installs},{uninstalls},850,{installs},3,{uninstalls}"


def apple_line(kind: str, units: object, day: str = "03/01/2026", country: str = "GB", app: str = "42") -> str:
    return (
        f"APPLE\tUS\tSA\tPolice\tSmart Alert\t1.2\t{kind}\t{units}\t0\t{day}\t{day}\tGBP\t{country}\tGBP\t{app}\t0"
        "\t \t \t \t \tUtilities\t\tiPhone\tiOS"
    )


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, header: str = PLAY, name: str = "overview") -> Path:
        path = tmp_path / f"installs_{OURS}_202603_{name}.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode("utf-16"))
        return path

    return write


@pytest.fixture
def apple(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, name: str = "S_D_80000000_20260301.txt.gz") -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress("\n".join([APPLE, *lines, ""]).encode()))
        return path

    return write


@pytest.fixture
def days(database: Database) -> Callable[..., list[tuple]]:
    """Day, value, installs, uninstalls of one store's reports."""

    def look(store: str, dimension: str = "overview") -> list[tuple]:
        with database.connect() as conn:
            return [
                tuple(row)
                for row in conn.execute(
                    "select day, value, installs, uninstalls from download_days where store = %s and dimension = %s"
                    " order by day, value",
                    [store, dimension],
                )
            ]

    return look


def test_a_month_of_google_play_grows_and_gaps_stay_gaps(
    database: Database, play: Callable, days: Callable, said: list
):
    assert import_downloads(database.url(), [play(play_line("2026-03-01", 7))], said.append) == 1
    grown = play(play_line("2026-03-01", 9), play_line("2026-03-03", ""), play_line("2026-03-04", 0))
    assert import_downloads(database.url(), [grown], said.append) == 3
    assert days("google_play") == [
        (date(2026, 3, 1), "", 9, 1),
        (date(2026, 3, 3), "", None, 1),
        (date(2026, 3, 4), "", 0, 1),
    ]
    assert said[1].endswith("Google Play, 1 March 2026 to 4 March 2026, 3 days.")


def test_columns_are_found_by_name_and_a_split_is_kept_apart(database: Database, play: Callable, days: Callable):
    header = "Package name,Country,Date,Daily User Installs,Something New"
    path = play(f"{OURS},GB,2026-03-01,5,x", f"{OURS},IE,2026-03-01,2,x", header=header, name="country")
    import_downloads(database.url(), [path], lambda _: None)
    assert days("google_play", "country") == [(date(2026, 3, 1), "GB", 5, None), (date(2026, 3, 1), "IE", 2, None)]
    assert days("google_play") == []


def test_apple_counts_first_downloads_only_and_adds_devices_up(database: Database, apple: Callable, days: Callable):
    kinds = [apple_line(kind, units) for kind, units in (("1F", 3), ("1T", 2), ("3F", 50), ("7F", 9))]
    path = apple(*kinds, apple_line("1F", 1, country="IE"), apple_line("1F", -1, app="43"))
    import_downloads(database.url(), [path], lambda _: None)
    assert days("app_store") == [(date(2026, 3, 1), "", 6, None)]
    assert days("app_store", "country") == [(date(2026, 3, 1), "GB", 5, None), (date(2026, 3, 1), "IE", 1, None)]


def test_the_same_file_again_changes_nothing(database: Database, apple: Callable, days: Callable, said: list):
    path = apple(apple_line("1F", 3))
    import_downloads(database.url(), [path], said.append)
    before = days("app_store")
    assert import_downloads(database.url(), [path], said.append) == 0
    assert said[-1].endswith("was imported before.")
    assert days("app_store") == before


def test_an_account_with_several_apps_must_say_which(database: Database, apple: Callable, days: Callable):
    path = apple(apple_line("1F", 3), apple_line("1F", 800, app="43"))
    with pytest.raises(ImportRefused, match=r"several apps: 42, 43\. Say which with --app"):
        import_downloads(database.url(), [path], lambda _: None)
    assert import_downloads(database.url(), [path], lambda _: None, app="42") == 1
    assert days("app_store") == [(date(2026, 3, 1), "", 3, None)]
    with pytest.raises(ImportRefused, match="holds no day of 44"):
        import_downloads(database.url(), [path], lambda _: None, app="44")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (play_line("2026-03-32", 1), "“2026-03-32” is no date"),
        (play_line("2026-03-02", "many"), "“many” is no count"),
        (play_line("2026-03-02", -4), "“-4” is no count"),
        ("2026-03-02,uk", "it has 2 fields"),
        (play_line("2026-03-02", "9" * 25), "“9{25}” is no count"),
        (play_line("2026-03-02", "٤"), "“٤” is no count"),
    ],
)
def test_a_bad_line_of_google_plays_is_named_and_nothing_changes(
    database: Database, play: Callable, days: Callable, bad: str, why: str
):
    with pytest.raises(ImportRefused, match=f"line 3: {why}"):
        import_downloads(database.url(), [play(play_line("2026-03-01", 1), bad)], lambda _: None)
    assert days("google_play") == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (apple_line("1F", 1, day="2026-03-01"), "“2026-03-01” is no date"),
        (apple_line("1F", "x"), "“x” is no count"),
        (apple_line("1F", 1).replace("03/01/2026", "03/07/2026", 2).replace("03/07/2026", "03/01/2026", 1),
         "it counts more than one day"),
    ],
)  # fmt: skip
def test_a_bad_line_of_apples_is_named(database: Database, apple: Callable, bad: str, why: str):
    with pytest.raises(ImportRefused, match=f"line 3: {why}"):
        import_downloads(database.url(), [apple(apple_line("1F", 3), bad)], lambda _: None)


def test_what_is_no_report_is_refused_in_words(database: Database, tmp_path: Path, play: Callable, apple: Callable):
    (tmp_path / "notes.csv").write_text("Date,Installs\n")
    with pytest.raises(ImportRefused, match="neither Google Play's"):
        import_downloads(database.url(), [tmp_path / "notes.csv"], lambda _: None)
    with pytest.raises(ImportRefused, match="line 1: the column “Daily user installs” is missing"):
        import_downloads(database.url(), [play("2026-03-01,x", header="Date,Package Name")], lambda _: None)
    cut = apple(apple_line("1F", 3))
    cut.write_bytes(cut.read_bytes()[:-12])
    with pytest.raises(ImportRefused, match="cannot be unpacked"):
        import_downloads(database.url(), [cut], lambda _: None)


LANGUAGE = PLAY.replace("Package Name,", "Package Name,Language,")


def language_line(language: str, installs: int) -> str:
    return play_line("2026-03-01", installs).replace(OURS, f"{OURS},{language}")


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        (LANGUAGE, [language_line("en-GB", 93), language_line("cy", 7)]),
        (LANGUAGE, [language_line("cy", 7)]),
        (PLAY.replace("Package Name,", "Package Name,Carrier,"), [language_line("", 7)]),
        (PLAY.replace("Package Name,", "Package Name,Android SDK,"), [language_line("34", 7)]),
        (f"{PLAY},Carrier", [f"{play_line('2026-03-01', 7)},EE"]),
        (PLAY, [play_line("2026-03-01", 93), play_line("2026-03-01", 7)]),
    ],
    ids=["two languages", "one language", "a carrier unknown", "a number", "behind the figures", "without its column"],
)
def test_a_part_of_a_day_never_takes_the_place_of_the_whole(
    database: Database, play: Callable, days: Callable, header: str, lines: list[str]
):
    import_downloads(database.url(), [play(play_line("2026-03-01", 100))], lambda _: None)
    with pytest.raises(ImportRefused, match=r"split by.*Nothing was changed"):
        import_downloads(database.url(), [play(*lines, header=header, name="other")], lambda _: None)
    assert days("google_play") == [(date(2026, 3, 1), "", 100, 1)]


def test_a_figure_that_google_adds_is_no_split(database: Database, play: Callable, days: Callable):
    path = play(f"{play_line('2026-03-01', 5)},0.75,", header=f"{PLAY},Retention,Something new")
    import_downloads(database.url(), [path], lambda _: None)
    assert days("google_play") == [(date(2026, 3, 1), "", 5, 1)]


def test_a_country_counted_twice_is_refused(database: Database, play: Callable, days: Callable):
    header = "Package name,Country,Language,Date,Daily User Installs"
    path = play(f"{OURS},GB,en,2026-03-01,5", f"{OURS},GB,cy,2026-03-01,2", header=header, name="country")
    with pytest.raises(ImportRefused, match="split by “Language”"):
        import_downloads(database.url(), [path], lambda _: None)
    once = play(
        f"{OURS},GB,EE,2026-03-01,5", f"{OURS},FR,O2,2026-03-01,2", header=header.replace("Language", "Carrier")
    )
    with pytest.raises(ImportRefused, match="split by “Carrier”"):
        import_downloads(database.url(), [once], lambda _: None)
    twice = play(*[f"{OURS},GB,2026-03-01,5"] * 2, header=header.replace("Language,", ""))
    with pytest.raises(ImportRefused, match="line 3: a second line for “2026-03-01 GB”"):
        import_downloads(database.url(), [twice], lambda _: None)
    assert days("google_play", "country") == []


def test_what_no_database_can_hold_is_left_out_of_a_name(
    database: Database, play: Callable, tmp_path: Path, days: Callable
):
    import_downloads(database.url(), [play(play_line("2026-03-01", 5, app="uk\x00.x\u200b"))], lambda _: None, "uk.x")
    path = tmp_path / "S.txt"
    path.write_text("\n".join([APPLE, apple_line("1F", 5)]), encoding="utf-8-sig")
    import_downloads(database.url(), [path], lambda _: None)
    assert days("google_play") == [(date(2026, 3, 1), "", 5, 1)]
    assert days("app_store") == [(date(2026, 3, 1), "", 5, None)]


@pytest.mark.parametrize("title", ['"Park & Ride" Live', '"Smart Alert', 'Smart "Alert"', '"', '""', "'", '\\"x'])
def test_an_app_may_be_called_anything(database: Database, apple: Callable, days: Callable, title: str):
    named = apple_line("1F", 5).replace("Smart Alert", title)
    import_downloads(database.url(), [apple(named, apple_line("1F", 7))], lambda _: None)
    assert days("app_store") == [(date(2026, 3, 1), "", 12, None)]
