"""The command line: python -m smartalert VERB. Each verb imports what it needs and no more."""

import getpass
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smartalert.clock import utc_now
from smartalert.config import DataDir, Port, override, settings
from smartalert.errors import SmartAlertError
from smartalert.importers.commands import commands as import_commands
from smartalert.training.commands import commands as training_commands

if TYPE_CHECKING:
    from smartalert.database.connection import Connection

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Smart Alert: tell the public, street by street, what the police need them to know now.",
)
audits = typer.Typer(no_args_is_help=True, help="Who did what: whether it is as it was written, and one alert's story.")
cli.add_typer(training_commands)
cli.add_typer(import_commands, name="import")
cli.add_typer(audits, name="audit")

Heads = Annotated[
    Path | None, typer.Option(help="Signed heads kept outside the database. [default: audit-heads in the data folder]")
]


@cli.command()
def control(port: Port = None) -> None:
    """Run the control room."""
    override(control_port=port)
    from smartalert.database import owner

    owner.require_running()
    from smartalert.control.app import app

    # The first preview should not wait for GeoPandas to load, nor should the first page.
    warming = threading.Timer(3, import_module, ["geopandas"])
    warming.daemon = True
    warming.start()
    app.run(
        config={
            "server.port": settings().control_port,
            "server.address": settings().host,
            "server.headless": True,
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": False,
        }
    )


@cli.command()
def public(port: Port = None) -> None:
    """Run the public service."""
    override(public_port=port)
    from smartalert.database import owner

    owner.require_running()
    import uvicorn

    uvicorn.run(
        "smartalert.public.app:app",
        host=settings().host,
        port=settings().public_port,
        access_log=False,
        timeout_graceful_shutdown=2,
    )


@cli.command()
def worker() -> None:
    """Run one worker. Run as many as wanted, on as many machines."""
    from smartalert.database import owner

    owner.require_running()
    from smartalert.worker.app import run

    run()


@cli.command()
def simulator(port: Port = None) -> None:
    """Run the provider simulator: loopback only, for training and tests."""
    override(simulator_port=port)
    from smartalert.simulator import credentials, server

    ours = settings()
    server.run(
        host="127.0.0.1",
        port=ours.simulator_port,
        credentials=credentials.ensure(ours.data_dir / "simulator", ours.simulator_url),
        events_url=ours.events_url,
        receipts_url=ours.receipts_url,
    )


@cli.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database up to date. Safe to repeat, and when two do it at once."""
    override(data_dir=data_dir)
    from smartalert.database import owner
    from smartalert.database.migrations import migrate as apply_steps

    with owner.owner_url() as url:
        steps = apply_steps(url, settings().mode)
    typer.echo(f"Applied: {', '.join(steps)}." if steps else "The database is up to date.")


@audits.command()
def verify(heads: Heads = None, data_dir: DataDir = None) -> None:
    """Say whether anybody, the database's owner included, has touched the audit. Ends with 1 if so."""
    with control_database(data_dir) as conn:
        from smartalert.audit import chain

        verdict = chain.verify(conn, chain.kept_heads(heads or settings().audit_heads))
    typer.echo(verdict.words)
    raise typer.Exit(0 if verdict.unbroken else 1)


@audits.command()
def export(
    alert: Annotated[str, typer.Argument(help="The alert's number or identifier.")],
    to: Annotated[Path | None, typer.Option(help="The file. [default: a name of its own, here]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write one alert's whole story, with the proof that it is as it was written, as a zip."""
    with control_database(data_dir) as conn:
        from smartalert.alerts import story

        who = f"{getpass.getuser()} at the command line"
        name, body = story.bundle(conn, story.find(conn, alert), who, utc_now())
    (to or Path(name)).write_bytes(body)
    typer.echo(f"Written: {to or name}")


@contextmanager
def control_database(data_dir: Path | None) -> Iterator["Connection"]:
    """A transaction with the rights of the control room, and no more."""
    override(data_dir=data_dir)
    from smartalert.database import connection

    with connection.transaction(connection.engine("smartalert_control")) as conn:
        yield conn


def main() -> None:
    """Run the command line; an error of ours is one sentence, without a traceback."""
    try:
        cli(prog_name="python -m smartalert")
    except SmartAlertError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
