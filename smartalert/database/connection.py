"""The database: one engine a process, transactions opened at the edge, named queries from sql/queries/."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from select import POLLIN, poll
from typing import Any, Literal, TypeVar

import aiosql
import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError

from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.errors import ClockWrong, ModeRefused, SetupError, SmartAlertError

SQL = Path(__file__).parents[2] / "sql"
QUERIES = SQL / "queries"
OTHER_SCHEMA = (
    "The schema of this database is at {}, this Smart Alert is written for {}. "
    "Run `python -m smartalert migrate`, or the Smart Alert that the database was migrated by."
)
#: A connection of ours: rows are named tuples.
Connection = psycopg.Connection[Any]
Row = TypeVar("Row")
#: How far a process's clock may be from the database's, which decides.
LARGEST_SKEW = timedelta(seconds=5)
#: Seconds to wait for a connection of the pool's.
POOL_TIMEOUT_S = 10
#: A connection that is not there within so long is given up, and one whose other end is gone is noticed, in seconds and
#: tries.
KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def address(role: str) -> str:
    """SQLAlchemy URL that this process connects to, as one of the smartalert_… roles."""
    from smartalert.database.cluster import Cluster

    given = settings().database_url
    if not given:
        return Cluster(settings().data_dir).url(role)
    url = make_url(given).set(drivername="postgresql+psycopg")
    # The login may be any member of the role: the role's rights are what counts. No effect where they are one.
    # No space in the option: libpq, which the worker asks directly, takes a URL's + for a plus.
    return url.update_query_dict({"options": f"-crole={role}"}).render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine whose connections speak UTC, never JIT, and give named tuples.

    None is opened for a busy moment and closed after it: PostgreSQL's first steps on a new one (its caches, PROJ) cost
    twenty sign-ups. Whoever finds all in use waits. One that a restarted database has ended is noticed and replaced.
    """
    made = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={"row_factory": namedtuple_row, **KEEPALIVE},
    )
    event.listen(made, "checkout", replace_ended)
    return made


def replace_ended(conn: Connection, _record: object, _fairy: object) -> None:
    """Have the pool connect anew where the database has ended what it holds.

    An idle connection has nothing to read but the news of its end: only where there is some, the database is asked,
    so that a transaction costs no round trip more than its own.
    """
    if not conn.closed and not has_news(conn):
        return
    try:
        conn.execute("select 1")
        conn.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def has_news(conn: Connection) -> bool:
    """Whether the database has said anything that nobody has read, or the line is gone."""
    line = poll()
    line.register(conn, POLLIN)
    return bool(line.poll(0))


@cache
def engine(role: str) -> Engine:
    """The engine of this process for one role. Refuses a database of the other mode or another time, or none at all."""
    made = make_engine(address(role))
    check_mode(made, settings().mode)
    return made


@cache
def newest_step() -> str:
    """The step of sql/migrations/ that this program is written for."""
    return max(path.stem for path in (SQL / "migrations").glob("[0-9]*.sql"))


def check_mode(made: Engine, mode: Mode) -> None:
    """Refuse to go on if the database is not of this mode, this schema or this time, or is not ours at all."""
    try:
        with transaction(made) as conn:
            check_clock(conn)
            row = conn.execute("select mode, schema_step() as step from deployment").fetchone()
    except psycopg.errors.UndefinedTable:
        raise SetupError("This database is empty. Run `python -m smartalert migrate` first.") from None
    except psycopg.errors.UndefinedFunction:
        raise SetupError(OTHER_SCHEMA.format("another step", newest_step())) from None
    except SmartAlertError:
        raise
    except Exception as error:
        raise SetupError(f"The database cannot be reached: {error}") from error
    if row is None or row.mode != mode.value:
        raise ModeRefused(f"This process is set to {mode.value}, the database is {row.mode if row else 'unset'}.")
    if row.step != newest_step():
        raise SetupError(OTHER_SCHEMA.format(row.step, newest_step()))


def check_clock(conn: Connection) -> None:
    """Refuse to go on if this process's clock is not the database's: it decides what is released and what is over."""
    before = utc_now()
    (at,) = conn.execute("select clock_timestamp()").fetchone() or (before,)
    check_skew(before, at, utc_now())


def check_skew(before: datetime, at: datetime, after: datetime) -> None:
    """Raise ClockWrong where the database's time is not between these two of ours, give or take."""
    ahead, behind = before - at, at - after
    if max(ahead, behind) > LARGEST_SKEW:
        by, way = (ahead, "ahead of") if ahead > behind else (behind, "behind")
        raise ClockWrong(
            f"This machine’s clock is {by.total_seconds():,.0f} seconds {way} the database’s. "
            "Set both by the same time server, and start again."
        )


@contextmanager
def transaction(made: Engine) -> Iterator[Connection]:
    """One transaction on a pooled connection: commits at the end, rolls back on any error."""
    with made.begin() as connection:
        yield connection.connection.driver_connection  # type: ignore[misc]


@contextmanager
def only_transaction(url: str) -> Iterator[Connection]:
    """The same for whoever needs one transaction and then no more: on an engine of its own, which ends with it."""
    made = make_engine(url)
    try:
        with transaction(made) as conn:
            yield conn
    finally:
        made.dispose()


@contextmanager
def reading(made: Engine) -> Iterator[Connection]:
    """One transaction in which PostgreSQL refuses to write."""
    with made.connect().execution_options(postgresql_readonly=True) as connection, connection.begin():
        yield connection.connection.driver_connection  # type: ignore[misc]


def enter_world(conn: Connection, drill: int | Literal["every"] | None) -> None:
    """Have this transaction see and write what is of one drill; None: of no drill, as every transaction begins."""
    if drill is not None:  # by SET, which is no query: the isolation level can still be chosen
        conn.execute(sql.SQL("set local smartalert.drill = {}").format(sql.Literal(str(drill))))


@cache
def queries(of: str) -> Any:
    """The named queries of one module: queries("alerts/threads") are those of sql/queries/alerts/threads.sql."""
    return aiosql.from_path(QUERIES / f"{of}.sql", "psycopg")


def rows_as(row: type[Row], found: Iterable[Any]) -> list[Row]:
    """The rows of a query as `row`s, a frozen dataclass, by name; TypeError where a column is missing or too many."""
    rows = list(found)
    if rows and rows[0]._fields == tuple(row.__annotations__):
        return [row(*one) for one in rows]  # in the same order, half the time
    return [row(**one._asdict()) for one in rows]


def row_as(row: type[Row], found: Any) -> Row | None:
    """The same of a query that finds one row or none."""
    return None if found is None else row(**found._asdict())


def row_number(text: str) -> int | None:
    """The number of a row that an address or a report names; None where it names none that a bigint holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
