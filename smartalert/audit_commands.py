"""python -m smartalert audit …: whether the audit is as it was written, and one alert's whole story."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smartalert.config import settings

if TYPE_CHECKING:
    from smartalert.db import Connection

audit_commands = typer.Typer(
    no_args_is_help=True, help="Who did what: whether it is as it was written, and one alert's story."
)
DataDir = Annotated[Path | None, typer.Option(help="Where the private database, keys and logs live. [default: var]")]
Heads = Annotated[
    Path | None, typer.Option(help="Signed heads kept outside the database. [default: audit-heads in the data folder]")
]


@audit_commands.command()
def verify(heads: Heads = None, data_dir: DataDir = None) -> None:
    """Say whether anybody, the database's owner included, has touched the audit. Ends with 1 if so."""
    with control_database(data_dir) as conn:
        from smartalert import audit_chain

        verdict = audit_chain.verify(conn, audit_chain.kept_heads(heads or settings().audit_heads))
    typer.echo(verdict.words)
    raise typer.Exit(0 if verdict.unbroken else 1)


@audit_commands.command()
def export(
    alert: Annotated[str, typer.Argument(help="The alert's number or identifier.")],
    to: Annotated[Path | None, typer.Option(help="The file. [default: a name of its own, here]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write one alert's whole story, with the proof that it is as it was written, as a zip."""
    with control_database(data_dir) as conn:
        from smartalert import alert_story

        who = f"{getpass.getuser()} at the command line"
        name, body = alert_story.bundle(conn, alert_story.find(conn, alert), who, datetime.now(UTC))
    (to or Path(name)).write_bytes(body)
    typer.echo(f"Written: {to or name}")


@contextmanager
def control_database(data_dir: Path | None) -> Iterator["Connection"]:
    """A transaction with the rights of the control room, and no more."""
    if data_dir:
        os.environ["SMARTALERT_DATA_DIR"] = str(data_dir)
        settings.cache_clear()
    from smartalert import db

    with db.transaction(db.engine("smartalert_control")) as conn:
        yield conn
