"""The search box among 300,000 streets and 85,000 postcodes, letter by letter, beside one pattern over all names."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import namedtuple_row

import bench
from smartalert.database.connection import Connection
from smartalert.geography import search

Numbers, Row = NDArray[Any], tuple[object, ...]
STREETS, POSTCODES, TOWNS, FARMS = 300_000, 85_000, 1_500, 8_000
#: A force of 180 km by 160 km in the middle of England; metres, EPSG:27700.
WEST, SOUTH, ACROSS, UP = 330_000, 240_000, 180_000, 160_000
FORMER_INDEX = "create index former on streets using gin ((searched || ' ' || lower(locality)) gin_trgm_ops)"
#: What an officer looks at: a town; west, south, east, north (EPSG:4326).
VIEW = (-1.95, 52.78, -1.86, 52.83)
BEGINNINGS = [
    "ash", "birch", "canal", "church", "dove", "elm", "furn", "glade", "hazel", "high", "ivy", "jubi", "king", "lime",
    "mill", "north", "oak", "park", "queen", "rose", "south", "station", "tan", "upper", "vic", "water", "west", "york",
]  # fmt: skip
ENDINGS = [
    "ham", "lee", "field", "brook", "worth", "stone", "gate", "well", "wood", "ley", "croft", "dale", "moor", "ton",
    "bury", "ford", "by", "thorpe", "wick", "den",
]  # fmt: skip
#: How many of a hundred streets are called what.
KINDS = {
    "Road": 22,
    "Street": 14,
    "Close": 16,
    "Lane": 10,
    "Avenue": 10,
    "Drive": 10,
    "Way": 6,
    "Court": 5,
    "Crescent": 4,
    "Grove": 3,
}
USUAL = ["High Street", "Church Lane", "Station Road", "Mill Lane", "Main Street", "Church Street", "Park Road"]
TYPED = [
    "high street", "high st {town}", "ash", "ashfield road", "st", "mi", "millfield", "station road {town}", "{town}",
    "church lane and mill lane", "zz16", "zz16 2ld", "a34", "primary",
]  # fmt: skip
SLIPS = [
    "hihg street",
    "hazelwud drive",
    "statoin road",
    "church lnae {town}",
    "elmgate clsoe",
    "ashfeild",
    "kingstonn dr",
]


def main() -> None:
    """Fill a county, type into the box, and print how long each letter takes."""
    options = bench.options(str(__doc__))
    with bench.cluster() as cluster:
        from smartalert.database import connection

        engine = connection.make_engine(cluster.url())
        with engine.connect() as made:
            conn = made.connection.driver_connection
            conn.row_factory = namedtuple_row
            towns = fill(conn, np.random.default_rng(7))
            if not options.quick:
                conn.execute(FORMER_INDEX)
            figures = measure(conn, towns, rounds=1 if options.quick else 3, beside=not options.quick)
            conn.rollback()
        engine.dispose()
    bench.finish(figures, options.json)


def fill(conn: Connection, random: np.random.Generator) -> list[str]:
    """Streets of real shares, common names in every town, postcodes; returns the names of the towns."""
    stems = [f"{a}{b}".title() for a, b in product(BEGINNINGS, ENDINGS)]
    towns = [f"{stem}{end}" for stem, end in product(stems, ("", " Green", " Heath"))][:TOWNS]
    x, y = WEST + random.random(TOWNS) * ACROSS, SOUTH + random.random(TOWNS) * UP
    copied(conn, "towns (name, kind, population, point)", (
        (name, "village", 900, f"SRID=27700;POINT({e:.0f} {n:.0f})") for name, e, n in zip(towns, x, y, strict=True)
    ))  # fmt: skip
    share = np.array(list(KINDS.values())) / sum(KINDS.values())
    kinds = random.choice(list(KINDS), STREETS, p=share)
    firsts = random.choice(len(stems), STREETS, p=zipf(len(stems)))
    usual = random.choice(len(USUAL) * 12, STREETS)
    home = random.choice(TOWNS, STREETS, p=zipf(TOWNS))
    east, north = x[home] + random.normal(0, 1_200, STREETS), y[home] + random.normal(0, 1_200, STREETS)
    names = [USUAL[u] if u < len(USUAL) else f"{stems[f]} {k}" for u, f, k in zip(usual, firsts, kinds, strict=True)]
    copied(conn, "streets (name, locality, kind, source, source_id, geom)", streets(names, towns, home, east, north))
    copied(conn, "landmarks (kind, name, locality, geom)", landmarks(stems, towns, x, y))
    copied(conn, "postcodes (postcode, point)", postcodes(east, north))
    for table in ("streets", "towns", "landmarks", "postcodes", "search_words"):
        conn.execute(f"analyze {table}")
    return towns


def copied(conn: Connection, into: str, rows: Iterable[Row]) -> None:
    """The rows in the table."""
    with conn.cursor().copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def streets(names: list[str], towns: list[str], home: Numbers, east: Numbers, north: Numbers) -> Iterator[Row]:
    """Short lines, each in its town, and one numbered road from corner to corner."""
    for n, (name, town, e, o) in enumerate(zip(names, home, east, north, strict=True)):
        line = f"SRID=27700;MULTILINESTRING(({e:.0f} {o:.0f},{e + 60:.0f} {o + 40:.0f},{e + 150:.0f} {o + 50:.0f}))"
        yield name, towns[town], "local", "os_open_roads", f"T{n}", line
    line = f"SRID=27700;MULTILINESTRING(({WEST} {SOUTH},{WEST + ACROSS} {SOUTH + UP}))"
    yield "A34", "", "numbered", "os_open_roads", "A34", line


def landmarks(stems: list[str], towns: list[str], x: Numbers, y: Numbers) -> Iterator[Row]:
    """Farms, and a school for seven of them."""
    for n in range(FARMS):
        kind, called = ("school", "Primary School") if n % 8 == 0 else ("farm", "Farm")
        point = f"SRID=27700;POINT({x[n % TOWNS]:.0f} {y[n % TOWNS]:.0f})"
        yield kind, f"{stems[n % len(stems)]} {called}", towns[n % TOWNS], point


def postcodes(east: Numbers, north: Numbers) -> Iterator[Row]:
    """One where each of the first streets begins."""
    codes = product(range(1, 30), range(10), *["ABDEFGHJLNPQRSTUWXYZ"] * 2)
    for n, (a, b, c, d) in zip(range(POSTCODES), codes, strict=False):
        yield f"ZZ{a} {b}{c}{d}", f"SRID=27700;POINT({east[n]:.0f} {north[n]:.0f})"


def zipf(count: int) -> Numbers:
    """A few come up often, most seldom."""
    weights = 1 / (np.arange(count) + 20)
    return weights / weights.sum()


def typed(texts: list[str], towns: list[str]) -> Iterator[str]:
    """What stands in the box after each letter."""
    for number, text in enumerate(texts):
        whole = text.format(town=towns[number * 97 % TOWNS])
        yield from (whole[:length] for length in range(2, len(whole) + 1))


def former(conn: Connection, text: str) -> None:
    """One LIKE pattern a word, then those spelt nearly so: the usual way with pg_trgm."""
    words = [f"%{word}%" for word in text.lower().split()]
    rows = conn.execute(
        "select id from streets where searched || ' ' || lower(locality) like all (%s)"
        " order by searched not like %s, length(name), name, locality limit 8",
        [words, f"{text.lower()}%"],
    ).fetchall()
    if not rows:
        conn.execute(
            "select id from streets where searched || ' ' || lower(locality) %%> %s"
            " order by word_similarity(%s, searched || ' ' || lower(locality)) desc limit 8", [text, text]
        ).fetchall()  # fmt: skip


def measure(conn: Connection, towns: list[str], rounds: int, *, beside: bool) -> dict[str, float]:
    """Each letter by ours and, `beside` every sixth of them once, by the usual way, which takes seconds for some."""
    ours, theirs, slow = [], [], []
    texts = [*typed(TYPED, towns), *(slip.format(town=towns[5]) for slip in SLIPS)]
    for turn in range(rounds):
        for number, text in enumerate(texts):
            spent = bench.milliseconds(partial(search.search, conn, text, 9, neighbourhoods=True, view=VIEW))
            slow.append((spent, text))
            ours.append(spent)
            if beside and turn == 0 and number % 6 == 0:
                theirs.append(bench.milliseconds(partial(former, conn, text)))
    p50, p95 = bench.percentile(ours, 50), bench.percentile(ours, 95)
    rows = [("ours", p50, p95, max(ours))]
    figures = {"p95_ms": p95, "p50_ms": p50}
    if beside:
        rows.append(("patterns (pg_trgm)", bench.percentile(theirs, 50), bench.percentile(theirs, 95), max(theirs)))
        figures["vs_patterns"] = bench.percentile(theirs, 95) / p95
    bench.table(f"Milliseconds a letter, {len(ours):,} searches", ("", "p50", "p95", "slowest"), rows)
    bench.table("Slowest of ours", ("typed", "ms"), [(text, spent) for spent, text in sorted(slow, reverse=True)[:12]])
    return figures


if __name__ == "__main__":
    main()
