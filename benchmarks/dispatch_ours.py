"""Ours, from the officer's confirm to the last hand-over: a county of people, one worker, and what an alert costs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import bench
from smartalert.alerts import approvals
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import count_audience
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.geography import areas, geo
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import EAST, NORTH, OFFICER, complete_draft, make_draft, make_force_area

LATENCY_MS = 20
#: Where → people, kilometres east of the crossroads. Of ten people nine have a phone and five a mailbox.
PEOPLE = {"village": 5_000, "town": 10_000, "city": 71_430, "county": 714_300}
EAST_KM = {"village": 0, "town": 5, "city": 10, "county": 15}
BOTH = ["push", "email"]

Figures = dict[str, float]


class Sent(NamedTuple):
    """One alert that was handed over: how many, seconds from release, and what it cost the machine."""

    handed_over: int
    issue_s: float
    first_s: float
    p50_s: float
    p95_s: float
    last_s: float
    #: Process → CPU seconds from before it was issued until it was all handed over.
    cpu_s: dict[str, float]
    #: The same of the worker's threads: its event loop, the one that speaks HTTP, those of its transactions.
    threads_s: dict[str, float]
    wal_bytes: int
    table_bytes: int

    @property
    def per_s(self) -> float:
        return self.handed_over / self.last_s

    def cpu_us(self, process: str) -> float:
        """What one process, or part of the worker, used for each message."""
        return (self.cpu_s | self.threads_s)[process] / self.handed_over * 1e6


@dataclass(frozen=True)
class Bench:
    """A deployment with one worker that has handed over before."""

    running: Deployment
    figures: Figures
    quick: bool
    postmaster: int

    @property
    def worker(self) -> int:
        """The worker's process."""
        return self.running.workers[0].pid

    def cpu_s(self) -> dict[str, float]:
        """What each process has used until now."""
        return {
            "worker": bench.cpu_s(self.worker),
            "PostgreSQL": bench.cpu_of_all_s(self.postmaster),
            "simulator": bench.cpu_s(self.running.simulator.pid),
        }

    def threads_s(self, before: dict[str, float]) -> dict[str, float]:
        """What the worker's parts have used since: its first thread is its loop, the busiest other one speaks HTTP."""
        used = {thread: now - before.get(thread, 0.0) for thread, now in bench.cpu_of_threads_s(self.worker).items()}
        loop = used.pop(str(self.worker))
        return {
            "its event loop": loop,
            "HTTP": max(used.values()),
            "transactions": sum(used.values()) - max(used.values()),
        }


def seed(owner: Connection, places: list[str]) -> None:
    """Settle everyone, on a grid of three hundred metres each way."""
    make_force_area(owner)
    for where in places:
        owner.execute(
            "insert into subscribers (confirmed_at) select now() from generate_series(1, %s)", [PEOPLE[where]]
        )
        owner.execute(SETTLE.format(east=EAST + EAST_KM[where] * 1_000, north=NORTH))
        owner.execute("select refresh_audience(array_agg(id)) from newcomers")
        owner.execute("drop table newcomers")
    owner.execute("analyze subscribers; analyze contacts; analyze audience_places")


SETTLE = """
    create temporary table newcomers as
      select id from subscribers s where not exists (select from places p where p.subscriber_id = s.id);
    insert into contacts (subscriber_id, channel, address)
      select id, 'push', 'training-' || id || '-' || md5(id::text) from newcomers where id % 10 < 9;
    insert into contacts (subscriber_id, channel, address)
      select id, 'email', 'resident' || id || '@training.example' from newcomers where id % 10 in (0, 1, 2, 3, 9);
    insert into places (subscriber_id, place_no, point)
      select id, 0, st_setsrid(st_makepoint({east} + id % 300, {north} + id / 300 % 300), 27700) from newcomers
"""


@contextmanager
def settled(places: list[str], *, quick: bool) -> Iterator[Bench]:
    """A county with these places, and a deployment with one worker."""
    with bench.cluster() as cluster:
        database = Database(cluster, "smartalert")
        with database.connect() as owner:
            seed(owner, places)
            # The longest way: without a policy every alert needs a second person.
            owner.execute("delete from approval_policy")
        postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
        with deployment(database, Path(cluster.root), receipts=False, forked=False) as running:
            running.simulator.faults(push_latency_ms=LATENCY_MS, mail_latency_ms=LATENCY_MS, phone_delivered=0)
            ready = Bench(running, {}, quick, postmaster)
            send(ready, draft("village", BOTH, radius_m=50))
            yield ready


def draft(where: str, channels: list[str], radius_m: float = 500) -> Draft:
    """An urgent alert to everyone in one of the places."""
    lon, lat = geo.from_grid(EAST + EAST_KM[where] * 1_000, NORTH)
    return complete_draft(area={"lat": lat, "lon": lon, "radius_m": radius_m}, channels=channels)


def issue(running: Deployment, content: Draft, *, undo_s: int = 0) -> tuple[int, float]:
    """Issue an alert as an approver does, in one transaction; its id, and the seconds that took."""
    engine = running.database.engine("smartalert_control")
    with connection.transaction(engine) as conn:
        draft_id, version = make_draft(conn, content)
        ground = areas.survey(conn, geo.area_from(content.area))
        shown = count_audience(conn, ground, content.choice, datetime.now(UTC))
        request = approvals.ask(conn, draft_id, version, OFFICER, shown=shown, now=datetime.now(UTC))
    began = time.perf_counter()
    with connection.transaction(engine) as conn:
        now = datetime.now(UTC)
        issued = approvals.approve(conn, request, "chief.whitlock", shown=shown, now=now, undo_s=undo_s)
    return issued.id, time.perf_counter() - began


def send(ready: Bench, content: Draft) -> Sent:
    """Issue an alert and wait until the last of it is handed over."""
    with ready.running.database.connect(autocommit=True) as conn:
        written, cpu = conn.execute(WRITTEN).fetchone(), ready.cpu_s()
        threads = bench.cpu_of_threads_s(ready.worker)
        alert_id, issue_s = issue(ready.running, content)
        while conn.execute(OPEN, [alert_id]).fetchone().open:
            time.sleep(0.05)
        used, parts = {process: now - cpu[process] for process, now in ready.cpu_s().items()}, ready.threads_s(threads)
        more, row = conn.execute(WRITTEN).fetchone(), conn.execute(SPEED, [alert_id]).fetchone()
    assert row.count == row.handed_over, f"{row.count - row.handed_over} deliveries were not handed over"
    return Sent(
        row.handed_over, issue_s, row.first_s, row.p50_s, row.p95_s, row.last_s, used, parts,
        int(more.wal - written.wal), int(more.table - written.table),
    )  # fmt: skip


OPEN = "select exists (select from deliveries where alert_id = %s and state in ('pending', 'sending')) as open"
WRITTEN = """
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal, pg_total_relation_size('deliveries') as table
"""
SPEED = """
    select count(*), count(seconds) as handed_over, min(seconds) as first_s, max(seconds) as last_s,
           percentile_cont(0.5) within group (order by seconds) as p50_s,
           percentile_cont(0.95) within group (order by seconds) as p95_s
    from (select extract(epoch from d.handed_over_at - a.release_at)::float8 as seconds
          from deliveries d join alerts a on a.id = d.alert_id where a.id = %s) handed_over
"""
