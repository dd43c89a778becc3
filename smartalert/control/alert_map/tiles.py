"""What the map asks of us: the ground, a file by byte ranges, and the streets that can be picked, as vector tiles."""

from functools import lru_cache
from pathlib import Path
from threading import Lock

from cachetools import TTLCache, cached
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from smartalert.control.access import read_cookie
from smartalert.control.downloads import cookie_of
from smartalert.control.transactions import ROLE
from smartalert.database import connection
from smartalert.geography import ground_map

#: Below this zoom a screen holds a town and more: main roads alone are drawn.
ALL_STREETS_FROM_ZOOM = 13
KEPT_S = 3600
#: Bytes of tiles that are kept: those of a town are ten times those of a village.
MOST_KEPT = 48_000_000
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


def ground(request: Request) -> Response:
    """Answer with the parts of the map's file that were asked for. Starlette runs this in a thread."""
    if read_cookie(cookie_of(request)) is None:
        return Response(status_code=403)
    path = ground_file(request.path_params["id"])
    if path is None:
        return Response(status_code=404)
    headers = {"cache-control": f"private, max-age={KEPT_S}", "etag": f'"{path.stem}"'}
    return FileResponse(path, media_type="application/vnd.pmtiles", headers=headers)


@lru_cache(maxsize=4)
def ground_file(number: int) -> Path | None:
    """The file of a map, on this machine's own disk."""
    with connection.reading(connection.engine(ROLE)) as conn:
        found = ground_map.load(conn, number)
        return ground_map.on_disk(conn, found) if found else None


def streets(request: Request) -> Response:
    """Answer with one tile. Starlette runs this in a thread."""
    z, x, y = (request.path_params[axis] for axis in "zxy")
    if read_cookie(cookie_of(request)) is None:
        return Response(status_code=403)
    if not (z <= 16 and x < 1 << z and y < 1 << z):
        return Response(status_code=404)
    body = tile(z, x, y)
    return Response(body, media_type=MEDIA_TYPE, headers={"cache-control": f"private, max-age={KEPT_S}"})


@cached(TTLCache(MOST_KEPT, KEPT_S, getsizeof=len), lock=Lock())
def tile(z: int, x: int, y: int) -> bytes:
    """One tile's bytes."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return bytes(
            connection.queries("control/alert_map/tiles").streets(
                conn, z=z, x=x, y=y, main_only=z < ALL_STREETS_FROM_ZOOM
            )
        )
