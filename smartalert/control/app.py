"""The control room as an ASGI application: Streamlit, our own routes, and the headers that keep both to themselves."""

import base64
import gc
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from smartalert import web
from smartalert.config import settings
from smartalert.control import downloads, states, streamlit_patches
from smartalert.control.access import read_cookie
from smartalert.control.alert_map import ASSETS_PATH, assets_mount, tens, tiles
from smartalert.control.alert_map.assets import BUNDLE
from smartalert.control.audit import exports as audit_exports
from smartalert.control.debrief import files as debrief_files
from smartalert.control.doors import Doors
from smartalert.control.drawing import draw
from smartalert.control.engagement import exports, story
from smartalert.control.frame import SCREENS, Screen, title
from smartalert.control.ground import sending as ground_files
from smartalert.control.responses import files
from smartalert.control.scenarios import exports as scenario_exports
from smartalert.control.sign_in import oidc
from smartalert.control.sign_in import page as sign_in_page
from smartalert.control.transactions import ROLE
from smartalert.database import connection, health
from smartalert.monitoring import logs
from smartalert.monitoring.address import beating
from smartalert.monitoring.counts import Requests

ROOT = Path(__file__).parents[2]
STATIC = Path(__file__).parent / "static"
INDEX = streamlit_patches.INDEX.read_text()
#: Streamlit's own, for our pages beside it: its file is named anew with each release.
FONT = next(streamlit_patches.INDEX.parent.glob("static/media/SourceSansVF-Upright.*.woff2"))


def document(request: Request) -> Response:
    """Streamlit's page in our dress, for signed-in officers; everybody else is led to the sign-in."""
    officer = read_cookie(downloads.cookie_of(request))
    if officer is None:
        return RedirectResponse(sign_in_page.address(request.url.path, request.url.query), status_code=303)
    if request.url.path == "/":
        first = next(screen for screen in SCREENS if officer.may(*screen.roles))
        return RedirectResponse(first.url, status_code=303)
    screen = next((screen for screen in SCREENS if request.url.path == f"/{screen.url}"), None)
    return HTMLResponse(dressed_index(screen), headers={"cache-control": "no-store"})


@cache
def dressed_index(screen: Screen | None = None) -> str:
    """Streamlit's index.html with our style sheet, icon and titles: our look is there before Streamlit is."""
    page = INDEX
    for old, new in (
        ('lang="en"', f'lang="en-GB" class="sa-{settings().mode}"'),
        ('href="./favicon.png"', 'href="/look/icon.svg"'),
        ("Streamlit</title>", draw("control/head.html", title=title(screen), early=early(screen))),
    ):
        page = page.replace(old, new, 1)
    return page


def early(screen: Screen | None) -> list[str]:
    """Programs that the browser is to fetch at once: otherwise each is asked for by the one before it."""
    return [f"{ASSETS_PATH}/{BUNDLE}"] if screen and screen.has_map else []


async def health_report(_request: Request) -> Response:
    """200 while the database is well, else 503: Streamlit's own page of that kind knows no database."""
    facts, status = await health.report(ROLE)
    return JSONResponse(facts, status)


def font(_request: Request) -> Response:
    """The letters of every screen."""
    return FileResponse(FONT, media_type="font/woff2", headers={"cache-control": "max-age=86400"})


def content_security_policy() -> str:
    """Nothing but ourselves; Streamlit's own inline scripts by their hashes."""
    inline = re.findall(r"(?s)<script(?![^>]*src=)[^>]*>(.*?)</script>", INDEX)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return (
        f"default-src 'self'; script-src 'self' blob: {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:; worker-src 'self' blob:; "
        "frame-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
    )


class Revalidated(StaticFiles):
    """Files a browser may keep but asks about each time: an update shows at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with the file, or 304."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Refuse to serve without a database of our mode, or on another Streamlit; close the connections at the end."""
    oidc.check_settings()
    streamlit_patches.install()
    engine = connection.engine("smartalert_control")
    logs.adopt("streamlit", "uvicorn", "websockets")
    gc.collect()
    gc.freeze()  # what is loaded by now stays: no collection has to look through it again
    async with beating():
        yield {}
    engine.dispose()


app = st.App(
    ROOT / "dashboard.py",
    lifespan=lifespan,
    middleware=[
        Middleware(Requests),
        Middleware(web.Headers, {"content-security-policy": content_security_policy()}),
        Middleware(web.Gate, lambda _: Response("This address cannot be right.", status_code=400)),
        Middleware(Doors),
    ],
    on_script_error=states.failed,
    routes=[
        Route("/", document),
        *(Route(f"/{screen.url}", document) for screen in SCREENS),
        Route("/health", health_report),
        Route("/sign-in", sign_in_page.choose, methods=["GET"]),
        Route("/sign-in", sign_in_page.sign_in, methods=["POST"]),
        Route("/sign-in/force", oidc.begin),
        Route("/sign-in/back", oidc.finish),
        Route("/sign-out", oidc.sign_out, methods=["POST"]),
        Route("/tiles/ground/{id:row}.pmtiles", tiles.ground),
        Route("/tiles/{what:str}/{z:row}/{x:row}/{y:row}.mvt", tiles.vector),
        Route("/tiles/tens/{z:row}/{x:row}/{y:row}.json", tens.people),
        Route("/responses/photo/{id:row}", files.photo),
        Route("/photos/draft/{id:uuid}", downloads.photo_of_draft),
        Route("/photos/alert/{id:row}", downloads.photo_of_alert),
        Route("/responses/case-file", files.case),
        Route("/audit/table", audit_exports.table),
        Route("/audit/story", audit_exports.story),
        Route("/debrief/results.csv", debrief_files.table),
        Route("/debrief/results.signed", debrief_files.signed),
        Route("/ground/send", ground_files.take, methods=["POST"]),
        Route("/scenarios/export", scenario_exports.export),
        Route("/engagement/table", exports.table),
        Route("/engagement/workbook", exports.workbook),
        Route("/engagement/alerts", story.page),
        Route("/engagement/report", exports.making),
        Route("/engagement/report.pdf", exports.of_period),
        Route("/{unknown}", document),  # its page says that there is none, in our dress
        Route("/look/sans.woff2", font),
        Mount("/look", Revalidated(directory=STATIC)),
        assets_mount(),
    ],
)
