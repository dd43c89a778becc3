"""Simulated phones: what each shows, acknowledges and forgets."""

import copy
import json
import time
from typing import Any

import pytest

from smartalert.simulator import inboxes, phones
from smartalert.simulator.inboxes import Inboxes, Mail
from smartalert.simulator.phones import Card, Phones, platform_of
from smartalert.simulator.timetable import Timetable
from tests.simulator.conftest import Push
from tests.simulator.listener import Listener, Posted
from tests.simulator_process import SimulatorProcess
from tests.waiting import eventually

FULL: dict[str, Any] = {
    "data": {"alert_id": "A1", "title": "Bogus caller", "body": "Ask for the card.", "receipt": "r1"},
    "android": {"priority": "high", "ttl": "60s"},
    "apns": {
        "headers": {"apns-collapse-id": "A1", "apns-expiration": str(int(time.time()) + 600)},
        "payload": {"aps": {"alert": {"title": "Bogus caller", "body": "Ask for the card."}}},
    },
    "webpush": {
        "headers": {"TTL": "60"},
        "notification": {"title": "Bogus caller", "body": "Ask for the card.", "tag": "A1"},
    },
}


def acknowledged(posted: list[Posted]) -> list[dict[str, str]]:
    return [json.loads(post.body) for post in posted if post.path == "/v1/receipts"]


@pytest.mark.parametrize("token", ["android-ada", "ios-ben", "web-cleo"])
def test_every_kind_of_phone_shows_one_card_for_a_repeated_alert(
    simulator: SimulatorProcess, push: Push, token: str
) -> None:
    for _ in range(3):
        assert push(message={**FULL, "token": token}).status_code == 200
    (phone,) = simulator.phones(q=token)
    (card,) = phone["cards"]
    assert (card["title"], card["text"], card["times"]) == ("Bogus caller", "Ask for the card.", 3)
    assert (card["tag"], card["alert_id"], card["visible"], card["urgent"]) == ("A1", "A1", True, True)


@pytest.mark.parametrize("token", ["android-ada", "ios-ben", "web-cleo"])
def test_an_update_takes_the_place_of_the_alert_it_follows(simulator: SimulatorProcess, push: Push, token: str) -> None:
    update = {**FULL, "data": {**FULL["data"], "alert_id": "A2", "tag": "A1", "title": "Update: two held"}}
    for message in (FULL, update):
        assert push(message={**message, "token": token}).status_code == 200
    (phone,) = simulator.phones(q=token)
    (card,) = phone["cards"]
    assert (card["tag"], card["alert_id"], card["times"], card["opened_at"]) == ("A1", "A2", 1, None)


def test_a_data_message_without_words_for_apple_is_not_seen(simulator: SimulatorProcess, push: Push) -> None:
    push("ios-ben", alert_id="A1", title="Words")
    assert simulator.phones()[0]["cards"][0]["visible"] is False


def test_phones_are_found_by_alert_and_token_newest_first(simulator: SimulatorProcess, push: Push) -> None:
    for token, alert in (("android-1", "A1"), ("android-2", "A2"), ("android-3", "A1")):
        push(token, alert_id=alert, title="T")
    assert [phone["token"] for phone in simulator.phones()] == ["android-3", "android-2", "android-1"]
    assert [phone["token"] for phone in simulator.phones(alert_id="A1")] == ["android-3", "android-1"]
    assert [phone["token"] for phone in simulator.phones(limit=1)] == ["android-3"]
    assert [phone["token"] for phone in simulator.phones(q="ROID-2")] == ["android-2"]
    assert simulator.client.get("/sim/phones?limit=none").status_code == 400


def test_a_phone_acknowledges_arrival_and_opening_once(
    simulator: SimulatorProcess, listener: Listener, push: Push
) -> None:
    simulator.faults(phone_delivered_ms=0)
    push(message={**FULL, "token": "android-ada"})
    listener.wait(lambda posted: acknowledged(posted) == [{"receipt": "r1", "event": "delivered"}])
    assert simulator.open("android-ada", "A1")
    assert not simulator.open("android-ada", "A1")
    listener.wait(lambda posted: {"receipt": "r1", "event": "opened"} in acknowledged(posted))
    assert simulator.phones()[0]["cards"][0]["opened_at"]


def test_a_share_of_people_opens_by_itself(simulator: SimulatorProcess, listener: Listener, push: Push) -> None:
    simulator.faults(phone_delivered_ms=0, phone_opened=0.5, phone_opened_s=0)
    for n in range(40):
        push(f"android-{n}", alert_id="A1", title="T", receipt=f"r{n}")
    eventually(lambda: len(acknowledged(listener.posted)) > 45)
    opened = [a for a in acknowledged(listener.posted) if a["event"] == "opened"]
    assert 5 < len(opened) < 35


