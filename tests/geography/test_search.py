"""The search box: streets, postcodes, places and grid references on real PostGIS."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row

from smartalert.database.connection import Connection
from smartalert.geography import search
from tests.databases import Database
from tests.factories import EAST, LAT, LON, NORTH, make_street


def labels(conn: Connection, text: str) -> list[str]:
    return [hit.label for hit in search.search(conn, text)]


@pytest.fixture
def stafford(conn: Connection) -> Connection:
    """A town with a few streets, a school and postcodes."""
    for name in ("Tannery Row", "St Mary's Way", "High Street", "Highfield Road"):
        make_street(conn, name=name)
    place = f"st_setsrid(st_makepoint({EAST}, {NORTH}), 27700)"
    conn.execute(f"insert into towns (name, population, point) values ('Stafford', 70000, {place})")
    conn.execute(f"insert into landmarks (kind, name, geom) values ('school', 'Abbey Primary School', {place})")
    conn.execute(f"insert into postcodes values ('ZZ16 2LD', {place}), ('ZZ16 2LE', {place}), ('ZZ1 6AA', {place})")
    return conn


def test_a_street_is_found_by_the_beginning_of_its_name(stafford: Connection) -> None:
    (hit,) = search.search(stafford, "tann")
    assert (hit.kind, hit.label, hit.is_street) == ("street", "Tannery Row, Stafford", True)
    assert (hit.lat, hit.lon) == pytest.approx((LAT, LON), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("high st stafford", "High Street, Stafford"),
        ("Highfield Rd", "Highfield Road, Stafford"),
        ("st marys", "St Mary's Way, Stafford"),
        ("St. Mary’s way", "St Mary's Way, Stafford"),
        ("Row Tannery", "Tannery Row, Stafford"),
        ("Saint Mary's", "St Mary's Way, Stafford"),
        ("saint mary`s way", "St Mary's Way, Stafford"),
        ("St. Mary´s", "St Mary's Way, Stafford"),
        ("Tánnery Row", "Tannery Row, Stafford"),
        ("Ta\u0301nnery", "Tannery Row, Stafford"),
        ("\uff34\uff21\uff2e\uff2e", "Tannery Row, Stafford"),
        ("\u202eTannery\u200b Row", "Tannery Row, Stafford"),
        ("Tannery\u00a0Row", "Tannery Row, Stafford"),
        ("Tannery, Stafford", "Tannery Row, Stafford"),
        ("Tannery - Row (Stafford)", "Tannery Row, Stafford"),
        ("Tannery\u00ad Row!", "Tannery Row, Stafford"),
        ("Tanery Roe", "Tannery Row, Stafford"),
    ],
)
def test_a_street_is_found_as_people_write_it(stafford: Connection, text: str, street: str) -> None:
    assert labels(stafford, text)[0] == street


def test_the_street_called_so_comes_before_one_that_only_begins_so(stafford: Connection) -> None:
    assert labels(stafford, "high") == ["High Street, Stafford", "Highfield Road, Stafford"]


def test_a_town_by_its_name_comes_before_the_streets_in_it(stafford: Connection) -> None:
    hits = search.search(stafford, "Stafford")
    assert (hits[0].kind, hits[0].label) == ("town", "Stafford")
    assert {hit.kind for hit in hits[1:]} == {"street"}


def test_a_school_is_found_by_any_of_its_words(stafford: Connection) -> None:
    (hit,) = search.search(stafford, "primary")
    assert (hit.kind, hit.label) == ("school", "Abbey Primary School")


@pytest.mark.parametrize("text", ["ZZ16 2LD", "zz162ld", " ZZ16  2LD "])
def test_a_postcode_is_found_however_it_is_spaced(stafford: Connection, text: str) -> None:
    (hit,) = search.search(stafford, text)
    assert (hit.kind, hit.label) == ("postcode", "ZZ16 2LD")
    assert (hit.lat, hit.lon) == pytest.approx((LAT, LON), abs=1e-5)


@pytest.mark.parametrize(
    "typed",
    [
        "Z\u200bZ16 2LD",
        "\ufeffZZ16\u20112LD",
        "\uff3a\uff3a\uff11\uff16 \uff12\uff2c\uff24",
        "ZZ16\u00a02LD\u202c",
        "ZZ16 2LD.",
        "“ZZ16－2LD”",
        "ZZ١٦ 2LD",
        "ⓏⓏ16_2LD",
    ],
)
def test_a_postcode_is_found_whatever_hides_in_it(stafford: Connection, typed: str) -> None:
    assert labels(stafford, typed) == ["ZZ16 2LD"]
    hit = search.postcode(stafford, typed)
    assert hit is not None
    assert hit.label == "ZZ16 2LD"


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("Saint Chad's", "St Chads"),
        ("St Chad's", "Saint Chad's"),
        ("St. Chad’s", "saint chads"),
        ("Newcastle-under-Lyme", "Newcastle\u2011under\u2011Lyme"),
        ("Newcastle-under-Lyme", "newcastle under lyme"),
        ("Newcastle–under–Lyme", "Newcastle-under-Lyme"),
        ("Café Row", "Cafe Row"),
        ("Cafe Row", "Cafe\u0301 Row"),
        ("Llanfair-ym-Muallt (Ŵyl)", "llanfair ym muallt (wyl)"),
        ("Fox & Hounds", "fox and hounds"),
        ("Westward Ho!", "westward－ho"),
        ("Staﬀord (“North”)", "stafford north"),
        ("Bishop’s Itchington", "Bishop´s Itchington"),
        ("St. Chad's / Saint Mary's", "saint chads st marys"),
        ("St.Chad's", "Saint Chads"),
        ("Saint Chad's", "ＳＴ．ＣＨＡＤ＇Ｓ"),
        ("Stafford", "ＳＴＡＦＦＯＲＤ"),
        ("Stafford", "Sta\u0301fford"),
        ("Stafford", "\u202eStafford"),
        ("Stafford", "𝐒𝐭𝐚𝐟𝐟𝐨𝐫𝐝\u200b"),
        ("Staf\u00adford", "“Stafford”"),
        ("Newcastle-under-Lyme", "Newcastle–under—Lyme"),
        ("Newcastle-under-Lyme", "Newcastle\u3000under\u2212Lyme"),
    ],
)
def test_a_town_comes_first_however_it_and_what_is_typed_are_spelt(conn: Connection, kept: str, typed: str) -> None:
    place = f"st_setsrid(st_makepoint({EAST}, {NORTH}), 27700)"
    conn.execute(f"insert into towns (name, population, point) values (%s, 70000, {place})", (kept,))
    conn.execute(f"insert into towns (name, population, point) values (%s, 90000, {place})", (f"{kept} Green",))
    hits = search.search(conn, typed)
    assert [(hit.kind, hit.label) for hit in hits] == [("town", kept), ("town", f"{kept} Green")]


@given(
    st.text(
        st.sampled_from("aZéÉŵ\u0301\u200b\u00ad '’-–\u2011/.,&saint St(“”)´＇－!…→€·")
        | st.characters(max_codepoint=0x17F, categories=("Lu", "Ll", "Nd"))
    )
)
@example("Saint Mary's–on–the–Hill & St. Chad’s, St.John's, bust.up st.st.")
def test_names_are_kept_as_what_is_typed_is_read(county: Connection, name: str) -> None:
    (kept,) = county.execute("select as_searched(%s)", (name,)).fetchone()
    # letters that become two, or one and a dot, are no part of names here
    if not set("ßŉǰİſĿŀ") & set(name):
        assert kept.split() == search.plain_words(name)


def test_a_postcode_district_comes_before_a_sector_of_the_same_letters(conn: Connection) -> None:
    place = f"st_setsrid(st_makepoint({EAST}, {NORTH}), 27700)"
    conn.execute(f"insert into postcodes values ('ZZ1 6AA', {place}), ('ZZ16 1AA', {place}), ('ZZ1 6AB', {place})")
    assert labels(conn, "zz16") == ["ZZ16 1AA", "ZZ1 6AA", "ZZ1 6AB"]
    assert labels(conn, "ZZ1-6") == ["ZZ1 6AA", "ZZ1 6AB", "ZZ16 1AA"]


def test_half_a_postcode_lists_those_that_begin_so(stafford: Connection) -> None:
    assert labels(stafford, "ZZ16 2") == ["ZZ16 2LD", "ZZ16 2LE"]


@pytest.mark.parametrize("text", ["", "t", "%%", "__", "no such street anywhere", "'; drop table streets; --"])
def test_what_names_nothing_finds_nothing(stafford: Connection, text: str) -> None:
    assert search.search(stafford, text) == []


@pytest.fixture
def towns(conn: Connection) -> Connection:
    """Eleven High Streets, three in Stafford, and what else is called nearly so."""
    for number, name in enumerate(
        ("Stafford", "Stone", "Leek", "Rugeley", "Cannock", "Eccleshall", "Penkridge", "Cheadle")
    ):
        far = f"st_setsrid(st_makepoint({EAST} + 9000 * {number}, {NORTH}), 27700)"
        conn.execute(f"insert into towns (name, population, point) values (%s, 9000, {far})", (name,))
        lay(conn, "High Street", name, (9_000 * number - 100, 0), (9_000 * number + 100, 0))
    lay(conn, "High Street", "Stafford", (2_000, 0), (2_100, 0))
    lay(conn, "High Street", "Stafford", (4_000, 0), (4_100, 0))
    lay(conn, "High Street", "", (6_000, 0), (6_100, 0))
    lay(conn, "Mill Lane", "Stafford", (2_050, -50), (2_050, 50))
    lay(conn, "Station Road", "Stone", (9_000, -200), (9_000, 200))
    lay(conn, "High Street North", "Stafford", (100, 0), (200, 0))
    lay(conn, "Highfield Road", "Stone", (9_000, 300), (9_200, 300))
    lay(conn, "A34", "", (-5_000, 0), (14_000, 0), kind="numbered")
    lay(conn, "M6", "", (-5_000, 900), (14_000, 900), kind="numbered")
    return conn


def lay(conn: Connection, name: str, locality: str, *line: tuple[float, float], kind: str = "local") -> None:
    conn.execute(
        "update streets set locality = %s, kind = %s where id = %s",
        (locality, kind, make_street(conn, name=name, line=list(line))),
    )


def box(x: float, y: float = 0, half_m: float = 500) -> tuple[float, float, float, float]:
    """A view round a point, metres from the crossroads."""
    west, south = search.geo.from_grid(EAST + x - half_m, NORTH + y - half_m)
    east, north = search.geo.from_grid(EAST + x + half_m, NORTH + y + half_m)
    return west, south, east, north


def found(
    conn: Connection, text: str, limit: int = 8, view: tuple[float, float, float, float] | None = None
) -> list[str]:
    """What an officer reads, who may send to all."""
    return [hit.label for hit in search.search(conn, text, limit, neighbourhoods=True, view=view)]


@pytest.mark.parametrize("role", ["smartalert_public", "smartalert_control"])
def test_whoever_searches_may_ask_all_of_it(towns: Connection, role: str) -> None:
    towns.execute(f"set local role {role}")
    for text in ("high street", "hihg steret", "A34", "A34 Stone", "Mill Lane and High Street", "ZZ1", "stone"):
        search.search(towns, text, neighbourhoods=True, view=box(0))
        search.search(towns, text)
    hit = search.search(towns, "Mill Lane")[0]
    assert search.street(towns, hit.id or 0) == hit


def test_what_is_in_view_comes_first_then_what_is_near(towns: Connection) -> None:
    assert found(towns, "high street", view=box(9_000))[0] == "High Street, Stone"
    assert found(towns, "high street", view=box(26_800))[:2] == ["High Street, Rugeley", "High Street, Leek"]
    assert found(towns, "high", view=box(9_000))[:2] == ["High Street, Stone", "Highfield Road, Stone"]
    # a place or road that is called just so is meant, wherever it is
    assert found(towns, "leek", view=box(9_000))[0] == "Leek"
    assert found(towns, "m6", view=box(70_000))[0] == "M6"


def test_eleven_high_streets_are_told_apart_and_all_reachable(towns: Connection) -> None:
    hits = search.search(towns, "high street", 40)
    streets = [hit.label for hit in hits if hit.label.partition(",")[0] == "High Street"]
    assert len(set(streets)) == len(streets) == 11
    assert "High Street, Stafford, by Mill Lane" in streets
    for town in ("Stone", "Leek", "Cheadle"):
        assert labels(towns, f"high st {town}")[0] == f"High Street, {town}"


@pytest.mark.parametrize("text", ["M6", "m 6", "the M6", "M6 motorway", "ｍ６"])
def test_a_road_is_found_by_its_number_and_is_one_hit(towns: Connection, text: str) -> None:
    (hit,) = search.search(towns, text, neighbourhoods=True)
    assert (hit.kind, hit.label, hit.is_street) == ("road", "M6", True)
    assert search.search(towns, text) == []  # nobody lives at "the M6"


@pytest.mark.parametrize("text", ["A34 Stone", "a34, stone", "the A34 near Stone", "A34 at Stone"])
def test_a_road_is_found_where_it_passes_a_place(towns: Connection, text: str) -> None:
    hit = search.search(towns, text, neighbourhoods=True)[0]
    assert (hit.kind, hit.label) == ("crossing", "A34 near Stone")
    assert search.geo.to_grid(hit.lon, hit.lat) == pytest.approx((EAST + 9_000, NORTH), abs=1)


@pytest.mark.parametrize(
    "text",
    ["High Street and Mill Lane", "mill ln & high st", "Mill Lane/High Street", "junction of High St and Mill Lane",
     "corner of Mill Lane and High Street, Stafford", "High Street @ Mill Lane", "mill lane x high street"],
)  # fmt: skip
def test_a_crossing_is_where_two_streets_meet(towns: Connection, text: str) -> None:
    hit = search.search(towns, text, neighbourhoods=True)[0]
    assert (hit.kind, hit.is_street) == ("crossing", False)
    assert set(hit.label.removesuffix(", Stafford").split(" and ")) == {"High Street", "Mill Lane"}
    assert search.geo.to_grid(hit.lon, hit.lat) == pytest.approx((EAST + 2_050, NORTH), abs=1)
    assert found(towns, "A34 and Station Road")[0] == "A34 and Station Road, Stone"
    assert "crossing" not in {
        hit.kind for hit in search.search(towns, "Mill Lane and Station Road", neighbourhoods=True)
    }


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Hihg Street Stone", "High Street, Stone"),
        ("High Steret, Leek", "High Street, Leek"),
        ("Stattion Rd", "Station Road, Stone"),
        ("Mil Lane Staford", "Mill Lane, Stafford"),
        ("High Field Road", "Highfield Road, Stone"),
        ("Eccelshall", "Eccleshall"),
        ("Penkrige", "Penkridge"),
        ("Ruglely High Street", "High Street, Rugeley"),
    ],
)
def test_a_slip_of_the_fingers_is_forgiven(towns: Connection, typed: str, label: str) -> None:
    assert labels(towns, typed)[0] == label


def test_a_postcode_district_and_its_sectors_are_hits_of_their_own(towns: Connection) -> None:
    for code, x in (("ZZ16 1AA", 0), ("ZZ16 1AB", 200), ("ZZ16 2AA", 100), ("ZZ1 6AA", 9_000), ("ZZ1 7AA", 9_000)):
        towns.execute(
            "insert into postcodes values (%s, st_setsrid(st_makepoint(%s, %s), 27700))", (code, EAST + x, NORTH)
        )
    hits = search.search(towns, "zz16", 20, neighbourhoods=True)
    assert [(hit.kind, hit.label) for hit in hits] == [
        ("postcode district", "ZZ16, Stafford"), ("postcode sector", "ZZ16 1, Stafford"),
        ("postcode sector", "ZZ16 2, Stafford"), ("postcode", "ZZ16 1AA"), ("postcode", "ZZ16 1AB"),
        ("postcode", "ZZ16 2AA"), ("postcode sector", "ZZ1 6, Stone"), ("postcode", "ZZ1 6AA"),
    ]  # fmt: skip
    west, south, east, north = hits[0].box or (0, 0, 0, 0)
    assert west < hits[0].lon < east
    assert south < hits[0].lat < north
    assert found(towns, "ZZ1 6")[:2] == ["ZZ1 6, Stone", "ZZ1 6AA"]
    assert found(towns, "ZZ1")[:4] == ["ZZ1, Stone", "ZZ1 6, Stone", "ZZ1 7, Stone", "ZZ16, Stafford"]
    assert found(towns, "ZZ16 1AB") == labels(towns, "zz161ab") == ["ZZ16 1AB"]
    assert labels(towns, "ZZ16") == ["ZZ16 1AA", "ZZ16 1AB", "ZZ16 2AA", "ZZ1 6AA"]


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("SJ 923 232", (392_350, 323_250)),
        ("sj923232", (392_350, 323_250)),
        ("SJ923,232", (392_350, 323_250)),
        ("SJ 92300 23200", (392_300.5, 323_200.5)),
        ("SJ 9223", (392_500, 323_500)),
        ("TQ 30 80", (530_500, 180_500)),
        ("NN 166 712", (216_650, 771_250)),
        ("392300 323200", (392_300, 323_200)),
        ("392300, 323200", (392_300, 323_200)),
        ("392300E 323200N", (392_300, 323_200)),
        ("E: 392300 N: 323200", (392_300, 323_200)),
    ],
)
def test_a_grid_reference_is_the_middle_of_its_square(text: str, metres: tuple[float, float]) -> None:
    hit = search.read_point(text)
    assert hit is not None
    assert search.geo.to_grid(hit.lon, hit.lat) == pytest.approx(metres, abs=0.01)


@pytest.mark.parametrize(("easting", "northing"), [(392_350, 323_250), (530_520, 180_590), (216_650, 771_250)])
def test_a_grid_reference_that_we_write_is_read_as_the_square_that_it_is(easting: float, northing: float) -> None:
    lon, lat = search.geo.from_grid(easting, northing)
    hit = search.read_point(search.coordinates.grid_reference(lat, lon))
    assert hit is not None
    assert search.geo.to_grid(hit.lon, hit.lat) == pytest.approx((easting, northing), abs=50.01)


@pytest.mark.parametrize(
    "text",
    [
        "52.8067, -2.1171", "(52.8067, -2.1171)", "[52.8067,-2.1171]", "52.8067 -2.1171", "52.8067/-2.1171",
        "-2.1171, 52.8067", "52.8067°, −2.1171°", "52.8067 N, 2.1171 W", "2.1171 W, 52.8067 N", "52.8067N 2.1171W",
        "N52.8067 W2.1171", "N 52.8067, W 002.1171", "52° 48.402' N 2° 7.026' W", "N 52° 48.402 W 002° 07.026",
        "52 48.402 N 2 7.026 W", "52°48'24.12\"N 2°07'01.56\"W", "52º 48′ 24.12″ N, 2º 07′ 01.56″ W",
        "52 48 24.12 N, 2 7 1.56 W", "52-48-24.12N 002-07-01.56W", "52deg 48min 24.12sec N, 2deg 7min 1.56sec W",
        "lat 52.8067, lon -2.1171", "Latitude: 52.8067 Longitude: -2.1171", "52,8067; -2,1171", "52,8067 -2,1171",
        "geo:52.8067,-2.1171", "https://www.google.com/maps/@52.8067,-2.1171,15z",
        "https://www.openstreetmap.org/#map=15/52.8067/-2.1171", "https://maps.google.com/?q=52.8067,-2.1171",
    ],
)  # fmt: skip
def test_latitude_and_longitude_are_read_however_they_are_written(text: str) -> None:
    hit = search.read_point(search.cleaning.typewritten(text))
    assert hit is not None
    assert (hit.lat, hit.lon) == pytest.approx((52.8067, -2.1171), abs=2e-5)


def test_newport_is_west_of_greenwich() -> None:
    hit = search.read_point("51.588 N, 2.997 W")
    assert hit is not None
    assert (hit.label, hit.lat, hit.lon) == ("51.588, -2.997", 51.588, -2.997)


@pytest.mark.parametrize(
    "text", ["SJ 92 232", "SI 923 232", "SJ", "SK10", "Tannery Row", "2026 11", "12 3", "A34", "M6 14.5", "1,2"]
)
def test_what_is_no_point_is_left_to_the_other_searches(text: str) -> None:
    assert search.read_point(text) is None


@pytest.mark.parametrize(
    "text",
    ["///filled.count.soap", "filled.count.soap", "Filled.Count.Soap", "https://w3w.co/filled.count.soap",
     "what3words.com/filled.count.soap", "w3w: filled.count.soap", "／／／filled。count。soap", "///füllt.zähl.seife"],
)  # fmt: skip
def test_three_words_are_named_for_what_they_are(stafford: Connection, text: str) -> None:
    assert search.search(stafford, text) == []
    assert "cannot search for what3words here" in search.advice(text)
    assert search.advice("Tannery Row") == search.advice("52.8067, -2.1171") == search.advice("St.Mary.Way") == ""


@pytest.fixture(scope="module")
def county(module_database: Database) -> Iterator[Connection]:
    """Thirty thousand streets of a thousand names in sixty towns."""
    words = np.random.default_rng(7).permutation([f"{a}{b}" for a in SYLLABLES for b in ENDINGS])
    with module_database.connect() as conn:
        conn.row_factory = namedtuple_row
        rows = [
            (f"{words[n % len(words)]} {KINDS[n % 7]}", f"{words[n % 60]}ton", f"T{n}", EAST + n % 200 * 90, NORTH + n)
            for n in range(30_000)
        ]
        conn.cursor().executemany(
            "insert into streets (name, locality, source, source_id, geom) select v.*, st_geomfromtext("
            "  format('MULTILINESTRING((%%s %%s, %%s %%s))', %s, %s, %s + 80, %s + 9), 27700)"
            " from (values (%s, %s, 'training', %s)) v",
            [(x, y, x, y, name, town, number) for name, town, number, x, y in rows],
        )
        conn.commit()
        conn.execute("analyze streets")
        yield conn


SYLLABLES = ["Ash", "Birch", "Canal", "Dove", "Elm", "Furn", "Glade", "Hazel", "Ivy", "Jubi", "King", "Lime", "Mill"]
ENDINGS = ["ham", "lee", "field", "brook", "worth", "stone", "gate", "well", "wood", "ley", "croft", "dale", "moor"]
KINDS = ["Road", "Street", "Lane", "Close", "Avenue", "Drive", "Grove"]


def cpu_s(conn: Connection) -> float:
    """What this process and its connection's server process have worked so far: others' work is no part of it."""
    worked_ns, _, _ = Path(f"/proc/{conn.info.backend_pid}/schedstat").read_text().split()
    return time.process_time() + int(worked_ns) / 1e9


def test_a_search_among_thirty_thousand_streets_keeps_up_with_typing(county: Connection) -> None:
    times = []
    for word in ("ash", "ashham road", "mi", "millfield", "elmgate clse", "kingstone dr ashhamton", "hazelwud"):
        for length in range(2, len(word) + 1):
            start = cpu_s(county)
            search.search(county, word[:length])
            times.append(cpu_s(county) - start)
    # 40 ms on a machine of ours.
    assert np.percentile(times, 95) < 0.25
