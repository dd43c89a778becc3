"""`python -m tests.control.alert_map.map_app`: serves map_page.py with tiles and a strict policy; prints its port."""

import base64
import hashlib
import re
import socket
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from smartalert.control.alert_map import assets_mount
from tests.control.alert_map.street_tiles import tile, town

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


def streets(request: Request) -> Response:
    zoom, column, row = (request.path_params[name] for name in "zxy")
    return Response(tile(TOWN, zoom, column, row), media_type="application/vnd.mapbox-vector-tile")


config.set_option("browser.gatherUsageStats", False)
app = st.App(
    Path(__file__).with_name("map_page.py"),
    middleware=[Middleware(SecurityPolicy)],
    routes=[Route("/tiles/streets/{z:int}/{x:int}/{y:int}.mvt", streets), assets_mount()],
)

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
