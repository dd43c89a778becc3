"""`python -m tests.control.alert_map.map_app`: serves map_page.py with tiles and a strict policy; prints its port."""

import base64
import hashlib
import re
import socket
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import geopandas
import streamlit as st
import uvicorn
from shapely import LineString, Point
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from smartalert.control.alert_map import assets_mount
from smartalert.importers import ground_map, ground_themes
from tests.control.alert_map.street_tiles import CENTRE, tile, town

TOWN = town()
INDEX = (Path(st.__file__).parent / "static" / "index.html").read_text()
INLINE = re.findall(r"<script(?![^>]*src=)[^>]*>(.*?)</script>", INDEX, re.DOTALL)
HASHES = [f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in INLINE]
POLICY = (
    f"default-src 'self'; script-src 'self' blob: {' '.join(HASHES)}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:"
)


class SecurityPolicy:
    """Says on every answer what the page may load: anything else becomes an error on the console."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, send_with_policy if scope["type"] == "http" else send)


def made_ground(path: Path) -> Path:
    """The town as a file of the map: its streets, and its name at the middle."""
    kinds = {"main": "primary", "local": "residential", "path": "path"}
    lines = {"kind_detail": [kinds[s.kind] for s in TOWN], "name": [s.name for s in TOWN], "ref": None}
    roads = geopandas.GeoDataFrame(lines, geometry=[LineString(s.line) for s in TOWN], crs=4326)
    names = {"kind_detail": ["town"], "name": ["Middleton"], "population": [40_000]}
    places = geopandas.GeoDataFrame(names, geometry=[Point(CENTRE)], crs=4326)
    drawn = {"roads": ground_themes.roads(roads), "places": ground_themes.places(places)}
    themes = ground_themes.themes(drawn)
    ground_map.build(themes, "Made-up streets", path)
    return path


GROUND = made_ground(Path(tempfile.mkdtemp()) / "ground.pmtiles")


def ground(_request: Request) -> Response:
    return FileResponse(GROUND)


def streets(request: Request) -> Response:
    zoom, column, row = (request.path_params[name] for name in "zxy")
    return Response(tile(TOWN, zoom, column, row), media_type="application/vnd.mapbox-vector-tile")


config.set_option("browser.gatherUsageStats", False)
app = st.App(
    Path(__file__).with_name("map_page.py"),
    middleware=[Middleware(SecurityPolicy)],
    routes=[
        Route("/tiles/ground/1.pmtiles", ground),
        Route("/tiles/streets/{z:int}/{x:int}/{y:int}.mvt", streets),
        assets_mount(),
    ],
)

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
