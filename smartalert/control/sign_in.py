"""Signing in and out, beside Streamlit. In training one picks a made-up officer; live lets nobody in yet."""

import re
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from smartalert import audit, db
from smartalert.config import Mode, settings
from smartalert.control import access
from smartalert.control.access import Officer

#: Where a sign-in may lead: a page of ours, never another site.
OURS = re.compile(r"^/[a-z_]*(\?[A-Za-z0-9=&_-]*)?$")
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


def address(path: str, query: str = "") -> str:
    """The sign-in that leads back here."""
    wanted = f"{path}?{query}" if query else path
    return f"/sign-in?next={quote(wanted, safe='')}" if OURS.match(wanted) and path != "/" else "/sign-in"


def choose(request: Request) -> Response:
    """The page on which one signs in, or reads why one cannot."""
    refusal = refused(request)
    page = (
        templates()
        .get_template("sign_in.html")
        .render(
            mode=settings().mode.value,
            force=settings().force_name,
            refusal=refusal,
            officers=[] if refusal else access.officers().values(),
            present=access.read_cookie(request.cookies.get(access.cookie_name(), "")),
            next=destination(request.query_params.get("next", "")),
        )
    )
    return HTMLResponse(page, headers={"cache-control": "no-store"})


async def sign_in(request: Request) -> Response:
    """Sign the chosen officer in and lead them to where they wanted to go."""
    if not from_our_own_page(request) or refused(request):
        return Response("Sign in from this control room's own page.", status_code=403)
    async with request.form(max_files=0, max_fields=5) as form:
        chosen, wanted = str(form.get("officer", "")), str(form.get("next", ""))
    officer = access.officers().get(chosen)
    if officer is None:
        return Response("There is no such officer.", status_code=400)
    access.end_sign_in(request.cookies.get(access.cookie_name(), ""))
    await run_in_threadpool(note, officer, "signed in")
    response = RedirectResponse(destination(wanted), status_code=303)
    response.set_cookie(
        access.cookie_name(),
        access.make_cookie(officer),
        max_age=access.LONGEST_SHIFT_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def sign_out(request: Request) -> Response:
    """End this sign-in in every tab."""
    if not from_our_own_page(request):
        return Response("Sign out from this control room's own page.", status_code=403)
    cookie = request.cookies.get(access.cookie_name(), "")
    if officer := access.read_cookie(cookie):
        access.end_sign_in(cookie)
        await run_in_threadpool(note, officer, "signed out")
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(access.cookie_name(), httponly=True, samesite="strict")
    return response


def refused(request: Request) -> str:
    """Why nobody can sign in here, in words; empty where they can."""
    if settings().mode is not Mode.TRAINING:
        return (
            "This is a live control room, and no identity provider is set up for it. "
            "Nobody can be let in until whoever runs Smart Alert connects the force's own sign-in."
        )
    if not from_this_machine(request):
        return "Made-up officers sign in on the machine that runs the exercise, at 127.0.0.1, and from nowhere else."
    return ""


def from_this_machine(request: Request) -> bool:
    """Both ends on loopback. The name too: another site's name may be made to lead here."""
    try:
        near = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        near = False
    return near and request.url.hostname in LOOPBACK_NAMES


def from_our_own_page(request: Request) -> bool:
    """Whether a form of ours posted this; browsers name the origin with every POST."""
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def destination(wanted: str) -> str:
    """Where to go after signing in."""
    return wanted if OURS.match(wanted) else "/"


def note(officer: Officer, action: str) -> None:
    """Write it into the audit."""
    with db.transaction(db.engine("smartalert_control")) as conn:
        audit.record(conn, officer.id, action)


@cache
def templates() -> jinja2.Environment:
    """Pages beside Streamlit."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
