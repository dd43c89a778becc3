"""The trainer's and the tests' side of the simulator, all JSON. Beyond loopback it asks for the password.

GET  /health                            {"status": "ok"}
GET  /sim/faults                        every knob and its value
POST /sim/faults     {"knob": value…}   turn knobs; 400 {"error"} names what is wrong and turns nothing
GET  /sim/stats                         counts by name (see Ledger.stats), what waits, rates of the last minute
GET  /sim/ledger?alert_id=              {"pushes": {token: times}, "mails": {reference: times},
                                         "push_doubles": n, "mail_doubles": n}; a mail's reference is its custom
                                        argument reference, delivery or delivery_id, else its address
GET  /sim/phones?limit=&alert_id=&q=    {"phones": [{"token", "platform", "cards": [newest first]}], "total"}
GET  /sim/inboxes?limit=&alert_id=&q=   {"mails": [newest first], "total"}
POST /sim/open       {"token", "tag"}   the person opens an alert: the phone acknowledges it, once
POST /sim/answer     {"token", "tag", "saw", "happening_now", "photo"}   the person tells the police, by the link in the
                                        push; the photo, if any, in base64. The card's "answer" says how it fared.
                                        {"address", "alert_id"} in the place of "token" and "tag": by the link in the
                                        mail. With "once", whoever has answered already does not again
POST /sim/drills     {"12": {"name", "faults": {"knob": value…}}…}   the drills that run, and the trouble of each; what
                                        is named no more is over. {"refused": {"12": why}}. Below /drills/12 each has
                                        all of these paths for itself
POST /sim/expire-tokens                 every access token of Google's is stale from now on
POST /sim/reset      {"people": true}   an empty world, all knobs back; with people, whoever was switched off because
                                        their phone or mailbox failed here is reached again
"""

import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import orjson

from smartalert.simulator import inboxes, phones, sign_in
from smartalert.simulator.faults import KnobRefused
from smartalert.simulator.inboxes import Mail
from smartalert.simulator.phones import Card
from smartalert.simulator.wire import Answer, Request, json_answer
from smartalert.simulator.world import World

Handler = Callable[[World, Request], Answer]
MOST_LISTED = 5_000
LONGEST_NAME = 100


class Refused(ValueError):
    """The request to the simulator’s control API is not one it understands."""


def health(world: World, request: Request) -> Answer:
    """That the simulator runs."""
    return json_answer({"status": "ok"})


def show_faults(world: World, request: Request) -> Answer:
    """Every knob."""
    return json_answer(world.faults)


def turn_faults(world: World, request: Request) -> Answer:
    """Turn knobs; the others stay."""
    world.turn(_object(request))
    return json_answer(world.faults)


def stats_of(world: World) -> dict[str, Any]:
    """Counts by name, what is on screens, what waits, and acceptances a second for the last minute."""
    now = time.time()
    return {
        **world.ledger.stats(),
        **world.events.counts,
        **world.acknowledgements.counts,
        **world.answers.counts,
        "phones": len(world.phones),
        "cards": world.phones.cards,
        "opened": world.phones.opened,
        "inboxes": len(world.inboxes),
        "mails": world.inboxes.mails,
        "waiting": {
            "timetable": len(world.timetable),
            "events": len(world.events),
            "receipts": len(world.acknowledgements),
            "answers": len(world.answers),
        },
        "per_second": {what: world.ledger.per_second(what, now) for what in ("push", "mail")},
        "cpu_s": time.process_time(),
    }


def show_stats(world: World, request: Request) -> Answer:
    """What happened so far."""
    return json_answer(stats_of(world))


def show_ledger(world: World, request: Request) -> Answer:
    """What was accepted how often."""
    return json_answer(world.ledger.accepted(request.parameters().get("alert_id")))


def show_phones(world: World, request: Request) -> Answer:
    """The phones reached last."""
    found = world.phones.newest(**_search(request))
    listed = [
        {"token": cards[0].token, "platform": phones.platform_of(cards[0].token), "cards": [*map(phones.shown, cards)]}
        for cards in found
    ]
    return json_answer({"phones": listed, "total": len(world.phones)})


def show_inboxes(world: World, request: Request) -> Answer:
    """The mails that arrived last."""
    found = world.inboxes.newest(**_search(request))
    return json_answer({"mails": [*map(inboxes.shown, found)], "total": world.inboxes.mails})


