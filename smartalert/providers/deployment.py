"""Which providers a deployment has: live ones reach people, training ones only the simulator on this machine."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from smartalert.config import Mode, Settings
from smartalert.errors import ModeRefused, SetupError
from smartalert.providers import paces_of
from smartalert.providers.fcm.client import Fcm
from smartalert.providers.pace import Pace
from smartalert.providers.provider import Provider
from smartalert.providers.residents import Residents
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.providers.sendgrid.mail import Sender
from smartalert.providers.smtp import bounces
from smartalert.providers.smtp.client import Relay, Road
from smartalert.providers.smtp.mail import Signer
from smartalert.wording import Channel

#: Nothing but this literal form: a name, a path or a user part could lead elsewhere.
_SIMULATOR = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}")
#: A name with a dot in it, by https, without user or query.
_PROVIDER = re.compile(r"https://([a-z0-9-]+\.)+[a-z][a-z0-9-]*(:[0-9]{1,5})?(/[a-z0-9/._-]*)?")
#: RFC 2606 and 6761: nobody can answer, or prove that they own, an address under these.
_NOBODYS = ("example", "invalid", "test", "localhost", "local", "example.com", "example.net", "example.org")


Paces = Mapping[Channel, Pace]


def providers(
    settings: Settings,
    mode: Mode,
    may_send: Callable[[], bool],
    drill: int | None = None,
    shared: Paces | None = None,
) -> dict[Channel, Provider]:
    """The provider of each channel for a database of this mode; raises ModeRefused or SetupError and builds nothing.

    A drill has its own, so that nothing waits for what troubles another's. With `shared` they keep to those paces.
    """
    if settings.mode is not mode:
        raise ModeRefused(f"SMARTALERT_MODE is {settings.mode}, but the database is a {mode} one.")
    return _BUILT[mode](settings, may_send, drill, shared or paces_of(settings))


def residents(settings: Settings) -> Residents:
    """Those of a training deployment, at the simulator's; raises ModeRefused."""
    if settings.mode is not Mode.TRAINING:
        raise ModeRefused("Only training has simulated residents.")
    return Residents(_simulator_endpoint(settings, "fcm_endpoint"))


def _training(
    settings: Settings, may_send: Callable[[], bool], drill: int | None, paced: Paces
) -> dict[Channel, Provider]:
    fcm_endpoint = _simulator_endpoint(settings, "fcm_endpoint")
    sendgrid_endpoint = _simulator_endpoint(settings, "sendgrid_endpoint")
    world = "" if drill is None else f"/drills/{drill}"
    folder = settings.data_dir / "simulator"
    account = settings.fcm_service_account or folder / "service-account.json"
    if _service_account(account)["token_uri"] != f"{fcm_endpoint}/token":
        raise ModeRefused("SMARTALERT_FCM_SERVICE_ACCOUNT names an account that is not the simulator's.")
    key = _simulator_key(settings, account.with_name("sendgrid-api-key"))
    mails = SendGrid(
        key, endpoint=sendgrid_endpoint + world, sender=_sender(settings), may_send=may_send,
        pace=paced[Channel.EMAIL], confined_to=sendgrid_endpoint,
    )  # fmt: skip
    pushes = Fcm(
        account, endpoint=fcm_endpoint + world, may_send=may_send, pace=paced[Channel.PUSH], confined_to=fcm_endpoint
    )
    return {Channel.PUSH: pushes, Channel.EMAIL: mails}


def _live(settings: Settings, may_send: Callable[[], bool], drill: int | None, paced: Paces) -> dict[Channel, Provider]:
    if drill is not None:
        raise ModeRefused("There are no drills in a live database.")
    account, fcm_endpoint = check_push(settings)
    key, sendgrid_endpoint = check_mail(settings)
    sender = check_sender(settings)
    return {
        Channel.PUSH: Fcm(account, endpoint=fcm_endpoint, may_send=may_send, pace=paced[Channel.PUSH]),
        Channel.EMAIL: SendGrid(
            key, endpoint=sendgrid_endpoint, sender=sender, may_send=may_send, pace=paced[Channel.EMAIL]
        ),
    }


def check_push(settings: Settings) -> tuple[Path, str]:
    """What a live deployment reaches phones with: file of the account, endpoint. Raises ModeRefused or SetupError."""
    endpoint = _live_address(settings.fcm_endpoint, "SMARTALERT_FCM_ENDPOINT")
    if settings.fcm_service_account is None:
        raise SetupError("SMARTALERT_FCM_SERVICE_ACCOUNT is not set: name Google's service account file.")
    account = _service_account(settings.fcm_service_account)
    _live_address(account["token_uri"], "The token_uri in the file that SMARTALERT_FCM_SERVICE_ACCOUNT names")
    return settings.fcm_service_account, endpoint


