"""Officers, what they may do, and their sign-ins: asked on every run, and again inside each transaction that writes."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database import connection
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import NotAllowed, SignInOver

#: A sign-in ends after a shift, and after so long without a click; a screen that refreshes itself is no click.
LONGEST_SHIFT, LONGEST_IDLE = timedelta(hours=12), timedelta(hours=1)
#: Whoever did something so lately is at their screen; others are signed in, and perhaps elsewhere.
ACTIVE_FOR = timedelta(minutes=5)
#: That somebody looked at something is noted once in so long.
NOTED_EVERY = timedelta(minutes=1)
#: So many refused sign-ins of one account from one place cost nothing; each further one doubles the wait.
FREE_TRIES, FIRST_WAIT, LONGEST_WAIT = 5, timedelta(seconds=5), timedelta(minutes=15)
#: So many are noted meanwhile: whoever knocks for ever fills no table.
MOST_NOTED = 20


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
    """Somebody who may come in; `id` is what the ledger and the audit call them."""

    id: str
    name: str
    post: str
    #: The one that tells most first.
    roles: tuple[Role, ...]
    #: Codes of the neighbourhoods they may send to; None: the whole force.
    jurisdiction: tuple[str, ...] | None = None
    #: Their own mailbox; empty: nobody knows it.
    address: str = field(default="", repr=False)
    #: The app on their own phone, as FCM calls it; empty: the one they linked, if they did.
    phone: str = field(default="", repr=False)
    #: The drill that runs for them: the world that they see and act in. None: the ordinary one.
    drill: int | None = None

    def may(self, *roles: Role) -> bool:
        """Whether they have one of these roles; no role asked for means any officer."""
        return not roles or not set(roles).isdisjoint(self.roles)


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """An officer as they are kept."""

    id: str
    name: str
    post: str
    roles: list[str]
    jurisdiction: list[str] | None
    address: str = field(repr=False)
    drill: int | None


@dataclass(frozen=True, slots=True)
class PresentRow(OfficerRow):
    """The officer of a sign-in that counts, and when they last looked at something, as far as it was noted."""

    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """Whose sign-in it is, and whether that they look has to be noted again."""

    officer: Officer
    due: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that counts."""

    id: int
    officer: str
    name: str
    post: str
    roles: list[str]
    signed_in_at: datetime
    last_seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BarredOfficer:
    """An officer whose access was taken away."""

    id: str
    name: str
    post: str
    barred_at: datetime
    barred_by: str


@dataclass(frozen=True, slots=True)
class RefusedSignIn:
    """A sign-in that was refused: from where, who it was to be, and why."""

    at: datetime
    place: str
    who: str
    reason: str


def sign_in(conn: Connection, officer: Officer, now: datetime) -> str:
    """Let an officer in for a shift; the secret that proves it. Raises NotAllowed for the barred and the roleless.

    What they are called and may do is from now on what is said here, in their other sign-ins too.
    """
    if not officer.roles:
        raise NotAllowed(f"{officer.name} has no role in Smart Alert. Ask your Smart Alert administrator.")
    if keep(conn, officer):
        raise NotAllowed(f"{officer.name}’s access has been removed. Ask your Smart Alert administrator.")
    secret = secrets.token_urlsafe(32)
    queries("officers/register").open_session(
        conn, secret=secret, officer=officer.id, now=now, ends_at=now + LONGEST_SHIFT
    )
    entries.record(conn, officer.id, Action.SIGNED_IN)
    return secret


def keep(conn: Connection, officer: Officer) -> bool:
    """Write down what is said of an officer here; whether they are barred."""
    return bool(
        queries("officers/register").admit(
            conn,
            id=officer.id,
            name=officer.name,
            post=officer.post,
            roles=list(officer.roles),
            jurisdiction=None if officer.jurisdiction is None else list(officer.jurisdiction),
            address=officer.address,
            phone=officer.phone,
        )
    )


def sign_out(conn: Connection, secret: str, now: datetime) -> None:
    """End a sign-in, in whatever tab it is still held."""
    if officer := queries("officers/register").end_session(conn, secret=secret, now=now):
        entries.record(conn, officer, Action.SIGNED_OUT)


def present(conn: Connection, secret: str, now: datetime) -> Officer | None:
    """Whose sign-in this is; None if it has ended, by whatever hand."""
    found = presence(conn, secret, now)
    return found.officer if found else None


def presence(conn: Connection, secret: str, now: datetime) -> Presence | None:
    """The same, and whether `seen` has anything to note."""
    found = row_as(PresentRow, queries("officers/register").present(conn, secret=secret, now=now, idle=LONGEST_IDLE))
    return Presence(_officer(found), found.last_seen_at < now - NOTED_EVERY) if found else None


def seen(conn: Connection, secret: str, now: datetime) -> None:
    """They have just looked at something: not idle."""
    queries("officers/register").seen(conn, secret=secret, now=now, idle=LONGEST_IDLE)


@contextmanager
def acting(engine: Engine, secret: str, roles: tuple[Role, ...], now: datetime) -> Iterator[tuple[Connection, Officer]]:
    """A transaction in which an officer may write: (connection, officer).

    The sign-in is looked at inside it, and cannot be ended before it commits. Raises NotAllowed: nothing is written.
    """
    with connection.transaction(engine) as conn:
        yield conn, require(conn, secret, roles, now)


