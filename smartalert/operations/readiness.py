"""Whether a live deployment has all it needs: everything that is missing at once, each with what to do.

A process that lacks something does not start. One that starts without a key, or with an address that leads nowhere,
would seem well and tell nobody, or send people links that open nothing.
"""

import ipaddress
import os
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import namedtuple_row

from smartalert.audit import restorations
from smartalert.config import Mode, Settings, settings
from smartalert.database import connection, health, owner
from smartalert.database.connection import Connection
from smartalert.errors import ClockWrong, ModeRefused, SetupError
from smartalert.providers import deployment
from smartalert.providers.sendgrid import events


class Process(StrEnum):
    """What is started, one command each."""

    CONTROL = "control"
    PUBLIC = "public"
    WORKER = "worker"


class Finding(NamedTuple):
    """One thing that is missing or wrong, and what to do."""

    problem: str
    remedy: str


#: As long as `openssl rand -hex 16` makes a key: 128 bits.
SHORTEST_KEY = 32
OLDEST_POSTGRESQL, OLDEST_POSTGIS = 14, (3, 0)
EXTENSIONS = ("postgis", "pg_trgm", "fuzzystrmatch", "btree_gist")
MIGRATE = "Run `python -m smartalert migrate` with the login that owns the database."
ANOTHER_DATABASE = "Set SMARTALERT_MODE or DATABASE_URL: a database is live or training for ever."
TIME = "Synchronise both clocks, with chrony or the platform's own service."


def require_ready(process: Process) -> None:
    """Raise SetupError with every finding, where this process lacks anything."""
    if found := findings([process]):
        many = f"{len(found)} things are missing" if len(found) > 1 else "Something is missing"
        raise SetupError(f"{many}, so {process} does not start.\n{words(found)}")


def words(found: list[Finding]) -> str:
    """The findings for whoever is at the command line, numbered."""
    return "\n".join(f"{n}. {one.problem}\n   {one.remedy}" for n, one in enumerate(found, 1))


def findings(processes: Sequence[Process]) -> list[Finding]:
    """All that these processes lack: in live by the settings of this one, and of the database."""
    found = missing(settings(), processes) if settings().mode is Mode.LIVE else []
    for process in processes:
        found += [finding for finding in database(process) if finding not in found]
    return found


def missing(ours: Settings, processes: Sequence[Process]) -> list[Finding]:
    """What these settings lack for a live deployment."""
    needed = [check for check, whose in NEEDED.items() if set(whose) & set(processes)]
    return [finding for check in needed for finding in check(ours)]


