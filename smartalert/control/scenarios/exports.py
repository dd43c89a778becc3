"""A scenario to take away: the YAML as it is kept, comments and all."""

from starlette.requests import Request
from starlette.responses import Response

from smartalert.config import Mode, settings
from smartalert.control.access import read_cookie
from smartalert.control.downloads import attached, cookie_of
from smartalert.control.scenarios.acts import WRITE
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import row_number
from smartalert.drills import files, own


def export(request: Request) -> Response:
    """One of the trainers' own by its number, or one that comes along by its name. Starlette runs this in a thread."""
    officer = read_cookie(cookie_of(request))
    if officer is None or not officer.may(*WRITE.roles) or settings().mode is not Mode.TRAINING:
        return Response(status_code=403)
    name, number = request.query_params.get("shipped", ""), row_number(request.query_params.get("own", ""))
    if name in files.builtin():
        return attached(files.written(name).encode(), f"{name}.yaml", "application/yaml")
    found = in_transaction(own.find, number, world=None) if number else None
    if found is None:
        return Response(status_code=404)
    return attached(found.text.encode(), f"scenario-{found.id}.yaml", "application/yaml")
