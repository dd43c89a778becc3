"""Where a trainer watches residents: their phones and inboxes as alerts land, and what makes it difficult.

GET /                             the page
GET /residents?q=                 {"counters", "phones": [{"key", "html"}], "mails": […], "faults"}, renewed each second
GET /residents/phone?token=       one phone's alerts in full
GET /residents/mail?number=       one mail in full

Those of everyday training; below /drills/12 those of one drill, and of no other.
"""

import time
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from smartalert.clock import LONDON
from smartalert.config import settings
from smartalert.simulator import inboxes, phones
from smartalert.simulator.control_api import Handler
from smartalert.simulator.faults import Faults
from smartalert.simulator.wire import Answer, Request, json_answer
from smartalert.simulator.world import World
from smartalert.wording import render

HERE = Path(__file__).parent
KINDS = {"android": "Android", "ios": "iPhone", "web": "Browser"}
PHONES_SHOWN, MAILS_SHOWN = 30, 40
#: Only what this machine serves. Mails are drawn in frames without scripts, which inherit this: pictures from anywhere
#: but the public service beside us stay out.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: http://127.0.0.1:* {public}; connect-src 'self'; frame-src 'self'; base-uri 'self'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HTML = (
    "content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
    f"referrer-policy: no-referrer\r\ncontent-security-policy: {POLICY}\r\n"
)
GROUPS = {
    "Google and the line to it": ("push_", "retry_", "hang_"),
    "SendGrid": ("mail_", "event_"),
    "Phones and people": ("phone_", "receipts_"),
    "Chance": ("seed",),
}
#: What a trainer would say → the knobs that make it so.
TROUBLES: dict[str, dict[str, float]] = {
    "Google answers slowly": {"push_latency_ms": 2_000, "push_jitter_ms": 2_000},
    "Google says there are too many requests": {"push_too_many": 0.4},
    "Google is down": {"push_unavailable": 1.0},
    "Connections drop now and then": {"push_cut_before": 0.05, "push_accept_then_cut": 0.05, "mail_cut_before": 0.05},
    "People have removed the app": {"push_unregistered": 0.1},
    "Some phones are off": {"phone_offline": 0.2},
    "E-mails bounce": {"mail_bounce": 0.1},
    "SendGrid reports late and twice": {"event_delay_ms": 15_000, "event_repeat": 0.3, "event_disorder": 1.0},
}


def _headers() -> bytes:
    """Those of every page here; photographs come from where people would get them."""
    return HTML.format(public=settings().public_base).encode()


def _clock(iso: str, form: str = "%H:%M:%S") -> str:
    return datetime.fromisoformat(iso).astimezone(LONDON).strftime(form)


def _drawn(template: str, **facts: object) -> str:
    return render(f"simulator/{template}", {"clock": _clock, "kinds": KINDS} | facts)


def page(world: World, request: Request) -> Answer:
    """The page, complete without its script."""
    knobs = [
        {"name": k.name, "default": k.default, "value": getattr(world.faults, k.name), **k.metadata}
        for k in fields(Faults)
    ]
    groups = {words: [k for k in knobs if k["name"].startswith(beginnings)] for words, beginnings in GROUPS.items()}
    live = _live(world, "")
    html = _drawn("residents.html", world=world, live=live, groups=groups, troubles=_troubles(world))
    return Answer(200, html.encode(), _headers())


def live(world: World, request: Request) -> Answer:
    """What changes from second to second."""
    return json_answer(_live(world, request.parameters().get("q", "")))


def phone(world: World, request: Request) -> Answer:
    """One phone's alerts in full."""
    token = request.parameters().get("token", "")
    shown = [phones.shown(card) for card in world.phones.on(token)]
    html = _drawn("phone_detail.html", token=token, platform=phones.platform_of(token), cards=shown)
    return Answer(200 if shown else 404, html.encode(), _headers())


def mail(world: World, request: Request) -> Answer:
    """One mail in full."""
    number = request.parameters().get("number", "")
    found = world.inboxes.find(int(number)) if number.isdecimal() else None
    html = _drawn("mail_detail.html", mail=inboxes.shown(found) if found else None)
    return Answer(200 if found else 404, html.encode(), _headers())


def _live(world: World, q: str) -> dict[str, Any]:
    return {
        "counters": _counters(world),
        "phones": [_tile(cards) for cards in world.phones.newest(limit=PHONES_SHOWN, q=q)],
        "mails": [_row(one) for one in world.inboxes.newest(limit=MAILS_SHOWN, q=q)],
        "faults": world.faults.active,
        "troubles": _troubles(world),
        "worlds": _drawn("worlds.html", drills=world.worlds.drills, current=world.drill).strip(),
    }


def _counters(world: World) -> dict[str, Any]:
    now = time.time()
    push, mail = (world.ledger.per_second(what, now) for what in ("push", "mail"))
    happened, both = world.ledger.happened, [p + m for p, m in zip(push, mail, strict=True)]
    return {
        "phones": f"{len(world.ledger.tokens):,}",
        "mails": f"{happened['mail_arrived']:,}",
        "opened": f"{world.phones.opened:,}",
        "repeats": f"{happened['push_accepted'] - len(world.ledger.pushes):,}",
        "per_second": f"{both[-1]:,}",
        "busiest": f"{max(both):,}",
        "curve": _curve(both),
    }


def _curve(values: list[int]) -> str:
    """The points of a line 100 wide and 24 high; the busiest second touches the top."""
    highest, last = max(*values, 1), len(values) - 1
    return " ".join(f"{100 * n / last:.1f},{23 - 22 * value / highest:.1f}" for n, value in enumerate(values))


def _tile(cards: list[phones.Card]) -> dict[str, str]:
    newest = cards[0]
    shown = [phones.shown(card) for card in cards[:2]]
    opened = sum(card.opened_at is not None for card in cards)
    answers = "|".join(card.answer for card in cards[:2])
    key = f"{newest.token}|{newest.tag}|{newest.times}|{opened}|{len(cards)}|{answers}"
    platform = phones.platform_of(newest.token)
    facts = {"key": key, "token": newest.token, "platform": platform, "cards": shown, "more": len(cards) - len(shown)}
    return {"key": key, "html": _drawn("phone_tile.html", **facts)}


def _row(mail: inboxes.Mail) -> dict[str, str]:
    return {"key": str(mail.number), "html": _drawn("mail_row.html", mail=inboxes.shown(mail))}


def _troubles(world: World) -> dict[str, Any]:
    now, start = asdict(world.faults), asdict(Faults())
    return {
        words: {
            "on": all(now[name] == value for name, value in knobs.items()),
            "knobs": knobs,
            "back": {name: start[name] for name in knobs},
        }
        for words, knobs in TROUBLES.items()
    }


def _asset(name: str, kind: bytes) -> Handler:
    body = (HERE / "static" / name).read_bytes()
    headers = b"content-type: %b; charset=utf-8\r\ncache-control: no-cache\r\n" % kind
    return lambda world, request: Answer(200, body, headers)


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/"): page,
    ("GET", "/residents"): live,
    ("GET", "/residents/phone"): phone,
    ("GET", "/residents/mail"): mail,
    ("GET", "/static/residents.css"): _asset("residents.css", b"text/css"),
    ("GET", "/static/residents.js"): _asset("residents.js", b"text/javascript"),
    ("GET", "/favicon.ico"): lambda world, request: Answer(204, b"", b""),
}
