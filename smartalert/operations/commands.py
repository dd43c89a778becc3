"""python -m smartalert backup, restore: copies of the database, and how one comes back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smartalert.clock import utc_now
from smartalert.config import DataDir, override, settings
from smartalert.errors import BackupRefused

if TYPE_CHECKING:
    from smartalert.operations.restore import Wanted

commands = typer.Typer()
Folder = Annotated[list[Path] | None, typer.Option(help="Where it is recorded who left since; more than once.")]


@commands.command()
def backup(
    new_key: Annotated[
        Path | None, typer.Option(help="Only make a key that backups can be encrypted to, into this file.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Take an encrypted backup of the database and of what belongs to it, and delete those that are too old."""
    override(data_dir=data_dir)
    from smartalert.operations import backup as taking
    from smartalert.operations import copies

    if new_key:
        typer.echo(f"Written: {new_key}. Keep it off this machine, where it outlives it.")
        typer.echo(f"SMARTALERT_BACKUP_RECIPIENTS={copies.new_identity(new_key)}")
        return
    taking.take(typer.echo)


@commands.command()
def restore(  # noqa: PLR0917
    copy: Annotated[Path | None, typer.Argument(help="The backup's folder or name. [default: the newest]")] = None,
    identity: Annotated[Path | None, typer.Option(help="The file with the key that backups are for.")] = None,
    leavers: Folder = None,
    heads: Annotated[Path | None, typer.Option(help="Signed heads of the audit kept outside the database.")] = None,
    drill: Annotated[bool, typer.Option(help="Try it in a scratch database, and say what must hold of it.")] = False,
    into: Annotated[str | None, typer.Option(help="The empty database, where DATABASE_URL is another.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Only write the keys in the backup into this file.")] = None,
    go: Annotated[bool, typer.Option(help="Let workers send again after a restore.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Restore a backup into an empty database, which then sends nothing until --go; or try it with --drill."""
    override(data_dir=data_dir)
    if go:
        let_go()
        return
    from smartalert.operations import copies
    from smartalert.operations import restore as restoring
    from smartalert.operations.restore import Wanted

    found = copies.find(copy)
    if identity is None:
        raise BackupRefused(f"Name the file with the key that {found.name} is for: --identity FILE.")
    identities = copies.identities_in(identity)
    if keys:
        own = ",".join(copies.keys_in(copies.opened(found, identities)))
        copies.write_closed(keys, f"SMARTALERT_SECRET_KEY={own}\n")
        typer.echo(f"Written: {keys}")
        return
    folders = leavers or [settings().leavers]
    kept = restoring.kept_heads([heads] if heads else [settings().audit_heads])
    carry_out(Wanted(found, identities, folders, kept), into or "", drill=drill)


def carry_out(wanted: "Wanted", into: str, *, drill: bool) -> None:
    """Restore, or try to; says what came of it, and ends with 1 where a drill found something wrong."""
    from smartalert.audit import restorations
    from smartalert.database import owner
    from smartalert.operations import restore as restoring
    from smartalert.operations import restore_drill, settling

    if drill:
        here = "" if into else owner.spelt(owner.running_url())
        wrong = restore_drill.run(here, wanted, typer.echo, owner.spelt(into))
        for line in wrong:
            typer.secho(line, fg="red", err=True)
        typer.echo("The drill failed." if wrong else "The drill is passed.")
        raise typer.Exit(1 if wrong else 0)
    with owner.given_url(into) as url:
        restored = restoring.into(url, wanted)
    typer.echo(f"Restored {wanted.copy.name}: {restored.rows:,} rows. {restored.verdict.words}")
    for line in settling.words(restored.settled):
        typer.echo(line)
    typer.echo(f"Workers do not start until you let them: {restorations.GO}")


def let_go() -> None:
    """Let workers send again, which the audit keeps."""
    from smartalert.audit import entries, restorations
    from smartalert.audit.entries import Action
    from smartalert.database import connection, owner

    with owner.owner_url() as url, connection.only_transaction(url) as conn:
        who = owner.at_the_command_line()
        held = restorations.let_go(conn, who, utc_now())
        if held:
            entries.record(conn, who, Action.LET_GO)
    typer.echo("Workers may send again: start them." if held else "Nothing holds the workers of this database.")
