"""The public service and its rival as so many processes on one database, with alerts to read and to report on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench
from smartalert.config import settings
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_force_area, make_street, make_subscriber
from tests.processes import answers, end
from tests.simulator_process import free_port
from tests.waiting import eventually

PROCESSES = 2
#: Deliveries that are reported on.
DELIVERIES = 20_000
#: Alerts that are read in turn.
ALERTS = 5
LATENCY_MS = 20


@dataclass
class Served:
    """Ours and the rival, each as so many processes on one database."""

    running: Deployment
    ours: list[int]
    rival: list[int]
    #: Port → the process behind it.
    process_at: dict[int, int]
    alert_ids: list[int]
    identifiers: list[str]


def seed(running: Deployment) -> tuple[list[int], list[str]]:
    """Streets to draw, alerts to read, deliveries to report on; the alerts' ids and identifiers."""
    with running.database.connect() as owner:
        make_force_area(owner)
        for number in range(60):
            make_street(owner, name=f"Street {number}", line=[(-500, number * 20 - 600), (500, number * 20 - 600)])
        owner.execute("insert into postcodes values ('ST16 2LD', st_setsrid(st_makepoint(392000, 323000), 27700))")
        make_subscriber(owner)
        owner.commit()
    issued = [running.issue(complete_draft()) for _ in range(ALERTS)]
    with running.database.connect() as owner:
        owner.execute(READERS, {"people": DELIVERIES})
        owner.execute(LEDGER, {"alert": issued[0], "people": DELIVERIES})
        owner.execute("analyze deliveries")
        rows = owner.execute("select identifier from alerts order by id").fetchall()
    return issued, [str(row.identifier) for row in rows]


READERS = """
    with people as (
      insert into subscribers (id, confirmed_at) overriding system value
      select 1000000 + person, now() from generate_series(1, %(people)s) person returning id
    )
    insert into contacts (subscriber_id, channel, address)
    select id, channel, channel || '-' || id || '@training.example'
    from people, unnest(array['push', 'email']::channel[]) channel
"""
LEDGER = """
    insert into deliveries (alert_id, subscriber_id, channel, state, due_at, handed_over_at)
    select %(alert)s, 1000000 + person, channel, 'handed_over', now(), now()
    from generate_series(1, %(people)s) person, unnest(array['push', 'email']::channel[]) channel
"""


@contextmanager
def served() -> Iterator[Served]:
    """The deployment, with as many processes of each side as there are cores here."""
    with bench.cluster() as cluster, ExitStack() as stack:
        database = Database(cluster, "smartalert")
        running = stack.enter_context(deployment(database, Path(cluster.root), workers=0, forked=False))
        os.environ.update({**running.environment, "DATABASE_URL": database.url()})
        settings.cache_clear()
        running.simulator.faults(mail_latency_ms=LATENCY_MS)
        issued, identifiers = seed(running)
        ours, rival = ([free_port() for _ in range(PROCESSES)] for _ in range(2))
        processes = {port: start("smartalert.public.app:app", port) for port in ours}
        processes |= {port: start("public_rivals:app", port) for port in rival}
        stack.callback(end, [*processes.values()])
        for port in ours + rival:
            eventually(lambda port=port: answers(f"http://127.0.0.1:{port}/alerts/{identifiers[0]}"), within_s=60)
        process_at = {port: process.pid for port, process in processes.items()}
        yield Served(running, ours, rival, process_at, issued, identifiers)


def start(app: str, port: int) -> subprocess.Popen[bytes]:
    """One uvicorn, as `python -m smartalert public` runs it."""
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    return subprocess.Popen(command, cwd=Path(__file__).parent, env={**os.environ, "PYTHONPATH": str(bench.PROJECT)})
