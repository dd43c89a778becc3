"""Who may look at the phones and inboxes: whoever sits at this machine, and elsewhere whoever knows the password.

The password travels as HTTP's Basic authentication has it (RFC 7617): browsers ask for it by themselves, and send it
to no other site's page. It is kept beside the simulator's keys, made once; whoever deletes its file gets another.
"""

import binascii
import hmac
import ipaddress
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from smartalert.simulator.wire import Answer, Request, json_answer

OUR_NAMES = (b"127.0.0.1", b"localhost", b"::1")
#: What a proxy adds that brings somebody from elsewhere.
RELAYED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
#: Seconds that a wrong password costs.
PENALTY_S = 1.0
ASK = b'content-type: text/plain; charset=utf-8\r\nwww-authenticate: Basic realm="Phones and inboxes"\r\n'
ASKED = (
    "This page is for the people who run the exercise. Reload it and type the password; any user name will do. "
    "The trainer finds it on the Training screen."
)


def is_loopback(host: str) -> bool:
    """Whether an address, or localhost, is this machine's own."""
    with suppress(ValueError):
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    return False


def is_local(peer: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether both ends are on this machine. The name too: another site's name may be made to lead here."""
    with suppress(ValueError):
        asked = urlsplit(b"//" + headers.get(b"host", b"localhost")).hostname
        return is_loopback(peer) and asked in OUR_NAMES and not any(name in headers for name in RELAYED)
    return False


def refusal(request: Request, password: str) -> Answer | None:
    """What somebody gets who may not look; None for whoever may. Without a password only this machine may."""
    if request.is_local:
        return None
    if not password:
        return json_answer({"error": "The simulator answers to 127.0.0.1 and localhost only."}, 403)
    given = request.headers.get(b"authorization", b"")
    if hmac.compare_digest(typed(given), password.encode()):
        return None
    return Answer(401, ASKED.encode(), ASK, delay_s=PENALTY_S if given else 0.0)


def typed(authorization: bytes) -> bytes:
    """The password somebody typed, however they spaced it and whatever user they called themselves."""
    kind, _, words = authorization.partition(b" ")
    with suppress(binascii.Error):
        given = b64decode(words, validate=True).partition(b":")[2] if kind.lower() == b"basic" else b""
        return given.strip().lower()
    return b""
