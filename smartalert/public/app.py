"""The public service's ASGI application. It can never list subscribers: its database role forbids it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError

from smartalert import db
from smartalert.config import settings
from smartalert.errors import SmartAlertError
from smartalert.public import alert_pages, forms, pages, preferences, receipts, report_pages, signup, unsubscribe
from smartalert.subscribers import SignedOut

ROLE = "smartalert_public"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Smart Alert: {words}</title>
<meta name="viewport" content="width=device-width"><body style="font: 1.1rem/1.5 system-ui; margin: 3rem">
<h1>{words}</h1><p>{force}, public service, {mode} mode.</p></body></html>"""


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Refuse to serve before the database is known to be of our mode."""
    await run_in_threadpool(db.engine, ROLE)
    yield
    db.engine(ROLE).dispose()


app = FastAPI(title="Smart Alert public service", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
app.add_middleware(pages.PublicHeaders)
app.mount("/static", StaticFiles(directory=pages.HERE / "static"))
app.include_router(receipts.router)
app.include_router(alert_pages.router)
app.include_router(report_pages.router)
app.include_router(signup.router)
app.include_router(preferences.router)
app.include_router(unsubscribe.router)
app.add_exception_handler(forms.Refused, forms.refuse)
app.add_exception_handler(SignedOut, preferences.ask_who)


@app.get("/health")
def health(request: Request) -> Response:
    """200 while the database answers, else 503; words for people, JSON for programs that ask for it."""
    well = _database_answers()
    status = 200 if well else 503
    if "text/html" in request.headers.get("accept", ""):
        words = "Everything is working" if well else "The database cannot be reached"
        page = PAGE.format(words=words, force=escape(settings().force_name), mode=settings().mode.value)
        return HTMLResponse(page, status)
    facts = {"status": "ok" if well else "unavailable", "mode": settings().mode.value}
    return JSONResponse(facts, status)


def _database_answers() -> bool:
    try:
        db.check_mode(db.engine(ROLE), settings().mode)
    except (SmartAlertError, SQLAlchemyError):
        return False
    return True
