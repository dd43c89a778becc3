"""Signing in and out, beside Streamlit: with the force's account, or, in training without one, as a made-up officer."""

import logging
import re
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from smartalert import web
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import access
from smartalert.control.access import Officer
from smartalert.control.downloads import cookie_of
from smartalert.control.drawing import draw
from smartalert.control.words import span
from smartalert.database import connection
from smartalert.errors import NotAllowed
from smartalert.officers import exercise_code, register

log = logging.getLogger(__name__)
#: Where a sign-in may lead: a page of ours, never another site.
OURS = re.compile(r"/[a-z_]*(\?[A-Za-z0-9=&_-]*)?")
#: Whose refusals are counted where a wrong code was typed: the machine's, whoever they wanted to be.
CODE_ACCOUNT = "code of the exercise"
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
ROLE = "smartalert_control"


def address(path: str, query: str = "") -> str:
    """The sign-in that leads back here."""
    wanted = f"{path}?{query}" if query else path
    return f"/sign-in?next={quote(wanted, safe='')}" if OURS.fullmatch(wanted) and path != "/" else "/sign-in"


def choose(request: Request) -> Response:
    """The page on which one signs in, or reads why one cannot."""
    return page(request)


def page(request: Request, *, problem: str = "", status: int = 200) -> Response:
    """The same, with what went wrong just now."""
    refusal = refused(request)
    wanted = destination(request.query_params.get("next", ""))
    html = draw(
        "control/sign_in/sign_in.html",
        refusal=refusal,
        problem=problem,
        by_force=bool(settings().oidc_issuer),
        officers=[] if refusal else access.officers().values(),
        asks_code=asks_code(request),
        present=access.read_cookie(cookie_of(request)),
        next=wanted,
        begin=f"/sign-in/force?next={quote(wanted, safe='')}",
    )
    return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})


async def sign_in(request: Request) -> Response:
    """Sign the chosen made-up officer in and lead them to where they wanted to go."""
    if not is_our_own(request) or refused(request) or settings().oidc_issuer:
        return Response("Sign in from this control room's own page.", status_code=403)
    async with request.form(max_files=0, max_fields=5) as form:
        chosen, wanted, code = (str(form.get(name, "")) for name in ("officer", "next", "code"))
    return await run_in_threadpool(pick, request, chosen, wanted, code)


def pick(request: Request, chosen: str, wanted: str, code: str) -> Response:
    """Let the made-up officer of this id in, from another computer by the trainer's code."""
    if asks_code(request) and (refusal := wrong_code(request, code)):
        return refusal
    if chosen not in access.officers():
        named = chosen[:100] if web.is_text(chosen) else ""
        return turn_away(request, "", named, "There is no such officer.", status=400)
    with connection.reading(connection.engine(ROLE)) as conn:
        officer = access.on_their_beat(conn, chosen)
    return let_in(request, officer, wanted)


def wrong_code(request: Request, code: str) -> Response | None:
    """What somebody reads whose code is not the trainer's; each wrong one makes the next wait longer there."""
    if told := waiting(request, CODE_ACCOUNT):
        return page(request, problem=told, status=429)
    with connection.reading(connection.engine(ROLE)) as conn:
        is_right = exercise_code.is_right(conn, code, utc_now())
    if is_right:
        return None
    return turn_away(request, CODE_ACCOUNT, "", "This is not the code that the trainer’s screen shows.")


def let_in(request: Request, officer: Officer, wanted: str) -> Response:
    """A session of theirs begins, in the place of the one this browser had; or they read why not."""
    if told := waiting(request, officer.id):
        return page(request, problem=told, status=429)
    try:
        cookie = access.make_cookie(officer)
    except NotAllowed as refusal:
        return turn_away(request, officer.id, officer.name, str(refusal))
    access.end_sign_in(cookie_of(request))
    response = arrival(destination(wanted)) if settings().oidc_issuer else RedirectResponse(destination(wanted), 303)
    response.set_cookie(
        access.cookie_name(),
        cookie,
        max_age=int(register.LONGEST_SHIFT.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )
    return response


def arrival(wanted: str) -> Response:
    """A page of ours that goes on by itself: a redirect on the way back from another site carries no strict cookie."""
    html = draw("control/sign_in/signed_in.html", next=wanted)
    return HTMLResponse(html, headers={"cache-control": "no-store"})


def going_on(response: Response, there: str) -> Response:
    """What this answer sets, with a page that goes on to the provider by itself."""
    html = draw("control/sign_in/signed_out.html", next=there)
    made = HTMLResponse(html, headers={"cache-control": "no-store"})
    made.raw_headers += [header for header in response.raw_headers if header[0] == b"set-cookie"]
    return made


async def sign_out(request: Request) -> Response:
    """End this sign-in in every tab."""
    if not is_our_own(request):
        return Response("Sign out from this control room's own page.", status_code=403)
    await run_in_threadpool(access.end_sign_in, cookie_of(request))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(access.cookie_name(), httponly=True, samesite="strict")
    return response


def refused(request: Request) -> str:
    """Why nobody can sign in here, in words; empty where they can."""
    if settings().oidc_issuer:
        return ""
    if settings().mode is not Mode.TRAINING:
        return (
            "This is a live control room and its sign-in is not set up yet. "
            "The person who runs Smart Alert needs to connect the force’s own sign-in."
        )
    if asks_code(request) and not code_is_shown():
        return (
            "Made-up officers can only sign in on the computer that runs the exercise, at 127.0.0.1, until the trainer "
            "shows a code for other computers on the Training screen."
        )
    return ""


def asks_code(request: Request) -> bool:
    """Whether made-up officers need the trainer's code here."""
    return not settings().oidc_issuer and not from_this_machine(request)


def code_is_shown() -> bool:
    """Whether a trainer shows a code."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return exercise_code.shown(conn, utc_now()) is not None


def turn_away(
    request: Request, account: str, who: str, reason: str, *, status: int = 403, logged: str = ""
) -> Response:
    """Say why, and remember it: administrators see it, and that account may have to wait here.

    The log says why too, by `logged` or else the reason, and never who.
    """
    log.warning("a sign-in was refused: %s", logged or (reason.replace(who, "somebody") if who else reason))
    with connection.transaction(connection.engine(ROLE)) as conn:
        register.refuse(conn, place(request), account, who=who, reason=reason, now=utc_now())
    return page(request, problem=reason, status=status)


def waiting(request: Request, account: str) -> str:
    """How long this account has to wait on this machine after too many refusals, in words; empty for most."""
    with connection.reading(connection.engine(ROLE)) as conn:
        left = register.wait(conn, account, place(request), utc_now())
    return (
        f"This account has been refused too often on this computer. Try again in {span(left.total_seconds())}."
        if left
        else ""
    )


def is_our_own(request: Request) -> bool:
    """Whether a page of this control room posted this."""
    return web.from_our_own_page(request, settings().control_url)


def place(request: Request) -> str:
    """Where an attempt comes from."""
    return web.network(request)


def base(request: Request) -> str:
    """What this browser calls the control room."""
    return (settings().control_url or str(request.base_url)).rstrip("/")


def is_secure(request: Request) -> bool:
    """Whether cookies travel by TLS only."""
    return base(request).startswith("https:")


def from_this_machine(request: Request) -> bool:
    """Both ends on loopback. The name too: another site's name may be made to lead here."""
    near = web.address(request)
    return near is not None and near.is_loopback and request.url.hostname in LOOPBACK_NAMES


def destination(wanted: str) -> str:
    """Where to go after signing in."""
    return wanted if OURS.fullmatch(wanted) else "/"
