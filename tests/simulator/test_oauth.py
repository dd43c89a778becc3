"""Google's token endpoint."""

import json
import time

import google.auth.transport.requests
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account

from tests.simulator.conftest import FIREBASE, Push, access_token
from tests.simulator_process import SimulatorProcess


def asked(simulator: SimulatorProcess, key: str | None = None, **claims: object) -> httpx.Response:
    account = json.loads(simulator.credentials.service_account.read_text())
    signer = crypt.RSASigner.from_string(key or account["private_key"], account["private_key_id"])
    now = int(time.time())
    payload = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "scope": FIREBASE,
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode(signer, payload).decode(),
    }
    return simulator.client.post("/token", data=form)


def test_a_signed_assertion_earns_an_access_token(simulator: SimulatorProcess) -> None:
    answer = asked(simulator).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599


def test_another_key_is_refused(simulator: SimulatorProcess) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stranger = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    answer = asked(simulator, key=stranger)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": int(time.time()) - 7200, "iat": int(time.time()) - 9000}, "invalid_grant"),
        ({"exp": int(time.time()) + 86_400}, "invalid_grant"),
        ({"iss": "somebody@else.example"}, "invalid_grant"),
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope"),
    ],
)
def test_an_assertion_that_claims_too_much_is_refused(
    simulator: SimulatorProcess, claims: dict[str, object], error: str
) -> None:
    answer = asked(simulator, **claims)
    assert answer.status_code == 400
    assert answer.json()["error"] == error


def test_other_grants_are_refused(simulator: SimulatorProcess) -> None:
    answer = simulator.client.post("/token", data={"grant_type": "password"})
    assert answer.json()["error"] == "unsupported_grant_type"


def test_rubbish_is_refused(simulator: SimulatorProcess) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "no.such.thing"}
    assert simulator.client.post("/token", data=form).status_code == 400


def test_googles_own_library_reads_the_refusal(simulator: SimulatorProcess) -> None:
    account = service_account.Credentials.from_service_account_file(
        str(simulator.credentials.service_account), scopes=["https://www.googleapis.com/auth/drive"]
    )
    with pytest.raises(RefreshError, match="invalid_scope"):
        account.refresh(google.auth.transport.requests.Request())


def test_a_stale_token_is_told_so(simulator: SimulatorProcess, push: Push) -> None:
    simulator.expire_tokens()
    answer = push()
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert access_token(simulator)
