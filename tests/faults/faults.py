"""What a provider can do wrong, each fault once, in the words of tests/providers/rogue.py."""

import asyncio
import gzip
from collections.abc import Callable

from tests.faults.wire import Fault, Wire
from tests.providers.rogue import Behaviour, cuts, drips, floods, hangs, raw, says

PUSH_TAKEN, MAIL_TAKEN = raw("200 OK", b'{"name": "projects/p/messages/1"}'), raw("202 Accepted")
#: Inside the quotes of a JSON string: NUL, halves of characters, what turns lines round, and too much.
ODD = rb"\u0000 \ud800 \udfff\ud800 \u202e\u2028 \u001b[31m \r\nX: y " + b"x" * 900_000
REFUSED_IN_ODD_WORDS = raw(
    "400 No",
    b'{"error": {"code": 400, "message": "%s", "status": "INVALID_ARGUMENT"}, "errors": [{"message": "%s"}]}'.replace(
        b"%s", ODD
    ),
)
DEEP = b"[" * 200_000


def endless_head() -> Behaviour:
    """Answers with headers that do not end."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(200_000):
            writer.write(b"X-%d: %s\r\n" % (number, b"x" * 500))
            await writer.drain()

    return behave


def late(answer: bytes, after_s: float) -> Behaviour:
    """A good answer that takes its time."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(after_s)
        writer.write(answer)
        await writer.drain()

    return behave


def of_wire(wire: Callable[[], Wire], elsewhere: Callable[[], str]) -> list[Fault]:
    """Every fault; floods are counted on the wire, and redirects lead elsewhere."""

    def redirect(status: str) -> Behaviour:
        async def behave(writer: asyncio.StreamWriter) -> None:
            await says(raw(f"{status} Elsewhere", b"", f"Location: {elsewhere()}/taken"))(writer)

        return behave

    def flood(status: str) -> Behaviour:
        return floods(wire, status, 300)  # type: ignore[arg-type]  # it only counts there

    token = ("token",)
    return [
        # Time
        Fault("hangs", hangs()),
        Fault("takes it and hangs", hangs(), taken=True),
        Fault("takes it and answers one byte at a time", drips(raw("200 OK", b"{}"), 0.2), taken=True),
        Fault("answers late", late(raw("503 Busy"), 0.3)),
        # The line
        Fault("resets before it has read", cuts(b""), early=True),
        Fault("resets", cuts(b"")),
        Fault("takes it and resets", cuts(b""), taken=True),
        Fault("takes it and resets within the answer", cuts(PUSH_TAKEN[:20]), taken=True),
        Fault("closes after the request", says(b"")),
        Fault("takes it and closes", says(b""), taken=True),
        Fault("takes the first and resets, then goes on", cuts(b""), taken=True, times=1),
        # Size
        Fault("takes it and answers 300 MB", flood("200 OK"), taken=True),
        Fault("is broken in 300 MB", flood("503 No")),
        Fault("answers with headers without an end", endless_head()),
        Fault("unpacks to a gigabyte", says(raw("503 No", gzip.compress(b"x" * 10**8), "Content-Encoding: gzip"))),
        # Words
        Fault("refuses in words that cannot be kept", says(REFUSED_IN_ODD_WORDS)),
        Fault("refuses in JSON without a bottom", says(raw("400 No", DEEP))),
        Fault("takes it and answers JSON without a bottom", says(raw("200 OK", DEEP)), taken=True),
        Fault("takes it and answers nonsense", says(raw("200 OK", b"\xff<html>")), taken=True),
        Fault("answers what is not HTTP", says(b"SSH-2.0-OpenSSH_9.2p1\r\n")),
        Fault("answers a status there is not", says(raw("999 What"))),
        Fault("answers a length below nothing", says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")),
        # Refusals of everybody
        Fault("asks to wait for ever", says(raw("429 No", b"", "Retry-After: " + "9" * 400))),
        Fault("asks to wait till 9999", says(raw("503 No", b"", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"))),
        Fault("asks the first to wait", says(raw("429 No", b"", "Retry-After: 1")), times=1),
        Fault("is broken", says(raw("500 No"))),
        Fault("says it is unavailable, and takes it", says(raw("503 No")), taken=True),
        Fault("is behind a gateway that waited too long", says(raw("504 No")), taken=True),
        Fault("refuses our key", says(raw("401 No", b"{}"))),
        Fault("refuses our account", says(raw("403 No", b'{"errors": [{"message": "no"}]}'))),
        Fault("is a captive portal", says(raw("200 OK", b"<html>Pay for the network</html>"))),
        Fault("is a proxy that wants a password", says(raw("407 No", b"<html>"))),
        Fault("leads elsewhere", redirect("302")),
        Fault("leads elsewhere for good, with the body", redirect("308")),
        # The token endpoint
        Fault("gives no token and hangs", hangs(), on=token),
        Fault("gives a token one byte at a time", drips(raw("200 OK", b'{"access_token": "x"}'), 0.2), on=token),
        Fault("gives no token and resets", cuts(b""), on=token),
        Fault("gives 300 MB of token", flood("200 OK"), on=token),
        Fault("gives a token that is none", says(raw("200 OK", b'{"access_token": "a\\u0000b"}')), on=token),
        Fault("gives no token", says(raw("500 No")), on=token),
        Fault("does not know our account", says(raw("400 No", b'{"error": "invalid_grant"}')), on=token),
        Fault("leads our assertion elsewhere", redirect("307"), on=token),
    ]
