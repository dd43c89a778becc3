"""FCM: what goes over the wire, what each of Google's answers means, and how hard it is asked."""

import asyncio
import json
import time
from bisect import bisect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartalert.alerts import issuing
from smartalert.config import Mode
from smartalert.providers.fcm.client import Fcm
from smartalert.providers.pace import Pace
from smartalert.providers.provider import (
    Addressee,
    AddressGone,
    HandedOver,
    Message,
    PermanentFailure,
    TemporaryFailure,
)
from smartalert.providers.transport import Answer, NotReached
from tests.factories import complete_draft
from tests.providers.services import hand_over, make_message
from tests.simulator_process import SimulatorProcess

PAYLOADS = Path(__file__).parent / "payloads"
ADA = Addressee("ada", "android-ada:APA91b")


class Wire:
    """A transport that keeps what it is given and answers what it is told."""

    def __init__(self, status: int = 200, body: bytes = b'{"name": "projects/p/messages/1"}', **headers: str) -> None:
        self.answer = Answer(status, body, headers)
        self.bodies: list[bytes] = []
        self.in_flight = self.most_in_flight = 0

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.bodies.append(body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0.002)
        self.in_flight -= 1
        return self.answer

    async def aclose(self) -> None:
        pass

    @property
    def message(self) -> dict[str, Any]:
        """The last message."""
        return json.loads(self.bodies[-1])["message"]


def on(wire: Wire, simulator: SimulatorProcess, **options: Any) -> Fcm:
    """A provider whose access token is real and whose pushes go nowhere."""
    return Fcm(simulator.credentials.service_account, endpoint=simulator.url, transport=wire, **options)


def pushed(simulator: SimulatorProcess, message: Message, addressee: Addressee = ADA) -> dict[str, Any]:
    """The message as FCM gets it."""
    wire = Wire()
    ((_, outcome),) = hand_over(on(wire, simulator), message, [addressee])
    assert isinstance(outcome, HandedOver)
    return wire.message


def test_android_gets_data_only_so_that_no_alert_hides_another(simulator: SimulatorProcess) -> None:
    message = pushed(simulator, make_message(data={"receipt": "r"}))
    assert "notification" not in message
    assert "notification" not in message["android"]
    assert message["android"]["priority"] == "high"
    assert message["data"].items() >= {"receipt": "r", "alert_id": make_message().alert_id, "urgent": "true"}.items()
    own = message["android"]["data"]
    assert own.items() >= {**message["data"], "title": make_message().title, "body": make_message().text}.items()
    assert all(isinstance(value, str) for value in own.values())


def test_an_iphone_shows_the_words_and_one_card_an_alert(simulator: SimulatorProcess) -> None:
    alert = make_message()
    apns = pushed(simulator, alert)["apns"]
    assert apns["headers"]["apns-collapse-id"] == alert.alert_id
    assert apns["headers"]["apns-expiration"] == str(int(alert.expires_at.timestamp()))
    assert apns["headers"]["apns-priority"] == "10"
    assert apns["payload"]["aps"]["alert"] == {"title": alert.title, "body": alert.text}
    assert apns["payload"]["aps"]["interruption-level"] == "time-sensitive"


def test_a_browser_shows_the_words_and_one_card_an_alert(simulator: SimulatorProcess) -> None:
    alert = make_message()
    webpush = pushed(simulator, alert)["webpush"]
    assert webpush["notification"] == {"title": alert.title, "body": alert.text, "tag": alert.alert_id}
    assert webpush["headers"]["Urgency"] == "high"
    assert 3_590 <= int(webpush["headers"]["TTL"]) <= 3_600


def test_every_kind_of_phone_is_given_the_picture_in_its_own_way(simulator: SimulatorProcess) -> None:
    ada = Addressee("ada", "android-ada:APA91b", {"-page-": "https://police.example/a1"})
    message = pushed(simulator, make_message(image="-page-/photo.jpg", data={"page": "-page-"}), ada)
    address = "https://police.example/a1/photo.jpg"
    assert message["android"]["data"]["image"] == address
    assert message["apns"]["fcm_options"] == {"image": address}
    assert message["apns"]["payload"]["aps"]["mutable-content"] == 1
    assert message["webpush"]["notification"]["image"] == address


