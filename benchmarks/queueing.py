"""The queue behind a country's alerts: simulated, from what one worker was measured to do, and checked against it."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import simpy

import bench
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries
from smartalert.geography import geo
from smartalert.providers.provider import HandedOver
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import EAST, NORTH, complete_draft, employ, make_force_area
from tests.processes import end

#: Google's, as the workers keep to it.
QUOTA_PER_S = 9_500.0
#: Deliveries of one claim, jobs of one alert and how many of those a worker has in hand: as dispatch/jobs.py has them.
CLAIM, DELIVERIES_A_JOB, MOST_JOBS, PLACES = 64, 1_000, 8, 16
#: Who one alert reaches: half of them more than the median, and a few a whole city. ln of the spread.
MEDIAN_PUSHES, SPREAD = 8_000, 1.2
MINUTES = {True: 10, False: 60}
WAITS_FOR_MS = 20


@dataclass(frozen=True)
class Machine:
    """What is measured of one worker and its database."""

    claim_s: float  # one claim of 64, offered and recorded, with nothing else to do
    per_s: float  # pushes a second, at most


@dataclass
class Country:
    """Alerts that come at random, and workers that share jobs, the quota and nothing else."""

    machine: Machine
    workers: int
    alerts: list[tuple[float, int]]
    quota_per_s: float = QUOTA_PER_S
    env: simpy.Environment = field(default_factory=simpy.Environment)
    took_s: list[float] = field(default_factory=list)
    left: int = 0

    def __post_init__(self) -> None:
        self.places = [simpy.Resource(self.env, PLACES) for _ in range(self.workers)]
        #: Each worker's processor, and the one rate of all.
        self.cores = [simpy.Resource(self.env, 1) for _ in range(self.workers)]
        self.rate = simpy.Resource(self.env, 1)

    def run(self) -> list[float]:
        """Seconds from release to the last hand-over, of each alert."""
        for at, pushes in self.alerts:
            self.env.process(self.alert(at, pushes))
        self.env.run()
        return self.took_s

    def alert(self, at: float, pushes: int) -> Iterator[Any]:
        yield self.env.timeout(at)
        waiting = [pushes]
        jobs = min(MOST_JOBS, -(-pushes // DELIVERIES_A_JOB))
        yield simpy.AllOf(self.env, [self.env.process(self.job(waiting)) for _ in range(jobs)])
        self.took_s.append(self.env.now - at)

    def job(self, waiting: list[int]) -> Iterator[Any]:
        """One place of the worker that has most of them free, until nothing of the alert waits."""
        worker = min(range(self.workers), key=lambda n: self.places[n].count + len(self.places[n].queue))
        with self.places[worker].request() as place:
            yield place
            while waiting[0] > 0:
                size = min(CLAIM, waiting[0])
                waiting[0] -= size
                yield self.env.process(self.hand_over(worker, size))

    def hand_over(self, worker: int, size: int) -> Iterator[Any]:
        """The worker's processor for as long as so many take, then the quota, then database and provider."""
        with self.cores[worker].request() as core:
            yield core
            yield self.env.timeout(size / self.machine.per_s)
        with self.rate.request() as turn:
            yield turn
            yield self.env.timeout(size / self.quota_per_s)
        yield self.env.timeout(max(0.0, self.machine.claim_s - size / self.machine.per_s))
        self.left += size


def arrivals(per_minute: float, minutes: float, seed: int) -> list[tuple[float, int]]:
    """Alerts by chance: when, and how many phones each."""
    dice = np.random.default_rng(seed)
    times = np.cumsum(dice.exponential(60 / per_minute, size=int(per_minute * minutes)))
    sizes = np.clip(dice.lognormal(np.log(MEDIAN_PUSHES), SPREAD, size=len(times)), 50, 1_000_000)
    return [(float(at), int(pushes)) for at, pushes in zip(times, sizes, strict=True)]


