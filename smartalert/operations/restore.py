"""Restores a backup into an empty database, which then sends nothing until somebody says so.

pg_restore fills it in one transaction. As long as the step of the schema is not written no process of ours starts on
it; that step is the last thing to be written, in one transaction with all that keeps anybody from being told twice.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import IO

import pyrage

from smartalert.audit import chain, signed_heads
from smartalert.audit.chain import Verdict
from smartalert.audit.signed_heads import Head
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.database import clients, migrations, owner
from smartalert.database.connection import Connection, make_engine, queries
from smartalert.errors import BackupRefused, ChainBroken, ModeRefused
from smartalert.operations import backup, copies, settling
from smartalert.operations.copies import Copy, Manifest
from smartalert.operations.settling import Settled

#: Rights on what is PostgreSQL's or an extension's: `migrate` sees to them, as whoever may.
OTHERS_RIGHTS = re.compile(r" ACL (pg_catalog |public FUNCTION (_postgis_|_st_|st_estimatedextent))")
Identities = list[pyrage.x25519.Identity | pyrage.ssh.Identity]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be restored, and by what."""

    copy: Copy
    identities: Identities
    #: Where it was written down who left since, on each machine of the public service.
    leavers: list[Path]
    #: Signed heads of the audit that were kept outside.
    heads: list[Head] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to, and proved."""

    manifest: Manifest
    rows: int
    verdict: Verdict
    settled: Settled


def read_manifest(wanted: Wanted) -> Manifest:
    """What is beside the database, checked against it and this deployment. Raises BackupRefused, ModeRefused."""
    manifest = copies.unsign(copies.opened(wanted.copy, wanted.identities))
    if manifest.mode is not settings().mode:
        raise ModeRefused(
            f"This is a backup of a {manifest.mode} deployment, and this process is set to {settings().mode}."
        )
    if manifest.step not in {step.revision for step in migrations.chain().walk_revisions()}:
        raise BackupRefused(f"This backup is of a newer Smart Alert ({manifest.step}): restore it with that one.")
    with wanted.copy.dump.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != manifest.dump:
            raise BackupRefused(
                f"{copies.DUMP} is not the one that belongs to {copies.BESIDE}: it was cut, damaged or swapped."
            )
    return manifest


def into(url: str, wanted: Wanted, *, drill: bool = False) -> Restored:
    """Restore into an empty database. Raises BackupRefused, ModeRefused, ChainBroken; then no process starts on it."""
    manifest = read_manifest(wanted)
    prepare(url)
    fill(url, wanted, manifest)
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            conn: Connection = connection.connection.driver_connection  # type: ignore[assignment]
            rows = check_counts(conn, manifest)
            conn.execute("insert into alembic_version values (%s)", [manifest.step])
            migrations.bring_up(connection, manifest.mode)
            settled = settling.settle(conn, manifest, wanted.leavers, who(drill), utc_now())
            conn.execute("set constraints all immediate")  # what was done is in the chain before it is read
            verdict = chain.verify(conn, [*heads_in(manifest), *wanted.heads])
            if not verdict.unbroken:
                raise ChainBroken(f"The audit in this backup is not whole.\n{verdict.words}")
    finally:
        engine.dispose()
    return Restored(manifest, rows, verdict, settled)


def who(drill: bool) -> str:
    """Who restores, as the audit says it."""
    return f"{owner.at_the_command_line()}{', in a drill' if drill else ''}"


def heads_in(manifest: Manifest) -> Iterator[Head]:
    """The signed heads that were kept outside the database when the backup was taken."""
    return map(Head.parse, manifest.heads.splitlines())


def prepare(url: str) -> None:
    """See that the database is empty, and that the roles are there. Raises BackupRefused."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            conn: Connection = connection.connection.driver_connection  # type: ignore[assignment]
            (name, tables) = queries("operations/restore").what_is_there(conn)
            if tables:
                raise BackupRefused(
                    f"The database {name} is not empty, it has {tables:,} tables: a backup is restored into an empty "
                    "one only. Make another (`createdb smartalert_restored`), and set DATABASE_URL to it."
                )
            migrations.run_sql(connection, migrations.ROLES)
    finally:
        engine.dispose()


def fill(url: str, wanted: Wanted, manifest: Manifest) -> None:
    """Have pg_restore fill the database, all or nothing, decrypting as it reads. Raises BackupRefused."""
    address, environment = clients.target(url)
    program = clients.program("pg_restore", manifest.server)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        with running([program, "--list"], environment, wanted) as listing:
            lines = [line for line in listing.decode().splitlines() if not OTHERS_RIGHTS.search(line)]
        chosen.write("\n".join([*lines, ""]))
        chosen.flush()
        command = [program, "--no-owner", "--no-comments", "--exit-on-error", "--single-transaction"]
        with running([*command, f"--use-list={chosen.name}", f"--dbname={address}"], environment, wanted):
            pass


@contextmanager
def running(command: list[object], environment: dict[str, str], wanted: Wanted) -> Iterator[bytes]:
    """What pg_restore says, which is fed with the decrypted database. Raises BackupRefused."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=out, stderr=said, env=environment
        ) as restoring:
            feed(wanted, restoring.stdin)
        if restoring.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise BackupRefused(f"pg_restore did not come to its end, and nothing was restored: {words}")
        out.seek(0)
        yield out.read()


def feed(wanted: Wanted, to: IO[bytes] | None) -> None:
    """Decrypt into a program that may have read enough before the end. Raises BackupRefused."""
    assert to  # noqa: S101 - a pipe was asked for
    try:
        with wanted.copy.dump.open("rb") as file:
            pyrage.decrypt_io(file, to, wanted.identities)
    except BrokenPipeError:
        pass
    except (pyrage.DecryptError, OSError):
        raise BackupRefused(f"{copies.DUMP} was damaged: take the backup before.") from None
    finally:
        with suppress(BrokenPipeError):
            to.close()


def check_counts(conn: Connection, manifest: Manifest) -> int:
    """All rows of all tables are there; how many. Raises BackupRefused."""
    found = backup.counts(conn)
    wrong = [
        f"{table}: {found.get(table, 0):,} rows of {rows:,}"
        for table, rows in manifest.tables.items()
        if found.get(table) != rows
    ]
    if wrong:
        raise BackupRefused(f"Not all of the backup is in the database. {'; '.join(wrong)}.")
    return sum(found.values())


def kept_heads(files: Iterable[Path]) -> list[Head]:
    """The heads in these files. Raises ChainBroken."""
    return [head for file in files for head in signed_heads.kept(file)]
