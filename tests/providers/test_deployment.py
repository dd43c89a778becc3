"""Live reaches people and training reaches the simulator, whatever the settings say."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from smartalert.config import Mode, Settings
from smartalert.errors import ModeRefused, SetupError
from smartalert.providers import for_deployment, simulated_residents
from smartalert.providers.fcm.client import Fcm
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.simulator import credentials

SIMULATOR = "http://127.0.0.1:9000"
LIVE_KEY = "SG.live.key"
ENDPOINTS = st.sampled_from(
    [
        SIMULATOR,
        "http://127.0.0.1:9001",
        "https://fcm.googleapis.com",
        "https://api.sendgrid.com",
        "https://api.eu.sendgrid.com",
        "http://fcm.googleapis.com",
        "http://127.0.0.1:9000@fcm.googleapis.com",
        "http://127.0.0.1:9000.evil.example.com",
        "http://127.0.0.1:9000\n.evil.com",
        "http://127.0.0.1:9000/../https://evil.com",
        "https://127.0.0.1",
        "https://127.0.0.1.:443",
        "https://localhost",
        "https://simulator.localhost",
        "https://[::1]:9000",
        "https://0x7f000001",
        "https://2130706433",
        "https://127.1",
        "https://10.0.0.8",
        "https://user:secret@api.sendgrid.com",
        "HTTPS://LOCALHOST.",
        "",
        "nonsense",
    ]
)
ANY_ENDPOINT = ENDPOINTS | st.from_regex(r"https?://[a-z0-9.@:\[\]-]{0,30}", fullmatch=True) | st.text(max_size=30)
FREELY = hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Keys:
    """The simulator's credentials, and some that look like a force's own."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder
        self.simulator = credentials.ensure(folder / "simulator", SIMULATOR)
        account = json.loads(self.simulator.service_account.read_text())
        self.live = self._written("live.json", {**account, "token_uri": "https://oauth2.googleapis.com/token"})
        self.elsewhere = self._written("other.json", {**account, "token_uri": "http://127.0.0.1:9999/token"})
        self.broken = self._written("broken.json", {"token_uri": f"{SIMULATOR}/token"})

    def _written(self, name: str, content: dict[str, str]) -> Path:
        path = self.data_dir / name
        path.write_text(json.dumps(content))
        return path

    @property
    def accounts(self) -> list[Path | None]:
        return [None, self.simulator.service_account, self.live, self.elsewhere, self.broken, self.data_dir / "none"]

    def training(self, **changes: object) -> Settings:
        return Settings(mode=Mode.TRAINING, data_dir=self.data_dir, **changes)

    def live_settings(self, **changes: object) -> Settings:
        facts = {
            "fcm_service_account": self.live,
            "sendgrid_api_key": SecretStr(LIVE_KEY),
            "sender": "alerts@staffordshire.police.uk",
        }
        return Settings(mode=Mode.LIVE, data_dir=self.data_dir, **{**facts, **changes})


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SMARTALERT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")


def account_of(provider: object) -> str:
    """Where the provider gets its access tokens."""
    assert isinstance(provider, Fcm)
    return str(provider._pyfcm.credentials._token_uri)


def key_of(provider: object) -> str:
    """The key the provider shows to SendGrid."""
    assert isinstance(provider, SendGrid)
    return str(provider.headers["Authorization"]).removeprefix("Bearer ")


def test_training_needs_no_settings_but_the_simulators_keys(keys: Keys) -> None:
    built = for_deployment(keys.training(), Mode.TRAINING)
    assert set(built) == {"push", "email"}
    assert built["push"].url == f"{SIMULATOR}/v1/projects/smartalert-training/messages:send"
    assert built["email"].url == SIMULATOR
    assert key_of(built["email"]) == keys.simulator.sendgrid_api_key


def test_a_drill_has_providers_of_its_own_at_the_simulators_and_a_live_database_has_none(keys: Keys) -> None:
    built = for_deployment(keys.training(), Mode.TRAINING, drill=12)
    assert built["push"].url == f"{SIMULATOR}/drills/12/v1/projects/smartalert-training/messages:send"
    assert built["email"].url == f"{SIMULATOR}/drills/12"
    assert account_of(built["push"]) == f"{SIMULATOR}/token"
    with pytest.raises(ModeRefused):
        for_deployment(keys.live_settings(), Mode.LIVE, drill=12)
    with pytest.raises(ModeRefused):
        simulated_residents(keys.live_settings())


