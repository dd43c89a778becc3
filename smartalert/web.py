"""What both web services ask of a request, and what they say with every answer."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Kept off by both: other sites' frames, guesses at what a file is, cameras, places and microphones. Personal links are
#: in the address, so no other site may learn it; no-referrer would hide the origin of our own forms from us, too.
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Headers:
    """Sets HEADERS and others of one's own on every answer, in the place of what it said itself."""

    def __init__(self, app: ASGIApp, others: Mapping[str, str]) -> None:
        self.app = app
        self.headers = {**HEADERS, **others}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with our headers on what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def from_our_own_page(request: Request) -> bool:
    """Whether a page of ours posted this. Browsers say so in a header that no page can set; old ones by the origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")
