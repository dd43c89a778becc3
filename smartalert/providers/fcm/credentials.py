"""Google's access tokens: renewed in the background while the one we have still serves, and asked for once for all."""

import asyncio
import json
import logging
import time
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from google.auth import jwt
from google.oauth2.service_account import Credentials as Account

from smartalert.providers.fcm.answers import CREDENTIALS_REFUSED, NO_TOKEN
from smartalert.providers.provider import TemporaryFailure
from smartalert.providers.transport import Cut, NotReached, PooledTransport

log = logging.getLogger(__name__)

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
#: What Google wants to read in an assertion, wherever it is sent.
AUDIENCE = "https://oauth2.googleapis.com/token"
#: Google's tokens live an hour: renewed after half of it, and used no longer than nearly all.
RENEWED_AFTER_S, USED_FOR_S = 1_800.0, 3_500.0
#: Without a token no push leaves: better asked for again than waited for.
GIVEN_WITHIN_S = 8.0


class NoToken(Exception):
    """Google gave us no access token; what that means for every push."""

    def __init__(self, outcome: TemporaryFailure) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Credentials:
    """Headers that FCM accepts, for one event loop."""

    def __init__(self, account: Account, file: Path, *, timeout_s: float, confined_to: str = "") -> None:
        self._account = account
        self._url = str(json.loads(file.read_text())["token_uri"])
        self._transport = PooledTransport(
            connections=1, timeout_s=min(timeout_s, GIVEN_WITHIN_S), keep_open=False, confined_to=confined_to
        )
        self._headers: dict[str, str] = {}
        self._renew_at = self._ends_at = self._retry_at = 0.0
        self._trouble = NO_TOKEN
        self._renewal: asyncio.Task[None] | None = None

    async def headers(self, refused: dict[str, str] | None = None) -> dict[str, str]:
        """Good headers, other than those just refused; raises NoToken."""
        now, held = monotonic(), self._headers
        serves = bool(held) and held is not refused and now < self._ends_at
        if not serves or now >= self._renew_at:
            renewal = self._renewing()
            if not serves:
                await asyncio.shield(renewal)
        return self._headers

    async def aclose(self) -> None:
        """Ask no more."""
        if self._renewal is not None:
            self._renewal.cancel()
        await self._transport.aclose()

    def _renewing(self) -> asyncio.Task[None]:
        """The one attempt that is under way, or a new one."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
            # Where nobody waits for it, what it raises is kept for whoever will.
            self._renewal.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._renewal

    async def _renew(self) -> None:
        if monotonic() < self._retry_at:
            raise NoToken(self._trouble)
        try:
            token = await self._fetch()
        except NoToken as refusal:
            self._trouble = refusal.outcome
            self._retry_at = self._renew_at = monotonic() + (refusal.outcome.retry_after_s or 0.0)
            log.warning("no access token for FCM; next try in %d s", refusal.outcome.retry_after_s or 0.0)
            raise
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._renew_at, self._ends_at = monotonic() + RENEWED_AFTER_S, monotonic() + USED_FOR_S

    async def _fetch(self) -> str:
        body = urlencode({"grant_type": GRANT, "assertion": self._assertion()}).encode()
        try:
            answer = await self._transport.post(self._url, body, {"Content-Type": "application/x-www-form-urlencoded"})
        except (NotReached, Cut):
            raise NoToken(NO_TOKEN) from None
        if answer.status_code in (400, 401, 403):
            raise NoToken(CREDENTIALS_REFUSED)
        try:
            token: Any = answer.json()["access_token"] if answer.status_code == 200 else None
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise NoToken(NO_TOKEN)
        return token

    def _assertion(self) -> str:
        """Who we are, signed with the account's key."""
        now = int(time.time())
        claims = {
            "iss": self._account.service_account_email,
            "aud": AUDIENCE,
            "scope": SCOPE,
            "iat": now,
            "exp": now + 3_600,
        }
        return str(jwt.encode(self._account.signer, claims).decode())  # type: ignore[no-untyped-call]
