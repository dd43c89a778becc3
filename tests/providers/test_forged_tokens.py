"""Tokens that nobody but the force's provider may make, made by somebody else: none of them signs anybody in."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from smartalert.errors import NotAllowed
from smartalert.providers.identity import Identity

CLIENT, SECRET, BACK = "smart-alert", "only for tests", "http://127.0.0.1:8501/sign-in/back"
OURS, THEIRS = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})
CURVE = ECKey.generate_key("P-256", {"kid": "2"})
Claims = dict[str, Any]


class Provider:
    """An OpenID provider whose answers a test writes."""

    def __init__(self, url: str) -> None:
        self.url, self.token = url, ""
        self.algorithms: list[str] | None = ["RS256"]

    def says(self, path: str) -> Claims:
        """The answer to one request."""
        if path.endswith("openid-configuration"):
            ends = {name: f"{self.url}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            listed = {"id_token_signing_alg_values_supported": self.algorithms} if self.algorithms else {}
            return {"issuer": self.url, **ends, **listed}
        if path == "/jwks_uri":
            return {"keys": [OURS.as_dict(private=False), CURVE.as_dict(private=False)]}
        return {"token_type": "Bearer", "access_token": "a", "id_token": self.token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(made.says(self.path)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Provider(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield made
        server.shutdown()


def signed_in(provider: Provider, forge: Callable[[Claims], str], **changed: Any) -> Claims:
    """The claims of the whole exchange, whose token is what forge makes of the right claims with these changes."""
    identity = Identity(provider.url, CLIENT, SECRET, "openid")
    begun = asyncio.run(identity.begin(BACK))
    now = int(time.time())
    claims = {
        "iss": provider.url, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"],
        "name": "Chief Constable", "roles": ["administrator"], **changed,
    }  # fmt: skip
    provider.token = forge({name: value for name, value in claims.items() if value is not None})
    return asyncio.run(identity.finish({"state": begun["state"], "code": "x"}, begun))


def by(key: Any, algorithm: str, **header: Any) -> Callable[[Claims], str]:
    registry = JWSRegistry(algorithms=[algorithm])
    return lambda claims: jwt.encode({"alg": algorithm, "kid": "1", **header}, claims, key, registry=registry)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned(claims: Claims, algorithm: str = "none", signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': '1'})}.{part(claims)}.{signature}"


def by_secret(secret: bytes) -> Callable[[Claims], str]:
    def forge(claims: Claims) -> str:
        signed = unsigned(claims, "HS256").rstrip(".")
        mark = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"

    return forge


def stripped(claims: Claims) -> str:
    """Signed for somebody else, then given other claims."""
    header, _, signature = by(OURS, "RS256")({**claims, "roles": []}).split(".")
    return f"{header}.{part(claims)}.{signature}"


def test_what_the_provider_signed_is_believed(provider: Provider) -> None:
    assert signed_in(provider, by(OURS, "RS256"))["roles"] == ["administrator"]
    provider.algorithms = None
    assert signed_in(provider, by(OURS, "RS256"))["sub"] == "u-1"
    provider.algorithms = ["none", "HS256", "ES256"]
    assert signed_in(provider, by(CURVE, "ES256", kid="2"))["sub"] == "u-1"


FORGED: dict[str, Callable[[Claims], str]] = {
    "none": unsigned,
    "None": lambda claims: unsigned(claims, "None"),
    "NONE": lambda claims: unsigned(claims, "NONE"),
    "none with a signature": lambda claims: unsigned(claims, signature="c2lnbmVk"),
    "an empty signature": lambda claims: unsigned(claims, "RS256"),
    "no algorithm": lambda claims: unsigned(claims, ""),
    "our own secret": by_secret(SECRET.encode()),
    "the public key as a secret": by_secret(OURS.as_pem(private=False)),
    "somebody else's key": by(THEIRS, "RS256"),
    "a key of its own": by(THEIRS, "RS256", jwk=THEIRS.as_dict(private=False)),
    "other claims": stripped,
    "no token": lambda _: "",
    "no JWT": lambda _: "x.y",
}


@pytest.mark.parametrize("algorithms", [["RS256"], ["none"], ["RS256", "none", "HS256"], None], ids=str)
@pytest.mark.parametrize("forged", FORGED)
def test_what_it_did_not_sign_is_not_whatever_its_document_lists(
    provider: Provider, forged: str, algorithms: list[str] | None
) -> None:
    provider.algorithms = algorithms
    with pytest.raises(NotAllowed):
        signed_in(provider, FORGED[forged])


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"}, {"iss": None}, {"aud": "another-client"}, {"aud": None},
        {"exp": 1_000_000_000}, {"exp": None}, {"nonce": "another"}, {"nonce": None}, {"sub": None},
        {"iat": 4_000_000_000}, {"at_hash": "wrong"},
    ],
    ids=str,
)  # fmt: skip
def test_what_it_signed_for_another_purpose_is_not(provider: Provider, changed: Claims) -> None:
    with pytest.raises(NotAllowed):
        signed_in(provider, by(OURS, "RS256"), **changed)


def test_the_hash_of_the_access_token_is_believed(provider: Provider) -> None:
    half = base64.urlsafe_b64encode(hashlib.sha256(b"a").digest()[:16]).decode().rstrip("=")
    assert signed_in(provider, by(OURS, "RS256"), at_hash=half)["sub"] == "u-1"
