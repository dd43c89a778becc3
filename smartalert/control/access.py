"""Who is at the screen and what they may do. Asked again on every run, in every fragment and inside every write."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

import psycopg
import streamlit as st
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import SQLAlchemyError

from smartalert import web
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import states, streamlit_patches
from smartalert.control.transactions import ROLE
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.database.health import Problem, watch
from smartalert.errors import SignInOver, SmartAlertError
from smartalert.officers import register
from smartalert.officers.register import Officer, Role

log = logging.getLogger(__name__)
T = TypeVar("T")
__all__ = [
    "ON_DUTY", "POWERS", "Officer", "Power", "Role", "act", "acting", "cookie_name", "end_sign_in", "make_cookie",
    "officers", "on_their_beat", "power", "present_officer", "read_cookie", "require_officer", "shown_cookie",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Power:
    """One thing that is done in the control room, in words, and the roles any of which allows it."""

    words: str
    roles: tuple[Role, ...]


#: Who sees what alerts do to the last delivery. Whoever only analyses gets what is published, in tens.
ON_DUTY = tuple(role for role in Role if role is not Role.ANALYST)
#: Run of a page or of fragments → its cookie, and the officer that it names.
_known: WeakKeyDictionary[object, tuple[str, Officer | None]] = WeakKeyDictionary()
#: Everything that may be done here, by its words: docs/roles.md is made from it.
POWERS: dict[str, Power] = {}


def power(words: str, *roles: Role) -> Power:
    """Name something that officers do, beside the code that does it."""
    POWERS[words] = Power(words, roles)
    return POWERS[words]


def require_officer(*roles: Role) -> Officer:
    """The officer at this screen; first statement of every page and fragment.

    Stops the page with a state of its own when nobody is signed in, or when they have none of these roles.
    """
    if (problem := watch(ROLE).known()) in (Problem.FROZEN, Problem.AWAY):
        states.without_database(problem)  # whoever asked it would wait with it
        st.stop()
    try:
        officer = present_officer()
    except (SQLAlchemyError, psycopg.Error) as error:
        log.warning("Nobody can be recognised: %s", error)
        states.failed(error)
        st.stop()
    if officer is None:
        states.signed_out()
        st.stop()
    if not officer.may(*roles):
        states.not_allowed(officer.name, " or ".join(roles))
        st.stop()
    return officer


@contextmanager
def acting(power: Power, cookie: str | None = None) -> Iterator[tuple[Connection, Officer]]:
    """The one way to write: a transaction, and the officer behind the click. Raises NotAllowed, or ClockWrong.

    Callbacks run before the page's guard, and a sign-in may end between two clicks: both are asked here, in the
    transaction itself. Routes beside Streamlit give the cookie that came with the request.
    """
    secret = _secret(shown_cookie() if cookie is None else cookie)
    try:
        with register.acting(connection.engine(ROLE), secret, power.roles, utc_now()) as acts:
            connection.check_clock(acts[0])  # what is released and what is over is said by it
            yield acts
    except SignInOver:
        if cookie is None:
            st.rerun()  # the screen's own guard says so, and leads to the sign-in
        raise


def act(power: Power, work: Callable[[Connection, str], T]) -> tuple[T | None, str]:
    """Do work(conn, officer's id) in one transaction, as whoever is at the screen now.

    Gives what it returned and an empty text, or nothing and why it was refused: for callbacks, which never raise.
    """
    try:
        with acting(power) as (conn, officer):
            return work(conn, officer.id), ""
    except SmartAlertError as refusal:
        return None, str(refusal)


def present_officer() -> Officer | None:
    """Who is signed in in this browser, if anybody. Asked once a run, which notes that they looked at something."""
    run, cookie = streamlit_patches.this_run(), shown_cookie()
    if run is None:
        return _look_up(cookie)
    known = _known.get(run)
    if known is None or known[0] != cookie:
        known = _known[run] = cookie, _look_up(cookie)
    return known[1]


def shown_cookie() -> str:
    """The sign-in cookie this browser came with."""
    return st.context.cookies.to_dict().get(cookie_name(), "")


def cookie_name() -> str:
    """Browsers share cookies between ports: two control rooms on one machine must not sign each other out.

    Behind a proxy it is the proxy's port: all processes of one control room know the same sign-in.
    """
    called = web.origin(settings().control_url)
    return f"smartalert_officer_{called[2] if called else settings().control_port}"


def officers() -> dict[str, Officer]:
    """Made-up officers, by id: whom one may pick in training, unless the force's own sign-in is set up there."""
    if settings().mode is not Mode.TRAINING or settings().oidc_issuer:
        return {}
    from smartalert.officers.made_up import OFFICERS

    return {
        made.id: Officer(
            made.id, made.name, made.post, tuple(map(Role, made.roles)), address=made.address, phone=made.phone
        )
        for made in OFFICERS.values()
    }


def on_their_beat(conn: Connection, made_up: str) -> Officer:
    """The made-up officer of this id; a town's officers may send to that town."""
    from smartalert.officers.made_up import OFFICERS

    officer, beat = officers()[made_up], OFFICERS[made_up].beat
    return replace(officer, jurisdiction=register.neighbourhoods_named(conn, beat)) if beat else officer


def make_cookie(officer: Officer) -> str:
    """Let this officer in; the cookie that says so, good for one shift. Raises NotAllowed."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return _serializer().dumps(register.sign_in(conn, officer, utc_now()))


def read_cookie(value: str) -> Officer | None:
    """The officer a cookie names; None if it is not ours, too old, idle, ended, or the officer is barred."""
    secret = _secret(value)
    if not secret:
        return None
    with connection.reading(connection.engine(ROLE)) as conn:
        return register.present(conn, secret, utc_now())


def end_sign_in(value: str) -> None:
    """Let this cookie count no more, in whatever tab it is still held."""
    if secret := _secret(value):
        with connection.transaction(connection.engine(ROLE)) as conn:
            register.sign_out(conn, secret, utc_now())


def _look_up(cookie: str) -> Officer | None:
    """The officer a cookie names. A fragment that draws itself again proves nobody's presence: it is not noted."""
    secret, now = _secret(cookie), utc_now()
    if not secret:
        return None
    with connection.reading(connection.engine(ROLE)) as conn:
        found = register.presence(conn, secret, now)
    if found and found.due and not streamlit_patches.runs_fragments_only():
        with connection.transaction(connection.engine(ROLE)) as conn:
            register.seen(conn, secret, now)
    return found.officer if found else None


def _secret(cookie: str) -> str:
    """What a cookie of ours carries; empty for anything else: made-up cookies cost no look at the database."""
    try:
        return str(_serializer().loads(cookie))
    except BadSignature:
        return ""


@cache
def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().signing_keys, salt="smartalert control room sign-in")