def test_a_public_service_that_fails_loses_receipts_and_nothing_else(
    simulator: SimulatorProcess, listener: Listener, push: Push
) -> None:
    listener.status = 404
    simulator.faults(phone_delivered_ms=0)
    push(message={**FULL, "token": "android-ada"})
    eventually(lambda: simulator.stats().get("receipts_refused"))
    assert push(message={**FULL, "token": "android-ben"}).status_code == 200


def test_acknowledgements_keep_to_their_pace(simulator: SimulatorProcess, listener: Listener, push: Push) -> None:
    simulator.faults(phone_delivered_ms=0, receipts_per_s=50)
    for n in range(60):
        push(f"android-{n}", alert_id="A1", title="T", receipt=f"r{n}")
    started = time.monotonic()
    listener.wait(lambda posted: len(acknowledged(posted)) == 60)
    assert time.monotonic() - started > 0.5


def test_a_phone_that_is_off_gets_it_later_unless_it_expired(simulator: SimulatorProcess, push: Push) -> None:
    simulator.faults(phone_offline=1, phone_offline_s=0.5)
    push("android-ada", alert_id="A1", title="T")
    push(message={"token": "android-ben", "data": {"alert_id": "A1", "title": "T"}, "android": {"ttl": "0s"}})
    assert simulator.phones() == []
    eventually(simulator.phones)
    assert [phone["token"] for phone in simulator.phones()] == ["android-ada"]
    assert simulator.stats()["push_expired"] == 1


def test_platforms_follow_the_token_and_else_spread() -> None:
    assert [platform_of(t) for t in ("android:1", "ios-2", "web-3")] == ["android", "ios", "web"]
    spread = [platform_of(f"token-{n}") for n in range(1_000)]
    assert {name: spread.count(name) > 20 for name in ("android", "ios", "web")} == dict.fromkeys(
        ("android", "ios", "web"), True
    )


def card(token: str, tag: str) -> Card:
    return Card(token, tag, tag, "", b'{"message":{}}', 0.0)


def test_the_oldest_cards_are_forgotten_beyond_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "MOST_ON_A_PHONE", 2)
    monkeypatch.setattr(phones, "MOST_IN_ALL", 4)
    shown = Phones()
    for tag in ("1", "2", "3"):
        shown.land(card("ada", tag))
    assert [c.tag for c in shown.newest(limit=9)[0]] == ["3", "2"]
    for token in ("ben", "cleo", "dan", "eve"):
        shown.land(card(token, "1"))
    assert [cards[0].token for cards in shown.newest(limit=9)] == ["eve", "dan", "cleo", "ben"]
    assert (len(shown), shown.cards) == (4, 4)


def test_messages_without_a_tag_stand_beside_each_other() -> None:
    shown = Phones()
    shown.land(card("ada", ""))
    shown.land(card("ada", ""))
    assert shown.cards == 2


def test_the_oldest_mails_are_forgotten_beyond_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "MOST_IN_AN_INBOX", 2)
    monkeypatch.setattr(inboxes, "MOST_IN_ALL", 3)
    boxes = Inboxes()
    for number, address in enumerate(["ada", "ada", "ada", "ben", "cleo"]):
        boxes.land(Mail(number, address, {}, {}, "", 0.0))
    assert [mail.number for mail in boxes.newest(limit=9)] == [4, 3, 2]
    assert boxes.find(0) is None


def test_what_is_due_happens_in_order_and_nothing_before_its_time() -> None:
    happened: list[int] = []
    timetable = Timetable()
    for when, what in ((2.0, 2), (1.0, 1), (1.0, 11), (9.0, 9)):
        timetable.at(when, happened.append, what)
    timetable.run_due(now=2.0)
    assert happened == [1, 11, 2]
    assert len(timetable) == 1


@pytest.mark.parametrize("token", ["android-ada", "ios-ben", "web-cleo"])
def test_every_kind_of_phone_shows_a_picture_where_its_own_part_names_one(
    simulator: SimulatorProcess, push: Push, token: str
) -> None:
    address = "http://127.0.0.1:8000/alerts/a1/photo.jpg"
    message = copy.deepcopy({**FULL, "token": token})
    message["android"]["data"] = {**message["data"], "image": address}
    message["apns"]["fcm_options"] = {"image": address}
    message["webpush"]["notification"]["image"] = address
    assert push(message=message).status_code == 200
    (card,) = simulator.phones()[0]["cards"]
    # Apple's app may not change the notification yet, so it cannot put a picture in.
    assert card["image"] == ("" if token == "ios-ben" else address)
    message["apns"]["payload"]["aps"]["mutable-content"] = 1
    push(message=message)
    assert simulator.phones()[0]["cards"][0]["image"] == address


def test_androids_own_data_takes_the_place_of_the_messages(simulator: SimulatorProcess, push: Push) -> None:
    push(message={"token": "android-ada", "data": {"title": "Old"}, "android": {"data": {"title": "New", "tag": "T"}}})
    (card,) = simulator.phones()[0]["cards"]
    assert (card["title"], card["tag"], card["data"]) == ("New", "T", {"title": "New", "tag": "T"})
