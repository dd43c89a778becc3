"""An alert's photograph, for as long as the alert counts; then words, and no copy in between that lives on."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from smartalert.alerts import photos
from smartalert.database import connection
from smartalert.public import pages
from smartalert.public.alert_pages import ROLE, answer, found, read, shelf

router = APIRouter()


@router.get("/alerts/{identifier}/photo.jpg")
async def photo(request: Request, identifier: str) -> Response:
    """The photograph, kept by nobody for longer than the alert's page; 410 once it was taken down."""
    wanted = read(identifier)
    if wanted is not None and (made := await shelf.take(f"photo {wanted}", lambda: shown(wanted))):
        return answer(request, made.body, made.etag, "image/jpeg")
    if wanted is not None and await run_in_threadpool(had_one, wanted):
        said = "We showed it for as long as you could help. If you kept a copy, please delete it and do not share it."
        return pages.sorry("This photograph has been removed", said, 410)
    return pages.sorry("Photograph not found", "Check that the address is right.", 404)


def had_one(identifier: UUID) -> bool:
    """Whether there ever was a photograph with this alert."""
    alert = found(identifier)
    return alert is not None and alert.had_photo


def shown(identifier: UUID) -> bytes | None:
    """One alert's photograph as JPEG, if it may be seen."""
    alert = found(identifier)
    if alert is None:
        return None
    with connection.transaction(connection.engine(ROLE)) as conn:
        return photos.shown(conn, alert.id)
