"""Google's OAuth token endpoint: a signed assertion of the service account against an access token."""

import base64
import binascii
import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from smartalert.simulator.wire import Answer, Request, json_answer

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Google allows a little clock skew and at most an hour.
SKEW_S, LONGEST_S = 300, 3_600
SCOPES = {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
#: google-auth names Google's own endpoint as audience, whatever token_uri says.
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
TOKEN_LIFE_S = 3_599


class _Refused(Exception):
    def __init__(self, error: str, description: str) -> None:
        self.answer = json_answer({"error": error, "error_description": description}, 400)


class TokenIssuer:
    """Issues access tokens to one service account and remembers which are good."""

    def __init__(self, service_account: Path) -> None:
        account = json.loads(service_account.read_text())
        private = load_pem_private_key(account["private_key"].encode(), None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError("Google's service accounts have RSA keys.")
        self._public = private.public_key()
        self._account = account
        self._good_until: dict[bytes, float] = {}

    def issue(self, request: Request) -> Answer:
        """An access token for a good assertion; Google's own errors for any other."""
        form = parse_qs(request.body.decode("latin1"))
        try:
            if form.get("grant_type") != [GRANT]:
                raise _Refused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', [''])[0]}")
            self._check(form.get("assertion", [""])[0])
        except _Refused as refused:
            return refused.answer
        token = f"ya29.simulated-{secrets.token_urlsafe(24)}"
        self._good_until[f"Bearer {token}".encode()] = time.time() + TOKEN_LIFE_S
        return json_answer({"access_token": token, "expires_in": TOKEN_LIFE_S, "token_type": "Bearer"})

    def is_good(self, authorization: bytes) -> bool:
        """Whether this Authorization header names a token of ours that still runs."""
        return self._good_until.get(authorization, 0.0) > time.time()

    def revoke_all(self) -> None:
        """Make every token stale, as if an hour had passed."""
        self._good_until.clear()

    def _check(self, assertion: str) -> None:
        try:
            head, body, signature = assertion.split(".")
            header, claims = orjson.loads(_decoded(head)), orjson.loads(_decoded(body))
            signed = _decoded(signature)
        except (ValueError, binascii.Error):
            raise _Refused("invalid_grant", "Bad Request") from None
        if claims.get("iss") != self._account["client_email"]:
            raise _Refused("invalid_grant", "Invalid grant: account not found")
        if header.get("alg") != "RS256" or header.get("kid") != self._account["private_key_id"]:
            raise _Refused("invalid_grant", "Invalid JWT Signature.")
        try:
            self._public.verify(signed, f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise _Refused("invalid_grant", "Invalid JWT Signature.") from None
        self._check_claims(claims)

    def _check_claims(self, claims: dict[str, Any]) -> None:
        now, issued, expires = time.time(), claims.get("iat", 0), claims.get("exp", 0)
        if not (issued - SKEW_S <= now <= expires + SKEW_S and 0 < expires - issued <= LONGEST_S):
            raise _Refused(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )
        if claims.get("aud") not in (GOOGLE_AUDIENCE, self._account["token_uri"]):
            raise _Refused("invalid_grant", "Invalid JWT: Failed audience check.")
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            raise _Refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
