"""Takes a backup: one snapshot of the database, and what is beside it, encrypted as it is read."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
from psycopg import sql

from smartalert.audit import entries, signed_heads
from smartalert.audit.entries import Action
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.database import clients, connection, owner
from smartalert.database.connection import Connection, queries
from smartalert.errors import BackupRefused
from smartalert.operations import copies
from smartalert.operations.copies import Copy, Manifest

#: Of these only the shape goes along: jobs, workers and tries are of the moment, PostGIS brings its own, and without
#: its step no process of ours takes a restored database for one that may send.
LEFT_OUT = ("alembic_version", "attempts", "procrastinate_*", "workers", "outages", "spatial_ref_sys")
PARTIAL = ".partial"


def take(say: Callable[[str], object]) -> Copy:
    """One more backup; those that have had their time go. Raises BackupRefused, SetupError."""
    ours, now = settings(), utc_now()
    recipients = copies.recipients_of(ours.backup_recipients)
    name = f"smartalert-{ours.mode}-{now:%Y%m%dT%H%M%SZ}"
    url = owner.spelt(owner.running_url())
    try:
        ours.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
        under_way = Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=PARTIAL, dir=ours.backups))
    except OSError as error:
        raise BackupRefused(f"{ours.backups} cannot be written to: {error.strerror}.") from None
    try:
        with connection.only_transaction(url) as conn:
            write(conn, url, under_way, name, recipients)
        copy = Copy(ours.backups / name)
        finish(under_way, copy.folder)
    finally:
        shutil.rmtree(under_way, ignore_errors=True)
    say(f"Written: {copy.folder}, {copy.bytes / 1e6:,.1f} MB.")
    with connection.only_transaction(url) as conn:
        whom = [part.strip() for part in ours.backup_recipients.split(",")]
        who = owner.at_the_command_line()
        entries.record(conn, who, Action.BACKED_UP, backup=name, bytes=copy.bytes, recipients=whom)
    for gone in forget(ours.backups, now, but_for=copy):
        say(f"Deleted, as it is older than {ours.backup_days} days: {gone.name}.")
    return copy


def write(conn: Connection, url: str, folder: Path, name: str, recipients: list[pyrage.x25519.Recipient]) -> None:
    """Both files and the note, of one snapshot. Raises BackupRefused."""
    conn.execute("set transaction isolation level repeatable read read only")
    q = queries("operations/backup")
    state = q.state(conn)
    digest = dump(url, state.snapshot, conn.info.server_version // 10_000, folder / copies.DUMP, recipients)
    heads = settings().audit_heads
    manifest = Manifest(
        name=name,
        taken_at=state.now,
        mode=settings().mode,
        step=state.step,
        server=conn.info.server_version // 10_000,
        dump=digest,
        tables=counts(conn),
        under_way={row.state: row.deliveries for row in q.under_way(conn)},
        heads=heads.read_text() if heads.exists() else "".join(f"{head}\n" for head in signed_heads.in_database(conn)),
        keys=settings().signing_keys[::-1],
    )
    (folder / copies.BESIDE).write_bytes(pyrage.encrypt(copies.sign(manifest), recipients))
    whom = settings().backup_recipients
    about = copies.ABOUT.format(**manifest.model_dump(exclude={"dump"}), dump=copies.DUMP, recipients=whom)
    (folder / copies.README).write_text(about)


def dump(url: str, snapshot: str, server: int, to: Path, recipients: list[pyrage.x25519.Recipient]) -> str:
    """The database as of a snapshot, encrypted as pg_dump writes it; SHA-256 of the file. Raises BackupRefused."""
    address, environment = clients.target(url)
    left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    command = [str(clients.program("pg_dump", server)), "--format=custom", "--compress=1", f"--snapshot={snapshot}"]
    with tempfile.TemporaryFile() as said, to.open("wb") as file:
        with subprocess.Popen(
            [*command, *left_out, f"--dbname={address}"], stdout=subprocess.PIPE, stderr=said, env=environment
        ) as dumping:
            summed = copies.Summed(file)
            try:
                pyrage.encrypt_io(dumping.stdout, summed, recipients)
            except pyrage.EncryptError as error:
                raise BackupRefused(f"The backup cannot be written: {error}. Make room, and begin again.") from None
        if dumping.returncode:
            said.seek(0)
            raise BackupRefused(f"pg_dump did not come to its end: {said.read().decode(errors='replace').strip()}")
    return summed.digest.hexdigest()


def counts(conn: Connection) -> dict[str, int]:
    """Table → rows, of all tables of ours that a backup holds."""
    found = {}
    for table in queries("operations/backup").tables(conn, left_out=[name.replace("*", "%") for name in LEFT_OUT]):
        (found[table.name],) = conn.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier(table.name))
        ).fetchone() or (0,)
    return found


def finish(under_way: Path, folder: Path) -> None:
    """Put a backup into its place once all of it is on disk."""
    for file in under_way.iterdir():
        with file.open("rb+") as written:
            os.fsync(written.fileno())
    under_way.rename(folder)


def forget(folder: Path, now: datetime, but_for: Copy) -> list[Copy]:
    """Delete backups that are older than they are kept, and halves of ones that were broken off; which."""
    kept_from = now - timedelta(days=settings().backup_days)
    old = [copy for copy in copies.all_of(folder) if copy.taken_at < kept_from and copy.folder != but_for.folder]
    for copy in old:
        shutil.rmtree(copy.folder)
    for half in folder.glob(f"smartalert-*{PARTIAL}"):
        with suppress(FileNotFoundError):
            if half.stat().st_mtime < (now - timedelta(days=1)).timestamp():
                shutil.rmtree(half, ignore_errors=True)
    return old
