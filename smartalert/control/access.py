"""Who is at the screen and what they may do. Asked again on every run, in every fragment and before every write."""

import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import streamlit as st
from itsdangerous import BadSignature, URLSafeTimedSerializer

from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.errors import NotAllowed, SetupError

#: A sign-in ends after a shift, whatever the browser does.
LONGEST_SHIFT_S = 12 * 3600


class Role(StrEnum):
    """What an officer may do in the control room."""

    SENDER = "sender"
    APPROVER = "approver"
    RESPONDER = "responder"
    ANALYST = "analyst"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody signed in; `id` is what the ledger and the audit call them."""

    id: str
    name: str
    post: str
    #: The one that tells most first.
    roles: tuple[Role, ...]

    def may(self, *roles: Role) -> bool:
        """Whether they have one of these roles; no role asked for means any officer."""
        return not roles or not set(roles).isdisjoint(self.roles)


#: Sign-ins that ended early, and when: forgotten when their cookie would have ended anyway.
_ended: dict[str, float] = {}


def require_officer(*roles: Role) -> Officer:
    """The officer at this screen; first statement of every page and fragment.

    Stops the page with a state of its own when nobody is signed in, or when they have none of these roles.
    """
    officer = present_officer()
    if officer is None:
        states.signed_out()
        st.stop()
    if not officer.may(*roles):
        states.not_allowed(officer.name, " or ".join(roles))
        st.stop()
    return officer


def acting_officer(*roles: Role) -> Officer:
    """The officer behind a click: callbacks run before the page's guard. Raises NotAllowed."""
    officer = present_officer()
    if officer is None:
        raise NotAllowed("You are no longer signed in. Sign in again; nothing was changed.")
    if not officer.may(*roles):
        raise NotAllowed
    return officer


def present_officer() -> Officer | None:
    """Who is signed in in this browser, if anybody."""
    return read_cookie(shown_cookie())


def shown_cookie() -> str:
    """The sign-in cookie this browser came with."""
    return st.context.cookies.to_dict().get(cookie_name(), "")


def cookie_name() -> str:
    """Browsers share cookies between ports: two control rooms on one machine must not sign each other out."""
    return f"smartalert_officer_{settings().control_port}"


def officers() -> dict[str, Officer]:
    """Who may sign in, by id. A live control room has nobody until an identity provider is set up."""
    if settings().mode is not Mode.TRAINING:
        return {}
    from smartalert.training.officers import OFFICERS

    return {made.id: Officer(made.id, made.name, made.post, tuple(map(Role, made.roles))) for made in OFFICERS.values()}


def make_cookie(officer: Officer) -> str:
    """A signed cookie that says this officer is here, good for one shift."""
    return _serializer().dumps([officer.id, secrets.token_urlsafe(12)])


def read_cookie(value: str) -> Officer | None:
    """The officer a cookie names; None if it is not ours, too old, ended, or the officer is no longer one."""
    sign_in = _read(value)
    if sign_in is None or sign_in[1] in _ended:
        return None
    return officers().get(sign_in[0])


def end_sign_in(value: str) -> None:
    """Let this cookie count no more, in whatever tab it is still held."""
    now = time.time()
    for old in [session for session, at in _ended.items() if at < now - LONGEST_SHIFT_S]:
        del _ended[old]
    if sign_in := _read(value):
        _ended[sign_in[1]] = now


def _read(value: str) -> tuple[str, str] | None:
    try:
        officer_id, session = _serializer().loads(value, max_age=LONGEST_SHIFT_S)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(officer_id), str(session)


@cache
def _serializer() -> URLSafeTimedSerializer:
    secret = settings().secret_key.get_secret_value()
    if not secret:
        raise SetupError("SMARTALERT_SECRET_KEY is not set: nobody can be signed in.")
    return URLSafeTimedSerializer(secret, salt="smartalert control room sign-in")
