"""The force's OpenID Connect provider, by Authlib: where to send a browser, and what its answer says of the person.

No redirect of it is followed, none of its answers is read without a bound, and one deadline covers all that is asked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError

from smartalert.errors import NotAllowed

#: For everything that one step of a sign-in asks of the provider.
TIMEOUT_S = 10.0
LONGEST_ANSWER = 1_000_000
#: Signatures that only the provider can make. Its document may also list `none`, or keys that we hold as well.
SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
#: Where its document says which signatures it makes.
MADE = "id_token_signing_alg_values_supported"
#: What we read of what a provider says of itself. Authlib takes every other name for a setting of its client.
READ = {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "jwks_uri",
    "jwks",
    MADE,
    "code_challenge_methods_supported",
    "_loaded_at",
}

#: What Authlib raises over an answer that is not of the form it expects.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


class Unreachable(NotAllowed):
    """The force’s sign-in does not answer as it should. Try again in a minute, or tell whoever runs Smart Alert."""


class Identity:
    """One client registered at one provider."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, scope: str) -> None:
        self.client = OAuth().register(
            "force",
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=client_id,
            client_secret=client_secret,
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_S,
                "follow_redirects": False,
                "headers": {"Accept-Encoding": "identity"},
                "event_hooks": {"response": [_limit]},
            },
        )

    async def begin(self, redirect_uri: str) -> dict[str, str]:
        """`url` to send the browser to, and beside it what `finish` must be given again. Raises NotAllowed."""
        try:
            async with self._asked():
                # Machines in a control room are shared: never take whoever signed in there last.
                begun = await self.client.create_authorization_url(redirect_uri, prompt="select_account")
        except (httpx2.HTTPError, AuthlibBaseError, RuntimeError, TimeoutError, *NONSENSE) as error:
            raise Unreachable from error
        return {**begun, "redirect_uri": redirect_uri}

    async def finish(self, answer: dict[str, str], begun: dict[str, str]) -> dict[str, Any]:
        """The claims of whoever signed in, from a token signed for us and for this very attempt. Raises NotAllowed."""
        if not begun or answer.get("state") != begun["state"]:
            raise NotAllowed(
                "You started this sign-in in another browser, or it took longer than ten minutes. Start again."
            )
        if "code" not in answer:
            said = answer.get("error_description") or answer.get("error") or "no reason"
            raise NotAllowed(f"The force’s sign-in did not let you through: {said[:200]}.")
        try:
            async with self._asked():
                token = await self.client.fetch_access_token(
                    begun["redirect_uri"], code=answer["code"], code_verifier=begun["code_verifier"]
                )
                claims = await self.client.parse_id_token(token, nonce=begun["nonce"])
        except (httpx2.HTTPError, RuntimeError, TimeoutError) as error:
            raise Unreachable from error
        except (AuthlibBaseError, JoseError, *NONSENSE) as error:
            raise NotAllowed("We could not check the answer of the force’s sign-in. Start again.") from error
        if not claims:
            raise NotAllowed("The force’s sign-in did not say who you are. Tell the person who runs Smart Alert.")
        return dict(claims)

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        """All that is asked meanwhile has one deadline, and rests on what the provider says of itself."""
        async with asyncio.timeout(TIMEOUT_S):
            said = await self.client.load_server_metadata()
            for name in set(said) - READ:
                del said[name]
            said[MADE] = [one for one in said.get(MADE) or ["RS256"] if one in SIGNATURES] or ["RS256"]
            yield


class _Limited(httpx2.AsyncByteStream):
    """An answer's body, which breaks off where it becomes too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LONGEST_ANSWER
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError("The answer is too long.")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _limit(response: httpx2.Response) -> None:
    """Bound what is read of an answer. A redirect is none, and a compressed one may be of any length."""
    if response.is_redirect or "content-encoding" in response.headers:
        raise httpx2.DecodingError("This is not how a provider answers.")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)
