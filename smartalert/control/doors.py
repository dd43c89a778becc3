"""What Streamlit opens beside its pages: shut what we do not need, and its socket to pages that are not ours."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from smartalert import web
from smartalert.config import settings

STREAMLITS = "/_stcore/"
#: What a screen needs of them. Its figures of sessions, and whatever a later Streamlit adds, are nobody's business.
NEEDED = ("health", "host-config", "stream", "upload_file/", "bidi-components/")


class Doors:
    """Passes on what is asked by our own pages, and is needed by them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """404 for what we do not need; a socket that another site's page opened is not accepted."""
        path = scope.get("path", "")
        if scope["type"] == "http" and STREAMLITS in path and not is_needed(path):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        elif scope["type"] == "websocket" and not is_ours(scope):
            await WebSocketClose(1008, "Open the control room's own page.")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def is_needed(path: str) -> bool:
    """Whether a screen asks for this of Streamlit."""
    asked = path.partition(STREAMLITS)[2]
    return any(asked == one or (one.endswith("/") and asked.startswith(one)) for one in NEEDED)


def is_ours(scope: Scope) -> bool:
    """Whether a page of this very control room opens the socket. Browsers name the page's origin in each handshake.

    Another port of the same machine is another origin, although its pages are sent our strict cookies.
    """
    headers = Headers(scope=scope)
    opened_by = headers.get("origin", "")
    ours = settings().control_url or f"{opened_by.partition('://')[0]}://{headers.get('host', '')}"
    return web.origin(opened_by) is not None and web.origin(opened_by) == web.origin(ours)
