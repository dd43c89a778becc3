"""What the map asks of us while an area is moved over it: those who would be told, in tens of neighbours."""

import asyncio
import json
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlencode

from cachetools import TTLCache, cached
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from smartalert.audience import tens
from smartalert.audience.preview import Choice
from smartalert.audience.tens import Tile
from smartalert.clock import utc_now
from smartalert.control.access import Role, read_cookie
from smartalert.control.downloads import cookie_of
from smartalert.control.transactions import reading

#: Zoom of the tiles of people who hear of what is at their places, and of those who also hear of what is around them.
AT_PLACES, AROUND = 12, 10
#: How old a figure in motion may be, and bytes of tiles that are kept for it.
KEPT_S = 300
MOST_KEPT = 24_000_000
#: A dense tile costs the database a tenth of a second: never more than two at once, however many officers draw, so that
#: exact counts wait for none.
AT_ONCE = asyncio.Semaphore(2)


class Narrowed(NamedTuple):
    """Who an alert is for, as an address says it."""

    urgent: int
    topics: int
    sectors: int
    channels: int


def address(choice: Choice) -> str:
    """Where the map finds the tens of this choice, {tile} being z/x/y; empty where not the area alone decides."""
    if choice.follows is not None:
        return ""
    said = Narrowed(choice.urgent, choice.topics, choice.sectors, choice.channels)
    return f"tiles/tens/{{tile}}.json?{urlencode({name: int(value) for name, value in said._asdict().items()})}"


async def people(request: Request) -> Response:
    """Answer with the tens of one tile."""
    if not await run_in_threadpool(may_look, cookie_of(request)):
        return Response(status_code=403)
    said = [request.query_params.get(name, "") for name in Narrowed._fields]
    tile = Tile(*(request.path_params[axis] for axis in "zxy"))
    if not all(text.isascii() and text.isdecimal() and len(text) <= 5 for text in said):
        return Response(status_code=404)
    if tile.z not in (AT_PLACES, AROUND) or max(tile.x, tile.y) >= 1 << tile.z:
        return Response(status_code=404)
    async with AT_ONCE:
        body = await run_in_threadpool(written, tile, Narrowed(*map(int, said)))
    return Response(body, media_type="application/json", headers={"cache-control": "private, max-age=60"})


def may_look(cookie: str) -> bool:
    """Whether whoever asks may count people."""
    officer = read_cookie(cookie)
    return officer is not None and officer.may(Role.SENDER)


@cached(TTLCache(MOST_KEPT, KEPT_S, getsizeof=len), lock=Lock())
def written(tile: Tile, said: Narrowed) -> bytes:
    """One tile as the map reads it."""
    choice = Choice(bool(said.urgent), said.topics, said.sectors, said.channels)
    with reading() as conn:
        found = tens.tens(conn, tile, choice, utc_now(), reaching=tile.z == AROUND)
    return json.dumps(
        [{"reach_m": one.reach_m, "apart_m": one.apart_m, "at": one.at.round(5).tolist()} for one in found],
        separators=(",", ":"),
    ).encode()
