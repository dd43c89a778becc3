"""Tiles of the streets that can be picked, from cold and from warm, and how long a town's view takes in a browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
import uvicorn
from psycopg.rows import namedtuple_row
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import bench
import search
from smartalert.control.alert_map import base_deck, tiles
from smartalert.control.alert_map.assets import BUNDLE, DIST
from smartalert.control.alert_map.component import in_json
from smartalert.database.connection import Connection
from smartalert.geography import geo
from smartalert.importers import ground_map, ground_themes

#: Streets of the town that is looked at, and how far it reaches; metres.
STREETS, REACH_M = 4_000, 4_000
#: A tile's zoom, and how many of the fullest are asked for.
ZOOM, FULLEST = 14, 12
PORT = 8_931


def main() -> None:
    """Fill a county and a town, ask for tiles, open the map, and print how long each takes."""
    options = bench.options(str(__doc__))
    with bench.cluster() as cluster:
        from smartalert.database import connection

        engine = connection.make_engine(cluster.url())
        with engine.connect() as made:
            conn = made.connection.driver_connection
            conn.row_factory = namedtuple_row
            search.fill(conn, np.random.default_rng(7))
            figures = of_database(conn)
            conn.rollback()
        engine.dispose()
        ground = made_ground(Path(cluster.root) / "ground.pmtiles")
        figures |= in_browser(ground, 3 if options.quick else 9)
    rows = [(name, value) for name, value in figures.items()]
    bench.table("The map", ("", "figure"), rows)
    bench.finish(figures, options.json)


def of_database(conn: Connection) -> dict[str, float]:
    """Milliseconds of the fullest street tiles, read from the database and then kept."""
    spots = conn.execute(
        "select st_x(at) as lon, st_y(at) as lat"
        " from (select st_transform(at, 4326) as at from streets order by id limit 3000) s"
    )
    columns = [tile_of(spot.lon, spot.lat) for spot in spots]
    fullest = sorted(set(columns), key=columns.count, reverse=True)[:FULLEST]
    cold = [bench.milliseconds(partial(tiles.streets_in, conn, ZOOM, *at)) for at in fullest]
    for at in fullest:
        tiles.tile.cache[tiles.tile.cache_key("streets", ZOOM, *at, "")] = tiles.streets_in(conn, ZOOM, *at)
    warm = [bench.milliseconds(partial(tiles.tile, "streets", ZOOM, *at, "")) for at in fullest]
    known = [bench.milliseconds(partial(tiles.known_in, conn, ZOOM, *at)) for at in fullest]
    return {
        "z14_cold_ms": bench.percentile(cold, 95),
        "z14_warm_ms": bench.percentile(warm, 95),
        "known_cold_ms": bench.percentile(known, 95),
    }


def tile_of(lon: float, lat: float) -> tuple[int, int]:
    """Column and row of the tile that holds a point."""
    across = (lon + 180) / 360 * (1 << ZOOM)
    down = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * (1 << ZOOM)
    return int(across), int(down)


def made_ground(out: Path) -> Path:
    """The map of a town: a grid of streets with their names, main roads, a river, parks and places."""
    random = np.random.default_rng(3)
    at = random.normal(0, REACH_M / 2, (STREETS, 2)) + np.array([392_000, 323_000])
    turn = random.random(STREETS) * 2 * np.pi
    ends = at + np.stack([np.cos(turn), np.sin(turn)], axis=1) * random.uniform(60, 400, STREETS)[:, None]
    lines = shapely.linestrings(np.stack([at, ends], axis=1))
    kinds = np.where(np.arange(STREETS) % 20 == 0, "primary", "residential")
    names = [f"{one} Street" for one in random.choice([f"Name {n}" for n in range(900)], STREETS)]
    facts = {"kind_detail": kinds, "name": names, "ref": np.where(kinds == "primary", "A34", None)}
    roads = ground_themes.roads(geopandas.GeoDataFrame(facts, geometry=lines, crs=27700))
    parks = geopandas.GeoDataFrame(
        {"kind": ["park"] * 300}, geometry=shapely.buffer(shapely.points(at[:300]), 90), crs=27700
    )
    spots = {"kind_detail": ["village"] * 30, "name": [f"Place {n}" for n in range(30)], "population": [900] * 30}
    places = geopandas.GeoDataFrame(spots, geometry=shapely.points(at[:30]), crs=27700)
    layers = {
        "landuse": parks.assign(first=ground_themes.by_size(parks, 8, 13)),
        "roads": roads,
        "places": ground_themes.places(places),
    }
    themes = [theme for layer, rows in layers.items() for theme in ground_themes.banded(layer, rows)]
    ground_map.build(themes, "Made up", out)
    return out


def in_browser(ground: Path, times: int) -> dict[str, float]:
    """Seconds from the map's beginning until a town's view is complete, by WebGL in software; the middle of some."""
    from tests.browser import chromium

    taken = []
    with served(ground), chromium(viewport=(1000, 800)) as tab:
        for _ in range(times + 1):  # the first one has the program to load
            tab.page.goto(f"http://127.0.0.1:{PORT}/")
            tab.page.wait_for_function("window.completeMs", timeout=60_000)
            taken.append(tab.page.evaluate("window.completeMs") / 1000)
    return {"town_view_s": bench.percentile(taken[1:], 50), "town_view_first_s": taken[0]}


@contextmanager
def served(ground: Path) -> Iterator[None]:
    """The map's program, its file and a page for it, as the control room serves them."""

    def data(_request: Request) -> Response:
        return JSONResponse({"bundle": f"/alert-map/{BUNDLE}", **shown()})

    app = Starlette(
        routes=[
            Route("/", lambda _: FileResponse(Path(__file__).with_name("map_page.html"))),
            Route("/data.json", data),
            Route("/tiles/ground/1.pmtiles", lambda _: FileResponse(ground)),
            Mount("/alert-map", StaticFiles(directory=DIST)),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=PORT, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def shown() -> dict[str, Any]:
    """What Python tells the map: a town's view, nothing drawn on it."""
    west, south = geo.from_grid(392_000 - REACH_M, 323_000 - REACH_M)
    east, north = geo.from_grid(392_000 + REACH_M, 323_000 + REACH_M)
    deck = base_deck(ground=["tiles/ground/1.pmtiles"])
    return {
        "deck": in_json(deck.layers),
        "home": [west, south, east, north],
        "start": [west, south, east, north],
        "circle": None,
        "street": None,
        "shape": None,
        "others": [],
        "tool": "pan",
        "min_radius_m": 50,
        "max_radius_m": 5_000,
        "legend": None,
        "caption": "",
        "label": "",
        "attribution": "",
        "height": 700,
        "theme": None,
        "read_only": False,
        "seen": None,
        "focus": None,
    }


if __name__ == "__main__":
    main()