def check_mail(settings: Settings) -> tuple[str, str]:
    """What a live deployment sends mails with: key, endpoint. Raises ModeRefused or SetupError."""
    endpoint = _live_address(settings.sendgrid_endpoint, "SMARTALERT_SENDGRID_ENDPOINT")
    key = settings.sendgrid_api_key.get_secret_value().strip()
    if not key:
        raise SetupError("SMARTALERT_SENDGRID_API_KEY is not set.")
    return key, endpoint


def check_sender(settings: Settings) -> Sender:
    """Who a live deployment's mails come from. Raises SetupError."""
    name, _, domain = settings.sender.rpartition("@")
    if not name or "." not in domain or is_nobodys(domain):
        raise SetupError("SMARTALERT_SENDER must be an address of the force's own: mails come from it.")
    return _sender(settings)


def is_nobodys(host: str) -> bool:
    """Whether a name leads nowhere, or to this machine, by what such names are kept for."""
    return host in _NOBODYS or host.endswith(tuple(f".{name}" for name in _NOBODYS))


def relay(settings: Settings, mode: Mode, may_send: Callable[[], bool]) -> Relay | None:
    """The second road for mail, where the force has one; in training on this machine alone. Raises as providers()."""
    url = settings.mail_relay.get_secret_value().strip()
    if not url:
        return None
    try:
        road = Road.parse(url)
    except ValueError as error:
        raise SetupError(f"SMARTALERT_MAIL_RELAY: {error}") from None
    if mode is Mode.TRAINING and not road.is_here:
        raise ModeRefused("SMARTALERT_MAIL_RELAY must be on this machine, 127.0.0.1: this is a training database.")
    if mode is Mode.LIVE and _leads_to_a_simulator(f"smtp://{road.host}"):
        raise ModeRefused("SMARTALERT_MAIL_RELAY leads to this machine or a simulator: this is a live database.")
    mailbox = settings.mail_bounces or settings.sender
    return Relay(
        road,
        sender=_sender(settings),
        return_path=partial(bounces.return_path, mailbox),
        signer=_dkim(settings),
        may_send=may_send,
    )


def _dkim(settings: Settings) -> Signer | None:
    if settings.dkim_key is None:
        return None
    try:
        key = settings.dkim_key.read_bytes()
        signer = Signer(settings.sender.rpartition("@")[2], settings.dkim_selector, key)
        signer.signed(b"From: x@example.org\r\n\r\nx\r\n")
    except (OSError, ValueError):
        raise SetupError(f"SMARTALERT_DKIM_KEY: {settings.dkim_key} is not a private key in PEM.") from None
    return signer


_BUILT: dict[Mode, Callable[[Settings, Callable[[], bool], int | None, Paces], dict[Channel, Provider]]] = {
    Mode.TRAINING: _training,
    Mode.LIVE: _live,
}


def _sender(settings: Settings) -> Sender:
    return Sender(settings.sender, settings.force_name)


def _simulator_endpoint(settings: Settings, name: str) -> str:
    """The simulator's address; a default is the live one and does not count as chosen."""
    chosen = str(getattr(settings, name)) if name in settings.model_fields_set else settings.simulator_url
    if not _SIMULATOR.fullmatch(chosen):
        raise ModeRefused(
            f"SMARTALERT_{name.upper()} must be the simulator on this machine, such as "
            f"{settings.simulator_url}: this is a training database."
        )
    return chosen


def _simulator_key(settings: Settings, path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError:
        raise SetupError(f"The simulator's keys are not in {path.parent}. Start the simulator first.") from None
    if settings.sendgrid_api_key not in (SecretStr(""), SecretStr(key)):
        raise ModeRefused("SMARTALERT_SENDGRID_API_KEY is not the simulator's: unset it for training.")
    return key


def _live_address(url: str, name: str) -> str:
    if _leads_to_a_simulator(url):
        raise ModeRefused(f"{name} leads to this machine or a simulator: this is a live database.")
    if not _PROVIDER.fullmatch(url):
        raise SetupError(f"{name} must be an https address, such as https://fcm.googleapis.com.")
    return url


def _leads_to_a_simulator(url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    # A number in any spelling (127.1, 0x7f000001, ::1) is no provider's.
    return is_nobodys(host) or ":" in host or host.rpartition(".")[2][:1].isdigit()


def _service_account(path: Path) -> dict[str, Any]:
    try:
        account = json.loads(path.read_text())
    except (OSError, ValueError):
        account = None
    needed = ("token_uri", "project_id", "client_email", "private_key")
    if not isinstance(account, dict) or not all(isinstance(account.get(name), str) for name in needed):
        raise SetupError(f"SMARTALERT_FCM_SERVICE_ACCOUNT: {path} is not a Google service account file.")
    return account
