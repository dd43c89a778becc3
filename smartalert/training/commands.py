"""python -m smartalert up, residents, history: a training deployment and the made-up people in it."""

from typing import Annotated

import typer

from smartalert.config import DataDir, Port, Settings, override, settings

commands = typer.Typer()


@commands.command()
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
    override(control_port=control_port, public_port=public_port, simulator_port=simulator_port, data_dir=data_dir)
    from smartalert.training.up import up as run_everything

    given = Settings()  # not what an earlier `up` wrote down
    given = given.model_copy(update={"data_dir": given.data_dir.resolve()})
    run_everything(given, residents, seed, say=typer.echo, history=history)


@commands.command()
def residents(
    along_streets: Annotated[int, typer.Option(min=1, help="How many more made-up residents.")],
    source: Annotated[str, typer.Option(help="Whose streets: osm or os_open_roads.")] = "osm",
    seed: Annotated[int, typer.Option(help="The same seed makes up the same people.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Settle made-up residents along imported streets, to practise on a real place. Training only."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.training.settling import settle

    with owner.migrated_url() as url:
        settle(url, along_streets, seed, source, say=typer.echo)


@commands.command()
def history(
    seed: Annotated[int, typer.Option(help="The same seed makes up the same year.")] = 1, data_dir: DataDir = None
) -> None:
    """Give a county where nothing has been issued a made-up year of sign-ups, alerts, answers. Training only."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.training.history import make

    store_reports = settings().data_dir / "store-reports"
    with owner.migrated_url() as url:
        typer.echo(f"{make(url, seed, typer.echo, reports=store_reports):,} alerts in a made-up year.")
