"""Whether the database is well. One look at a time, in a thread of its own: a frozen database keeps nobody waiting."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from functools import cache

import psycopg

from smartalert.config import Mode, settings
from smartalert.database import connection, owner
from smartalert.database.connection import Connection, queries
from smartalert.errors import ClockWrong

#: Whoever asks has an answer within a second. A look serves those who ask right after it, too: it costs eight
#: milliseconds, and anybody may ask the public service.
ANSWER_S, FRESH_S = 0.8, 0.1
#: How old what is known may be for a screen, which is drawn several times a second; and how long a look may take before
#: a screen goes: a busy machine is no frozen database, and nobody's work is taken away for a second's sake.
KNOWN_S, SCREEN_WAITS_S = 2.0, 10.0
#: SQLSTATEs of PostgreSQL that is out of something: disk, memory, connections.
OUT_OF_ROOM = "53"


class Problem(StrEnum):
    """Why nothing can be relied on now."""

    AWAY = "The database cannot be reached"
    FROZEN = "The database does not answer"
    FULL = "The database has no room left"
    READ_ONLY = "The database takes no changes"
    OTHER_SCHEMA = "The database is of another version of Smart Alert"
    OTHER_MODE = "The database is of the other mode"
    OTHER_TIME = "The clock of this machine is not the database's"


class Watch:
    """Asks at most once in fresh_s seconds, whoever wants to know, and never twice at once."""

    def __init__(self, look: Callable[[], Problem | None], fresh_s: float = FRESH_S) -> None:
        self._look, self._fresh_s = look, fresh_s
        self._lock = threading.Lock()
        self._began_at = self._looked_at = 0.0
        self._asked: Future[Problem | None] | None = None
        self._last: Problem | None = None

    def problem(self) -> Problem | None:
        """What is wrong, within a second; None where all is well."""
        try:
            return self._latest().result(ANSWER_S)
        except TimeoutError:
            return Problem.FROZEN

    async def problem_soon(self) -> Problem | None:
        """The same, keeping nobody else of this loop waiting."""
        found = asyncio.wrap_future(self._latest())
        await asyncio.wait({found}, timeout=ANSWER_S)
        return found.result() if found.done() else Problem.FROZEN

    def known(self) -> Problem | None:
        """What the last look found, a few seconds ago at most: for whoever asks often, and waits for nothing."""
        if time.monotonic() - self._looked_at > KNOWN_S:
            self._latest()
        late = self._asked and not self._asked.done() and time.monotonic() - self._began_at > SCREEN_WAITS_S
        return Problem.FROZEN if late else self._last

    def _latest(self) -> Future[Problem | None]:
        with self._lock:
            if self._asked is None or (self._asked.done() and time.monotonic() - self._looked_at > self._fresh_s):
                self._asked, self._began_at = Future(), time.monotonic()
                threading.Thread(target=self._answer, args=[self._asked], name="database health", daemon=True).start()
            return self._asked

    def _answer(self, asked: Future[Problem | None]) -> None:
        try:
            self._last = self._look()
            asked.set_result(self._last)
        except Exception as error:
            asked.set_exception(error)
        finally:
            self._looked_at = time.monotonic()


@cache
def watch(role: str) -> Watch:
    """This process's watch over the database that it works on as this role."""
    address, mode = connection.address(role), settings().mode
    return Watch(lambda: look(address, mode))


def look(address: str, mode: Mode) -> Problem | None:
    """Connect anew, read, and write to the disk: what a pool holds already proves none of it."""
    try:
        with owner.connect(address) as conn:
            if problem := other(conn, mode):
                return problem
            connection.check_clock(conn)
            queries("database/health").use_little_memory(conn)
            queries("database/health").write_to_disk(conn)
    except ClockWrong:
        return Problem.OTHER_TIME
    except psycopg.ProgrammingError:
        return Problem.OTHER_SCHEMA
    except psycopg.Error as error:
        return Problem.FULL if (error.sqlstate or "").startswith(OUT_OF_ROOM) else Problem.AWAY
    return None


def other(conn: Connection, mode: Mode) -> Problem | None:
    """What this database is that it should not be."""
    state = queries("database/health").state(conn)
    if state is None or state[0] != mode:
        return Problem.OTHER_MODE
    if state[1] != connection.newest_step():
        return Problem.OTHER_SCHEMA
    return Problem.READ_ONLY if state[2] else None


async def report(role: str) -> tuple[dict[str, str], int]:
    """What a health page says to programs, and its HTTP status."""
    problem = await watch(role).problem_soon()
    facts = {"status": "unavailable" if problem else "ok", "mode": settings().mode.value}
    return (facts, 200) if problem is None else ({**facts, "reason": problem}, 503)
