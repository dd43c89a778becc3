"""What the public service takes: registrations, readers of an alert's page, and what SendGrid and phones report."""

import json
import os
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import bench
import http_load
from http_load import Load, request
from served import DELIVERIES, LATENCY_MS, PROCESSES, Served, served
from smartalert.dispatch import links
from smartalert.dispatch.links import Reference
from smartalert.public import signup
from smartalert.subscribers.subscriptions import Choices, Place
from tests.factories import LAT, LON
from tests.waiting import eventually

#: Events in one of SendGrid's posts.
EVENTS_A_POST = 100
SECONDS = {True: 2.5, False: 8.0}

Figures = dict[str, float]


class Side(NamedTuple):
    """One way to do it, what it did, and the CPU seconds of its web processes."""

    name: str
    figure: str
    load: Load
    cpu_s: float
    #: How many things one request carries.
    each: int = 1


def fire(served: Served, ports: list[int], requests: Iterator[bytes], **how: Any) -> tuple[Load, float]:
    """Let it run; what it did, and what CPU that took these processes."""
    before = sum(bench.cpu_s(served.process_at[port]) for port in ports)
    load = http_load.fire(ports, requests, **how)
    return load, sum(bench.cpu_s(served.process_at[port]) for port in ports) - before


def reads(served: Served, seconds: float) -> list[Side]:
    """Everybody opens the link at once."""
    pages = [request("GET", f"/alerts/{identifier}") for identifier in served.identifiers]
    ours = fire(served, served.ours, cycle(pages), status=200, at_once=64, seconds=seconds)
    theirs = fire(served, served.rival, cycle(pages), status=200, at_once=16, seconds=seconds)
    return [
        Side("Smart Alert: read from the database every two seconds", "alert_reads_per_s", *ours),
        Side("page queried and drawn for each reader", "", *theirs),
    ]


def signups(served: Served, seconds: float) -> list[Side]:
    """The last step of signing up, whose mail a worker hands over later; each from a household of its own."""
    home = Choices(places=(Place(label="Home", lat=LAT, lon=LON),))
    began = signup.Answers(choices=home, began_at=time.time() - 60).model_dump(mode="json")
    cookie = f"{signup.COOKIE}={signup.serializer().dumps(began)}"
    numbers = count()

    def ours() -> Iterator[bytes]:
        for number in numbers:
            form = {"go": "on", "address": f"person{number}@training.example", "over-12": "yes", "consent": "yes"}
            yield request(
                "POST", "/sign-up/who", urlencode(form).encode(), content_type="application/x-www-form-urlencoded",
                cookie=cookie, sec_fetch_site="same-origin", x_forwarded_for=household(number),
            )  # fmt: skip

    def theirs() -> Iterator[bytes]:
        for number in numbers:
            body = {"address": f"rival{number}@training.example", "choices": home.model_dump(mode="json")}
            yield request("POST", "/sign-up", json.dumps(body).encode(), content_type="application/json")

    mine_asked, theirs_asked = ours(), theirs()
    # PostgreSQL's first steps on each new connection belong to neither.
    warm, _ = fire(served, served.ours, mine_asked, status=303, at_once=64, seconds=0.5)
    fire(served, served.rival, theirs_asked, status=303, at_once=32, seconds=0.5)
    mine = fire(served, served.ours, mine_asked, status=303, at_once=200, seconds=seconds)
    inline = fire(served, served.rival, theirs_asked, status=303, at_once=32, seconds=seconds)
    with served.running.database.connect() as owner:
        (kept,) = owner.execute("select count(*) from service_mails where address like 'person%'").fetchone()
    assert kept == len(warm.waits_ms) + len(mine[0].waits_ms), "a registration was answered and not kept"
    return [
        Side("Smart Alert: mail written in the same transaction", "signups_per_s", *mine),
        Side(f"mail handed to SendGrid ({LATENCY_MS} ms away) before answering", "", *inline),
    ]


