"""`up`: a whole training deployment on this machine, for as long as it runs. Never live."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from smartalert.config import Mode, Settings
from smartalert.database import connection, health, owner
from smartalert.database.cluster import Cluster
from smartalert.errors import ModeRefused, SetupError
from smartalert.training import stopping, supervisor
from smartalert.training.ports import PORTS, refuse_taken
from smartalert.training.supervisor import Child, Restarts

Say = Callable[[str], None]
#: How its sentence begins once all of it answers.
READY = "Ready in"
#: Seconds between two looks at the database.
LOOK_EVERY_S = 3.0
#: Whether there is no county yet, and whether the one that is there has no past: a year that somebody stopped while it
#: was made up is not there at all. Only a made-up year notes phones of days before the database was made.
NEW = """
select not exists (select from subscribers) and not exists (select from streets),
       exists (select from subscribers) and not exists (select from alerts)
       and not exists (select from phone_days where day < (select created_at::date - 1 from deployment))"""


def up(given: Settings, residents: int, seed: int, say: Say, *, history: bool = False) -> None:
    """Make what is missing, start everything, and keep it running until told to stop."""
    if given.mode is not Mode.TRAINING:
        raise ModeRefused("`up` is for training. Run each process of a live deployment by itself.")
    data = _make_folder(given.data_dir)
    stopping.listen()
    with ExitStack() as undo:
        try:
            undo.enter_context(_only_copy(data, given))
            refuse_taken(given, residents, seed, history)
            _run(
                given,
                partial(_prepare_database, data=data, residents=residents, seed=seed, say=say, history=history),
                say,
                undo,
            )
        except BaseException:
            if not stopping.was_asked():
                raise
            stopping.heard()
            say("Stopping …")
            undo.close()
            say("Stopped. Nothing is left running.")


def _run(given: Settings, prepare: Callable[[str], None], say: Say, undo: ExitStack) -> None:
    started_at = time.monotonic()
    cluster = None
    url = given.database_url
    if not url:
        cluster = Cluster(given.data_dir)
        say("Starting the private database …" if cluster.data.exists() else "Making the private database …")
        undo.callback(cluster.stop)
        url = cluster.start().url()
    owner.require_reachable(url)
    children = _children(given, training_environment(given), url)
    undo.callback(supervisor.stop, children)
    children[0].start()  # the simulator needs no database, and starts while that is prepared
    prepare(url)
    say("Starting control room, worker, importer, public service and simulator …")
    for child in children[1:]:
        child.start()
    supervisor.wait_until_ready(children, say)
    say(f"{READY} {time.monotonic() - started_at:.1f} s.\n{welcome(given)}")
    database = Database(url, cluster, children)
    while True:
        if database.tend(say):
            for child in children:
                child.tend(say)
        time.sleep(0.5)


class Database:
    """The database under a running deployment: started again when it has ended, waited for when it does not answer."""

    def __init__(self, url: str, cluster: Cluster | None, children: list[Child]) -> None:
        self._cluster, self._children = cluster, children
        self._watch = health.Watch(lambda: health.look(url, Mode.TRAINING), LOOK_EVERY_S)
        self._problem: health.Problem | None = None
        self._restarts = Restarts("private database", cluster.log) if cluster else None

    def tend(self, say: Say) -> bool:
        """Whether it answers: while it does not, what needs it need not be started again."""
        if self._cluster and self._restarts and self._cluster.server.ended():
            time.sleep(self._restarts.ended(supervisor.end_of(self._cluster.server.exit_code), say))
            self._cluster.start()
            self._restarts.started()
            say("The private database runs again.")
            self._forgive()
        problem = self._watch.known()
        if problem != self._problem:
            say(f"{problem}." if problem else "The database is well again.")
            self._problem = problem
            self._forgive()
        return problem is None

    def _forgive(self) -> None:
        for child in self._children:
            child.restarts.forgive()


def _prepare_database(url: str, *, data: Path, residents: int, seed: int, say: Say, history: bool) -> None:
    if not _is_current(url):
        with owner.loading():
            from smartalert.database.migrations import migrate

        say(f"Database brought up to date: {', '.join(migrate(url, Mode.TRAINING))}.")
    with owner.connect(url) as conn:
        empty, unlived = conn.execute(NEW).fetchone()  # type: ignore[misc]
    if empty:
        with owner.loading():
            from smartalert.training.county import fill

        fill(url, residents, seed, say)
    if history and (empty or unlived):
        with owner.loading():
            from smartalert.training.history import make

        make(url, seed, say, reports=data / "store-reports")


def _is_current(url: str) -> bool:
    """Whether there is nothing to migrate: asked first, because Alembic takes a second to load."""
    try:
        with owner.connect(url) as conn:
            return conn.execute("select version_num from alembic_version").fetchone() == (connection.newest_step(),)
    except psycopg.errors.UndefinedTable:
        return False


def training_environment(given: Settings) -> dict[str, str]:
    """What points every process of this folder at the simulator; kept in training.env for verbs run by hand."""
    from smartalert.simulator import credentials

    key = given.data_dir / "secret-key"
    if not key.exists():
        _write_closed(key, secrets.token_urlsafe(48))
    environment = {
        "SMARTALERT_MODE": Mode.TRAINING.value,
        "SMARTALERT_SECRET_KEY": key.read_text(),
        **{f"SMARTALERT_{port.upper()}": str(getattr(given, port)) for port in PORTS},
        **credentials.ensure(given.data_dir / "simulator", given.simulator_url).environment,
    }
    _write_closed(
        given.data_dir / "training.env", "".join(f"{name}='{value}'\n" for name, value in environment.items())
    )
    return environment


def _children(given: Settings, environment: dict[str, str], url: str) -> list[Child]:
    logs = given.data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    environment |= {"SMARTALERT_DATA_DIR": str(given.data_dir), "PYTHONUNBUFFERED": "1"}
    here = f"http://{given.near_host}"
    newest = _newest_worker(url)
    ready: dict[str, Callable[[], bool]] = {
        "simulator": lambda: supervisor.answers(f"{given.simulator_url}/health"),
        "public": lambda: supervisor.answers(f"{here}:{given.public_port}/health"),
        "control": lambda: supervisor.answers(f"{here}:{given.control_port}/_stcore/health"),
        "worker": lambda: _newest_worker(url) > newest,
        "importer": lambda: _importer_is_there(url),
    }
    return [Child(verb, logs / f"{verb}.log", environment, asks) for verb, asks in ready.items()]


def _newest_worker(url: str) -> int:
    """The number of the worker that registered last, 0 where none has or the database is away."""
    try:
        with owner.connect(url) as conn:
            row = conn.execute("select max(id) from procrastinate_workers").fetchone()
    except psycopg.Error:
        return 0
    return int(row[0] or 0) if row else 0


def _importer_is_there(url: str) -> bool:
    """Whether the importer was heard of just now."""
    try:
        with owner.connect(url) as conn:
            row = conn.execute("select heard_at > now() - interval '5 seconds' from ground_importer").fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def welcome(given: Settings) -> str:
    """The addresses, and what to do next."""
    host = given.host
    return f"""