def simulate(machine: Machine, quick: bool, figures: dict[str, float]) -> None:
    """How long alerts take, by workers and by alerts a minute."""
    rows = []
    for per_minute in (1, 10, 20):
        alerts = arrivals(per_minute, MINUTES[quick], 1)
        load = sum(pushes for _, pushes in alerts) / alerts[-1][0] / QUOTA_PER_S
        for workers in (1, 2, 4):
            took = Country(machine, workers, alerts).run()
            cells = [bench.percentile(took, share) for share in (50, 95, 99)]
            rows.append(
                [f"{per_minute} a minute, {workers} workers", f"{load:.0%}", *(f"{cell:.1f}" for cell in cells)]
            )
            figures[f"alerts_{per_minute}_workers_{workers}_p95_s"] = cells[1]
    bench.table("Simulated: seconds from release to the last push", ["", "of the quota", "p50", "p95", "p99"], rows)


def measure(running: Deployment, figures: dict[str, float]) -> Machine:
    """What one worker does alone: one claim, and many."""
    claim_s = statistics.median(last_s(running, issue(running, EAST_OF_FEW)) for _ in range(7))
    per_s = PEOPLE / statistics.median(last_s(running, issue(running, 0)) for _ in range(3))
    figures |= {"claim_ms": claim_s * 1_000, "pushes_per_s": per_s}
    return Machine(claim_s, per_s)


def check(running: Deployment, machine: Machine, figures: dict[str, float]) -> None:
    """Five alerts, one after the other and sooner than they can leave: measured beside what is simulated of them."""
    gap_s, wal_before = 0.4 * PEOPLE / machine.per_s, wal_bytes(running)
    began, issued, at = time.monotonic(), list[int](), list[float]()
    for number in range(5):
        time.sleep(max(0.0, began + number * gap_s - time.monotonic()))
        issued.append(issue(running, 0))
        at.append(time.monotonic() - began)
    measured = [last_s(running, alert) for alert in issued]
    simulated = Country(machine, 1, [(moment, PEOPLE) for moment in at]).run()
    rows = [[f"alert {n}", f"{m:.2f}", f"{s:.2f}"] for n, (m, s) in enumerate(zip(measured, simulated, strict=True), 1)]
    bench.table(
        f"Five alerts to {PEOPLE:,} phones each, {gap_s:.1f} s apart: seconds", ["", "measured", "simulated"], rows
    )
    figures["wal_bytes_a_delivery"] = (wal_bytes(running) - wal_before) / len(issued) / PEOPLE
    print(f"Issuing, claiming and recording writes {figures['wal_bytes_a_delivery']:,.0f} bytes of WAL a delivery.")
    figures["simulated_of_measured"] = statistics.mean(simulated) / statistics.mean(measured)