def open_alert(world: World, request: Request) -> Answer:
    """A person opens an alert."""
    wanted = _object(request)
    card = world.open(str(wanted.get("token", "")), str(wanted.get("tag", "")))
    return json_answer({"opened": card is not None})


def answer_alert(world: World, request: Request) -> Answer:
    """A person answers an alert."""
    wanted = _object(request)
    saw = str(wanted.get("saw", "")).strip()
    if not saw:
        raise Refused("Write what the person saw.")
    try:
        photo = b64decode(str(wanted.get("photo") or ""), validate=True)
    except ValueError:
        raise Refused("The photo is not base64.") from None
    got = _got(world, wanted)
    if got and got.answer and wanted.get("once") is True and not got.answer.startswith("not taken"):
        return json_answer({"answering": True})
    now = wanted.get("happening_now") is True
    return json_answer({"answering": world.answer(got, saw, happening_now=now, photo=photo)})


def _got(world: World, wanted: dict[str, Any]) -> Card | Mail | None:
    """What the person answers: a card of their phone, or the mail that told them of the alert."""
    if address := str(wanted.get("address", "")).casefold():
        mails = world.inboxes.newest(limit=50, alert_id=str(wanted.get("alert_id", "")), q=address)
        return next((mail for mail in mails if mail.address.casefold() == address), None)
    return world.phones.find(str(wanted.get("token", "")), str(wanted.get("tag", "")))


def tell_drills(world: World, request: Request) -> Answer:
    """Which drills run, and in what trouble."""
    if world.drill is not None:
        raise Refused("Tell this to the simulator itself, at /sim/drills.")
    told = {}
    for number, of_it in _object(request).items():
        if not (number.isdecimal() and len(number) < 18 and isinstance(of_it, dict)):
            raise Refused("Post each drill by its number, with its name and its faults.")
        trouble = of_it.get("faults") or {}
        if not isinstance(trouble, dict):
            raise Refused("Post faults as one JSON object.")
        told[int(number)] = (str(of_it.get("name", ""))[:LONGEST_NAME], trouble)
    return json_answer({"refused": world.worlds.keep(told)})


def expire_tokens(world: World, request: Request) -> Answer:
    """Every access token is stale from now on."""
    world.tokens.revoke_all()
    return json_answer({})


def reset(world: World, request: Request) -> Answer:
    """An empty world; where it says so, Smart Alert hears of it as it hears of mails: signed."""
    # Residents are everybody's: a drill gives nobody back.
    people = _object(request).get("people") is True and world.drill is None
    world.reset()
    if people:
        now = time.time()
        world.events.add({"event": "exercise_reset", "timestamp": int(now), "sg_event_id": f"reset-{now}"})
    return json_answer({})


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/health"): health,
    ("GET", "/sim/faults"): show_faults,
    ("POST", "/sim/faults"): turn_faults,
    ("GET", "/sim/stats"): show_stats,
    ("GET", "/sim/ledger"): show_ledger,
    ("GET", "/sim/phones"): show_phones,
    ("GET", "/sim/inboxes"): show_inboxes,
    ("POST", "/sim/open"): open_alert,
    ("POST", "/sim/answer"): answer_alert,
    ("POST", "/sim/drills"): tell_drills,
    ("POST", "/sim/expire-tokens"): expire_tokens,
    ("POST", "/sim/reset"): reset,
}


def answer(handler: Handler, world: World, request: Request) -> Answer:
    """The handler's answer; what it does not understand becomes a 400 that says why."""
    if refused := sign_in.refusal(request, world.password):
        return refused
    if request.method == "POST" and b"json" not in request.headers.get(b"content-type", b""):
        # A page of another site can post a form here, but not JSON: that asks first and is refused.
        return json_answer({"error": "Post JSON, with Content-Type: application/json."}, 415)
    try:
        return handler(world, request)
    except (KnobRefused, Refused) as unclear:
        return json_answer({"error": str(unclear)}, 400)


def _object(request: Request) -> dict[str, Any]:
    try:
        content = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        raise Refused("This is not JSON.") from None
    if not isinstance(content, dict):
        raise Refused("Post one JSON object.")
    return content


def _search(request: Request) -> dict[str, Any]:
    given = request.parameters()
    limit = given.get("limit", "100")
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_LISTED:
        raise Refused(f"limit is a number from 1 to {MOST_LISTED}.")
    return {"limit": int(limit), "alert_id": given.get("alert_id", ""), "q": given.get("q", "")}