def test_without_a_picture_nothing_asks_for_one(simulator: SimulatorProcess) -> None:
    assert b"image" not in json.dumps(pushed(simulator, make_message())).encode()
    assert "mutable-content" not in pushed(simulator, make_message())["apns"]["payload"]["aps"]


def test_the_longest_words_an_officer_may_write_fit_on_every_phone(simulator: SimulatorProcess) -> None:
    words = "The quick brown fox jumps over the lazy dog. " * 20
    longest = complete_draft(headline="H" * 90, description=words, instruction=words, photo="p", photo_alt="a" * 200)
    assert longest.lacking() == {}
    wording = issuing.wording(longest, None, Mode.TRAINING, datetime.now(UTC))["push"]
    link = "https://alerts.staffordshire.police.uk/report/" + "x" * 80
    data = dict.fromkeys(("receipt", "report", "page"), "-page-") | {"image_alt": "a" * 200, "area": "b" * 120}
    message = make_message(title=wording.title, text=wording.body, data=data, image="-page-/photo.jpg")
    provider = Fcm(simulator.credentials.service_account, endpoint=simulator.url)
    ((_, outcome),) = hand_over(provider, message, [Addressee("ada", "ios-ada:" + "A" * 150, {"-page-": link})])
    assert isinstance(outcome, HandedOver), outcome


def test_a_neighbourhood_update_does_not_wake_anybody(simulator: SimulatorProcess) -> None:
    message = pushed(simulator, make_message(urgent=False))
    assert message["android"]["priority"] == "normal"
    assert message["apns"]["headers"]["apns-priority"] == "5"
    assert message["apns"]["payload"]["aps"]["interruption-level"] == "active"
    assert message["webpush"]["headers"]["Urgency"] == "normal"


def test_nothing_is_kept_after_the_alert_expires_nor_beyond_what_fcm_takes(simulator: SimulatorProcess) -> None:
    soon = pushed(simulator, make_message(expires_at=datetime.now(UTC) + timedelta(seconds=90)))
    assert 85 <= int(soon["android"]["ttl"].removesuffix("s")) <= 90
    late = pushed(simulator, make_message(expires_at=datetime.now(UTC) + timedelta(days=90)))
    assert late["android"]["ttl"] == "2419200s"


def test_what_follows_an_alert_takes_its_place_on_every_kind_of_phone(simulator: SimulatorProcess) -> None:
    update = pushed(simulator, make_message(alert_id="the-update", thread="the-first-alert"))
    apns = update["apns"]
    assert (update["data"]["alert_id"], update["data"]["tag"]) == ("the-update", "the-first-alert")
    assert apns["headers"]["apns-collapse-id"] == apns["payload"]["aps"]["thread-id"] == "the-first-alert"
    assert update["webpush"]["notification"]["tag"] == "the-first-alert"


def test_an_alert_identifier_too_long_for_apple_still_collapses(simulator: SimulatorProcess) -> None:
    long = make_message(alert_id="urn:oid:2.49.0.1.826." + "9" * 80)
    first, again = (pushed(simulator, long)["apns"]["headers"]["apns-collapse-id"] for _ in range(2))
    assert first == again
    assert len(first) == 64


def test_each_phone_gets_its_own_values_whatever_is_in_them(simulator: SimulatorProcess) -> None:
    value = 'q"uo\\te\n-receipt- ☎ é'
    message = make_message(text="Tell us: -link- or -link-more-", data={"receipt": "-receipt-"})
    personal = {"-receipt-": value, "-link-": "L", "-link-more-": "M"}
    got = pushed(simulator, message, Addressee("ada", 'token"with\\odd', personal))
    assert got["token"] == 'token"with\\odd'
    assert got["data"]["receipt"] == value
    assert got["android"]["data"]["body"] == "Tell us: L or M"
    assert got["apns"]["payload"]["aps"]["alert"]["body"] == "Tell us: L or M"


def test_what_cannot_be_written_costs_one_person_theirs(simulator: SimulatorProcess) -> None:
    half = Addressee("half", "android-half:x", {"-receipt-": "\ud83d"})
    told = dict(hand_over(on(Wire(), simulator), make_message(data={"receipt": "-receipt-"}), [ADA, half]))
    assert isinstance(told["ada"], HandedOver)
    assert isinstance(told["half"], PermanentFailure)


