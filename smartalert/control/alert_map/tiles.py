"""What the map asks of us: the ground, files by byte ranges, and vector tiles of the database."""

from pathlib import Path
from threading import Lock

from cachetools import LRUCache, TTLCache, cached
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from smartalert.control.access import read_cookie
from smartalert.control.downloads import cookie_of
from smartalert.control.transactions import ROLE
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.geography import ground_map

#: Below this zoom a screen holds a town and more: main roads alone are drawn.
ALL_STREETS_FROM_ZOOM = 13
KEPT_S = 3600
#: Bytes of tiles that are kept: those of a town are ten times those of a village.
MOST_KEPT = 48_000_000
#: Characters of the name of a state of the ground.
LONGEST_VERSION = 60
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


def ground_file(number: int) -> Path | None:
    """The file of a map, on this machine's own disk."""
    path = known_files.get(number)
    if path is None or not path.exists():
        with connection.reading(connection.engine(ROLE)) as conn:
            found = ground_map.load(conn, number)
            if found is None:
                return None
            path = known_files[number] = ground_map.file_of(conn, found)
    return path


#: Number of a map → its file; one is asked for thousands of times.
known_files: LRUCache[int, Path] = LRUCache(maxsize=32)


def vector(request: Request) -> Response:
    """Answer with one tile of the streets that can be picked, or of what the database knows of the ground.

    Its address names the state of the ground that it is of. Starlette runs this in a thread.
    """
    what, z, x, y = (request.path_params[name] for name in ("what", "z", "x", "y"))
    if read_cookie(cookie_of(request)) is None:
        return Response(status_code=403)
    if not (what in QUERIES and z <= 16 and x < 1 << z and y < 1 << z):
        return Response(status_code=404)
    body = tile(what, z, x, y, request.query_params.get("of", "")[:LONGEST_VERSION])
    return Response(body, media_type=MEDIA_TYPE, headers={"cache-control": f"private, max-age={KEPT_S}"})


@cached(TTLCache(MOST_KEPT, KEPT_S, getsizeof=len), lock=Lock())
def tile(what: str, z: int, x: int, y: int, _of: str) -> bytes:
    """One tile's bytes."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return bytes(QUERIES[what](conn, z, x, y))


def streets_in(conn: Connection, z: int, x: int, y: int) -> bytes:
    """The streets of one tile."""
    main_only = z < ALL_STREETS_FROM_ZOOM
    return bytes(queries("control/alert_map/tiles").streets(conn, z=z, x=x, y=y, main_only=main_only))


def known_in(conn: Connection, z: int, x: int, y: int) -> bytes:
    """Places, marks and water of one tile."""
    return bytes(queries("control/alert_map/tiles").known(conn, z=z, x=x, y=y))


QUERIES = {"streets": streets_in, "known": known_in}