def wal_bytes(running: Deployment) -> int:
    """How much the database has written to its log so far."""
    with running.database.connect() as conn:
        row = conn.execute("select pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    return int(row[0]) if row else 0


def issue(running: Deployment, east_m: float) -> int:
    """An urgent alert by push to everybody there."""
    lon, lat = geo.from_grid(EAST + east_m, NORTH)
    return running.issue(complete_draft(area={"lat": lat, "lon": lon, "radius_m": 500}, channels=["push"]))


def last_s(running: Deployment, alert: int) -> float:
    """Seconds from its release to its last hand-over, once there is one."""
    running.wait_until_done(alert)
    with running.database.connect() as conn:
        row = conn.execute(LAST, [alert]).fetchone()
    return float(row[0]) if row else 0.0


LAST = """
    select max(extract(epoch from d.handed_over_at - a.release_at))::float8
    from deliveries d join alerts a on a.id = d.alert_id where a.id = %s
"""
#: Phones at the crossroads, and the few who live so far east of it.
PEOPLE, FEW, EAST_OF_FEW = 7_000, 50, 5_000.0


def settle(running: Deployment) -> None:
    """Everybody with a phone, and nobody who has to agree to an alert."""
    with running.database.connect() as conn:
        make_force_area(conn)
        conn.execute("delete from approval_policy where rule = 'second person'")
        conn.execute(SETTLE, [PEOPLE + FEW, PEOPLE, EAST_OF_FEW, EAST, NORTH])
        conn.execute("select refresh_audience(array_agg(id)) from subscribers")
        conn.execute("analyze")


SETTLE = """
    with people as (
      insert into subscribers (confirmed_at) select now() from generate_series(1, %s) returning id
    ), phones as (
      insert into contacts (subscriber_id, channel, address) select id, 'push', 'training-' || id from people
    )
    insert into places (subscriber_id, place_no, point)
    select id, 0, st_setsrid(st_makepoint(case when row_number() over () > %s then %s else 0 end + %s + id %% 300,
                                          %s + id / 300 %% 300), 27700) from people
"""


def grow(running: Deployment, figures: dict[str, float]) -> None:
    """What claiming and recording 64 costs beside an alert to a million, waiting and done."""
    rows = []
    with running.database.connect() as conn:
        worker = 1
        employ(conn, worker)
        conn.commit()
        small = issue(running, 0)
        for name, before in MILLION.items():
            took_s, _ = bench.seconds(lambda before=before: conn.execute(before))
            conn.commit()
            conn.execute("analyze deliveries")
            conn.commit()
            rounds = [bench.milliseconds(lambda: claim_and_record(conn, small, worker)) for _ in range(41)]
            figures[f"claim_and_record_{name.partition(':')[0]}_ms"] = statistics.median(rounds)
            rows.append(
                [name, f"{took_s:.1f}", f"{statistics.median(rounds):.2f}", f"{bench.percentile(rounds, 95):.2f}"]
            )
        size = conn.execute("select pg_total_relation_size('deliveries') / count(*)::float8 from deliveries").fetchone()
        figures["bytes_a_delivery"] = float(size[0])
    bench.table("Claim and record 64 of the next alert", ["", "s to make", "p50 ms", "p95 ms"], rows)
    print(f"A delivery takes {figures['bytes_a_delivery']:,.0f} bytes, indexes and all.")


def claim_and_record(conn: Connection, alert: int, worker: int) -> None:
    """One claim and its outcomes, which are then undone."""
    with conn.transaction(force_rollback=True):
        now = conn.execute("select now()").fetchone()[0]
        claims = deliveries.claim_batch(conn, alert, "push", worker=worker, limit=CLAIM, now=now)
        assert len(claims) == CLAIM
        outcomes = [(claim, HandedOver("0:1")) for claim in claims]
        deliveries.record(conn, alert, "push", outcomes, worker=worker, now=now, repeat_is_harmless=True)


MILLION = {
    "alone": "select 1",
    "waiting: beside a million that are due": """
        insert into deliveries (alert_id, subscriber_id, channel, due_at)
        select -1, id, 'push', now() from generate_series(1, 1000000) id""",
    "done: beside a million handed over": """
        update deliveries set state = 'handed_over', handed_over_at = now(), provider_reference = '0:1'
        where alert_id = -1""",
}


def main() -> None:
    """Measure one worker, check the simulation against it, and simulate a country."""
    given = bench.options(__doc__ or "")
    figures: dict[str, float] = {}
    with bench.cluster() as cluster:
        folder = Path(cluster.root)
        database = Database(cluster, "smartalert")
        with deployment(database, folder, receipts=False, forked=False) as running:
            settle(running)
            running.simulator.faults(push_latency_ms=WAITS_FOR_MS, phone_delivered=0)
            issue(running, EAST_OF_FEW)
            machine = measure(running, figures)
            print(f"One worker: a claim in {machine.claim_s * 1_000:.0f} ms, {machine.per_s:,.0f} pushes a second.")
            check(running, machine, figures)
            end(running.workers)
            grow(running, figures)
    simulate(machine, given.quick, figures)
    bench.finish(figures, given.json)


if __name__ == "__main__":
    main()
