"""Signing in with the force's own account: to its OpenID Connect provider and back, then a session like any other."""

from collections.abc import Mapping
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from smartalert.config import settings
from smartalert.control.sign_in import claims, page
from smartalert.errors import NotAllowed, SetupError
from smartalert.providers.identity import Identity, SentBack, Unreachable

#: How page.sign_out answers who was signed in.
SIGNED_OUT = 303
#: Held by the browser while it is at the provider; it comes back from another site, so it cannot be a strict cookie.
COOKIE, PATH, GOOD_FOR_S = "smartalert_sign_in", "/sign-in", 600


async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    if not settings().oidc_issuer:
        return Response(status_code=404)
    try:
        begun = await identity().begin(f"{page.base(request)}{PATH}/back")
    except NotAllowed as refusal:
        return await run_in_threadpool(page.page, request, problem=str(refusal), status=503)
    held = {**begun, "next": page.destination(request.query_params.get("next", ""))}
    response = RedirectResponse(begun["url"], status_code=303)
    response.set_cookie(
        COOKIE,
        serializer().dumps(held),
        max_age=GOOD_FOR_S,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=page.is_secure(request),
    )
    return response


async def finish(request: Request) -> Response:
    """The browser is back: let the officer in, or say why not. Refusals are noted, and slow that account down."""
    if not settings().oidc_issuer:
        return Response(status_code=404)
    begun = held_by(request)
    said: Mapping[str, Any] = {}
    try:
        said = claims.checked(await identity().finish(dict(request.query_params), begun, claims.lack))
        officer = claims.officer_from(said)
    except Unreachable as refusal:
        return await run_in_threadpool(page.page, request, problem=str(refusal), status=503)
    except SentBack as refusal:
        why = f"the provider answered {refusal.code}"
        return await run_in_threadpool(page.turn_away, request, "", "", str(refusal), logged=why)
    except claims.Unreadable as refusal:
        return await run_in_threadpool(page.turn_away, request, "", "", str(refusal), status=400)
    except NotAllowed as refusal:
        return await run_in_threadpool(page.turn_away, request, "", str(said.get("name", "")), str(refusal))
    response = await run_in_threadpool(page.let_in, request, officer, begun.get("next", ""))
    response.delete_cookie(COOKIE, path=PATH)
    return response


async def sign_out(request: Request) -> Response:
    """End this sign-in in every tab, and the session at the provider where the force wants that."""
    response = await page.sign_out(request)
    if response.status_code != SIGNED_OUT or not (settings().oidc_issuer and settings().oidc_sign_out):
        return response
    there = await identity().end_session_url(f"{page.base(request)}/sign-in")
    # a page that goes on by itself: what may be posted to is this control room alone
    return page.going_on(response, there) if there else response


def identity() -> Identity:
    """The force's provider, as the settings have it."""
    given = settings()
    return Identity(
        given.oidc_issuer,
        given.oidc_client_id,
        given.oidc_client_secret.get_secret_value(),
        given.oidc_scope,
        prompt=given.oidc_prompt,
        max_age_s=given.oidc_max_age,
    )


def check_settings() -> None:
    """Refuse to start with a sign-in that could let nobody in. Raises SetupError."""
    if settings().oidc_issuer:
        claims.roles_by_value()
        if not settings().oidc_client_id:
            raise SetupError("SMARTALERT_OIDC_ISSUER is set, SMARTALERT_OIDC_CLIENT_ID is not.")


def held_by(request: Request) -> dict[str, Any]:
    """What `begin` gave this browser to hold; empty if that is too long ago, or never was."""
    try:
        return dict(serializer().loads(request.cookies.get(COOKIE, ""), max_age=GOOD_FOR_S))
    except BadSignature:
        return {}


def serializer() -> URLSafeTimedSerializer:
    """Signs what the browser holds."""
    return URLSafeTimedSerializer(settings().signing_keys, salt="smartalert sign-in under way")