def key(ours: Settings) -> Iterator[Finding]:
    """Links, receipts and sign-in cookies are signed."""
    make = "Make one with `openssl rand -hex 32`, and give the same to control, public and worker."
    try:
        keys = ours.signing_keys
    except SetupError as error:
        yield Finding(str(error), make)
        return
    if any(len(one) < SHORTEST_KEY or len(set(one)) < SHORTEST_KEY // 4 for one in keys):
        yield Finding(
            f"SMARTALERT_SECRET_KEY has a key that can be guessed: {SHORTEST_KEY} random signs at least.", make
        )


def public_address(ours: Settings) -> Iterator[Finding]:
    """Every message has a link to the public service."""
    if why := address_problem(ours.public_url, everybody=True):
        yield Finding(
            f"SMARTALERT_PUBLIC_URL {why}: links in messages would lead nowhere.",
            "Set it to what people's browsers call the public service, such as https://alerts.yourforce.police.uk.",
        )


def control_address(ours: Settings) -> Iterator[Finding]:
    """Approvers are sent links to the control room, and pages of no other address may use it."""
    if why := address_problem(ours.control_url, everybody=False):
        yield Finding(
            f"SMARTALERT_CONTROL_URL {why}: links to approvers would lead nowhere.",
            "Set it to what officers' browsers call the control room, such as https://smartalert.yourforce.police.uk.",
        )


def address_problem(url: str, *, everybody: bool) -> str:
    """Why an address is none that people's browsers may be sent to; empty where it is one.

    What only officers open may lie in the force's own network; what everybody opens may not.
    """
    if not url:
        return "is not set"
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https" or not host:
        return "does not begin with https://"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "has more than a host and a path"
    if deployment.is_nobodys(host):
        return f"leads to {host}, which is nobody's"
    return network_problem(host, everybody=everybody)


def network_problem(host: str, *, everybody: bool) -> str:
    """Why a host cannot be reached by those who are meant to; a name is not looked up."""
    try:
        at = ipaddress.ip_address(host)
    except ValueError:
        # what a browser takes for a number: 127.1, 0x7f000001
        if host.rpartition(".")[2][:1].isdigit():
            return f"leads to {host}, which is no name"
        return "" if "." in host or not everybody else f"leads to {host}, which only this network knows"
    if at.is_loopback or at.is_unspecified or at.is_link_local:
        return "leads to the machine itself"
    return f"leads to {host}, which only this network knows" if everybody and not at.is_global else ""


def providers(ours: Settings) -> Iterator[Finding]:
    """Google and SendGrid, as the worker will use them; and the force's own address, which mails come from."""
    for check, remedy in (
        (deployment.check_push, "Download the service account's key in Google Cloud, and name its file there."),
        (deployment.check_mail, "Make a key in SendGrid that may send mail, and set it; leave the endpoint as it is."),
        (deployment.check_sender, "Set it to an address whose domain is authenticated in SendGrid."),
    ):
        try:
            check(ours)
        except (SetupError, ModeRefused) as error:
            yield Finding(str(error), remedy)


def events_key(ours: Settings) -> Iterator[Finding]:
    """Without it nobody can be told apart from SendGrid, and no mail is ever known to have arrived."""
    if not events.is_key(ours.sendgrid_webhook_key):
        state = "is no key" if ours.sendgrid_webhook_key else "is not set"
        yield Finding(
            f"SMARTALERT_SENDGRID_WEBHOOK_KEY {state}: no mail would be known to have arrived.",
            "Switch on the signed event webhook in SendGrid, and copy its verification key.",
        )


def leavers_folder(ours: Settings) -> Iterator[Finding]:
    """Who leaves is written down beside the database, for when a backup brings them back."""
    folder = ours.leavers
    place = folder if folder.exists() else folder.parent
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        yield Finding(
            f"SMARTALERT_LEAVERS_FOLDER ({folder}) cannot be written to: a restore would bring back whoever leaves.",
            "Make it, for this process's account, where it outlives the database; docs/backup.md says why.",
        )


def sign_in(ours: Settings) -> Iterator[Finding]:
    """Nobody comes in but by the force's own accounts."""
    if why := address_problem(ours.oidc_issuer, everybody=False):
        yield Finding(
            f"SMARTALERT_OIDC_ISSUER {why}: nobody could sign in.",
            "Set it to the issuer that your provider's discovery document names.",
        )
    for name, value in (
        ("SMARTALERT_OIDC_CLIENT_ID", ours.oidc_client_id),
        ("SMARTALERT_OIDC_CLIENT_SECRET", ours.oidc_client_secret.get_secret_value()),
    ):
        if not value.strip():
            yield Finding(f"{name} is not set: nobody could sign in.", "Register the control room with your provider.")


#: Check of the settings → the processes that need what it asks for.
NEEDED: dict[Callable[[Settings], Iterator[Finding]], tuple[Process, ...]] = {
    key: tuple(Process),
    public_address: tuple(Process),
    control_address: (Process.CONTROL, Process.WORKER),
    sign_in: (Process.CONTROL,),
    providers: (Process.WORKER,),
    events_key: (Process.PUBLIC, Process.WORKER),
    leavers_folder: (Process.PUBLIC,),
}


def database(process: Process) -> Iterator[Finding]:
    """Whether this process's login reaches a database that is what it should be, by the way it connects."""
    try:
        with owner.connect(connection.address(f"smartalert_{process}")) as conn:
            yield from server(conn)
            yield from state(conn)
            if process is Process.WORKER:
                yield from restored(conn)
    except (psycopg.Error, SetupError) as error:
        yield Finding(f"The database cannot be used by {process}: {first_line(error)}.", way_in(str(error), process))
        return
    if shares_sessions(process):
        yield Finding(
            f"A pooler gives {process} another session for each transaction: what it prepared or locked is lost.",
            "Connect directly, or through a pool in session mode (PgBouncer: pool_mode = session).",
        )


def first_line(error: Exception) -> str:
    """What a library says, as one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def way_in(said: str, process: Process) -> str:
    """What to do about a login that is refused, by what PostgreSQL or a pooler says."""
    role = f"smartalert_{process}"
    if "options" in said:
        return f"Let the pooler pass the startup parameter on, and make the login a member of {role} and of no other."
    if "role" in said:
        return f"`grant {role} to` the login of this process, once `migrate` has made the roles."
    return "Set DATABASE_URL to an address that this machine reaches, and see that PostgreSQL runs."


def server(conn: Connection) -> Iterator[Finding]:
    """PostgreSQL and its extensions."""
    version = conn.info.server_version // 10_000
    if version < OLDEST_POSTGRESQL:
        yield Finding(f"PostgreSQL {version} is too old.", f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer.")
    rows = conn.execute("select extname, extversion from pg_extension").fetchall()
    versions = {name: tuple(map(int, text.split(".")[:2])) for name, text in rows if text[:1].isdigit()}
    if missing := [name for name in EXTENSIONS if name not in versions]:
        yield Finding(f"The database lacks {', '.join(missing)}.", MIGRATE)
    elif versions["postgis"] < OLDEST_POSTGIS:
        yield Finding("PostGIS is too old.", f"Use PostGIS {OLDEST_POSTGIS[0]} or newer.")


def state(conn: Connection) -> Iterator[Finding]:
    """Its mode, its schema, whether it takes changes, and its clock."""
    remedies = {
        health.Problem.OTHER_MODE: ANOTHER_DATABASE,
        health.Problem.OTHER_SCHEMA: MIGRATE,
        health.Problem.READ_ONLY: "Connect to the primary: add target_session_attrs=read-write to DATABASE_URL.",
    }
    try:
        if problem := health.other(conn, settings().mode):
            yield Finding(f"{problem}.", remedies[problem])
        connection.check_clock(conn)
    except ClockWrong as error:
        yield Finding(str(error), TIME)
    except psycopg.ProgrammingError:
        yield Finding("The database has not been made ready.", MIGRATE)


def restored(conn: Connection) -> Iterator[Finding]:
    """A database that came from a backup sends nothing until somebody says so."""
    conn.row_factory = namedtuple_row
    try:
        if restoration := restorations.held(conn):
            yield Finding(
                f"This database was {restoration.words}, and nobody has said yet that it may send.",
                f"Check the alerts in force on the Live alerts screen, then run `{restorations.GO}`.",
            )
    except psycopg.ProgrammingError:
        conn.rollback()  # it has not been made ready, which is said already


def shares_sessions(process: Process) -> bool:
    """Whether two connections at once are one session of PostgreSQL's, as behind a pool in transaction mode."""
    address = connection.address(f"smartalert_{process}")
    with owner.connect(address) as one, owner.connect(address) as other:
        pids = set()
        for conn in (one, other):
            (pid,) = conn.execute("select pg_backend_pid()").fetchone() or (0,)
            conn.rollback()
            pids.add(pid)
    return len(pids) == 1
