"""Every way we could think of in which a training process could be made to ask anybody but the simulator: all fail.

Each is tried for real: something listens where it would arrive, and hears nothing. What a force sets up on purpose is
no leak: its own PostgreSQL, and its own sign-in, which learns who came and nothing of an exercise.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smartalert.config import Mode, Settings
from smartalert.errors import ModeRefused, SetupError
from smartalert.providers import for_deployment, simulated_residents
from smartalert.providers.provider import Addressee, Outcome, Provider
from smartalert.providers.residents import Answer
from smartalert.simulator import credentials, server
from smartalert.simulator.answers import Answers, report_path
from smartalert.simulator.phones import Card
from smartalert.training import supervisor
from smartalert.wording import Channel
from tests.providers.rogue import Rogue, raw, rogue, says
from tests.providers.services import make_message

#: What stands for any address that is not the simulator's; `{port}` is where something listens.
ELSEWHERE = [
    "http://127.0.0.1:{port}@fcm.googleapis.com",
    "http://fcm.googleapis.com#@127.0.0.1:{port}",
    "http://127.0.0.1:{port}\\@fcm.googleapis.com",
    "http://127.0.0.1:{port}/@fcm.googleapis.com",
    "http://127.0.0.1:{port}?x=http://fcm.googleapis.com",
    "http://user:word@127.0.0.1:{port}",
    "http://127.0.0.1.fcm.googleapis.com:{port}",
    "http://localhost:{port}",
    "http://localhost.localdomain:{port}",
    "http://simulator.test:{port}",
    "http://127.0.0.2:{port}",
    "http://127.1:{port}",
    "http://0:{port}",
    "http://0.0.0.0:{port}",
    "http://0177.0.0.1:{port}",
    "http://0x7f.0.0.1:{port}",
    "http://0x7f000001:{port}",
    "http://2130706433:{port}",
    "http://017700000001:{port}",
    "http://127.0.0.01:{port}",
    "http://[::1]:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://[::ffff:7f00:1]:{port}",
    "http://[::ffff:8.8.8.8]:{port}",
    "http://[::127.0.0.1]:{port}",
    "http://[fe80::1%25lo]:{port}",
    "http://１２７.0.0.1:{port}",
    "http://127。0。0。1:{port}",
    "http://127.0.0.1:٩٠٠٠",
    "http://127.0.0.1:{port}\n",
    "http://127.0.0.1:{port}\r\nHost: fcm.googleapis.com",
    "http://127.0.0.1:{port}\x00.googleapis.com",
    " http://127.0.0.1:{port}",
    "HTTP://127.0.0.1:{port}",
    "https://127.0.0.1:{port}",
    "//127.0.0.1:{port}",
    "file:///etc/hosts",
    "ftp://127.0.0.1:{port}",
    "https://fcm.googleapis.com",
    "https://api.sendgrid.com",
    "https://api.eu.sendgrid.com",
    "https://8.8.8.8",
    "http://134744072",
]
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
EVERYBODY = {Channel.PUSH: "android-1", Channel.EMAIL: "person1@training.example"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SMARTALERT_")]:
        monkeypatch.delenv(name)
    for name in ("no_proxy", "NO_PROXY", *PROXIES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Rogue]:
    """Whoever must never hear of an exercise."""
    with rogue(says(raw("200 OK", b'{"access_token": "theirs", "expires_in": 3600}'))) as listens:
        yield listens


@pytest.fixture
def simulator(elsewhere: Rogue) -> Iterator[Rogue]:
    """What answers where the simulator should; nothing may have reached anybody else when it ends."""
    with rogue(says(raw("200 OK", b"{}"))) as listens:
        listens.by_path["/token"] = says(raw("200 OK", b'{"access_token": "ours", "expires_in": 3600}'))
        yield listens
    assert elsewhere.asked == []


@pytest.fixture
def training(simulator: Rogue, tmp_path: Path) -> Settings:
    """A training deployment's settings."""
    credentials.ensure(tmp_path / "simulator", simulator.url)
    return Settings(mode=Mode.TRAINING, data_dir=tmp_path, simulator_port=int(simulator.url.rpartition(":")[2]))


def send(settings: Settings) -> dict[Channel, Outcome]:
    """What becomes of one push and one mail of a deployment with these settings."""
    return _send(for_deployment(settings, Mode.TRAINING))


def _send(built: dict[Channel, Provider]) -> dict[Channel, Outcome]:
    told: dict[Channel, Outcome] = {}

    async def each() -> None:
        for channel, provider in built.items():
            addressee = Addressee("1", EVERYBODY[channel], {})
            await provider.hand_over(
                make_message(expires_at=datetime.now(UTC) + timedelta(hours=1)),
                [addressee],
                lambda _, outcome, channel=channel: told.__setitem__(channel, outcome),
            )
            await provider.aclose()

    asyncio.run(each())
    return told


def ask_residents(settings: Settings) -> None:
    """What a drill asks of the simulator beside what leaves."""

    async def each() -> None:
        residents = simulated_residents(settings)
        await residents.tell_drills({12: ("A drill", {})})
        await residents.answer(12, Answer(Channel.PUSH, EVERYBODY[Channel.PUSH], "1", "1", "I saw it."))
        await residents.aclose()

    asyncio.run(each())


def test_training_asks_the_simulator(training, simulator):
    """The tests below prove nothing if nothing leaves at all."""
    send(training)
    assert {asked.path for asked in simulator.asked} >= {"/token", "/v3/mail/send"}


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("name", ["fcm_endpoint", "sendgrid_endpoint"])
def test_no_spelling_of_an_address_leads_elsewhere(training, simulator, elsewhere, name, address):
    address = address.format(port=elsewhere.url.rpartition(":")[2])
    with pytest.raises((ModeRefused, SetupError)):
        send(Settings(mode=Mode.TRAINING, data_dir=training.data_dir, **{name: address}))
    with pytest.raises(ModeRefused):
        simulated_residents(Settings(mode=Mode.TRAINING, fcm_endpoint=address))


