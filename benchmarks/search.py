"""The search box among 300,000 streets and 85,000 postcodes, letter by letter, beside one pattern over all names."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np
from psycopg.rows import namedtuple_row

import bench
from smartalert.database.connection import Connection
from smartalert.geography import search

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
    with conn.cursor().copy("copy towns (name, kind, population, point) from stdin") as copy:
        for name, *at in zip(towns, x, y, strict=True):
            copy.write_row((name, "village", 900, f"SRID=27700;POINT({at[0]:.0f} {at[1]:.0f})"))
    share = np.array(list(KINDS.values())) / sum(KINDS.values())
    kinds = random.choice(list(KINDS), STREETS, p=share)
    firsts = random.choice(len(stems), STREETS, p=zipf(len(stems)))
    usual = random.choice(len(USUAL) * 12, STREETS)
    home = random.choice(TOWNS, STREETS, p=zipf(TOWNS))
    east, north = x[home] + random.normal(0, 1_200, STREETS), y[home] + random.normal(0, 1_200, STREETS)
    with conn.cursor().copy("copy streets (name, locality, kind, source, source_id, geom) from stdin") as copy:
        for n in range(STREETS):
            name = USUAL[usual[n]] if usual[n] < len(USUAL) else f"{stems[firsts[n]]} {kinds[n]}"
            e, o = east[n], north[n]
            line = f"SRID=27700;MULTILINESTRING(({e:.0f} {o:.0f},{e + 60:.0f} {o + 40:.0f},{e + 150:.0f} {o + 50:.0f}))"
            copy.write_row((name, towns[home[n]], "local", "os_open_roads", f"T{n}", line))
        copy.write_row(
            (
                "A34",
                "",
                "numbered",
                "os_open_roads",
                "A34",
                f"SRID=27700;MULTILINESTRING(({WEST} {SOUTH},{WEST + ACROSS} {SOUTH + UP}))",
            )
        )
    with conn.cursor().copy("copy landmarks (kind, name, locality, geom) from stdin") as copy:
        for n in range(FARMS):
            name = f"{stems[n % len(stems)]} {'Primary School' if n % 8 == 0 else 'Farm'}"
            copy.write_row(
                (
                    "school" if n % 8 == 0 else "farm",
                    name,
                    towns[n % TOWNS],
                    f"SRID=27700;POINT({x[n % TOWNS]:.0f} {y[n % TOWNS]:.0f})",
                )
            )
    codes = (
        f"ZZ{a} {b}{c}{d}"
        for a, b, c, d in product(range(1, 30), range(10), "ABDEFGHJLNPQRSTUWXYZ", "ABDEFGHJLNPQRSTUWXYZ")
    )
    with conn.cursor().copy("copy postcodes (postcode, point) from stdin") as copy:
        for n, code in zip(range(POSTCODES), codes, strict=False):
            copy.write_row((code, f"SRID=27700;POINT({east[n]:.0f} {north[n]:.0f})"))
    for table in ("streets", "towns", "landmarks", "postcodes", "search_words"):
        conn.execute(f"analyze {table}")
    return towns


def zipf(count: int) -> "np.typing.NDArray[np.float64]":
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
    """Each letter by ours and, `beside` every third of them, by the usual way."""
    ours, theirs, slow = [], [], []
    texts = [*typed(TYPED, towns), *(slip.format(town=towns[5]) for slip in SLIPS)]
    for _ in range(rounds):
        for number, text in enumerate(texts):
            spent = bench.milliseconds(partial(search.search, conn, text, 9, neighbourhoods=True, view=VIEW))
            slow.append((spent, text))
            ours.append(spent)
            if beside and number % 3 == 0:
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
