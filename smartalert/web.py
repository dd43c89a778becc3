"""What both web services ask of a request, and what they say with every answer."""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers as RequestHeaders
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
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Where the last 32 bits are an IPv4 address: compatible (RFC 4291), translated (RFC 2765), and NAT64 (RFC 6052), by
#: which data centres of IPv6 alone take in IPv4.
HOLDING_IPV4 = [ip_network(f"{begins}/96") for begins in ("::", "::ffff:0:0:0", "64:ff9b::")]
#: One entity tag (RFC 9110). Whoever compresses on the way makes a tag weak, or writes how behind it.
ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"')
COMPRESSED = re.compile(r"[-;]{1,2}(?:gzip|br|zstd|deflate)$")


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


class Gate:
    """Lets nothing in whose address or cookies hold what is no text, and answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp, refusal: Callable[[Request], ASGIApp]) -> None:
        self.app = app
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is text."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        app = self.app if is_addressed_in_text(request) else self.refusal(request)
        if scope["method"] != "HEAD":
            return await app(scope, receive, send)

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return await app({**scope, "method": "GET"}, receive, send_without_body)


def is_addressed_in_text(request: Request) -> bool:
    """Whether path, query and cookies are text that a database can hold: UTF-8 without NUL."""
    parts = (request.scope.get("raw_path") or request.scope["path"].encode(), request.scope["query_string"])
    try:
        words = [unquote_to_bytes(part).decode() for part in parts]
    except UnicodeDecodeError:
        return False
    return all(map(is_text, [*words, *request.cookies.values()]))


def is_text(given: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in given and not any("\ud800" <= sign <= "\udfff" for sign in given)


def from_our_own_page(request: Request, our_url: str) -> bool:
    """Whether a page of ours posted this. Browsers say so in a header that no page can set; old ones by the origin.

    our_url is what the settings say that browsers call this service: a proxy may have written another Host. Without
    it Host is believed.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    posted_from = request.headers.get("origin", "")
    ours = our_url or f"{posted_from.partition('://')[0]}://{request.headers.get('host', '')}"
    return origin(posted_from) is not None and origin(posted_from) == origin(ours)


class RowNumber(Convertor[int]):
    """A row's number in a path, as `{id:row}`: what no bigint holds is no such page."""

    regex = "[0-9]{1,17}"

    def convert(self, value: str) -> int:
        """As the database has it."""
        return int(value)

    def to_string(self, value: int) -> str:
        """As an address has it."""
        return str(value)


register_url_convertor("row", RowNumber())


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port as browsers compare them; None where there are none."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return None
    return (parts.scheme, host, port) if host and port else None


def address(request: Request) -> IPv4Address | IPv6Address | None:
    """Who asks, by IP; None where that is not known. An IPv4 address written as IPv6 is an IPv4 address."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host.strip(' "[]').partition("%")[0])
    except ValueError:
        return None
    return (found.version == 6 and found.ipv4_mapped) or found


def carried(found: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that translators and tunnels carry in one of IPv6: many of those share one network there.

    It says whom to count, never whom to trust: anybody may give themselves such an address.
    """
    if found.version == 4 or found.is_unspecified or found.is_loopback:
        return found
    if found.teredo:
        return found.teredo[1]
    return IPv4Address(found.packed[-4:]) if any(found in one for one in HOLDING_IPV4) else found


def network(request: Request) -> str:
    """Whom we count tries by: an IPv4 address, or the /64 that one household has of IPv6."""
    found = address(request)
    if found is None:
        return "unknown"
    found = carried(found)
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def names(headers: RequestHeaders, name: str, etag: str) -> bool:
    """Whether a list of entity tags, as in If-Match and If-None-Match, names this one, however it came back to us."""
    given = ", ".join(headers.getlist(name))
    return given.strip() == "*" or etag.strip('"') in {COMPRESSED.sub("", one) for one in ENTITY_TAG.findall(given)}