def test_no_spelling_in_the_environment_or_its_file_does(training, elsewhere, monkeypatch, tmp_path):
    port = elsewhere.url.rpartition(":")[2]
    for address in (text.format(port=port) for text in ELSEWHERE if "\x00" not in text):
        monkeypatch.setenv("SMARTALERT_FCM_ENDPOINT", address)
        with pytest.raises((ModeRefused, SetupError)):
            send(Settings(mode=Mode.TRAINING, data_dir=tmp_path))


@pytest.mark.parametrize("name", PROXIES)
def test_no_proxy_of_the_environment_carries_an_exercise(training, simulator, elsewhere, monkeypatch, name):
    built = for_deployment(training, Mode.TRAINING)
    monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "intranet.police.uk")
    _send(built)
    _send(for_deployment(training, Mode.TRAINING, drill=12))
    ask_residents(training)
    assert {asked.path for asked in simulator.asked} >= {"/v3/mail/send", "/drills/12/v3/mail/send", "/sim/drills"}


def test_an_account_that_is_changed_after_it_was_checked_leads_nowhere(training, simulator, elsewhere):
    built = for_deployment(training, Mode.TRAINING)
    assert built
    path = training.data_dir / "simulator" / "service-account.json"
    account = json.loads(path.read_text())
    path.write_text(json.dumps({**account, "token_uri": f"{elsewhere.url}/token"}))
    with pytest.raises(ModeRefused):
        send(training)
    # … and in the moment between the check and its use
    path.write_text(json.dumps(account))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "smartalert.providers.deployment._service_account",
            lambda _: (path.write_text(json.dumps({**account, "token_uri": f"{elsewhere.url}/token"})), account)[1],
        )
        send(training)


@pytest.mark.parametrize(
    "project", ["x@{host}", "../../..//{host}/", "?{host}", "#{host}", "x\\..\\{host}", "//{host}"]
)
def test_no_name_of_a_project_does(training, elsewhere, project):
    path = training.data_dir / "simulator" / "service-account.json"
    account = json.loads(path.read_text())
    path.write_text(json.dumps({**account, "project_id": project.format(host=elsewhere.url.partition("//")[2])}))
    send(training)


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
@pytest.mark.parametrize("at", ["everything", "/token"])
def test_no_answer_leads_elsewhere(training, simulator, elsewhere, status, at):
    away = says(raw(f"{status} Elsewhere", b"", f"Location: {elsewhere.url}/taken", f"Refresh: 0; url={elsewhere.url}"))
    if at == "everything":
        simulator.behaviour, simulator.by_path = away, {}
    else:
        simulator.by_path[at] = away
    send(training)
    ask_residents(training)


@pytest.mark.parametrize(
    "words", ["{url}", "{url}/x", "android-1\r\nHost: {host}", "a@{host}", "//{host}/", "a@[127.0.0.1]"]
)
def test_no_address_that_the_database_holds_is_asked(training, elsewhere, words, monkeypatch):
    words = words.format(url=elsewhere.url, host=elsewhere.url.partition("//")[2])
    monkeypatch.setattr("tests.test_nothing_leaks.EVERYBODY", dict.fromkeys(Channel, words))
    send(training)


@pytest.mark.parametrize("name", PROXIES)
def test_the_supervisor_asks_no_proxy_how_its_processes_are(simulator, elsewhere, monkeypatch, name):
    monkeypatch.setenv(name, elsewhere.url)
    monkeypatch.setenv("no_proxy", "")
    assert supervisor.answers(f"{simulator.url}/health")


def test_the_supervisor_is_led_nowhere(simulator, elsewhere):
    simulator.behaviour = says(raw("302 Elsewhere", b"", f"Location: {elsewhere.url}/health"))
    assert not supervisor.answers(f"{simulator.url}/health")


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "localhost", "localhost.", "sms.example", "0.0.0.0",  # noqa: S104
     "[::ffff:8.8.8.8]", "2130706433", "0x7f000001",
     "127.1", "127.0.0.1@8.8.8.8", "8.8.8.8%23@127.0.0.1.example", "[::]"],
)  # fmt: skip
@pytest.mark.parametrize("which", ["events_url", "receipts_url"])
def test_the_simulator_reports_to_this_machine_alone(tmp_path, which, host):
    keys = credentials.ensure(tmp_path, "http://127.0.0.1:9000")
    with pytest.raises(SetupError, match="this machine only"):
        server.run(
            host="127.0.0.1",
            port=0,
            credentials=keys,
            **{"events_url": None, "receipts_url": None, which: f"http://{host}:8000/webhooks"},
        )


@pytest.mark.parametrize(
    "link",
    ["{url}/report/x", "//{host}/report/x", "{url}/../report/x", "http://a@{host}/report/x", "\\\\{host}/report/x"],
)
def test_residents_answer_nobody_but_the_public_service_here(elsewhere, link):
    """Whatever host a message names, they ask the public service of this machine."""
    link = link.format(url=elsewhere.url, host=elsewhere.url.partition("//")[2])
    card = Card("t", "1", "1", "", json.dumps({"message": {"data": {"report": link}}}).encode(), 0.0)
    answers = Answers("http://127.0.0.1:8000/webhooks/phones")
    assert answers._base == "http://127.0.0.1:8000"
    assert report_path(card) in ("", "/report/x")