def test_what_cannot_be_written_for_anybody_fails_for_all(simulator: SimulatorProcess) -> None:
    ((_, outcome),) = hand_over(on(Wire(), simulator), make_message(text="\ud83d"), [ADA])
    assert isinstance(outcome, PermanentFailure)


def test_personal_values_of_one_phone_never_reach_another(simulator: SimulatorProcess) -> None:
    people = [Addressee(f"p{n}", f"android-{n}:x", {"-receipt-": f"receipt-{n}"}) for n in range(50)]
    people.append(Addressee("bare", "android-bare:x"))
    wire = Wire()
    hand_over(on(wire, simulator), make_message(data={"receipt": "-receipt-"}), people)
    messages = [json.loads(body)["message"] for body in wire.bodies]
    assert {m["token"]: m["data"]["receipt"] for m in messages} == {
        **{f"android-{n}:x": f"receipt-{n}" for n in range(50)},
        "android-bare:x": "",
    }


def test_what_is_too_long_for_a_phone_is_refused_by_us_and_all_else_is_taken(simulator: SimulatorProcess) -> None:
    def outcome_of(characters: int) -> Any:
        provider = Fcm(simulator.credentials.service_account, endpoint=simulator.url)
        return hand_over(provider, make_message(text="é" * characters), [ADA])[0][1]

    lengths = range(500, 2_500)
    refused = lengths[bisect(lengths, False, key=lambda n: isinstance(outcome_of(n), PermanentFailure))]
    assert outcome_of(refused).reason.startswith("The message is too long for a phone: 4,09")
    assert isinstance(outcome_of(refused - 1), HandedOver)
    assert simulator.stats().get("push_400", 0) == 0


def test_long_values_of_one_person_are_counted_too(simulator: SimulatorProcess) -> None:
    wordy = Addressee("wordy", "android-wordy:x", {"-receipt-": "x" * 4_000})
    wire = Wire()
    told = dict(hand_over(on(wire, simulator), make_message(data={"receipt": "-receipt-"}), [ADA, wordy]))
    assert isinstance(told["ada"], HandedOver)
    assert isinstance(told["wordy"], PermanentFailure)
    assert len(wire.bodies) == 1


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("fcm-200-accepted", HandedOver),
        ("fcm-404-unregistered", AddressGone),
        ("fcm-400-malformed-token", AddressGone),
        ("fcm-400-token-field", AddressGone),
        ("fcm-403-sender-mismatch", AddressGone),
        ("fcm-400-data-not-a-string", PermanentFailure),
        ("fcm-400-too-large", PermanentFailure),
        ("fcm-404-no-such-project", TemporaryFailure),
        ("fcm-403-api-disabled", TemporaryFailure),
        ("fcm-401-stale-access-token", TemporaryFailure),
        ("fcm-401-apple-refused-key", TemporaryFailure),
        ("fcm-429-quota", TemporaryFailure),
        ("fcm-500-internal", TemporaryFailure),
        ("fcm-503-unavailable", TemporaryFailure),
    ],
)
def test_each_answer_of_google_has_its_meaning(simulator: SimulatorProcess, payload: str, expected: type) -> None:
    wire = Wire(int(payload.split("-")[1]), (PAYLOADS / f"{payload}.json").read_bytes())
    ((_, outcome),) = hand_over(on(wire, simulator), make_message(), [ADA])
    assert isinstance(outcome, expected), outcome


@pytest.mark.parametrize("payload", ["fcm-404-no-such-project", "fcm-403-api-disabled", "fcm-401-stale-access-token"])
def test_a_fault_of_our_account_stops_the_channel_and_switches_nobody_off(
    simulator: SimulatorProcess, payload: str
) -> None:
    wire = Wire(int(payload.split("-")[1]), (PAYLOADS / f"{payload}.json").read_bytes())
    ((_, outcome),) = hand_over(on(wire, simulator), make_message(), [ADA])
    assert outcome.whole_channel
    assert "SMARTALERT_FCM_SERVICE_ACCOUNT" in outcome.reason