def test_training_takes_what_the_simulator_tells_it_to_set(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in keys.simulator.environment.items():
        monkeypatch.setenv(name, value)
    assert set(for_deployment(Settings(mode=Mode.TRAINING, data_dir=Path("elsewhere")), Mode.TRAINING)) == {
        "push",
        "email",
    }


@FREELY
@given(data=st.data(), fcm=ANY_ENDPOINT, sendgrid=ANY_ENDPOINT, key=st.sampled_from(["", LIVE_KEY, "SIMULATOR"]))
def test_training_never_reaches_beyond_the_simulator(
    keys: Keys, data: st.DataObject, fcm: str, sendgrid: str, key: str
) -> None:
    changes = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "fcm_endpoint": st.just(fcm),
                "sendgrid_endpoint": st.just(sendgrid),
                "fcm_service_account": st.sampled_from(keys.accounts),
                "sendgrid_api_key": st.just(SecretStr(keys.simulator.sendgrid_api_key if key == "SIMULATOR" else key)),
            },
        )
    )
    try:
        built = for_deployment(keys.training(**changes), Mode.TRAINING)
    except (ModeRefused, SetupError):
        return
    for provider in built.values():
        parts = urlsplit(provider.url)
        assert (parts.scheme, parts.hostname) == ("http", "127.0.0.1")
        assert parts.port
    assert account_of(built["push"]) == f"{SIMULATOR}/token"
    assert key_of(built["email"]) == keys.simulator.sendgrid_api_key


@FREELY
@given(data=st.data(), fcm=ANY_ENDPOINT, sendgrid=ANY_ENDPOINT)
@example(data=None, fcm="https://fcm.googleapis.com", sendgrid="https://api.eu.sendgrid.com")
def test_live_never_reaches_this_machine(keys: Keys, data: st.DataObject | None, fcm: str, sendgrid: str) -> None:
    account = data.draw(st.sampled_from(keys.accounts)) if data else keys.live
    live = keys.live_settings(fcm_endpoint=fcm, sendgrid_endpoint=sendgrid, fcm_service_account=account)
    try:
        built = for_deployment(live, Mode.LIVE)
    except (ModeRefused, SetupError):
        assert data is not None
        return
    for provider in built.values():
        parts = urlsplit(provider.url)
        assert parts.scheme == "https"
        assert parts.hostname not in ("localhost", "127.0.0.1", "::1")
        assert not parts.hostname.replace(".", "").isdigit()
    assert account_of(built["push"]) == "https://oauth2.googleapis.com/token"
    assert key_of(built["email"]) == LIVE_KEY


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fcm_service_account": None}, "SMARTALERT_FCM_SERVICE_ACCOUNT"),
        ({"fcm_service_account": Path("nowhere.json")}, "SMARTALERT_FCM_SERVICE_ACCOUNT"),
        ({"sendgrid_api_key": SecretStr(" ")}, "SMARTALERT_SENDGRID_API_KEY"),
        ({"sender": "alerts@staffordshire.example"}, "SMARTALERT_SENDER"),
        ({"fcm_endpoint": "http://fcm.googleapis.com"}, "SMARTALERT_FCM_ENDPOINT"),
        ({"sendgrid_endpoint": ""}, "SMARTALERT_SENDGRID_ENDPOINT"),
    ],
)
def test_live_names_the_setting_that_is_missing(keys: Keys, changes: dict[str, object], named: str) -> None:
    with pytest.raises(SetupError, match=named):
        for_deployment(keys.live_settings(**changes), Mode.LIVE)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fcm_endpoint": SIMULATOR}, "SMARTALERT_FCM_ENDPOINT"),
        ({"sendgrid_endpoint": "https://localhost"}, "SMARTALERT_SENDGRID_ENDPOINT"),
    ],
)
def test_live_refuses_a_simulator(keys: Keys, changes: dict[str, object], named: str) -> None:
    with pytest.raises(ModeRefused, match=named):
        for_deployment(keys.live_settings(**changes), Mode.LIVE)
    with pytest.raises(ModeRefused, match="token_uri"):
        for_deployment(keys.live_settings(fcm_service_account=keys.simulator.service_account), Mode.LIVE)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fcm_endpoint": "https://fcm.googleapis.com"}, "SMARTALERT_FCM_ENDPOINT"),
        ({"sendgrid_endpoint": "https://api.sendgrid.com"}, "SMARTALERT_SENDGRID_ENDPOINT"),
        ({"sendgrid_api_key": SecretStr(LIVE_KEY)}, "SMARTALERT_SENDGRID_API_KEY"),
    ],
)
def test_training_refuses_what_is_live_by_name(keys: Keys, changes: dict[str, object], named: str) -> None:
    with pytest.raises(ModeRefused, match=named) as refusal:
        for_deployment(keys.training(**changes), Mode.TRAINING)
    assert LIVE_KEY not in str(refusal.value)
    with pytest.raises(ModeRefused, match="SMARTALERT_FCM_SERVICE_ACCOUNT"):
        for_deployment(keys.training(fcm_service_account=keys.live), Mode.TRAINING)


def test_settings_and_database_must_agree_on_the_mode(keys: Keys) -> None:
    with pytest.raises(ModeRefused):
        for_deployment(keys.training(), Mode.LIVE)
    with pytest.raises(ModeRefused):
        for_deployment(keys.live_settings(), Mode.TRAINING)
