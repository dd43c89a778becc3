"""python -m smartalert up, demo, residents, history: a training deployment and the made-up people in it."""

from pathlib import Path
from typing import Annotated

import typer

from smartalert.config import DataDir, Mode, Port, Settings, override, settings
from smartalert.errors import ModeRefused, SetupError

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
def demo(  # noqa: PLR0917
    scenario: Annotated[str, typer.Argument(help="The story: missing-child.")],
    pace: Annotated[str, typer.Option(help="Time to read: calm, usual or fast.")] = "usual",
    record: Annotated[Path | None, typer.Option(help="Also write it as pictures that move, .gif or .webp.")] = None,
    residents: Annotated[int, typer.Option(min=1, help="Made-up residents, when the county is first filled.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same county.")] = 1,
    control_port: Port = None,
    public_port: Port = None,
    simulator_port: Port = None,
    data_dir: DataDir = None,
) -> None:
    """Play a demonstration of the whole job in a window, by itself, in about three minutes. Training only."""
    override(control_port=control_port, public_port=public_port, simulator_port=simulator_port, data_dir=data_dir)
    if settings().mode is not Mode.TRAINING:
        raise ModeRefused("The demonstration is for training: a live deployment sends to real people.")
    try:
        from smartalert.training.demonstration import playing, running
    except ModuleNotFoundError as missing:
        raise SetupError(
            f"The demonstration needs {missing.name}. `make demo SCENARIO={scenario}` installs it; so does "
            "`pip install -r requirements-demo.txt`."
        ) from None
    asked = playing.asked_for(scenario, pace, record)
    with running.deployment(Settings(), residents, seed, typer.echo):
        playing.demonstrate(settings(), asked, typer.echo)


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