Smart Alert is running. TRAINING: everybody is made up, and nothing leaves this machine.

    Control room     http://{host}:{given.control_port}    officers draw, preview and issue alerts
    Public service   http://{host}:{given.public_port}    what the public sees
    Simulator        {given.simulator_url}    the phones and inboxes that alerts land in
{elsewhere(given)}
Next: open the control room, draw a circle or pick a street, and look at the preview.
Logs: {given.data_dir / "logs"}. Stop with Ctrl-C.
"""


def elsewhere(given: Settings) -> str:
    """How other computers get to the phones and inboxes, where they may."""
    from smartalert.simulator import credentials, sign_in

    if sign_in.is_loopback(given.simulator_host):
        return ""
    password = credentials.ensure(given.data_dir / "simulator", given.simulator_url).password
    return (
        f"\nOther computers see the phones and inboxes at port {given.simulator_port}, by this password: {password}\n"
    )


@contextmanager
def _only_copy(data: Path, given: Settings) -> Iterator[None]:
    """Hold the folder for this process; SetupError says who holds it already."""
    with os.fdopen(os.open(data / "up.json", os.O_RDWR | os.O_CREAT, 0o600), "r+") as record:
        try:
            fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(_already_running(data, record.read())) from None
        record.truncate()
        json.dump({"pid": os.getpid(), **{port: getattr(given, port) for port in PORTS}}, record)
        record.flush()
        yield


def ports_of_running(data: Path) -> dict[str, int]:
    """The ports of what `up` runs in this folder; nothing where none does."""
    record = data / "up.json"
    if not record.exists():
        return {}
    with record.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            written = json.loads(file.read() or "{}")
            return {port: int(written[port]) for port in PORTS if port in written}
    return {}


def _already_running(data: Path, written: str) -> str:
    try:
        other: dict[str, Any] = json.loads(written)
    except ValueError:
        return f"Smart Alert is just starting in {data}."
    where = ", ".join(f"{PORTS[port]} http://127.0.0.1:{other[port]}" for port in PORTS)
    return (
        f"Smart Alert is already running in {data}, as process {other['pid']}: {where}.\n"
        f"Use that one, stop it with `kill {other['pid']}`, or run a second one with --data-dir and other ports."
    )


def _make_folder(data: Path) -> Path:
    if not data.exists():
        data.mkdir(parents=True)
        data.chmod(0o711)  # the database server's account passes through it; nobody else may list it
    return data


def _write_closed(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
