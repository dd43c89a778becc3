"""The public service's ASGI application. It can never list subscribers: its database role forbids it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from smartalert import web
from smartalert.database import connection, health
from smartalert.public import (
    alert_pages,
    alert_photo,
    forms,
    pages,
    preferences,
    receipts,
    report_pages,
    signup,
    unsubscribe,
)
from smartalert.public.api import app as app_api
from smartalert.subscribers.subscriptions import SignedOut

ROLE = "smartalert_public"


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Refuse to serve before the database is known to be of our mode."""
    await run_in_threadpool(connection.engine, ROLE)
    yield
    connection.engine(ROLE).dispose()


app = FastAPI(title="Smart Alert public service", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
app.add_middleware(web.Headers, others={"content-security-policy": pages.CONTENT_SECURITY_POLICY})
app.mount("/static", StaticFiles(directory=pages.HERE / "static"))
app.mount(app_api.PATH, app_api.app)
app.include_router(receipts.router)
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
    """Words for people; programs get what FastAPI says."""
    if "text/html" in request.headers.get("accept", ""):
        return pages.sorry("There is no such page", "Check the address, or begin again from the alerts.", 404)
    return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, 404)


@app.exception_handler(500)
def our_fault(_request: Request, _error: Exception) -> Response:
    """What went wrong is in the log, never on the page."""
    return pages.sorry("Something went wrong here", "It was not your fault. Please try again in a few minutes.", 500)


@app.get("/health")
async def health_page(request: Request) -> Response:
    """200 while the database is well, else 503 within a second; words for people, JSON for programs that ask for it."""
    facts, status = await health.report(ROLE)
    if "text/html" in request.headers.get("accept", ""):
        words = facts.get("reason", "Everything is working")
        return pages.page("health.html", status, words=words, mode=facts["mode"])
    return JSONResponse(facts, status)
