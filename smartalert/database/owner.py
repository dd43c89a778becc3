"""The database as its owner, for the command line: reached, migrated, or refused in one sentence."""

import getpass
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from smartalert.config import settings
from smartalert.database.cluster import Cluster
from smartalert.database.connection import KEEPALIVE
from smartalert.errors import SetupError


@contextmanager
def loading() -> Iterator[None]:
    """Load libraries here: whoever asks to stop is heard right after. NumPy would print a traceback and go on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def at_the_command_line() -> str:
    """Who is there, as the audit says it."""
    return f"{getpass.getuser()} at the command line"


def require_running() -> None:
    """Say at once that there is no database, rather than let each part find out. Raises SetupError."""
    ours = settings()
    if not ours.database_url and not Cluster(ours.data_dir).running():
        raise SetupError(
            f"The private database in {ours.data_dir} is not running. Run `python -m smartalert up` beside this, "
            "or set DATABASE_URL."
        )


def running_url() -> str:
    """The database's address as its owner, for a process beside a database that runs. Raises SetupError."""
    require_running()
    return settings().database_url or Cluster(settings().data_dir).url()


@contextmanager
def owner_url() -> Iterator[str]:
    """The database's address as its owner; the private cluster runs at least as long as this."""
    if given := settings().database_url:
        require_reachable(given)
        yield given
        return
    with Cluster(settings().data_dir) as cluster:
        yield cluster.url()


def spelt(url: str) -> str:
    """An address as SQLAlchemy has it for our driver; empty for none."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False) if url else ""


@contextmanager
def given_url(url: str) -> Iterator[str]:
    """The database at an address that was given for once, as its owner; the deployment's own for none."""
    if not url:
        with owner_url() as own:
            yield spelt(own)
        return
    require_reachable(spelt(url))
    yield spelt(url)


@contextmanager
def migrated_url() -> Iterator[str]:
    """The same, brought up to date first."""
    from smartalert.database.migrations import migrate

    with owner_url() as url:
        migrate(url, settings().mode)
        yield url


def require_reachable(url: str) -> None:
    """Raise SetupError if no database answers there."""
    try:
        connect(url).close()
    except psycopg.Error as error:
        raise SetupError(f"The database cannot be reached: {error}") from None


def connect(url: str) -> psycopg.Connection:
    """A plain connection to one of SQLAlchemy's addresses."""
    return psycopg.connect(url.replace("+psycopg", "", 1), **KEEPALIVE)