def household(number: int) -> str:
    """An IPv4 address of its own, as a proxy names it."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def events(served: Served, seconds: float) -> list[Side]:
    """SendGrid's posts of a hundred events each, signed, until a worker has written all of them."""
    key = load_pem_private_key(served.running.simulator.credentials.webhook_private_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    posts = [signed(key, batch(served.alert_ids[0], first)) for first in range(0, DELIVERIES, EVENTS_A_POST)]
    with served.running.database.connect(autocommit=True) as owner:
        owner.execute("delete from procrastinate_jobs")  # mails to those who registered, which are not what is measured
        worker = served.running.start_worker()
        eventually(lambda: owner.execute("select from living_workers()").fetchall())
        until_read(served, owner, posts[:1], seconds)  # as soon as the worker is all there
        single = [until_read(served, owner, posts[:1], seconds)[0].took_s * 1_000 for _ in range(10)]
        before = bench.cpu_s(worker.pid)
        load, cpu_s = until_read(served, owner, cycle(posts), seconds)
        cpu_s += bench.cpu_s(worker.pid) - before
        (written,) = owner.execute(ARRIVED).fetchone()
    served.running.kill_worker()
    assert written >= min(DELIVERIES, len(load.waits_ms) * EVENTS_A_POST), "an event was taken and not written"
    print(f"\nA post by itself is read after {bench.percentile(single, 50):,.0f} ms, at most {max(single):,.0f}.")
    theirs = fire(served, served.rival, cycle(posts), status=204, at_once=8, seconds=seconds)
    return [
        Side("Smart Alert: a worker checks and writes", "receipts_per_s", load, cpu_s, EVENTS_A_POST),
        Side("one commit an event, signature not checked", "", *theirs, EVENTS_A_POST),
    ]


ARRIVED = "select count(*) from deliveries where channel = 'email' and delivered_at is not null"


def until_read(served: Served, owner: Any, posts: Iterable[bytes], seconds: float) -> tuple[Load, float]:
    """Post, and wait until all of it is read; what that did and took."""
    began = time.perf_counter()
    load, cpu_s = fire(served, served.ours, iter(posts), status=204, at_once=8, seconds=seconds)
    while owner.execute("select from event_posts limit 1").fetchall():
        time.sleep(0.01)
    return Load(time.perf_counter() - began, load.waits_ms), cpu_s


def address_of(person: int, channel: str) -> str:
    """Where one of READERS is reached."""
    return f"{channel}-{person}@training.example"


def batch(alert_id: int, first: int) -> bytes:
    """One post's body: so many mails arrived."""
    now = int(datetime.now(UTC).timestamp())
    rows = [
        {
            "event": "delivered",
            "timestamp": now,
            "sg_event_id": f"e{number}",
            "delivery": f"{alert_id}-{number}-email",
            "email": address_of(number, "email"),
        }
        for number in range(1_000_001 + first, 1_000_001 + first + EVENTS_A_POST)
    ]
    return json.dumps(rows).encode() + b"\r\n"


def signed(key: ec.EllipticCurvePrivateKey, body: bytes) -> bytes:
    """The post as SendGrid signs it."""
    at = str(int(time.time()))
    signature = b64encode(key.sign(at.encode() + body, ec.ECDSA(SHA256()))).decode()
    return request(
        "POST", "/webhooks/sendgrid", body, content_type="application/json",
        X_Twilio_Email_Event_Webhook_Signature=signature, X_Twilio_Email_Event_Webhook_Timestamp=at,
    )  # fmt: skip


def phones(served: Served, seconds: float) -> list[Side]:
    """Each phone reports its own alert, in a request of its own."""
    posts = []
    for person in range(1_000_001, 1_000_001 + DELIVERIES):
        told = Reference(served.alert_ids[0], person, "push").to(address_of(person, "push"))
        receipt = links.sign("receipt", told)
        body = json.dumps({"receipt": receipt, "event": "delivered"}).encode()
        posts.append(request("POST", "/webhooks/phones", body, content_type="application/json"))
    ours = fire(served, served.ours, cycle(posts), status=204, at_once=128, seconds=seconds)
    return [Side("Smart Alert: one request a phone, written together", "phone_receipts_per_s", *ours)]


TARGETS = {"signups_per_s": 300, "alert_reads_per_s": 1_500, "receipts_per_s": 2_000, "phone_receipts_per_s": 2_000}


def rows_of(sides: list[Side], figures: Figures) -> list[list[str]]:
    """Ours first; how many times slower the others are, in the same run."""
    first = sides[0].load.per_s * sides[0].each
    rows = []
    for side in sides:
        rate, p95 = side.load.per_s * side.each, bench.percentile(side.load.waits_ms, 95)
        if side.figure:
            figures[side.figure] = rate
            figures[side.figure.replace("_per_s", "_p95_ms")] = p95
        else:
            figures[f"vs_{sides[0].figure.removesuffix('_per_s')}_rival"] = first / rate
        cpu_us = f"{side.cpu_s / len(side.load.waits_ms) / side.each * 1e6:,.0f}"
        target = f"{TARGETS[side.figure]:,}" if side.figure else ""
        ratio = "1" if side.figure else f"{first / rate:,.1f}"
        rows.append([side.name, ratio, f"{rate:,.0f}", target, f"{p95:,.0f}", cpu_us])
    return rows


def main() -> None:
    """Measure each in turn and print."""
    given = bench.options(__doc__ or "")
    seconds, figures = SECONDS[given.quick], Figures()
    with served() as all_of:
        print(
            f"{PROCESSES} uvicorn processes, PostgreSQL and the load itself on this machine's {os.cpu_count()} cores;\n"
            "every answer is checked, and what is written is counted afterwards."
        )
        for title, measure in MEASURED.items():
            rows = rows_of(measure(all_of, seconds), figures)
            bench.table(title, ["", "ours, times", "a second", "target", "p95 ms", "CPU µs each"], rows)
    bench.finish(figures, given.json)


MEASURED: dict[str, Any] = {
    "Readers of alert pages": reads,
    "Registrations": signups,
    "Events in SendGrid's posts": events,
    "Receipts of phones": phones,
}

if __name__ == "__main__":
    main()
