"""An alert's photograph, for as long as the alert counts; then words, and no copy in between that lives on."""

from functools import lru_cache
from uuid import UUID

from fastapi import APIRouter, Request, Response

from smartalert import alert_photos, db
from smartalert.public import pages
from smartalert.public.alert_pages import BOTH, ROLE, found, kept, read, tick

router = APIRouter()


@router.api_route("/alerts/{identifier}/photo.jpg", methods=BOTH)
def photo(request: Request, identifier: str) -> Response:
    """The photograph, kept by nobody for longer than the alert's page; 410 once it was taken down."""
    wanted = read(identifier)
    alert = wanted and found(wanted, tick())
    if not alert or not alert.had_photo:
        return pages.sorry("There is no such photograph", "Check the address, or look at the alerts now.", 404)
    if (jpeg := shown(alert.identifier, alert.id, tick())) is None:
        said = "It was shown as long as people could help. If you kept a copy, please delete it and do not pass it on."
        return pages.sorry("This photograph has been taken down", said, 410)
    return kept(request, jpeg, "image/jpeg")


@lru_cache(maxsize=50)
def shown(_identifier: UUID, alert_id: int, _tick: int) -> bytes | None:
    """One alert's photograph as JPEG, if it may be seen, as of a moment ago."""
    with db.transaction(db.engine(ROLE)) as conn:
        return alert_photos.shown(conn, alert_id)