def require(conn: Connection, secret: str, roles: tuple[Role, ...], now: datetime) -> Officer:
    """The officer who may do this now. Raises NotAllowed when the sign-in is over or the role is not theirs."""
    found = queries("officers/register").act(conn, secret=secret, now=now, idle=LONGEST_IDLE)
    row = row_as(OfficerRow, found)
    if row is None:
        raise SignInOver
    officer = _officer(row)
    if not officer.may(*roles):
        raise NotAllowed
    connection.enter_world(conn, officer.drill)
    return officer


def end_sign_in(conn: Connection, session_id: int, by: str, now: datetime) -> None:
    """Put somebody out of one browser; they may sign in again."""
    if officer := queries("officers/register").end_session_of(conn, id=session_id, now=now, by=by):
        entries.record(conn, by, Action.ENDED_A_SIGN_IN, of=officer)


def bar(conn: Connection, officer_id: str, by: str, now: datetime) -> None:
    """Take somebody's access away, in all browsers and until they are let back. Nobody bars themselves."""
    if officer_id == by:
        raise NotAllowed("You cannot remove your own access. Ask another administrator.")
    if queries("officers/register").bar(conn, id=officer_id, now=now, by=by):
        ended = queries("officers/register").end_all_of(conn, id=officer_id, now=now, by=by)
        entries.record(conn, by, Action.BARRED, of=officer_id, sign_ins=ended)


def let_back(conn: Connection, officer_id: str, by: str) -> None:
    """Give a barred officer their access back."""
    if queries("officers/register").let_back(conn, id=officer_id):
        entries.record(conn, by, Action.LET_BACK, of=officer_id)


def signed_in(conn: Connection, now: datetime) -> list[SignIn]:
    """Sign-ins that count, the oldest first."""
    return rows_as(SignIn, queries("officers/register").signed_in(conn, now=now, idle=LONGEST_IDLE))


def at_screen(conn: Connection, now: datetime) -> list[SignIn]:
    """Of these, the ones whose officer did something in the last minutes."""
    return [row for row in signed_in(conn, now) if row.last_seen_at > now - ACTIVE_FOR]


def barred(conn: Connection) -> list[BarredOfficer]:
    """Officers whose access was taken away, the latest first."""
    return rows_as(BarredOfficer, queries("officers/register").barred(conn))


def name_of(conn: Connection, officer_id: str) -> str:
    """What an officer is called; their id where nobody of that id ever signed in."""
    return queries("officers/register").name_of(conn, id=officer_id) or officer_id


def with_role(conn: Connection, roles: tuple[Role, ...]) -> dict[str, str]:
    """Officers who have one of these roles and may come in: id → name and post."""
    found = queries("officers/register").with_role(conn, roles=list(roles))
    return {row.id: ", ".join(filter(None, (row.name, row.post))) for row in found}


def refuse(conn: Connection, place: str, account: str, *, who: str, reason: str, now: datetime) -> None:
    """Note a refused sign-in: administrators see it, and the next of that account from that place waits longer.

    Empty: nobody knows whose account it was.
    """
    if _refused_of(conn, account, place, now).times < MOST_NOTED:
        queries("officers/register").refuse(conn, at=now, place=place, account=account, who=who, reason=reason)


def refused_lately(conn: Connection, now: datetime) -> list[RefusedSignIn]:
    """Refused sign-ins of the last week, the newest first."""
    found = queries("officers/register").refused_lately(conn, since=now - timedelta(days=7), limit=50)
    return rows_as(RefusedSignIn, found)


def wait(conn: Connection, account: str, place: str, now: datetime) -> timedelta:
    """How long that account has to wait there before it may try again; nothing for most.

    The same account elsewhere, and others there, wait for nothing: nobody can be kept out by somebody else.
    """
    lately = _refused_of(conn, account, place, now)
    if not account or lately.times < FREE_TRIES:
        return timedelta()
    pause = min(FIRST_WAIT * 2 ** min(lately.times - FREE_TRIES, 10), LONGEST_WAIT)
    left: timedelta = lately.last_at + pause - now
    return max(left, timedelta())


def _refused_of(conn: Connection, account: str, place: str, now: datetime) -> Any:
    return queries("officers/register").refused_of(conn, account=account, place=place, since=now - LONGEST_WAIT)


def neighbourhoods_named(conn: Connection, beginning: str) -> tuple[str, ...] | None:
    """Codes of the neighbourhoods of one town, for made-up officers; None where the map has none."""
    codes = queries("officers/register").neighbourhoods_named(conn, beginning=beginning)
    return tuple(codes) if codes else None


def forget_old_sign_ins(conn: Connection) -> None:
    """Drop sign-ins and refusals of more than a month ago."""
    queries("officers/register").forget_old_sign_ins(conn)


def _officer(row: OfficerRow) -> Officer:
    jurisdiction = None if row.jurisdiction is None else tuple(row.jurisdiction)
    return Officer(row.id, row.name, row.post, tuple(map(Role, row.roles)), jurisdiction, row.address, drill=row.drill)
