"""The keys of the simulated world, made once: Google's service account, SendGrid's API key, the webhook's key pair."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PROJECT = "smartalert-training"
#: Letters and digits of which none is taken for another; twelve of them are sixty bits.
SIGNS, PASSWORD_LENGTH = "abcdefghjkmnpqrstvwxyz23456789", 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the simulator and its callers share. The files are readable by their owner alone."""

    simulator_url: str
    #: Google's JSON, as pyfcm and google-auth read it; its token_uri is the simulator.
    service_account: Path
    sendgrid_api_key: str
    #: Base64 DER, as SendGrid's settings page shows it.
    webhook_public_key: str
    webhook_private_key: Path
    #: What the phones and inboxes ask for on another computer.
    password: str = field(repr=False)
    project_id: str = PROJECT

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point a training deployment at the simulator."""
        return {
            "SMARTALERT_FCM_ENDPOINT": self.simulator_url,
            "SMARTALERT_FCM_SERVICE_ACCOUNT": str(self.service_account),
            "SMARTALERT_SENDGRID_ENDPOINT": self.simulator_url,
            "SMARTALERT_SENDGRID_API_KEY": self.sendgrid_api_key,
            "SMARTALERT_SENDGRID_WEBHOOK_KEY": self.webhook_public_key,
            "SMARTALERT_SIMULATOR_PASSWORD": self.password,
        }


def ensure(folder: Path, simulator_url: str) -> Credentials:
    """The credentials of this folder, made if missing; token_uri follows the simulator. Safe when two start at once."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = simulator_url.rstrip("/")
    with _alone(folder):
        account, key, pem = folder / "service-account.json", folder / "sendgrid-api-key", folder / "webhook-private.pem"
        password = folder / "password"
        _ensure_service_account(account, f"{url}/token")
        if not key.exists():
            _write(key, f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}")
        if not pem.exists():
            _write(pem, _pem(ec.generate_private_key(ec.SECP256R1())))
        if not password.exists():
            _write(password, "".join(secrets.choice(SIGNS) for _ in range(PASSWORD_LENGTH)))
    return Credentials(url, account, key.read_text(), _public_base64(pem), pem, password.read_text())


def _ensure_service_account(path: Path, token_uri: str) -> None:
    account = json.loads(path.read_text()) if path.exists() else _new_service_account()
    if account.get("token_uri") != token_uri:
        _write(path, json.dumps(account | {"token_uri": token_uri}, indent=2))


def _new_service_account() -> dict[str, str]:
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "client_email": f"simulator@{PROJECT}.iam.gserviceaccount.com",
        "client_id": str(10**20 + secrets.randbelow(10**20)),
    }


def _pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_base64(pem: Path) -> str:
    public = load_pem_private_key(pem.read_bytes(), None).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    # Created closed: there is never a moment in which another user could read it.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with os.fdopen(os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
