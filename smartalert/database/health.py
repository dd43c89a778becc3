"""Whether the database is well. One look at a time, in a thread of its own, whose answer is everybody's."""

import asyncio
import logging
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

log = logging.getLogger(__name__)
#: How old what is known may be before the database is looked at again, which costs it eight milliseconds; and how old
#: what a screen is drawn by, which waits for no look.
FRESH_S, KNOWN_S = 2.0, 10.0
#: A look that takes so many turns of so many seconds finds a database that does not answer. A turn counts where it came
#: in time: on a busy machine they come late, as everything does, and that is no fault of the database's.
TURNS, TURN_S = 40, 0.1
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
    """What is known of the database: one answer for all who ask, found anew every fresh_s seconds while any does."""

    def __init__(self, look: Callable[[], Problem | None], fresh_s: float = FRESH_S) -> None:
        self._look, self._fresh_s = look, fresh_s
        self._lock = threading.Lock()
        self._asked: Future[Problem | None] | None = None
        self._under_way = False
        self._last: Problem | None = None
        self._looked_at = 0.0

    def known(self) -> Problem | None:
        """What the last look found; waits for the next only where that was long ago."""
        latest = self._latest()
        return self._last if self._age_s() < KNOWN_S else latest.result()

    def problem(self) -> Problem | None:
        """What is wrong now, as soon as that is known; None where all is well."""
        return self._latest().result()

    async def problem_soon(self) -> Problem | None:
        """The same, keeping nobody else of this loop waiting."""
        return await asyncio.wrap_future(self._latest())

    def _age_s(self) -> float:
        return time.monotonic() - self._looked_at if self._looked_at else KNOWN_S

    def _latest(self) -> "Future[Problem | None]":
        """The last look while it is fresh or under way, else a new one; never two at once."""
        with self._lock:
            if self._asked is None or (not self._under_way and self._age_s() >= self._fresh_s):
                self._under_way = True
                self._asked = asked = Future[Problem | None]()
                asked.set_running_or_notify_cancel()  # whoever goes away meanwhile cancels it for nobody else
                looking = threading.Thread(target=self._find, args=[asked], name="database health", daemon=True)
                looking.start()
                threading.Thread(target=self._be_patient, args=[asked, looking], daemon=True).start()
            return self._asked

    def _find(self, asked: "Future[Problem | None]") -> None:
        try:
            found = self._look()
        except Exception:
            log.exception("the database cannot be looked at")
            found = Problem.AWAY
        with self._lock:
            self._last, self._looked_at, self._under_way = found, time.monotonic(), False
            if asked.done():  # called frozen meanwhile
                self._asked = asked = Future()
            asked.set_result(found)

    def _be_patient(self, asked: "Future[Problem | None]", looking: threading.Thread) -> None:
        turns = 0
        while turns < TURNS:
            began = time.monotonic()
            looking.join(TURN_S)
            if not looking.is_alive():
                return
            turns += time.monotonic() - began < 2 * TURN_S
        with self._lock:
            if not asked.done():
                self._last, self._looked_at = Problem.FROZEN, time.monotonic()
                asked.set_result(Problem.FROZEN)


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
