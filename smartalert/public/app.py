"""The public service's ASGI application. It can never list subscribers: its database role forbids it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError

from smartalert import web
from smartalert.config import settings
from smartalert.database import connection
from smartalert.errors import SmartAlertError
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
def health(request: Request) -> Response:
    """200 while the database answers, else 503; words for people, JSON for programs that ask for it."""
    well = _database_answers()
    status = 200 if well else 503
    if "text/html" in request.headers.get("accept", ""):
        words = "Everything is working" if well else "The database cannot be reached"
        return pages.page("health.html", status, words=words, mode=settings().mode.value)
    facts = {"status": "ok" if well else "unavailable", "mode": settings().mode.value}
    return JSONResponse(facts, status)


def _database_answers() -> bool:
    try:
        connection.check_mode(connection.engine(ROLE), settings().mode)
    except (SmartAlertError, SQLAlchemyError):
        return False
    return True
