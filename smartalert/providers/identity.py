"""The force's OpenID Connect provider, by Authlib: where to send a browser, and what its answer says of the person."""

from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError

from smartalert.errors import NotAllowed

TIMEOUT_S = 10
#: Signatures that only the provider can make. Its document may also list `none`, or keys that we hold as well.
SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}


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
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "timeout": TIMEOUT_S},
        )

    async def begin(self, redirect_uri: str) -> dict[str, str]:
        """`url` to send the browser to, and beside it what `finish` must be given again. Raises NotAllowed."""
        try:
            # Machines in a control room are shared: never take whoever signed in there last.
            begun = await self.client.create_authorization_url(redirect_uri, prompt="select_account")
        except (httpx2.HTTPError, AuthlibBaseError, RuntimeError, ValueError) as error:
            raise Unreachable from error
        return {**begun, "redirect_uri": redirect_uri}

    async def finish(self, answer: dict[str, str], begun: dict[str, str]) -> dict[str, Any]:
        """The claims of whoever signed in, from a token signed for us and for this very attempt. Raises NotAllowed."""
        if not begun or answer.get("state") != begun["state"]:
            raise NotAllowed(
                "This sign-in was not begun in this browser, or took longer than ten minutes. Begin again."
            )
        if "code" not in answer:
            said = answer.get("error_description") or answer.get("error") or "no reason"
            raise NotAllowed(f"The force’s sign-in did not let you through: {said[:200]}.")
        try:
            token = await self.client.fetch_access_token(
                begun["redirect_uri"], code=answer["code"], code_verifier=begun["code_verifier"]
            )
            await self._believe_signatures_only()
            claims = await self.client.parse_id_token(token, nonce=begun["nonce"])
        except (httpx2.HTTPError, RuntimeError) as error:
            raise Unreachable from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            raise NotAllowed("The force’s sign-in gave an answer that cannot be trusted. Begin again.") from error
        if not claims:
            raise NotAllowed("The force’s sign-in did not say who you are. Tell whoever runs Smart Alert.")
        return dict(claims)

    async def _believe_signatures_only(self) -> None:
        named = "id_token_signing_alg_values_supported"
        document = await self.client.load_server_metadata()
        document[named] = [one for one in document.get(named) or ["RS256"] if one in SIGNATURES] or ["RS256"]
