"""The public service's ASGI application. It can never list subscribers: its database role forbids it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from smartalert import web
from smartalert.database import connection, health
from smartalert.monitoring.address import beating
from smartalert.monitoring.counts import Requests
from smartalert.public import (
    alert_pages,
    alert_photo,
    forms,
    information,
    pages,
    preferences,
    receipts,
    report_pages,
    signup,
    unsubscribe,
)
from smartalert.public.api import app as app_api
from smartalert.public.api import problems
from smartalert.public.force import particulars
from smartalert.subscribers.subscriptions import SignedOut

ROLE = "smartalert_public"
log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Refuse to serve before the database is known to be of our mode; warn of what the law asks and nobody has set."""
    await run_in_threadpool(connection.engine, ROLE)
    if missing := particulars().missing:
        log.warning("The public pages lack what the law asks them to say. Set %s.", ", ".join(missing))
    async with beating():
        yield
    connection.engine(ROLE).dispose()


def refusal(request: Request) -> Response:
    """Of what is no text in an address: problems for the app, a page for people."""
    if request.url.path.startswith(app_api.PATH):
        return problems.answer("unreadable", "Write path and query in UTF-8, without NUL.")
    return pages.sorry("This address cannot be right", "Check it, or begin again from the alerts.", 400)


app = FastAPI(
    title="Smart Alert public service",
    lifespan=lifespan,
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    redirect_slashes=False,
)
app.add_middleware(information.NotForSearchEngines)
app.add_middleware(information.OpenToOtherSites)
app.add_middleware(web.Gate, refusal=refusal)
app.add_middleware(web.Headers, others={"content-security-policy": pages.CONTENT_SECURITY_POLICY})
app.add_middleware(Requests)
app.mount("/static", StaticFiles(directory=pages.HERE / "static"))
app.mount(app_api.PATH, app_api.app)
app.include_router(receipts.router)
app.include_router(information.router)
app.include_router(alert_pages.router)
app.include_router(alert_photo.router)
app.include_router(report_pages.router)
app.include_router(signup.router)
app.include_router(preferences.router)
app.include_router(unsubscribe.router)
app.add_exception_handler(forms.Refused, forms.refuse)
app.add_exception_handler(SignedOut, preferences.ask_who)


@app.exception_handler(404)
def no_such_page(request: Request, error: Exception) -> Response:
    """In words: programs have an application of their own, with its own problems. A slash too many is taken off: by
    path alone, as a proxy may have written another Host."""
    path = request.url.path
    if path != "/" and path.endswith("/") and request.method == "GET":
        query = request.url.query
        return RedirectResponse(f"/{path.strip('/')}{'?' if query else ''}{query}", 307)
    return pages.sorry("Page not found", "If you typed or pasted the address, check that all of it is right.", 404)


@app.exception_handler(405)
def no_such_method(_request: Request, error: Exception) -> Response:
    """The page is there, but does not take what was sent to it."""
    answer = pages.sorry("You cannot do this here", "Go back, open the page again and try once more.", 405)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


@app.exception_handler(RequestValidationError)
def not_understood(_request: Request, _error: Exception) -> Response:
    """What was sent is not repeated: it may be no text."""
    return JSONResponse({"detail": "This method is not allowed here."}, 400)


@app.exception_handler(500)
def our_fault(_request: Request, _error: Exception) -> Response:
    """What went wrong is in the log, never on the page."""
    return pages.sorry("Sorry, there is a problem with this service", "Try again in a few minutes.", 500)


@app.get("/health")
async def health_page(request: Request) -> Response:
    """200 while the database is well, else 503; words for people, JSON for programs that ask for it."""
    facts, status = await health.report(ROLE)
    if "text/html" in request.headers.get("accept", ""):
        words = facts.get("reason", "Everything is working")
        return pages.page("health.html", status, words=words, mode=facts["mode"])
    if missing := particulars().missing:
        facts = {**facts, "not_set": ", ".join(missing)}
    return JSONResponse(facts, status)
