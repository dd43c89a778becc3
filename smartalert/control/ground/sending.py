"""Takes the files that a browser sends for an import: bounded before they are read, kept piece by piece."""

from collections.abc import Iterator
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from smartalert.control import access
from smartalert.control.downloads import PRIVATE, cookie_of
from smartalert.control.drawing import draw
from smartalert.control.ground import acts
from smartalert.control.ground.sources import BY_KEY
from smartalert.control.sign_in.page import is_our_own
from smartalert.errors import ImportRefused, NotAllowed
from smartalert.importers import requests, sent_files

#: What a form adds to the bytes of its files.
AROUND_THE_FILES = 1_000_000


async def take(request: Request) -> Response:
    """Keep the files of a form, have them looked at, and lead back to the screen; or say why not."""
    cookie = cookie_of(request)
    officer = await run_in_threadpool(access.read_cookie, cookie)
    if officer is None or not officer.may(*acts.IMPORT.roles) or not is_our_own(request):
        return Response(status_code=403)
    try:
        require_bounded(request)
        async with request.form(max_files=sent_files.MOST_FILES, max_fields=2) as form:
            source = str(form.get("source", ""))
            files = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
            await run_in_threadpool(keep, cookie, source, files)
    except ImportRefused as refusal:
        return refused(str(refusal))
    except HTTPException:  # Starlette's, of a form that is none, or holds too many files
        return refused(f"The files did not arrive whole, or are more than {sent_files.MOST_FILES:,}. Send them again.")
    except NotAllowed:
        return Response(status_code=403)
    return RedirectResponse("/ground", status_code=303)


def require_bounded(request: Request) -> None:
    """Raise ImportRefused for a body of unknown length, or one that is too long: nothing of it was read yet."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise ImportRefused("The browser did not say how large the files are. Use another one.")
    sent_files.require_few([length], int(length) - AROUND_THE_FILES)


def keep(cookie: str, source: str, files: list[UploadFile]) -> None:
    """Write them down as one request of whoever sent them. Raises ImportRefused or NotAllowed."""
    sent_files.require_few(files, sum(one.size or 0 for one in files))
    if source not in BY_KEY:
        raise ImportRefused("Choose what the files are for.")
    names = [sent_files.name_of(one.filename or "") for one in files]
    for name, one in zip(names, files, strict=True):
        sent_files.require_kind(source, name, one.file.read(sent_files.HEAD))
        one.file.seek(0)
    with access.acting(acts.IMPORT, cookie) as (conn, officer):
        number = requests.ask(conn, source, names, officer.id, is_sent=True)
        for at, one in enumerate(files, 1):
            requests.send(conn, number, at, pieces(one.file))
        acts.queued(conn, number)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file, piece by piece."""
    while body := file.read(requests.PIECE):
        yield body


def refused(why: str) -> Response:
    """A page that says why, and leads back."""
    html = draw("control/ground/refused.html", why=why)
    return HTMLResponse(html, status_code=400, headers=PRIVATE)
