"""The command line: python -m smartalert VERB. Each verb imports what it needs and no more."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from smartalert.audit_commands import audit_commands
from smartalert.config import Settings, settings
from smartalert.errors import SetupError, SmartAlertError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Smart Alert: tell the public, street by street, what the police need them to know now.",
)
imports = typer.Typer(
    no_args_is_help=True, help="Bring real places, and what the app stores report, into the database."
)
cli.add_typer(imports, name="import")
cli.add_typer(audit_commands, name="audit")

DataDir = Annotated[Path | None, typer.Option(help="Where the private database, keys and logs live. [default: var]")]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="Port on this machine.")]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]


@cli.command()
def up(  # noqa: PLR0917
    residents: Annotated[int, typer.Option(min=1, help="Made-up residents, when the county is first filled.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same county.")] = 1,
    control_port: Port = None,
    public_port: Port = None,
    simulator_port: Port = None,
    data_dir: DataDir = None,
    history: Annotated[
        bool, typer.Option(help="Give a new county a made-up year of sign-ups, alerts, answers.")
    ] = False,
) -> None:
    """Run a whole training deployment on this machine, until Ctrl-C."""
    _override(control_port=control_port, public_port=public_port, simulator_port=simulator_port, data_dir=data_dir)
    from smartalert.up import up as run_everything

    given = Settings()  # not what an earlier `up` wrote down
    given = given.model_copy(update={"data_dir": given.data_dir.resolve()})
    run_everything(given, residents, seed, say=typer.echo, history=history)


@cli.command()
def control(port: Port = None) -> None:
    """Run the control room."""
    _override(control_port=port)
    _require_database()
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
    _override(public_port=port)
    _require_database()
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
    _require_database()
    from smartalert.worker import run

    run()


@cli.command()
def simulator(port: Port = None) -> None:
    """Run the provider simulator: loopback only, for training and tests."""
    _override(simulator_port=port)
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
    _override(data_dir=data_dir)
    from smartalert.migrations import migrate as apply_steps

    with _owner_url() as url:
        steps = apply_steps(url, settings().mode)
    typer.echo(f"Applied: {', '.join(steps)}." if steps else "The database is up to date.")


@imports.command("streets")
def import_streets(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], data_dir: DataDir = None
) -> None:
    """Import named streets from OpenStreetMap (.osm.pbf) or OS Open Roads (GeoPackage, GeoJSON)."""
    _override(data_dir=data_dir)
    from smartalert.importers.streets import import_streets as bring_in

    with _migrated_url() as url:
        bring_in(url, file, typer.echo)


@imports.command("postcodes")
def import_postcodes(files: Files, data_dir: DataDir = None) -> None:
    """Import postcodes from Code-Point Open (CSV)."""
    _override(data_dir=data_dir)
    from smartalert.importers.postcodes import import_postcodes as bring_in

    with _migrated_url() as url:
        bring_in(url, files, typer.echo)


@imports.command("area")
def import_area(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    name: Annotated[
        str | None, typer.Option(help="What the force area is called. [default: what the file says]")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import where the force may send (GeoJSON, GeoPackage, KML)."""
    _override(data_dir=data_dir)
    from smartalert.importers.areas import import_force_area as bring_in

    with _migrated_url() as url:
        typer.echo(f"The force area is {bring_in(url, file, name):,.0f} km².")


@imports.command("neighbourhoods")
def import_neighbourhoods(files: Files, data_dir: DataDir = None) -> None:
    """Import the areas of neighbourhood teams, or wards (GeoJSON, GeoPackage, KML)."""
    _override(data_dir=data_dir)
    from smartalert.importers.areas import import_neighbourhoods as bring_in

    with _migrated_url() as url:
        bring_in(url, files, typer.echo)


@imports.command("downloads")
def import_downloads(
    files: Files,
    app: Annotated[str, typer.Option(help="Package name or Apple identifier, where the account has more apps.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Import Google Play's install statistics (CSV) and the App Store's daily summaries (TSV, gzipped)."""
    _override(data_dir=data_dir)
    from smartalert.importers.downloads import import_downloads as bring_in

    with _migrated_url() as url:
        bring_in(url, files, typer.echo, app)


@imports.command("population")
def import_population(files: Files, data_dir: DataDir = None) -> None:
    """Import residents by neighbourhood (CSV: code, residents, district), or by LSOA with the ONS's lookup to wards."""
    _override(data_dir=data_dir)
    from smartalert.importers.population import import_population as bring_in

    with _migrated_url() as url:
        bring_in(url, files, typer.echo)


@cli.command()
def residents(
    along_streets: Annotated[int, typer.Option(min=1, help="How many more made-up residents.")],
    source: Annotated[str, typer.Option(help="Whose streets: osm or os_open_roads.")] = "osm",
    seed: Annotated[int, typer.Option(help="The same seed makes up the same people.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Settle made-up residents along imported streets, to practise on a real place. Training only."""
    _override(data_dir=data_dir)
    from smartalert.training.settling import settle

    with _migrated_url() as url:
        settle(url, along_streets, seed, source, say=typer.echo)


@cli.command()
def history(
    seed: Annotated[int, typer.Option(help="The same seed makes up the same year.")] = 1, data_dir: DataDir = None
) -> None:
    """Give a county where nothing has been issued a made-up year of sign-ups, alerts, answers. Training only."""
    _override(data_dir=data_dir)
    from smartalert.training.history import make

    store_reports = settings().data_dir / "store-reports"
    with _migrated_url() as url:
        typer.echo(f"{make(url, seed, typer.echo, reports=store_reports):,} alerts in a made-up year.")


def _override(**given: int | Path | None) -> None:
    """Let options win over the environment, in this process and those it starts."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"SMARTALERT_{name.upper()}"] = str(value)
    settings.cache_clear()


def _require_database() -> None:
    """Say at once that there is no database, rather than let each part find out."""
    from smartalert.cluster import Cluster

    ours = settings()
    if not ours.database_url and not Cluster(ours.data_dir).running():
        raise SetupError(
            f"The private database in {ours.data_dir} is not running. Run `python -m smartalert up` beside this, "
            "or set DATABASE_URL."
        )


@contextmanager
def _owner_url() -> Iterator[str]:
    """The database as its owner; the private cluster runs at least as long as this."""
    from smartalert.cluster import Cluster
    from smartalert.up import refuse_unreachable

    if given := settings().database_url:
        refuse_unreachable(given)
        yield given
        return
    with Cluster(settings().data_dir) as cluster:
        yield cluster.url()


@contextmanager
def _migrated_url() -> Iterator[str]:
    from smartalert.migrations import migrate as apply_steps

    with _owner_url() as url:
        apply_steps(url, settings().mode)
        yield url


def main() -> None:
    """Run the command line; an error of ours is one sentence, without a traceback."""
    try:
        cli(prog_name="python -m smartalert")
    except SmartAlertError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
