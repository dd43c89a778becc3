"""The restore drill: the newest backup into a scratch database, what must hold of it, and the scratch database gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from time import monotonic

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from smartalert.audit import restorations
from smartalert.clock import utc_now
from smartalert.database import owner
from smartalert.database.connection import Connection, only_transaction, queries
from smartalert.errors import BackupRefused, NotLetGo
from smartalert.operations import restore, settling
from smartalert.operations.restore import Restored, Wanted


def run(url: str, wanted: Wanted, say: Callable[[str], object], given: str = "") -> list[str]:
    """Restore, look, drop; what was wrong, in words. `given` is a database to do it in, which stays.

    Raises what a restore raises.
    """
    began = monotonic()
    with nullcontext(given) if given else scratch(url) as address:
        restored = restore.into(address, wanted, drill=True)
        took_s = monotonic() - began
        with only_transaction(address) as conn:
            wrong = list(faults(conn, restored))
    say(f"Restored {wanted.copy.name} in {took_s:,.0f} s: {wanted.copy.bytes / 1e6:,.1f} MB, {restored.rows:,} rows.")
    say(f"Counts: all {len(restored.manifest.tables)} tables have as many rows as when the backup was taken.")
    say(f"Audit: {restored.verdict.words}")
    for line in settling.words(restored.settled):
        say(line)
    if not wrong:
        say("Nobody is told twice: nothing waits to leave, there is no job, and a worker refuses to start.")
    return wrong


def faults(conn: Connection, restored: Restored) -> Iterator[str]:
    """What could tell somebody twice, or write to somebody who left."""
    left = queries("operations/restore_drill").could_leave(conn)
    for number, what in (
        (left.deliveries, "deliveries wait to leave"),
        (left.mails, "mails wait to leave"),
        (left.calls, "calls wait to leave"),
        (left.jobs, "jobs wait to be done"),
        (left.strays, "people are in the matching table who have left, or lack an address"),
    ):
        if number:
            yield f"{number:,} {what}."
    try:
        restorations.require_let_go(conn)
        yield "A worker would start on it."
    except NotLetGo:
        pass
    if restored.settled.unreadable is None:
        yield "There is no record of who left since the backup: name its folders with --leavers."
    elif restored.settled.unreadable:
        yield f"{restored.settled.unreadable:,} lines of the record of who left cannot be relied on."


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """An empty database beside the one at this address, for as long as this lasts. Raises BackupRefused."""
    name = f"smartalert_drill_{utc_now():%Y%m%d%H%M%S}"
    try:
        with owner.connect(url) as conn:
            conn.autocommit = True
            conn.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        raise BackupRefused(
            "This login may not make databases. Have a superuser make an empty one with Smart Alert's extensions, and "
            "name it: `restore --drill --into URL`."
        ) from None
    try:
        yield make_url(url).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
    finally:
        with suppress(psycopg.OperationalError), owner.connect(url) as conn:
            conn.autocommit = True
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
