"""The command line: python -m smartalert VERB. Each verb imports what it needs and no more."""

import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    # what follows takes a second to load, and a traceback is no answer to Ctrl-C
    signal.signal(signal.SIGINT, lambda *_: os._exit(os.write(2, b"Stopped before anything was begun.\n") and 1))

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from smartalert.clock import utc_now
from smartalert.config import DataDir, Mode, Port, override, settings
from smartalert.errors import SmartAlertError
from smartalert.importers.commands import commands as import_commands
from smartalert.monitoring import logs
from smartalert.operations.commands import commands as operations_commands
from smartalert.training import stopping
from smartalert.training.commands import commands as training_commands

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

    from smartalert.database.connection import Connection

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Smart Alert: tell the public, street by street, what the police need them to know now.",
)
audits = typer.Typer(no_args_is_help=True, help="Who did what: whether it is as it was written, and one alert's story.")
cli.add_typer(training_commands)
cli.add_typer(operations_commands)
cli.add_typer(import_commands, name="import")
cli.add_typer(audits, name="audit")

log = logging.getLogger(__name__)
#: How typer ends after Ctrl-C.
INTERRUPTED = 130
Heads = Annotated[
    Path | None, typer.Option(help="Signed heads kept outside the database. [default: audit-heads in the data folder]")
]


@cli.command()
def control(port: Port = None) -> None:
    """Run the control room."""
    override(control_port=port)
    logs.configure()
    require_ready("control")
    from smartalert.control.app import app
    from smartalert.monitoring.address import watched

    # The first preview should not wait for GeoPandas to load, nor should the first page.
    warming = threading.Timer(3, import_module, ["geopandas"])
    warming.daemon = True
    warming.start()
    with watched("control"):
        app.run(
            config={
                "server.port": settings().control_port,
                "server.address": settings().host,
                "server.headless": True,
                "server.fileWatcherType": "none",
                "browser.gatherUsageStats": False,
                "logger.hideWelcomeMessage": logs.are_json(),
                # Streamlit asks again what control/doors.py asked, by a list of its own
                "server.corsAllowedOrigins": [settings().control_url] if settings().control_url else [],
            }
        )


@cli.command()
def public(port: Port = None) -> None:
    """Run the public service."""
    override(public_port=port)
    logs.configure()
    require_ready("public")
    from smartalert.monitoring.address import watched
    from smartalert.public.server import run

    with watched("public"):
        run()


@cli.command()
def worker() -> None:
    """Run one worker. Run as many as wanted, on as many machines."""
    logs.configure()
    require_ready("worker")
    from smartalert.database import connection
    from smartalert.monitoring.address import watched
    from smartalert.monitoring.figures import DatabaseFigures
    from smartalert.worker.app import ROLE, run

    with watched("worker", [DatabaseFigures(connection.address(ROLE))]):
        run()


def require_ready(process: str) -> None:
    """Raise SetupError where there is no database, or a live deployment lacks what this process needs."""
    from smartalert.database import owner

    owner.require_running()
    if settings().mode is Mode.LIVE:
        from smartalert.operations import readiness

        readiness.require_ready(readiness.Process(process))


@cli.command()
def check(
    process: Annotated[list[str] | None, typer.Argument(help="control, public, worker. [default: all]")] = None,
) -> None:
    """Say what this deployment lacks, each with what to do, before anything is started. Ends with 1 if anything."""
    from smartalert.database import owner
    from smartalert.operations import readiness

    owner.require_running()
    try:
        wanted = [readiness.Process(name) for name in process or readiness.Process]
    except ValueError as error:
        raise typer.BadParameter(f"{error}: one of {', '.join(readiness.Process)}.") from None
    found = readiness.findings(wanted)
    typer.echo(readiness.words(found) if found else f"{', '.join(wanted).capitalize()}: ready ({settings().mode}).")
    raise typer.Exit(1 if found else 0)


@cli.command()
def bounce() -> None:
    """Take a report about a mail that went by the force's own relay, as its mail server pipes it in."""
    from smartalert.database import owner

    owner.require_running()
    from smartalert.database import connection
    from smartalert.dispatch import bounces
    from smartalert.providers.smtp.bounces import LONGEST

    raw = sys.stdin.buffer.read(LONGEST + 1)
    with connection.transaction(connection.engine("smartalert_worker")) as conn:
        typer.echo(f"It told about {bounces.record(conn, raw, utc_now())} deliveries.")


@cli.command()
def importer() -> None:
    """Run the importer, which brings in the ground that administrators send; its login is the owner's. One will do."""
    from smartalert.database import owner

    logs.configure()
    url = owner.running_url()
    from smartalert.worker.importer import run

    run(url)


@cli.command()
def simulator(port: Port = None) -> None:
    """Run the provider simulator, for training and tests. Its phones and inboxes may be seen from elsewhere."""
    override(simulator_port=port)
    from smartalert.simulator import credentials, server

    ours = settings()
    server.run(
        host=ours.simulator_host,
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


@cli.command()
def health(data_dir: DataDir = None) -> None:
    """Say whether the database is well and a worker is at work. Ends with 1 if not, for whatever watches workers."""
    override(data_dir=data_dir)
    from smartalert.database import connection
    from smartalert.database.health import Watch, look

    role = "smartalert_worker"
    problem: str | None = Watch(lambda: look(connection.address(role), settings().mode)).problem()
    if problem is None:
        with connection.reading(connection.engine(role)) as conn:
            at_work = connection.queries("control/status").workers(conn)
        problem = None if at_work else "No worker is running: nothing can leave"
    typer.echo(f"{problem}." if problem else "The database is well, and a worker is at work.")
    raise typer.Exit(1 if problem else 0)


@audits.command()
def verify(heads: Heads = None, data_dir: DataDir = None) -> None:
    """Say whether anybody, the database's owner included, has touched the audit. Ends with 1 if so."""
    with control_database(data_dir) as conn:
        from smartalert.audit import chain, signed_heads

        verdict = chain.verify(conn, signed_heads.kept(heads or settings().audit_heads))
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
        from smartalert.database import owner

        who = owner.at_the_command_line()
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
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGALRM, _interrupt)
        sys.unraisablehook = _no_traceback_of_interrupts
    try:
        cli(prog_name="python -m smartalert")
    except SmartAlertError as error:
        if logs.are_json():
            log.critical("%s", error)
        else:
            typer.secho(str(error), fg="red", err=True)
        sys.exit(1)
    except SystemExit as ended:
        stopping.heard()
        if ended.code == INTERRUPTED:
            typer.secho("Stopped. What was not finished was not kept: begin it again.", err=True)
        raise


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Raise, and again until the program ends: Python and its libraries drop what is raised in a finalizer or in C."""
    signal.setitimer(signal.ITIMER_REAL, stopping.AGAIN_S)
    raise KeyboardInterrupt


def _no_traceback_of_interrupts(dropped: "UnraisableHookArgs") -> None:
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


if __name__ == "__main__":
    main()
