"""The force's OpenID Connect provider, by Authlib: where to send a browser, and what its answer says of the person.

No redirect of it is followed, none of its answers is read without a bound, and one deadline covers all that is asked.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError

from smartalert.clock import utc_now
from smartalert.errors import NotAllowed

#: What a provider says of somebody.
Claims = Mapping[str, Any]
#: For everything that one step of a sign-in asks of the provider.
TIMEOUT_S = 10.0
LONGEST_ANSWER = 1_000_000
#: How far the provider's clock may be from ours.
CLOCKS_APART_S = 60
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
    "userinfo_endpoint",
    "_loaded_at",
}
#: RFC 9207: whether its answers name it, so that none of another provider's is taken for its own.
NAMES_ITSELF = "authorization_response_iss_parameter_supported"
#: Where it ends its own session (OpenID Connect RP-Initiated Logout).
END_SESSION = "end_session_endpoint"

#: What a word for an error is made of.
WORD = frozenset("abcdefghijklmnopqrstuvwxyz_")
#: What Authlib raises over an answer that is not of the form it expects.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
#: How asking for what a provider says of itself may end.
NO_ANSWER = (httpx2.HTTPError, AuthlibBaseError, RuntimeError, TimeoutError, *NONSENSE)


class Unreachable(NotAllowed):
    """The force’s sign-in does not answer as it should. Try again in a minute, or tell whoever runs Smart Alert."""


class SentBack(NotAllowed):
    """The force’s sign-in did not let you through."""

    def __init__(self, answer: Mapping[str, str]) -> None:
        said = answer.get("error_description") or answer.get("error") or "no reason"
        super().__init__(f"The force’s sign-in did not let you through: {said[:200]}.")
        #: RFC 6749's word for why, which names nobody.
        self.code = "".join(filter(WORD.__contains__, answer.get("error", "")[:60])) or "nothing"


class Identity:
    """One client registered at one provider.

    `prompt` is what the provider is asked to do before it lets somebody through, by OpenID Connect's words; empty,
    nothing is asked. With `max_age_s` a sign-in there that is older does not count.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        scope: str,
        *,
        prompt: str = "",
        max_age_s: int | None = None,
    ) -> None:
        self._prompt, self._max_age_s = prompt, max_age_s
        #: What is read of its document and is nothing to Authlib.
        self._beside: dict[str, Any] = {}
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
                "verify": trusted(),
                "headers": {"Accept-Encoding": "identity"},
                "event_hooks": {"response": [_limit]},
            },
        )

    async def begin(self, redirect_uri: str) -> dict[str, str]:
        """`url` to send the browser to, and beside it what `finish` must be given again. Raises NotAllowed."""
        asked: dict[str, Any] = {"prompt": self._prompt} if self._prompt else {}
        if self._max_age_s is not None:
            asked["max_age"] = self._max_age_s
        try:
            async with self._asked():
                begun = await self.client.create_authorization_url(redirect_uri, **asked)
        except NO_ANSWER as error:
            raise Unreachable from error
        return {**begun, "redirect_uri": redirect_uri}

    async def finish(
        self, answer: Mapping[str, str], begun: Mapping[str, str], lack: Callable[[Claims], bool] = lambda _: False
    ) -> dict[str, Any]:
        """The claims of whoever signed in, from a token signed for us and for this very attempt. Raises NotAllowed.

        Where they lack something, the provider is asked for what else it knows of the same person.
        """
        if not begun or answer.get("state") != begun["state"]:
            raise NotAllowed(
                "You started this sign-in in another browser, or it took longer than ten minutes. Start again."
            )
        try:
            async with self._asked():
                self._require_its_own(answer)
                claims = await self._claims(answer, begun, lack)
        except (httpx2.HTTPError, RuntimeError, TimeoutError) as error:
            raise Unreachable from error
        except (AuthlibBaseError, JoseError, *NONSENSE) as error:
            raise NotAllowed("We could not check the answer of the force’s sign-in. Start again.") from error
        if not claims:
            raise NotAllowed("The force’s sign-in did not say who you are. Tell the person who runs Smart Alert.")
        return claims

    async def end_session_url(self, back_to: str) -> str:
        """Where a browser ends its session at the provider and comes back from; empty where the provider has none."""
        try:
            async with self._asked():
                endpoint = str(self._beside.get(END_SESSION) or "")
        except NO_ANSWER:
            return ""
        if urlsplit(endpoint).scheme not in ("https", "http"):
            return ""
        asked = urlencode({"client_id": self.client.client_id, "post_logout_redirect_uri": back_to})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}"

    def _require_its_own(self, answer: Mapping[str, str]) -> None:
        """Raise NotAllowed over an answer that is another provider's, or a refusal."""
        issuer = self.client.server_metadata.get("issuer")
        named = answer.get("iss")
        if named != issuer if named is not None else self._beside.get(NAMES_ITSELF) is True:
            raise NotAllowed("This answer is not from the force’s sign-in. Start again.")
        if "code" not in answer:
            raise SentBack(answer)

    async def _claims(
        self, answer: Mapping[str, str], begun: Mapping[str, str], lack: Callable[[Claims], bool]
    ) -> dict[str, Any]:
        token = await self.client.fetch_access_token(
            begun["redirect_uri"], code=answer["code"], code_verifier=begun["code_verifier"]
        )
        claims = dict(await self.client.parse_id_token(token, nonce=begun["nonce"]) or {})
        if claims and self._max_age_s is not None:
            _require_fresh(claims.get("auth_time"), self._max_age_s)
        if claims and lack(claims) and self.client.server_metadata.get("userinfo_endpoint"):
            more = dict(await self.client.userinfo(token=token))
            if more.get("sub") != claims["sub"]:
                raise NotAllowed("The force’s sign-in answered for two people. Start again.")
            claims = {**more, **claims}
        return claims

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        """All that is asked meanwhile has one deadline, and rests on what the provider says of itself."""
        async with asyncio.timeout(TIMEOUT_S):
            said = await self.client.load_server_metadata()
            self._beside |= {name: said[name] for name in (NAMES_ITSELF, END_SESSION) if name in said}
            for name in set(said) - READ:
                del said[name]
            said[MADE] = [one for one in said.get(MADE) or ["RS256"] if one in SIGNATURES] or ["RS256"]
            yield


@cache
def trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: a sign-in makes three clients, and each would read all certificates anew."""
    return httpx2.create_ssl_context()


def _require_fresh(signed_in_at: object, max_age_s: int) -> None:
    """Raise NotAllowed where somebody signed in at the provider too long ago, or nobody says when."""
    is_time = isinstance(signed_in_at, int | float) and not isinstance(signed_in_at, bool)
    if not is_time or utc_now().timestamp() - float(str(signed_in_at)) > max_age_s + CLOCKS_APART_S:
        raise NotAllowed("You signed in with the force’s account too long ago. Sign in there again.")


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