def test_apples_refusal_of_one_phone_does_not_stop_android(simulator: SimulatorProcess) -> None:
    wire = Wire(401, (PAYLOADS / "fcm-401-apple-refused-key.json").read_bytes())
    ((_, outcome),) = hand_over(on(wire, simulator), make_message(), [ADA])
    assert not outcome.whole_channel
    assert len(wire.bodies) == 1


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [(429, {}, 60), (429, {"Retry-After": "7"}, 7), (503, {}, 10), (503, {"Retry-After": "45"}, 45), (500, {}, 10)],
)
def test_waits_are_googles_or_the_least_google_asks_for(
    simulator: SimulatorProcess, status: int, headers: dict[str, str], wait_s: float
) -> None:
    ((_, outcome),) = hand_over(on(Wire(status, b"<html>busy</html>", **headers), simulator), make_message(), [ADA])
    assert outcome.retry_after_s == pytest.approx(wait_s, abs=0.5)
    assert not outcome.perhaps_accepted


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"\xff"])
def test_an_answer_of_200_without_a_name_is_in_doubt(simulator: SimulatorProcess, body: bytes) -> None:
    ((_, outcome),) = hand_over(on(Wire(200, body), simulator), make_message(), [ADA])
    assert outcome.perhaps_accepted


def test_a_stale_access_token_is_renewed_once_for_all(simulator: SimulatorProcess) -> None:
    provider = Fcm(simulator.credentials.service_account, endpoint=simulator.url)
    told: list[Any] = []
    people = [Addressee(f"p{n}", f"android-{n}:x") for n in range(300)]

    async def run() -> None:
        await provider.hand_over(make_message(), people[:1], lambda *what: told.append(what))
        await asyncio.to_thread(simulator.expire_tokens)
        await provider.hand_over(make_message(), people[1:], lambda *what: told.append(what))
        await provider.aclose()

    asyncio.run(run())
    assert {type(outcome) for _, outcome in told} == {HandedOver}
    assert set(simulator.ledger()["pushes"].values()) == {1}
    assert simulator.stats()["push_401"] <= 192


def test_without_an_access_token_nobody_is_pushed_to_and_the_channel_waits(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    account = json.loads(simulator.credentials.service_account.read_text())
    stranger = tmp_path / "stranger.json"
    stranger.write_text(json.dumps({**account, "client_email": "stranger@elsewhere.iam.gserviceaccount.com"}))
    people = [Addressee(f"p{n}", f"android-{n}:x") for n in range(300)]
    told = hand_over(Fcm(stranger, endpoint=simulator.url), make_message(), people)
    assert {(outcome.whole_channel, outcome.perhaps_accepted) for _, outcome in told} == {(True, False)}
    assert simulator.stats()["push_requests"] == 0


def test_all_calls_together_keep_to_the_bound_in_flight(simulator: SimulatorProcess) -> None:
    wire = Wire()
    provider = on(wire, simulator, in_flight=7)
    people = [Addressee(f"p{n}", f"android-{n}:x") for n in range(60)]

    async def run() -> None:
        await asyncio.gather(*(provider.hand_over(make_message(), people, lambda *what: None) for _ in range(4)))

    asyncio.run(run())
    assert len(wire.bodies) == 240
    assert wire.most_in_flight == 7


def test_all_calls_together_keep_under_the_quota(simulator: SimulatorProcess) -> None:
    wire = Wire()
    provider = on(wire, simulator, pace=Pace(200))
    people = [Addressee(f"p{n}", f"android-{n}:x") for n in range(60)]
    started = time.monotonic()

    async def run() -> None:
        await asyncio.gather(*(provider.hand_over(make_message(), people, lambda *what: None) for _ in range(2)))

    asyncio.run(run())
    # 20 of the 120 are the burst.
    assert time.monotonic() - started >= 0.45


def test_a_fault_of_ours_in_one_push_does_not_cost_the_others_theirs(simulator: SimulatorProcess) -> None:
    class Faulty(Wire):
        async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
            if b"p3" in body:
                raise ZeroDivisionError
            if b"p4" in body:
                raise NotReached
            return await super().post(url, body, headers)

    people = [Addressee(f"p{n}", f"p{n}:x") for n in range(6)]
    told = dict(hand_over(on(Faulty(), simulator), make_message(), people))
    assert told["p3"].perhaps_accepted
    assert not told["p4"].perhaps_accepted
    assert [type(told[f"p{n}"]) for n in (0, 1, 2, 5)] == [HandedOver] * 4
