"""The code by which made-up officers sign in from other computers of an exercise, as long as a trainer shows it."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as

#: A morning or an afternoon of training.
LASTS = timedelta(hours=4)
#: Letters and digits of which none is taken for another; eight of them are forty bits.
SIGNS, LENGTH = "ABCDEFGHJKMNPQRSTVWXYZ23456789", 8


@dataclass(frozen=True, slots=True)
class ExerciseCode:
    """The code that counts."""

    code: str = field(repr=False)
    shown_by: str
    expires_at: datetime


def show(conn: Connection, officer: str, now: datetime) -> None:
    """Let other computers sign in by a new code; an older one counts no more."""
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    queries("officers/exercise_code").show(conn, code=code, officer=officer, expires_at=now + LASTS)
    entries.record(conn, officer, Action.EXERCISE_CODE_SHOWN)


def end(conn: Connection, officer: str) -> None:
    """Let other computers sign in no more; whoever is signed in stays."""
    if queries("officers/exercise_code").end(conn):
        entries.record(conn, officer, Action.EXERCISE_CODE_ENDED)


def shown(conn: Connection, now: datetime) -> ExerciseCode | None:
    """The code that counts; None where there is none."""
    return row_as(ExerciseCode, queries("officers/exercise_code").shown(conn, now=now))


def is_right(conn: Connection, typed: str, now: datetime) -> bool:
    """Whether this is the code, however it was typed; how long that takes tells nothing."""
    kept = shown(conn, now)
    given = "".join(filter(str.isalnum, cleaning.one_line(typed, 40))).upper()
    return kept is not None and hmac.compare_digest(given.encode(), kept.code.encode())
